"""The one way in for news: apply to the store, keep in the archive, tell the listeners."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from batchtui.archive.archive import Archive
from batchtui.core.clock import Clock
from batchtui.core.errors import ArchiveError
from batchtui.core.events import (
    ArchiveFailed,
    ArchiveRecovered,
    BatchEnded,
    BatchesChanged,
    HealthChanged,
)
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
from batchtui.core.reconciled import Reconciled
from batchtui.service.hub import EventHub
from batchtui.service.store import BatchStore
from batchtui.service.twins import Twins

RETRY_ARCHIVE = 10.0
"""Seconds after which an archive that failed is tried again."""

T = TypeVar("T")
OpenArchive = Callable[[], Archive]
LocalCopy = Callable[[BatchRef], Path | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment before a provider was asked: its answer may be overtaken by a later one."""

    serial: int
    at: datetime


class Ledger:
    """Store, archive and hub kept in step.

    An archive that fails (full disk, read-only or removed file) is told once. Batches are watched
    on without it; it is tried again from time to time, and then gets all that was seen.

    `accounts` are those of the configuration, in its order. `kept_as` gives the names under which
    they are kept in the archive, where they differ.
    """

    def __init__(
        self,
        open_archive: OpenArchive,
        hub: EventHub,
        clock: Clock,
        *,
        accounts: Sequence[str],
        kept_as: Mapping[str, str] | None = None,
        local_copy: LocalCopy = lambda _: None,
    ) -> None:
        self.store = BatchStore(local_copy)
        self.twins = Twins(self.store, accounts)
        self.clock = clock
        self.archive_error: ArchiveError | None = None
        self._open_archive = open_archive
        self._archive: Archive | None = None
        self._retry_at = clock.monotonic()
        self._hub = hub
        self._kept_as = kept_as or {}
        self._opened()

    def kept_as(self, account: str) -> str:
        """The name under which an account is kept."""
        return self._kept_as.get(account, account)

    def kept_ref(self, ref: BatchRef) -> BatchRef:
        """The ref under which a batch is kept."""
        return BatchRef(self.kept_as(ref.account), ref.id)

    def kept_refs(self, ref: BatchRef) -> list[BatchRef]:
        """The refs under which a batch is kept, of each account that reaches it."""
        return [self.kept_ref(one) for one in self.twins.members(ref)]

    def ref_kept_as(self, kept: BatchRef) -> BatchRef | None:
        """The ref of a batch that is kept under this one; None where no account keeps it so."""
        names = (name for name, own in self._kept_as.items() if own == kept.account)
        usual = None if kept.account in self._kept_as else kept.account
        name = next(names, usual)
        return None if name is None else BatchRef(name, kept.id)

    def asking(self) -> Asked:
        """To be called before a list is asked for, and handed to `record` with the answer."""
        return Asked(self.store.serial, self.clock.now())

    def record(self, batches: Iterable[Batch], asked: Asked | None = None) -> None:
        """Take in what a provider said.

        With `asked`, batches of which a later call has brought news meanwhile stay as they are.
        """
        diff = self.store.apply(batches, since=asked.serial if asked else None)
        self._keep(diff, asked.at if asked else self.clock.now())

    def mark(self, refs: Iterable[BatchRef], presence: Presence) -> None:
        """Set whether the provider still knows some batches."""
        diff = self.store.annotate(refs, presence=presence)
        self._keep(diff, self.clock.now())

    def pending(self, ref: BatchRef, action: PendingAction | None) -> None:
        """Mark a batch as being acted on, or no longer."""
        self._tell(self.store.annotate([ref], pending=action))

    def local_results(self, ref: BatchRef, path: Path | None) -> None:
        """Set where the complete local copy of a batch's results lies, if there is one."""
        self._tell(self.store.annotate([ref], local_results=str(path or "")))

    def remark(
        self,
        ref: BatchRef,
        *,
        label: str | None = None,
        note: str | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> None:
        """Write on a batch: what is given is set, empty takes it away.

        Raises:
            ArchiveError: it cannot be kept.
        """
        labels = self.require_archive().labels
        for one in self.twins.members(ref):
            new = labels.set(self.kept_ref(one), label=label, note=note, tags=tags)
            facts = {"label": new.label, "note": new.note, "tags": new.tags}
            self._tell(self.store.annotate([one], **facts))

    def remember_reconciled(self, ref: BatchRef, found: Reconciled) -> None:
        """Keep how the results of a batch fit its requests, for each account that reaches it."""

        def keep(archive: Archive) -> None:
            for kept in self.kept_refs(ref):
                archive.reconciliations.put(kept, found)

        self.guard(keep, None)
        self._tell(self.store.annotate(self.twins.members(ref), reconciled=found))

    def follow(self, account: str, after: int) -> int:
        """Take over what was stored of an account after a revision; returns the newest one."""

        def changes(archive: Archive) -> tuple[int, list[BatchEntry]]:
            newest, kept = archive.batches.revision(), self.kept_as(account)
            if newest == after:
                return after, []
            return newest, archive.batches.load(kept, name=account, after=after)

        none: tuple[int, list[BatchEntry]] = (after, [])
        newest, entries = self.guard(changes, none)
        self._tell(self.store.restore(entries))
        return newest

    def samples(self, ref: BatchRef) -> list[Sample]:
        """Recent counts of a batch, oldest first; none where the archive fails."""
        return max(map(self._samples, self.kept_refs(ref)), key=len)

    def _samples(self, kept: BatchRef) -> list[Sample]:
        since = self.clock.now() - RATE_WINDOW
        return self.guard(lambda archive: archive.samples.recent(kept, since), [])

    def durations(self, account: str, kind: str, total: int) -> list[timedelta]:
        """How long finished batches of similar kind and size took."""
        kept = self.kept_as(account)
        return self.guard(lambda it: it.batches.finished_durations(kept, kind, total), [])

    def keep_health(self, health: AccountHealth) -> None:
        """Store how polling of an account goes, for those that do not poll."""
        kept = self.kept_as(health.account)
        self.guard(lambda archive: archive.health.put(health, account=kept), None)

    def stored_health(self, account: str) -> AccountHealth | None:
        """How polling of an account goes, as the process that polls stored it."""
        kept, none = self.kept_as(account), dict[str, AccountHealth]()
        return self.guard(lambda archive: archive.health.get_all(), none).get(kept)

    def tell_health(self, health: AccountHealth) -> None:
        """Tell the listeners how an account is doing."""
        self._hub.publish(HealthChanged(health))

    def guard(self, call: Callable[[Archive], T], fallback: T) -> T:
        """Call the archive; where it fails, tell so once and go on with the fallback."""
        archive = self._opened()
        if archive is None:
            return fallback
        try:
            return call(archive)
        except ArchiveError as error:
            self._fail(error)
            return fallback

    def require_archive(self) -> Archive:
        """The archive, for what must not be done without it.

        Raises:
            ArchiveError: it cannot be used now.
        """
        archive = self._opened()
        if archive is None:
            assert self.archive_error is not None, "only an error leaves no archive"
            raise self.archive_error
        return archive

    def check_archive(self) -> None:
        """Notice an archive file that was removed or replaced behind our back."""
        if self._archive and not self._archive.is_in_place():
            self._fail(ArchiveError("the archive is gone", "its file was removed or replaced"))
            self._retry_at = self.clock.monotonic()

    def close(self) -> None:
        """Close the archive."""
        if self._archive:
            self._archive.close()

    def _opened(self) -> Archive | None:
        if self._archive is None and self.clock.monotonic() >= self._retry_at:
            try:
                archive = self._open_archive()
                self._save_all(archive)
            except ArchiveError as error:
                self._fail(error)
                return None
            self._archive = archive
            if self.archive_error:
                self.archive_error = None
                self._hub.publish(ArchiveRecovered())
        return self._archive

    def _fail(self, error: ArchiveError) -> None:
        archive, self._archive = self._archive, None
        self._retry_at = self.clock.monotonic() + RETRY_ARCHIVE
        if archive:
            archive.close()
        if self.archive_error is None:
            self._hub.publish(ArchiveFailed(error))
        self.archive_error = error

    def _save_all(self, archive: Archive) -> None:
        for account in {entry.ref.account for entry in self.store.entries()}:
            entries = self.store.of_account(account)
            archive.batches.save(entries, account=self.kept_as(account))

    def _keep(self, diff: BatchesDiff, at: datetime) -> None:
        if diff:
            self.guard(lambda archive: self._store(archive, diff, at), None)
            self._tell(diff)

    def _store(self, archive: Archive, diff: BatchesDiff, at: datetime) -> None:
        by_account: dict[str, list[BatchEntry]] = {}
        for entry in (*diff.added, *diff.updated):
            by_account.setdefault(self.kept_as(entry.ref.account), []).append(entry)
        for account, entries in by_account.items():
            archive.batches.save(entries, account=account, seen_at=at)
            archive.samples.add_many(
                at,
                {
                    BatchRef(account, entry.ref.id): entry.batch.request_counts
                    for entry in entries
                    if entry.batch.request_counts is not None
                },
            )

    def _tell(self, diff: BatchesDiff) -> None:
        diff = self.twins.take(diff)
        if not diff:
            return
        self._hub.publish(BatchesChanged(diff))
        for entry in diff.ended:
            self._hub.publish(BatchEnded(entry))
