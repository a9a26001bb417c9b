"""What the service tells its listeners. Every event is frozen and replaceable by a newer one."""

from dataclasses import dataclass

from batchtui.core.errors import ArchiveError, BatchtuiError
from batchtui.core.models import AccountHealth, BatchEntry, BatchesDiff, BatchRef
from batchtui.core.submissions import LeftCall, Submission


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
    """A download of results moved; nothing follows one that is `done`, `canceled` or `failed`.

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
    failed: bool = False
    error: BatchtuiError | None = None

    @property
    def is_final(self) -> bool:
        """It has ended, one way or another."""
        return self.done or self.canceled or self.failed


@dataclass(frozen=True, slots=True)
class ArchiveFailed:
    """The archive cannot be used any more: batches are watched on, but not remembered."""

    error: ArchiveError


@dataclass(frozen=True, slots=True)
class ArchiveRecovered:
    """The archive can be used again, and has all that was seen meanwhile."""


@dataclass(frozen=True, slots=True)
class SubmitProgress:
    """Bytes of a submission are on their way."""

    number: int
    """The submission's."""
    sent: int
    """Bytes handed to the network."""
    total: int

    @property
    def cancelable(self) -> bool:
        """Its last byte has not been sent yet."""
        return self.sent < self.total


@dataclass(frozen=True, slots=True)
class SubmissionChanged:
    """A submission went to another state, or more is known of it."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """What programs that ended in the middle have left behind: what was being sent, and calls
    whose answers nobody saw. Told once; the submissions go on as `SubmissionChanged`.
    """

    submissions: tuple[Submission, ...] = ()
    calls: tuple[LeftCall, ...] = ()


Event = (
    BatchesChanged
    | BatchEnded
    | HealthChanged
    | DownloadProgress
    | SubmitProgress
    | SubmissionChanged
    | LeftOpen
    | ArchiveFailed
    | ArchiveRecovered
)
