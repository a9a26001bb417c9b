"""The words for how a batch stands. Without the models, which take longer to load."""

from enum import StrEnum


class BatchState(StrEnum):
    """The common states of all providers; `Batch.provider_status` keeps the wire's own word."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELING = "canceling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """No later state can follow. An unknown state is not final: it is watched on."""
        return self in _FINAL_STATES


_FINAL_STATES = frozenset(
    {BatchState.COMPLETED, BatchState.FAILED, BatchState.CANCELED, BatchState.EXPIRED}
)


class Verdict(StrEnum):
    """What an ended batch means, judged by its counts (see `core.verdict`)."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    MISMATCH = "mismatch"
    """It ended with answers, but its results are not those to its requests."""
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Presence(StrEnum):
    """Whether the provider still knows a batch that was seen once."""

    LISTED = "listed"
    """The provider listed or returned it when last asked."""
    UNLISTED = "unlisted"
    """The provider's complete list no longer has it; what is shown is the last known state."""
    DELETED = "deleted"
    """Deleted from here, or at least what `Capabilities.deletes` names."""
