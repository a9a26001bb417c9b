"""What was last known, read from the archive alone: no network, and nothing slow to import."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from batchtui.archive.archive import Archive
from batchtui.core.models import AccountHealth, BatchEntry, Presence, Verdict
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


def read_summaries(archive_file: Path, now: datetime) -> list[Summary]:
    """A summary of each account ever polled, by name; none where there is no archive yet.

    Raises:
        ArchiveError: there is one, but it cannot be read.
    """
    if not archive_file.exists():
        return []
    with Archive.open(archive_file) as archive:
        return _counted(archive.batches.load(), archive.health.get_all(), now)


def _counted(
    entries: Iterable[BatchEntry], health: Mapping[str, AccountHealth], now: datetime
) -> list[Summary]:
    found = {kept: Summary(configured_name(kept), health=health[kept]) for kept in health}
    for entry in entries:
        if entry.presence is Presence.LISTED:
            kept = entry.ref.account
            summary = found.setdefault(kept, Summary(configured_name(kept)))
            _count(summary, entry, now)
    newest: dict[str, Summary] = {}
    for summary in sorted(found.values(), key=_last_success):
        newest[summary.account] = summary  # an account that moved to another server counts once
    return [newest[name] for name in sorted(newest)]


def _last_success(summary: Summary) -> float:
    moment = summary.health.last_success if summary.health else None
    return moment.timestamp() if moment else 0.0


def _count(summary: Summary, entry: BatchEntry, now: datetime) -> None:
    batch = entry.batch
    summary.words[state_word(entry)] += 1
    if not batch.state.is_final:
        summary.active += 1
    elif now - (batch.ended_at or batch.created_at) <= RECENT:
        summary.ended[verdict_of(entry)] += 1
