"""Servers for the contract tests: the simulator, and a stranger that writes down what it gets."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

from batchtui.sim.faults import Fault, parse_fault
from batchtui.sim.server import SimOptions, Simulator

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def simulator() -> Iterator[Callable[..., Simulator]]:
    """Starts simulators: `sim = simulator("429:times=1", batches=30, ranges=True)`.

    Positional arguments are faults (`Fault` or as the command line has them), keywords are those
    of `SimOptions`. Time stands still at 2026-11-20 12:00 UTC until `sim.advance(seconds)`, no
    batches arrive, and a created batch runs for a minute.
    """
    defaults: dict[str, Any] = {
        "speed": 0.0,
        "batches": 24,
        "arrivals": 0.0,
        "run_seconds": 60.0,
        "start": START,
    }
    with ExitStack() as stack:

        def start(*faults: Fault | str, **options: Any) -> Simulator:
            given = tuple(f if isinstance(f, Fault) else parse_fault(f) for f in faults)
            merged = {**defaults, "faults": given, **options}
            return stack.enter_context(Simulator(SimOptions(**merged)))

        yield start


@dataclass(frozen=True)
class Recorded:
    """One request that arrived; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class RecordingServer:
    """An origin of its own that answers everything with the same, and records what it was sent."""

    status: int = 200
    body: bytes = b'{"custom_id":"stolen","result":{"type":"expired"}}'
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[Recorded] = field(default_factory=list)
    base_url: str = ""

    def __enter__(self) -> Self:
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                recorder.requests.append(Recorded(self.command, self.path, headers))
                self.send_response(recorder.status)
                for name, value in recorder.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(recorder.body)))
                self.end_headers()
                self.wfile.write(recorder.body)

            do_GET = do_POST = do_DELETE = do_PATCH = answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def recording_server() -> Iterator[Callable[..., RecordingServer]]:
    """Starts recording servers: `stranger = recording_server(status=302, headers={...})`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(RecordingServer(**options))
