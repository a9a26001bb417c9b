"""The body of results: streamed in pieces, cut or slowed down as faults want it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from batchtui.sim.faults import Fault

_PIECE = 64 * 1024
_TICK = 0.05

Sleep = Callable[[float], Awaitable[None]]


def pieces(lines: Iterator[bytes], size: int = _PIECE) -> Iterator[bytes]:
    """The same bytes in pieces of about this size."""
    gathered = bytearray()
    for line in lines:
        gathered += line
        if len(gathered) >= size:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


def skip(lines: Iterator[bytes], count: int) -> Iterator[bytes]:
    """All but the first so many bytes."""
    for line in lines:
        if count < len(line):
            yield line[count:]
        count = max(0, count - len(line))


def first_bytes(lines: Iterator[bytes], count: int) -> Iterator[bytes]:
    """The first so many bytes."""
    for line in lines:
        if count <= 0:
            return
        yield line[:count]
        count -= len(line)


def first_lines(lines: Iterator[bytes], count: int) -> Iterator[bytes]:
    """The first so many lines, with the newline after the last of them."""
    for number, line in enumerate(lines):
        if number == count:
            yield line[: len(line) - len(line.lstrip(b"\r\n"))]
            return
        yield line


class Streamed(Response):
    """A chunked response.

    If `cut`, the connection is closed when the body is at its end, without the last chunk: the
    client sees the bytes, and then an incomplete read. It stops when the client has gone away.
    """

    def __init__(
        self,
        body: Iterator[bytes],
        *,
        status: int,
        headers: dict[str, str],
        faults: Sequence[Fault] = (),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        super().__init__(None, status, headers)
        del self.headers["content-length"]
        self._sleep = sleep
        self._rate = 0.0
        self._cut = False
        for fault in faults:
            body = self._apply(fault, body)
        self._body = body

    def _apply(self, fault: Fault, body: Iterator[bytes]) -> Iterator[bytes]:
        if fault.kind == "slow-stream":
            self._rate = max(1.0, fault.number("rate", 10_000))
        elif fault.kind == "cut":
            self._cut = True
            return first_bytes(body, int(fault.number("at", 0)))
        elif fault.kind == "cut-line":
            self._cut = True
            return first_lines(body, int(fault.number("line", 0)))
        return body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        gone = asyncio.create_task(until_gone(receive))
        try:
            for piece in self._paced():
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await self._sleep(_TICK if self._rate else 0)
        finally:
            gone.cancel()
        if not self._cut:
            await send({"type": "http.response.body", "body": b""})

    def _paced(self) -> Iterator[bytes]:
        if not self._rate:
            yield from pieces(self._body)
            return
        size = max(1, round(self._rate * _TICK))
        for piece in pieces(self._body, size):
            for start in range(0, len(piece), size):
                yield piece[start : start + size]


async def until_gone(receive: Receive) -> None:
    """Wait until the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
