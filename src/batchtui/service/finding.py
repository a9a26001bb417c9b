"""From what a person types to one batch that is known here, asking the providers if need be."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from batchtui.core.errors import (
    ApiError,
    BadRequestError,
    BatchtuiError,
    ConfigError,
    NotFoundError,
    UnknownBatchError,
)
from batchtui.core.models import BatchEntry, BatchRef
from batchtui.service.resolve import resolve


class Known(Protocol):
    """What the search needs of the service."""

    def entries(self) -> tuple[BatchEntry, ...]:
        """Every batch known."""
        ...

    def entry(self, ref: BatchRef) -> BatchEntry | None:
        """One batch by any of its refs, if it is known."""
        ...

    async def retrieve(self, ref: BatchRef) -> BatchEntry:
        """A batch as its provider describes it now."""
        ...

    async def refresh_once(self, *, everything: bool = False) -> None:
        """Poll each account once."""
        ...


Retrieve = Callable[[BatchRef], Awaitable[BatchEntry]]


async def find(known: Known, accounts: Sequence[str], text: str, *, certain: bool) -> BatchEntry:
    """The batch that `text` names.

    A whole id wins over any part of another one, also where only a provider knows it. A part must
    be unique among the batches known here; with `certain`, in the whole lists of the providers.

    Raises:
        AmbiguousIdError: several known batches fit.
        UnknownBatchError: neither this side nor any account knows it.
        ApiError, ConfigError: no account knew it, and one could not be asked.
    """
    candidates = {entry.ref: entry for ref in _whole(text, accounts) if (entry := known.entry(ref))}
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    found, failure = await _asked(known.retrieve, _whole(text, accounts))
    entry = found or known.entry(await _part(known, text, failure, certain=certain))
    assert entry is not None, "what was resolved is known"
    return entry


def _whole(text: str, accounts: Sequence[str]) -> list[BatchRef]:
    """The refs that the text can be in full: `account:id`, or an id of any account."""
    account, colon, rest = text.partition(":")
    if colon and account in accounts:
        return [BatchRef(account, rest)]
    return [BatchRef(name, text) for name in accounts]


async def _asked(
    retrieve: Retrieve, refs: Iterable[BatchRef]
) -> tuple[BatchEntry | None, BatchtuiError | None]:
    failure: BatchtuiError | None = None
    for ref in refs:
        try:
            return await retrieve(ref), None
        except (NotFoundError, BadRequestError):
            continue  # not an id of this account
        except (ApiError, ConfigError) as error:
            failure = error
    return None, failure


async def _part(
    known: Known, text: str, failure: BatchtuiError | None, *, certain: bool
) -> BatchRef:
    """The batch of which the text is a part; what the archive knows, then what is listed."""
    if certain:
        await known.refresh_once(everything=True)
        if failure:
            raise failure
    try:
        return resolve(text, _refs(known, text))
    except UnknownBatchError:
        if failure:
            raise failure from None
        if not certain:
            await known.refresh_once(everything=True)
        return resolve(text, _refs(known, text))


def _refs(known: Known, text: str) -> list[BatchRef]:
    """A ref of each batch: that of the account which the text names, where it is reached by it."""
    account = text.partition(":")[0]
    return [
        BatchRef(account, entry.ref.id) if account in entry.accounts else entry.ref
        for entry in known.entries()
    ]
