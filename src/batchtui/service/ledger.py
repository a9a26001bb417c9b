"""The one way in for news: apply to the store, keep in the archive, tell the listeners."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from batchtui.archive.archive import Archive
from batchtui.core.clock import Clock
from batchtui.core.errors import ArchiveError
from batchtui.core.events import ArchiveFailed, BatchEnded, BatchesChanged, HealthChanged
from batchtui.core.models import (
    AccountHealth,
    Batch,
    BatchEntry,
    BatchesDiff,
    BatchRef,
    PendingAction,
    Presence,
)
from batchtui.core.progress import RATE_WINDOW, Sample
from batchtui.service.hub import EventHub
from batchtui.service.store import BatchStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment before a provider was asked: its answer may be overtaken by a later one."""

    serial: int
    at: datetime


class Ledger:
    """Store, archive and hub kept in step.

    An archive that fails (full disk, read-only file) is told once and then left alone: batches
    are still watched, only not remembered.
    """

    def __init__(self, archive: Archive, hub: EventHub, clock: Clock) -> None:
        self.store = BatchStore()
        self.archive = archive
        self.clock = clock
        self.archive_error: ArchiveError | None = None
        self._hub = hub

    def asking(self) -> Asked:
        """To be called before a list is asked for, and handed to `record` with the answer."""
        return Asked(self.store.serial, self.clock.now())

    def record(self, batches: Iterable[Batch], asked: Asked | None = None) -> None:
        """Take in what a provider said.

        With `asked`, batches of which a later call has brought news meanwhile stay as they are.
        """
        diff = self.store.apply(batches, since=asked.serial if asked else None)
        self._keep(diff, asked.at if asked else self.clock.now())

    def mark(self, ref: BatchRef, presence: Presence) -> None:
        """Set whether the provider still knows a batch."""
        self._keep(self.store.annotate(ref, presence=presence), self.clock.now())

    def pending(self, ref: BatchRef, action: PendingAction | None) -> None:
        """Mark a batch as being acted on, or no longer."""
        self._tell(self.store.annotate(ref, pending=action))

    def local_results(self, ref: BatchRef, path: Path | None) -> None:
        """Set where the complete local copy of a batch's results lies; None: there is none."""
        self._tell(self.store.annotate(ref, local_results=str(path or "")))

    def remember(self, account: str, local_copy: Callable[[BatchRef], Path | None]) -> None:
        """Take over what the archive holds of an account, before anybody listens."""
        entries: list[BatchEntry] = self.guard(lambda: self.archive.batches.load(account), [])
        self.store.restore(
            replace(entry, local_results=str(local_copy(entry.ref) or "")) for entry in entries
        )

    def follow(self, account: str, since: datetime | None) -> None:
        """Take over what another process has stored of an account since then."""
        load = self.archive.batches.load
        entries: list[BatchEntry] = self.guard(lambda: load(account, seen_since=since), [])
        self._tell(self.store.restore(entries))

    def samples(self, ref: BatchRef) -> list[Sample]:
        """Recent counts of a batch, oldest first; none where the archive fails."""
        since = self.clock.now() - RATE_WINDOW
        return self.guard(lambda: self.archive.samples.recent(ref, since), [])

    def durations(self, batch: Batch) -> list[timedelta]:
        """How long finished batches of similar kind and size took."""
        counts = batch.request_counts
        total = counts.total if counts else 0
        finished = self.archive.batches.finished_durations
        return self.guard(lambda: finished(batch.ref.account, batch.kind, total), [])

    def keep_health(self, health: AccountHealth) -> None:
        """Store how polling of an account goes, for those that do not poll."""
        self.guard(lambda: self.archive.health.put(health), None)

    def stored_health(self, account: str) -> AccountHealth | None:
        """How polling of an account goes, as the process that polls stored it."""
        stored: dict[str, AccountHealth] = self.guard(self.archive.health.get_all, {})
        return stored.get(account)

    def tell_health(self, health: AccountHealth) -> None:
        """Tell the listeners how an account is doing."""
        self._hub.publish(HealthChanged(health))

    def guard(self, call: Callable[[], T], fallback: T) -> T:
        """Call the archive; where it fails, tell so once and go on with the fallback."""
        if self.archive_error:
            return fallback
        try:
            return call()
        except ArchiveError as error:
            self.archive_error = error
            self._hub.publish(ArchiveFailed(error))
            return fallback

    def _keep(self, diff: BatchesDiff, at: datetime) -> None:
        if diff:
            self.guard(lambda: self._store(diff, at), None)
            self._tell(diff)

    def _store(self, diff: BatchesDiff, at: datetime) -> None:
        entries = (*diff.added, *diff.updated)
        self.archive.batches.save(entries, seen_at=at)
        counts = {
            entry.ref: entry.batch.request_counts
            for entry in entries
            if entry.batch.request_counts is not None
        }
        self.archive.samples.add_many(at, counts)

    def _tell(self, diff: BatchesDiff) -> None:
        if not diff:
            return
        self._hub.publish(BatchesChanged(diff))
        for entry in diff.ended:
            self._hub.publish(BatchEnded(entry))
