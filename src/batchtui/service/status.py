"""What was last known, read from the archive alone: no network, and nothing slow to import."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from batchtui.archive.archive import Archive
from batchtui.core.models import AccountHealth, BatchEntry, Presence, Verdict
from batchtui.core.twins import identity, united
from batchtui.core.verdict import state_word, verdict_of
from batchtui.service.naming import configured_name

RECENT = timedelta(hours=24)
"""Ended batches older than this are no news."""


@dataclass(slots=True)
class Summary:
    """An account's batches, counted: those active now, and those that ended in the last day."""

    account: str
    active: int = 0
    ended: Counter[Verdict] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    """Batches by state or, once they have ended, by verdict."""
    health: AccountHealth | None = None

    @property
    def good(self) -> int:
        """Ended lately, all requests succeeded."""
        return self.ended[Verdict.SUCCEEDED]

    @property
    def bad(self) -> int:
        """Ended lately, and not all requests succeeded."""
        return self.ended.total() - self.good


def read_summaries(
    archive_file: Path, now: datetime, accounts: Collection[str] = ()
) -> list[Summary]:
    """A summary of each account ever polled, by name; none where there is no archive yet.

    `accounts` narrows it to some. A batch that several of them reach counts for the first.

    Raises:
        ArchiveError: there is one, but it cannot be read.
    """
    if not archive_file.exists():
        return []
    with Archive.open(archive_file) as archive:
        return _summaries(archive.batches.load(), archive.health.get_all(), now, accounts)


def _summaries(
    entries: Iterable[BatchEntry],
    health: Mapping[str, AccountHealth],
    now: datetime,
    accounts: Collection[str],
) -> list[Summary]:
    entries = list(entries)
    kept = sorted({entry.ref.account for entry in entries} | set(health), key=_asked(health))
    # An account that moved to another server counts once, as it was when it answered last.
    newest = {configured_name(one): one for one in kept}
    names = [name for name in sorted(newest) if not accounts or name in accounts]
    found = {newest[name]: Summary(name, health=health.get(newest[name])) for name in names}
    for entry in _each_once(entry for entry in entries if entry.ref.account in found):
        if entry.presence is Presence.LISTED:
            _count(found[entry.ref.account], entry, now)
    return list(found.values())


def _asked(health: Mapping[str, AccountHealth]) -> Callable[[str], float]:
    """When an account, as it is kept, answered last."""

    def moment(kept: str) -> float:
        last = health[kept].last_success if kept in health else None
        return last.timestamp() if last else 0.0

    return moment


def _each_once(entries: Iterable[BatchEntry]) -> Iterator[BatchEntry]:
    """What several accounts know of the same batch is one entry, under the first that lists it."""
    groups: dict[Hashable, list[BatchEntry]] = {}
    for entry in entries:
        known_as = identity(entry.batch)
        groups.setdefault(entry.ref if known_as is None else known_as, []).append(entry)
    for group in groups.values():
        group.sort(key=lambda one: (one.presence is not Presence.LISTED, one.ref.account))
        yield united(group, ()) if len(group) > 1 else group[0]


def _count(summary: Summary, entry: BatchEntry, now: datetime) -> None:
    batch = entry.batch
    summary.words[state_word(entry)] += 1
    if not batch.state.is_final:
        summary.active += 1
    elif now - (batch.ended_at or batch.created_at) <= RECENT:
        summary.ended[verdict_of(entry)] += 1
