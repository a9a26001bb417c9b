"""What was last known, read from the archive alone: no network, and nothing slow to import."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from batchtui.archive.archive import Archive
from batchtui.config.paths import Paths
from batchtui.core.models import AccountHealth, BatchState, Presence, Verdict
from batchtui.core.verdict import verdict


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of the batches that are still listed, and how polling went last."""

    states: dict[BatchState, int]
    verdicts: dict[Verdict, int]
    accounts: tuple[AccountHealth, ...]

    @property
    def last_success(self) -> datetime | None:
        """When any account was last polled with success."""
        times = [health.last_success for health in self.accounts if health.last_success]
        return max(times, default=None)

    @property
    def next_poll(self) -> datetime | None:
        """When an account will be polled next, if something polls."""
        times = [health.next_poll for health in self.accounts if health.next_poll]
        return min(times, default=None)


def read_status(paths: Paths) -> Status:
    """Read the archive; an empty status where there is none yet.

    Raises:
        ArchiveError: there is one, but it cannot be read.
    """
    if not paths.archive_file.exists():
        return Status({}, {}, ())
    with Archive.open(paths.archive_file) as archive:
        batches = [
            entry.batch for entry in archive.batches.load() if entry.presence is Presence.LISTED
        ]
        accounts = tuple(archive.health.get_all().values())
    return Status(
        dict(Counter(batch.state for batch in batches)),
        dict(Counter(map(verdict, batches))),
        accounts,
    )
