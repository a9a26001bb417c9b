"""Servers that are compatible in their own way: each answer gives a sensible state, a short
message, and the whole of what was said behind it.
"""

import json
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from batchtui.config.schema import AccountConfig, SecretStr
from batchtui.core.clock import SystemClock
from batchtui.core.errors import (
    BadRequestError,
    NoResultsError,
    OverloadedError,
    ProtocolError,
    ServerError,
    whole_answer,
)
from batchtui.core.models import BatchState, RequestCounts
from batchtui.providers.anthropic import AnthropicProvider

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>" + b"<p>squid\x1b[31m</p>" * 60
SQL = {"detail": "(psycopg2.errors.UniqueViolation) duplicate key " + "INSERT INTO jobs " * 300}
COUNTS = {"processing": 0, "succeeded": 1, "errored": 1, "canceled": 0, "expired": 0}
BATCH = {  # null fields are left out, results_url is relative (as OGX sends it)
    "id": "msgbatch_odd1",
    "type": "message_batch",
    "processing_status": "ended",
    "created_at": "2026-11-20T10:00:00+00:00",
    "expires_at": "2026-11-21T10:00:00+00:00",
    "request_counts": COUNTS,
    "results_url": "/v1/messages/batches/msgbatch_odd1/results",
}
LINES = b'{"custom_id":"a","result":{"type":"errored","error":{"type":"api_error","message":"no"}}}'
"""A flat error, and no line break at the end."""


@pytest.fixture
def server():
    """Serves answers by method and the end of the path; a base URL as it is started."""
    with ExitStack() as stack:

        def start(answers):
            class Handler(BaseHTTPRequestHandler):
                def answer(self):
                    self.rfile.read(int(self.headers.get("content-length") or 0))
                    path = f"{self.command} {self.path.partition('?')[0]}"
                    found = (body for end, body in answers.items() if path.endswith(end))
                    status, body = next(found, (404, {"detail": "Not Found"}))
                    data = body if isinstance(body, bytes) else json.dumps(body).encode()
                    self.send_response(status)
                    self.send_header("content-length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

                do_GET = do_POST = do_DELETE = answer  # noqa: N815

                def log_message(self, *_):
                    pass

            httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            httpd.daemon_threads = True
            thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            stack.callback(httpd.server_close)
            stack.callback(thread.join)
            stack.callback(httpd.shutdown)
            return f"http://127.0.0.1:{httpd.server_address[1]}"

        yield start


@pytest.fixture
async def provider(server):
    """A provider of a server with these answers."""
    made = []

    def make(answers):
        account = AccountConfig(name="odd", base_url=server(answers))
        made.append(AnthropicProvider(account, SecretStr("sk-key"), clock=SystemClock()))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


async def test_fields_that_are_left_out_are_null(provider):
    page = await provider({"GET /v1/messages/batches": (200, {"data": [BATCH]})}).list_batches()
    (batch,) = page.batches
    assert batch.state is BatchState.COMPLETED
    assert batch.request_counts == RequestCounts(succeeded=1, errored=1)
    assert (batch.ended_at, batch.archived_at, batch.cancel_initiated_at) == (None, None, None)
    assert batch.results_available
    assert not page.has_more


async def test_a_relative_address_of_results_is_of_no_consequence(provider):
    odd = provider({"/results": (200, LINES)})
    with odd.open_results("msgbatch_odd1") as stream:
        assert b"".join(stream.chunks()) == LINES


async def test_results_that_are_refused_with_400_are_not_there_yet(provider):
    odd = provider({"/results": (400, {"error": {"message": "Batch has not ended"}})})
    with pytest.raises(NoResultsError, match="Batch has not ended"), odd.open_results("x"):
        pass


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("delete", {"DELETE /v1/messages/batches/x": (405, {"detail": "Method Not Allowed"})}),
        (
            "cancel",
            {"/cancel": (501, {"detail": "cancellation is not enabled"}), "/x": (200, BATCH)},
        ),
    ],
)
async def test_what_a_server_does_not_offer_is_said_so(provider, call, answer):
    with pytest.raises(BadRequestError) as raised:
        await getattr(provider(answer), call)("x")
    assert raised.value.hint == "this server does not offer that"
    assert next(iter(answer.values()))[1]["detail"] in raised.value.why
    assert whole_answer(raised.value) == ""


@pytest.mark.parametrize("status", [405, 501])
async def test_a_proxys_page_is_named_and_kept(provider, status):
    with pytest.raises(BadRequestError) as raised:
        await provider({"DELETE /v1/messages/batches/x": (status, PAGE)}).delete("x")
    title = "the answer is a web page “502 Bad Gateway”, not the API's"
    assert raised.value.why == f"{title} ({status})"
    assert "squid" in whole_answer(raised.value)


async def test_a_page_with_a_good_status_is_not_taken_for_a_list(provider):
    with pytest.raises(ProtocolError) as raised:
        await provider({"GET /v1/messages/batches": (200, PAGE)}).list_batches()
    assert "the answer is a web page" in raised.value.why
    assert "base_url" in raised.value.hint
    assert "squid" in whole_answer(raised.value)


@pytest.mark.parametrize(("status", "kind"), [(500, ServerError), (503, OverloadedError)])
async def test_kilobytes_of_detail_become_a_line_and_are_kept(provider, status, kind):
    odd = provider({"/results": (status, SQL)})
    with pytest.raises(kind) as raised, odd.open_results("x"):
        pass
    assert raised.value.why.startswith("(psycopg2.errors.UniqueViolation)")
    assert len(raised.value.why) < 320
    assert whole_answer(raised.value).count("INSERT INTO") == 300
