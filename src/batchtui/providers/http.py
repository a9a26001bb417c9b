"""How calls travel: with retries, redirects within the origin, and typed errors.

One asynchronous client per account carries the management calls. Results come through a
synchronous one, in the worker thread of whoever reads them. Redirects are followed by hand and
within the account's own origin only, so that no key ever leaves it.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from batchtui.core.clock import Clock
from batchtui.core.errors import ApiError
from batchtui.core.streams import ResultStream
from batchtui.providers.exchange import Answer, Call
from batchtui.providers.failures import Failures
from batchtui.providers.http_streams import HttpStreams
from batchtui.providers.http_transport import (
    CONNECT_TIMEOUT,
    MAX_BODY,
    MAX_ERROR_BODY,
    MAX_REDIRECTS,
    REDIRECTS,
    client_options,
    failures_of,
    httpx,
    made_for,
)
from batchtui.providers.retry import RetryPolicy
from batchtui.providers.server import Server
from batchtui.providers.upload import Upload

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig


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
        options = client_options(account)
        self._clock = clock
        self._random = random
        self._policy = RetryPolicy()
        self._server = Server(account, key, headers)
        self._client = made_for(account, httpx.AsyncClient, options)
        self._streams = HttpStreams(
            self._server, lambda: made_for(account, httpx.Client, options), clock
        )

    @property
    def failures(self) -> Failures:
        """Makes the errors of this account."""
        return self._server.failures

    async def send(self, call: Call) -> Answer:
        """The answer, with a status of 2xx; a repeatable call is retried within the policy.

        Raises:
            ApiError: the last try failed. Its `maybe_done` speaks of all tries.
            SubmitError: a body that comes in pieces has another length than announced. What its
                iterator raises comes through as it is.
        """
        maybe_done = False
        attempt = 0
        while True:
            upload = Upload(call)
            try:
                return await self._exchange(call, upload)
            except ApiError as error:
                error.maybe_done = maybe_done or (error.maybe_done and not upload.is_incomplete)
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

    def fetch(self, call: Call) -> Answer:
        """A short answer, on the way to a stream. Blocking, and raises as `stream`."""
        return self._streams.fetch(call)

    async def aclose(self) -> None:
        """Close all connections. A stream being read ends with a `NetworkError`, in time."""
        self._streams.close()
        await self._client.aclose()

    async def _exchange(self, call: Call, upload: Upload) -> Answer:
        url, headers = self._server.url(call), {**self._server.headers(call), **upload.headers}
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._fetch(call, url, headers, upload)
            if answer.is_success:
                return answer
            if answer.status not in REDIRECTS:
                raise self.failures.of_answer(call, answer, self._clock.now())
            url = self._server.redirected(
                call, answer.status, answer.headers.get("location", ""), url
            )
        raise self.failures.of_protocol(call, "the server redirects in a circle")

    async def _fetch(
        self, call: Call, url: str, headers: Mapping[str, str], upload: Upload
    ) -> Answer:
        """One exchange, with an end: each byte that comes would begin httpx's own timeout anew.

        It is for calls without a body; how long an upload takes is its sender's affair.
        """
        limit = self._server.timeout if call.body is None else None
        try:
            async with asyncio.timeout(limit and limit + CONNECT_TIMEOUT):
                return await self._exchanged(call, url, headers, upload)
        except TimeoutError as error:
            raise self.failures.of_dawdling(call, self._server.timeout) from error

    async def _exchanged(
        self, call: Call, url: str, headers: Mapping[str, str], upload: Upload
    ) -> Answer:
        timeout = httpx.Timeout(self._client.timeout)
        if timeout.read is not None:
            timeout.read += upload.extra_time
        with failures_of(self._server, call, upload.extra_time):
            request = self._client.build_request(
                call.method, url, headers=headers, content=upload.content, timeout=timeout
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
