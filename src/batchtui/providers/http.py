"""How calls travel: the only module that knows httpx.

One asynchronous client per account carries the management calls, with retries. Results come
through a synchronous one, in the worker thread of whoever reads them. Redirects are followed by
hand and within the account's own origin only, so that no key ever leaves it.
"""

import random
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from batchtui.core.clock import Clock
from batchtui.core.errors import ApiError, ConfigError
from batchtui.core.streams import ResultStream
from batchtui.providers.causes import is_loopback, why_unconnected
from batchtui.providers.exchange import Answer, Call
from batchtui.providers.failures import Failures
from batchtui.providers.ranges import Reply, must_restart, range_headers, read_reply
from batchtui.providers.retry import RetryPolicy
from batchtui.providers.server import Server

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig

# httpx imports its own command line program, and with it click, rich and pygments where these are
# installed: two thirds of its import time. It does without where that import fails.
_is_first = "httpx" not in sys.modules
if _is_first:
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
import httpx  # noqa: E402

if _is_first:
    del sys.modules["httpx._main"]

CONNECT_TIMEOUT = 5.0
KEEP_ALIVE = 90.0
"""Seconds an idle connection is kept: longer than the usual time between two polls."""

MAX_REDIRECTS = 5
MAX_BODY = 64 * 1024 * 1024
"""Bytes of an answer to a management call; the longest list has about one MB."""

MAX_ERROR_BODY = 64 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _ClientOptions(TypedDict):
    verify: ssl.SSLContext
    proxy: httpx.Proxy | None
    trust_env: bool
    timeout: httpx.Timeout
    limits: httpx.Limits


class HttpClient:
    """Calls to the server of one account.

    `headers` are those of the protocol; the account brings its own and the key. `random` gives
    the jitter of retries, from 0 up to 1.

    Raises:
        ConfigError: the account's CA bundle or proxy cannot be used.
    """

    def __init__(
        self,
        account: "AccountConfig",
        key: "SecretStr | None",
        *,
        headers: Mapping[str, str],
        clock: Clock,
        random: Callable[[], float] = random.random,
    ) -> None:
        options = _client_options(account)
        self._clock = clock
        self._random = random
        self._policy = RetryPolicy()
        self._server = Server(account, key, headers)
        self._client = _made_for(account, options)
        self._streams = _Streams(self._server, options, clock)

    @property
    def failures(self) -> Failures:
        """Makes the errors of this account."""
        return self._server.failures

    async def send(self, call: Call) -> Answer:
        """The answer, with a status of 2xx; a repeatable call is retried within the policy.

        Raises:
            ApiError: the last try failed. Its `maybe_done` speaks of all tries.
        """
        maybe_done = False
        attempt = 0
        while True:
            try:
                return await self._exchange(call)
            except ApiError as error:
                error.maybe_done |= maybe_done
                delay = self._policy.delay(error, attempt, self._random)
                if delay is None or not call.repeatable:
                    raise
                maybe_done = error.maybe_done
            attempt += 1
            await self._clock.sleep(delay)

    def stream(
        self, call: Call, *, offset: int = 0, etag: str = ""
    ) -> AbstractContextManager[ResultStream]:
        """The body of an answer as it arrives. Blocking: for a worker thread.

        It begins at `offset` if the server still has the content named `etag` and can; else at 0.

        Raises:
            ApiError: the server refused or did not answer. There are no retries here: whoever
                reads the stream knows whether it is still wanted, and can stop waiting.
        """
        return self._streams.open(call, offset, etag)

    async def aclose(self) -> None:
        """Close all connections. A stream being read ends with a `NetworkError`, in time."""
        self._streams.close()
        await self._client.aclose()

    async def _exchange(self, call: Call) -> Answer:
        url, headers = self._server.url(call), self._server.headers(call)
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._fetch(call, url, headers)
            if answer.is_success:
                return answer
            if answer.status not in _REDIRECTS:
                raise self.failures.of_answer(call, answer, self._clock.now())
            url = self._server.redirected(
                call, answer.status, answer.headers.get("location", ""), url
            )
        raise self.failures.of_protocol(call, "the server redirects in a circle")

    async def _fetch(self, call: Call, url: str, headers: Mapping[str, str]) -> Answer:
        with _failures(self._server, call):
            request = self._client.build_request(
                call.method, url, headers=headers, content=call.body
            )
            response = await self._client.send(request, stream=True)
            try:
                body = await self._read(call, response)
            finally:
                await response.aclose()
        return Answer(response.status_code, response.headers, body)

    async def _read(self, call: Call, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_ERROR_BODY and not response.is_success:
                break
            if len(body) > MAX_BODY:
                raise self.failures.of_protocol(call, "the answer has no end")
        return bytes(body)


class _Streams:
    """The synchronous side: one client for all streams of an account, made when one is opened."""

    def __init__(self, server: Server, options: _ClientOptions, clock: Clock) -> None:
        self._server = server
        self._options = options
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
            with _failures(self._server, call):
                request = client.build_request(call.method, url, headers=headers)
                response = client.send(request, stream=True)
            status = response.status_code
            if status not in _REDIRECTS:
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
                self._client = httpx.Client(**self._options)
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
        with _failures(self._server, call):
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
        with _failures(self._server, self._call):
            # Without a chunk size httpx hands on what the socket gave, and copies nothing.
            yield from response.iter_bytes() if self._reply.is_encoded else response.iter_raw()


@contextmanager
def _failures(server: Server, call: Call) -> Iterator[None]:
    """Inside, what httpx raises becomes the errors of the program."""
    try:
        yield
    except httpx.HTTPError as error:
        raise _failure(server, call, error) from error
    except httpx.InvalidURL as error:
        raise server.failures.of_impossible_address(call, str(error)) from error


def _failure(server: Server, call: Call, error: httpx.HTTPError) -> ApiError:
    failures, host = server.failures, server.failures.host
    match error:
        case httpx.ConnectTimeout():
            why = f"no connection to {server.peer} within {CONNECT_TIMEOUT:g} s"
            return failures.of_network(call, why, sent=False)
        case httpx.TimeoutException():
            return failures.of_network(call, f"{host} sent nothing for {server.timeout:g} s")
        case httpx.ProxyError():
            why = f"the proxy refused: {error}"
            return failures.of_network(call, why, "check the proxy settings", sent=False)
        case httpx.ConnectError():
            why, hint, retryable = why_unconnected(error, server.peer)
            return failures.of_network(call, why, hint, retryable=retryable, sent=False)
        case httpx.DecodingError() | httpx.RemoteProtocolError() if not _is_cut(error):
            return failures.of_protocol(call, f"{host} does not speak HTTP as it should: {error}")
        case _:
            return failures.of_network(call, f"{host} closed the connection too early")


def _is_cut(error: httpx.HTTPError) -> bool:
    """Whether the peer just stopped sending; httpcore and h11 tell it by their words only."""
    return str(error).startswith(("Server disconnected", "peer closed connection"))


def _client_options(account: "AccountConfig") -> _ClientOptions:
    try:
        proxy = httpx.Proxy(account.proxy.get_secret_value()) if account.proxy else None
    except (ValueError, httpx.InvalidURL):
        raise _unusable(account, "its proxy is no address") from None
    return _ClientOptions(
        verify=_tls(account),
        proxy=proxy,
        # Proxies of the environment are for the way out, not for this machine.
        trust_env=not is_loopback(account.base_url),
        timeout=httpx.Timeout(account.timeout, connect=CONNECT_TIMEOUT),
        limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
    )


def _made_for(account: "AccountConfig", options: _ClientOptions) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(**options)
    except (ValueError, ImportError) as error:  # a proxy that the environment names
        raise _unusable(account, f"the environment's proxy cannot be used: {error}") from None


def _tls(account: "AccountConfig") -> ssl.SSLContext:
    if not account.base_url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is never asked to
    try:
        if account.ca_bundle is not None:
            return ssl.create_default_context(cafile=account.ca_bundle)
        return httpx.create_ssl_context()
    except OSError as error:
        where = account.ca_bundle or "the system's"
        why = f"the certificate authorities ({where}) cannot be read: {error.strerror or error}"
        raise _unusable(account, why) from error


def _unusable(account: "AccountConfig", why: str) -> ConfigError:
    hint = "change ca_bundle or proxy of the account, or the variables of the same purpose"
    return ConfigError(f"account {account.name} cannot be used", why, hint)
