"""Serves one results file as the Message Batches API does.

`python -m benchmarks.server FILE ROWS [BYTES_A_SECOND]` prints its base URL once it listens.
"""

import json
import os
import sys
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BATCH_ID = "msgbatch_bench"
_PATH = f"/v1/messages/batches/{BATCH_ID}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    file: Path
    rows: int
    rate: int

    def do_GET(self) -> None:
        """The list of a batch that has ended, the batch, or its results."""
        path = self.path.split("?")[0]
        if path.endswith("/results"):
            with suppress(BrokenPipeError, ConnectionResetError):  # Enough was seen of it.
                self._send_file()
        elif path.endswith("/batches"):
            ends = {"has_more": False, "first_id": BATCH_ID, "last_id": BATCH_ID}
            self._send(json.dumps({"data": [self._batch()], **ends}).encode())
        else:
            self._send(json.dumps(self._batch()).encode())

    def _batch(self) -> dict[str, object]:
        counts = dict.fromkeys(("processing", "errored", "canceled", "expired"), 0)
        times = ("created_at", "ended_at", "expires_at")
        return {
            "id": BATCH_ID,
            "type": "message_batch",
            "processing_status": "ended",
            "request_counts": counts | {"succeeded": self.rows},
            "results_url": f"http://{self.headers['host']}{_PATH}/results",
            "archived_at": None,
            "cancel_initiated_at": None,
        } | dict.fromkeys(times, "2030-01-01T00:00:00Z")

    def _send(self, body: bytes) -> None:
        self._head(len(body), "application/json")
        self.wfile.write(body)

    def _send_file(self) -> None:
        with self.file.open("rb") as source:
            size = os.fstat(source.fileno()).st_size
            self._head(size, "application/x-jsonl")
            sent, began = 0, time.monotonic()
            most = self.rate // 100 or size
            while sent < size:
                count = min(most, size - sent)
                sent += os.sendfile(self.connection.fileno(), source.fileno(), sent, count)
                self._keep_to_rate(sent, began)

    def _keep_to_rate(self, sent: int, began: float) -> None:
        ahead = sent / self.rate - (time.monotonic() - began) if self.rate else 0
        if ahead > 0:
            time.sleep(ahead)

    def _head(self, length: int, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


def main() -> None:
    """Serve until killed."""
    _Handler.file, _Handler.rows = Path(sys.argv[1]), int(sys.argv[2])
    _Handler.rate = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
