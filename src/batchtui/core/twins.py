"""One batch that is reached through several accounts: told by what it is, shown as one.

The standard and the beta account of a key, or a gateway and the server behind it, list the same
batch. Two entries are the same batch where kind, id and the second of its creation are the same:
ids alone repeat between servers that number their batches.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace

from batchtui.core.models import (
    UNDATED,
    AccountHealth,
    AccountInfo,
    AccountStatus,
    Batch,
    BatchEntry,
    BatchRef,
    BatchState,
    Presence,
)
from batchtui.core.rules import Deed, is_forbidden

_ADVANCE = {BatchState.UNKNOWN: 0, BatchState.QUEUED: 1, BatchState.RUNNING: 2}
_ADVANCE |= {BatchState.CANCELING: 3}
_ENDED = 4


def identity(batch: Batch) -> Hashable | None:
    """Equal for descriptions of the same batch; None for one that says too little to tell."""
    if batch.created_at == UNDATED:
        return None
    return batch.kind, batch.ref.id, int(batch.created_at.timestamp())


def united(entries: Sequence[BatchEntry], accounts: Iterable[str]) -> BatchEntry:
    """Several entries of one batch as one, which keeps the ref of the first.

    Of what they say the most advanced holds, since no batch goes back; of what people wrote, what
    was found first. A delete from here holds for all.
    """
    first = entries[0]
    batch = max(entries, key=_knowledge).batch
    presences = {entry.presence for entry in entries}
    order = (Presence.DELETED, Presence.LISTED, Presence.UNLISTED)
    return replace(
        first,
        batch=replace(batch, ref=first.ref),
        presence=next(one for one in order if one in presences),
        label=_first(entries, lambda one: one.label),
        note=_first(entries, lambda one: one.note),
        tags=next((one.tags for one in entries if one.tags), ()),
        local_results=_first(entries, lambda one: one.local_results),
        pending=next((one.pending for one in entries if one.pending), None),
        reconciled=next((one.reconciled for one in entries if one.reconciled), None),
        through=tuple(accounts),
    )


def _first(entries: Iterable[BatchEntry], text: Callable[[BatchEntry], str]) -> str:
    return next(filter(None, map(text, entries)), "")


def _knowledge(entry: BatchEntry) -> tuple[bool, int, int, bool]:
    batch = entry.batch
    advance = _ENDED if batch.state.is_final else _ADVANCE[batch.state]
    done = batch.request_counts.done if batch.request_counts else -1
    return entry.presence is Presence.LISTED, advance, done, batch.archived_at is not None


def most_able(
    entries: Sequence[BatchEntry],
    account: Callable[[str], AccountInfo | None],
    health: Callable[[str], AccountHealth | None],
    deed: Deed | None,
) -> BatchRef:
    """Through which of its accounts something is done to a batch; with no deed, it is asked for.

    One that is able and permitted comes before one that is not, one that answers before one that
    fails, one that lists the batch before one that does not; else the first.
    """

    def misfit(entry: BatchEntry) -> tuple[bool, int, bool]:
        name = entry.ref.account
        forbidden = deed not in (None, Deed.RESULTS) and is_forbidden(account(name), deed)
        return forbidden, _silence(health(name)), entry.presence is not Presence.LISTED

    return min(entries, key=misfit).ref


def seen_through(entry: BatchEntry, account: AccountInfo | None) -> BatchEntry:
    """The entry with the ref that a batch has in this account, one of those that reach it."""
    if account is None or account.name not in entry.accounts:
        return entry
    ref = BatchRef(account.name, entry.ref.id)
    return replace(entry, batch=replace(entry.batch, ref=ref))


def _silence(health: AccountHealth | None) -> int:
    if health is None or health.error_text:
        return 2
    return int(health.status is AccountStatus.CONNECTING)
