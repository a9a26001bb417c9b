"""The store: every batch known, and the only thing that changes one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from batchtui.core.models import Batch, BatchEntry, BatchesDiff, BatchRef, Presence

_NO_CHANGE = BatchesDiff()


class BatchStore:
    """Entries by ref. Each change returns a diff, which is false where nothing changed.

    `local_copy` finds the local results of a batch that is new here.
    """

    def __init__(self, local_copy: Callable[[BatchRef], Path | None] = lambda _: None) -> None:
        self._local_copy = local_copy
        self._entries: dict[BatchRef, BatchEntry] = {}
        self._serials: dict[BatchRef, int] = {}
        self._serial = 0

    @property
    def serial(self) -> int:
        """Grows with each `apply`; hand it to a later `apply` as `since`."""
        return self._serial

    def entries(self) -> tuple[BatchEntry, ...]:
        """All entries, newest batch first."""
        return newest_first(self._entries.values())

    def of_account(self, account: str) -> list[BatchEntry]:
        """The entries of one account, in no order."""
        return [entry for ref, entry in self._entries.items() if ref.account == account]

    def get(self, ref: BatchRef) -> BatchEntry | None:
        """One entry, if it is known."""
        return self._entries.get(ref)

    def restore(self, entries: Iterable[BatchEntry]) -> BatchesDiff:
        """Take over entries that another session stored; what only this one knows stays."""
        changed: list[tuple[BatchEntry | None, BatchEntry]] = []
        for entry in entries:
            old = self._entries.get(entry.ref)
            new = (
                replace(entry, pending=old.pending, local_results=old.local_results)
                if old
                else replace(entry, local_results=self._copy_of(entry.ref))
            )
            self._entries[entry.ref] = new
            if new != old:
                changed.append((old, new))
        return diff_of(changed)

    def apply(self, batches: Iterable[Batch], *, since: int | None = None) -> BatchesDiff:
        """Take in what a provider said.

        `since` is the `serial` from before the provider was asked: batches that another answer
        changed meanwhile keep that newer state, since this one may describe an older one.
        """
        self._serial += 1
        changed = []
        for batch in batches:
            if since is not None and self._serials.get(batch.ref, 0) > since:
                continue
            old = self._entries.get(batch.ref)
            new = (
                replace(old, batch=batch, presence=_presence(old, batch))
                if old
                else BatchEntry(batch)
            )
            self._entries[batch.ref] = new
            if since is None:
                self._serials[batch.ref] = self._serial
            if new != old:
                changed.append((old, new))
        return diff_of(changed)

    def annotate(self, refs: Iterable[BatchRef], **facts: Any) -> BatchesDiff:  # noqa: ANN401
        """Set facts of `BatchEntry` that only this side knows; unknown refs change nothing."""
        changed: list[tuple[BatchEntry | None, BatchEntry]] = []
        for ref in refs:
            old = self._entries.get(ref)
            if old is None:
                continue
            new = self._entries[ref] = replace(old, **facts)
            if new != old:
                changed.append((old, new))
        return diff_of(changed) if changed else _NO_CHANGE

    def _copy_of(self, ref: BatchRef) -> str:
        return str(self._local_copy(ref) or "")


def newest_first(entries: Iterable[BatchEntry]) -> tuple[BatchEntry, ...]:
    """Entries in the order of the list."""
    return tuple(
        sorted(entries, key=lambda entry: (entry.batch.created_at, entry.ref), reverse=True)
    )


def _presence(old: BatchEntry, batch: Batch) -> Presence:
    """A deleted batch that is listed as it was is still deleted: some servers go on listing it."""
    is_as_it_was = old.presence is Presence.DELETED and old.batch == batch
    return Presence.DELETED if is_as_it_was else Presence.LISTED


def diff_of(changed: Iterable[tuple[BatchEntry | None, BatchEntry]]) -> BatchesDiff:
    """The diff of entries as they were, None for new ones, and as they are."""
    added: list[BatchEntry] = []
    updated: list[BatchEntry] = []
    ended: list[BatchEntry] = []
    for old, new in changed:
        (added if old is None else updated).append(new)
        if old and not old.batch.state.is_final and new.batch.state.is_final:
            ended.append(new)
    return BatchesDiff(added=tuple(added), updated=tuple(updated), ended=tuple(ended))


def merge(first: BatchesDiff, second: BatchesDiff) -> BatchesDiff:
    """One diff that does what the two did, one after the other."""
    added = {entry.ref: entry for entry in first.added}
    updated = {entry.ref: entry for entry in first.updated}
    for entry in second.updated:
        (added if entry.ref in added else updated)[entry.ref] = entry
    added.update((entry.ref, entry) for entry in second.added)
    ended = {entry.ref: entry for entry in (*first.ended, *second.ended)}
    return BatchesDiff(
        added=tuple(added.values()), updated=tuple(updated.values()), ended=tuple(ended.values())
    )
