"""What the service tells its listeners. Every event is frozen and replaceable by a newer one."""

from dataclasses import dataclass

from batchtui.core.errors import ArchiveError, BatchtuiError
from batchtui.core.models import AccountHealth, BatchEntry, BatchesDiff, BatchRef


@dataclass(frozen=True, slots=True)
class BatchesChanged:
    """The store changed. An unchanged poll makes no such event."""

    diff: BatchesDiff


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """A batch was seen to go from not final to final."""

    entry: BatchEntry


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """An account went live, stale or paused, changed its cadence, or failed in another way."""

    health: AccountHealth


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """A download of results moved; nothing follows one that is `done` or `canceled`.

    `error` is why it failed, or, while it goes on, why the last try did.
    """

    ref: BatchRef
    received: int
    """Bytes on disk."""
    total_bytes: int | None
    rows: int
    expected_rows: int | None
    rate: float
    """Bytes per second, lately."""
    remaining: float | None = None
    """Seconds still to go, where it can be told."""
    done: bool = False
    canceled: bool = False
    error: BatchtuiError | None = None


@dataclass(frozen=True, slots=True)
class ArchiveFailed:
    """The archive cannot be used any more: batches are watched on, but not remembered."""

    error: ArchiveError


Event = BatchesChanged | BatchEnded | HealthChanged | DownloadProgress | ArchiveFailed
