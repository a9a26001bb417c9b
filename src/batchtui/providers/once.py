"""Calls that must count once, or may have been carried out before an answer came."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from batchtui.core.errors import ApiError, NotFoundError
from batchtui.core.models import Batch, Retrieved
from batchtui.providers.exchange import Call


def creation(
    path: str,
    body: bytes | AsyncIterable[bytes],
    headers: Mapping[str, str],
    *,
    length: int | None = None,
) -> Call:
    """The call that creates a batch. Sent once: no protocol has an idempotency key."""
    return Call(
        "create a batch",
        "POST",
        path,
        headers={**headers, "content-type": "application/json"},
        body=body,
        length=length,
        repeatable=False,
    )


async def done_before(
    error: ApiError, retrieve: Callable[[], Awaitable[Retrieved]], shows: Callable[[Batch], bool]
) -> Batch:
    """The batch as it is now, where it shows that a refused call was carried out all the same.

    An earlier try of it may have arrived without an answer, or the server refuses what it has done.

    Raises:
        ApiError: it does not, or cannot be asked: `error`.
    """
    if not error.maybe_done:
        raise error
    try:
        batch = (await retrieve()).batch
    except ApiError:
        raise error from None
    if not shows(batch):
        raise error
    return batch


@contextmanager
def gone_is_done() -> Iterator[None]:
    """Inside, a 404 is no failure where a try of the same delete may have arrived before."""
    try:
        yield
    except NotFoundError as error:
        if not error.maybe_done:
            raise
