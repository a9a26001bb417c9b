"""The body of a create, taken in to a file: it may be as large as the API takes it."""

from collections.abc import Sequence
from tempfile import SpooledTemporaryFile
from typing import Final

from starlette.requests import ClientDisconnect, Request

from batchtui.sim import wire
from batchtui.sim.faults import Fault

_IN_MEMORY: Final = 1 << 20


class HungUpError(Exception):
    """The connection is to be closed without a word, or is closed already."""


async def received(
    request: Request, most: int, faults: Sequence[Fault]
) -> "SpooledTemporaryFile[bytes]":
    """The whole body, to be read from its start; the caller closes it.

    Raises:
        WireError: 413, it has more than `most` bytes.
        HungUpError: a fault wants it, or the client has gone.
    """
    cuts = [int(fault.number("at", 0)) for fault in faults if fault.kind == "cut-upload"]
    cut = min(cuts, default=None)
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most:
        raise _too_large()
    body = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (the caller closes it)
    try:
        await _take(request, body, most, cut)
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body


async def received_whole(request: Request, most: int, faults: Sequence[Fault]) -> bytes:
    """The same as bytes, for protocols whose bodies are small here; raises the same."""
    with await received(request, most, faults) as body:
        return body.read()


async def _take(
    request: Request, body: "SpooledTemporaryFile[bytes]", most: int, cut: int | None
) -> None:
    taken = 0
    if cut == 0:
        raise HungUpError
    try:
        async for piece in request.stream():
            taken += len(piece)
            if cut is not None and taken >= cut:
                raise HungUpError
            if taken > most:
                raise _too_large()
            body.write(piece)
    except ClientDisconnect:
        raise HungUpError from None


def _too_large() -> wire.WireError:
    return wire.WireError(413, "request_too_large", "Request exceeds the maximum size")
