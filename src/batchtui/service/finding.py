"""From what a person types to one batch that is known here, asking the providers if need be."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from batchtui.core.errors import (
    ApiError,
    BadRequestError,
    BatchtuiError,
    ConfigError,
    NotFoundError,
    UnknownBatchError,
)
from batchtui.core.models import AccountInfo, BatchEntry, BatchRef
from batchtui.service.patience import Patience
from batchtui.service.resolve import resolve


class Known(Protocol):
    """What the search needs of the service."""

    accounts: tuple[AccountInfo, ...]

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


async def find(known: Known, text: str, patience: Patience, *, certain: bool) -> BatchEntry:
    """The batch that `text` names; accounts are asked for an unknown one at the same time.

    A whole id wins over any part of another one, also where only a provider knows it. A part must
    be unique among the batches known here; with `certain`, in the whole lists of the providers,
    and all of those that can be asked for a whole id are heard.

    Raises:
        AmbiguousIdError: several known batches fit.
        UnknownBatchError: neither this side nor any account knows it.
        ApiError, ConfigError: no account knew it, and one could not be asked.
    """
    refs = _whole(text, [account.name for account in known.accounts])
    candidates = {entry.ref: entry for ref in refs if (entry := known.entry(ref))}
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    found, failure = await _asked(known, refs, patience, certain=certain)
    if found:
        return _only(text, known, found)
    entry = known.entry(await _part(known, text, failure, certain=certain))
    assert entry is not None, "what was resolved is known"
    return entry


def _whole(text: str, accounts: Sequence[str]) -> list[BatchRef]:
    """The refs that the text can be in full: `account:id`, or an id of any account."""
    account, colon, rest = text.partition(":")
    if colon and account in accounts:
        return [BatchRef(account, rest)]
    return [BatchRef(name, text) for name in accounts]


async def _asked(
    known: Known, refs: Sequence[BatchRef], patience: Patience, *, certain: bool
) -> tuple[list[BatchRef], BatchtuiError | None]:
    """Which of the refs name a batch: with `certain` all, else those that are answered first."""
    asked = [asyncio.create_task(_is_known(known, ref, patience)) for ref in refs]
    try:
        pending = set(asked)
        while pending and (certain or not any(map(_says_yes, asked))):
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
    found = [ref for ref, task in zip(refs, asked, strict=True) if _says_yes(task)]
    failures = (task.result() for task in asked if not task.cancelled())
    return found, next((one for one in failures if isinstance(one, BatchtuiError)), None)


def _says_yes(task: asyncio.Task[bool | BatchtuiError]) -> bool:
    return task.done() and not task.cancelled() and task.result() is True


async def _is_known(known: Known, ref: BatchRef, patience: Patience) -> bool | BatchtuiError:
    """Whether an account has this batch, or why it could not be asked."""
    try:
        return await patience.wait(
            _has(known, ref), f"account {ref.account}: could not retrieve batch"
        )
    except (ApiError, ConfigError) as error:
        return error


async def _has(known: Known, ref: BatchRef) -> bool:
    try:
        await known.retrieve(ref)
    except (NotFoundError, BadRequestError):
        return False  # not an id of this account
    return True


def _only(text: str, known: Known, refs: Sequence[BatchRef]) -> BatchEntry:
    """The one batch that all these refs are of."""
    entries = {entry.ref: entry for ref in refs if (entry := known.entry(ref))}
    return entries[resolve(text, entries)]


async def _part(
    known: Known, text: str, failure: BatchtuiError | None, *, certain: bool
) -> BatchRef:
    """The batch of which the text is a part; what the archive knows, then what is listed."""
    if certain:
        if failure:
            raise failure
        await known.refresh_once(everything=True)
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
