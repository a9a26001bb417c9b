"""Results as they arrive: the synchronous side, in the thread of whoever reads them."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from batchtui.core.clock import Clock
from batchtui.providers.exchange import Answer, Call
from batchtui.providers.http_transport import (
    MAX_BODY,
    MAX_ERROR_BODY,
    MAX_REDIRECTS,
    REDIRECTS,
    failures_of,
    httpx,
)
from batchtui.providers.ranges import Reply, must_restart, range_headers, read_reply
from batchtui.providers.server import Server


class HttpStreams:
    """The synchronous side: one client for all streams of an account, made when one is opened."""

    def __init__(
        self, server: Server, make_client: Callable[[], httpx.Client], clock: Clock
    ) -> None:
        self._server = server
        self._make_client = make_client
        self._clock = clock
        self._client: httpx.Client | None = None
        self._closed = False
        self._lock = threading.Lock()

    @contextmanager
    def open(self, call: Call, offset: int, etag: str) -> Iterator["HttpStream"]:
        """See `HttpClient.stream`."""
        asked = range_headers(offset, etag)
        response = self._begin(call, asked)
        try:
            if asked and must_restart(response.status_code, response.headers, offset, etag):
                response.close()
                response = self._begin(call, {})
            yield HttpStream(self._server, call, response, self._reply(call, response))
        finally:
            response.close()

    def fetch(self, call: Call) -> Answer:
        """A whole answer, of no more than a few kB.

        Raises:
            ApiError: the server refused, or did not come to its end in the account's time.
        """
        begin = self._clock.monotonic()
        body = bytearray()
        with self.open(call, 0, "") as stream:
            for chunk in stream.chunks():
                body += chunk
                if len(body) > MAX_BODY:
                    raise self._server.failures.of_protocol(call, "the answer has no end")
                if self._clock.monotonic() - begin > self._server.timeout:
                    raise self._server.failures.of_dawdling(call, self._server.timeout)
        return Answer(200, {}, bytes(body))

    def close(self) -> None:
        """Close the connections; streams cannot be opened any more."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()

    def _begin(self, call: Call, more: Mapping[str, str]) -> httpx.Response:
        client = self._made(call)
        url = self._server.url(call)
        # Offsets count bytes of the content, so it must come as it is.
        headers = {**self._server.headers(call), "accept-encoding": "identity", **more}
        for _ in range(MAX_REDIRECTS + 1):
            with failures_of(self._server, call):
                request = client.build_request(call.method, url, headers=headers)
                response = client.send(request, stream=True)
            status = response.status_code
            if status not in REDIRECTS:
                return response
            response.close()
            url = self._server.redirected(call, status, response.headers.get("location", ""), url)
        raise self._server.failures.of_protocol(call, "the server redirects in a circle")

    def _made(self, call: Call) -> httpx.Client:
        with self._lock:
            if self._closed:
                raise self._server.failures.of_network(
                    call, "the connections are closed here", retryable=False, sent=False
                )
            if self._client is None:
                self._client = self._make_client()
            return self._client

    def _reply(self, call: Call, response: httpx.Response) -> Reply:
        failures = self._server.failures
        if not response.is_success:
            answer = Answer(
                response.status_code, response.headers, self._error_body(call, response)
            )
            raise failures.of_answer(call, answer, self._clock.now())
        reply = read_reply(response.status_code, response.headers)
        if reply is None:
            raise failures.of_protocol(call, "a part came that does not say which it is")
        return reply

    def _error_body(self, call: Call, response: httpx.Response) -> bytes:
        body = bytearray()
        with failures_of(self._server, call):
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_ERROR_BODY:
                    break
        return bytes(body)


@dataclass(frozen=True, slots=True)
class HttpStream:
    """A `ResultStream` over an open answer."""

    _server: Server
    _call: Call
    _response: httpx.Response
    _reply: Reply

    @property
    def offset(self) -> int:
        """See `ResultStream.offset`."""
        return self._reply.offset

    @property
    def total_bytes(self) -> int | None:
        """See `ResultStream.total_bytes`."""
        return self._reply.total_bytes

    @property
    def etag(self) -> str:
        """See `ResultStream.etag`."""
        return self._reply.etag

    def chunks(self) -> Iterator[bytes]:
        """See `ResultStream.chunks`; content that comes encoded against our wish is decoded."""
        response = self._response
        with failures_of(self._server, self._call):
            # Without a chunk size httpx hands on what the socket gave, and copies nothing.
            yield from response.iter_bytes() if self._reply.is_encoded else response.iter_raw()
