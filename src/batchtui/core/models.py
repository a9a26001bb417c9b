"""The domain: batches, their counts, and what an account can do. Everything here is frozen."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from batchtui.core.reconciled import Reconciled
from batchtui.core.states import BatchState, Presence, Verdict

__all__ = [
    "AccountHealth", "AccountInfo", "AccountStatus", "Batch", "BatchEntry", "BatchRef",
    "BatchState", "BatchesDiff", "Capabilities", "Page", "PendingAction", "Presence",
    "RequestCounts", "Retrieved", "Verdict",
]  # fmt: skip

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""`Batch.created_at` where the server sent none that can be read: older than any batch."""


class BatchRef(NamedTuple):
    """What names a batch everywhere: ids are only unique within an account."""

    account: str
    id: str

    def __str__(self) -> str:
        return f"{self.account}:{self.id}"


class PendingAction(StrEnum):
    """A mutating call under way, shown as a mark until the answer is in."""

    CANCEL = "cancel"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests of a batch by where they stand. The five always add up to `total`."""

    processing: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def total(self) -> int:
        """All requests, whatever became of them."""
        return self.processing + self.done

    @property
    def done(self) -> int:
        """Requests that have an outcome."""
        return self.succeeded + self.errored + self.canceled + self.expired

    @property
    def unsuccessful(self) -> int:
        """Requests that ended without an answer."""
        return self.errored + self.canceled + self.expired


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its provider last described it. Times are aware and in UTC.

    `raw` is the wire object as JSON text, for display only: two batches that differ in
    nothing else are equal. `input_file` is not kept in the archive.
    """

    ref: BatchRef
    kind: str
    """The provider kind: `anthropic`, ..."""
    state: BatchState
    provider_status: str
    """The wire's own word, e.g. `in_progress`; empty where the server sent none."""
    created_at: datetime
    """`UNDATED` where the server did not say."""
    request_counts: RequestCounts | None = None
    """None where the provider has no counts, or did not send them."""
    counts_live: bool = False
    """The outcome counts are known to move before the end."""
    ended_at: datetime | None = None
    expires_at: datetime | None = None
    archived_at: datetime | None = None
    cancel_initiated_at: datetime | None = None
    results_available: bool = False
    """Results can be fetched now: the batch has ended and is not archived."""
    failure: str = ""
    """Why the batch as a whole failed, in the provider's words; empty where it says nothing."""
    input_file: str = field(default="", compare=False)
    """Id of the uploaded file that it was made of, where the provider tells one."""
    raw: str = field(default="{}", compare=False, repr=False)

    @property
    def dated(self) -> datetime | None:
        """When it was created; None where the server did not say."""
        return self.created_at if self.created_at > UNDATED else None

    @property
    def took(self) -> timedelta | None:
        """From its creation to its end; None where one of them is not known."""
        ended, created = self.ended_at, self.dated
        return max(timedelta(0), ended - created) if ended and created else None


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """A batch together with what only this side knows of it."""

    batch: Batch
    presence: Presence = Presence.LISTED
    label: str = ""
    note: str = ""
    """Free text of the user's, may be of several lines."""
    tags: tuple[str, ...] = ()
    """Words of the user's, without spaces, in order."""
    local_results: str = ""
    """Path of the complete local copy of the results, or empty."""
    pending: PendingAction | None = None
    reconciled: Reconciled | None = None
    """What came of comparing its results with its requests, once that was done."""
    through: tuple[str, ...] = ()
    """All accounts that reach it, where there are several, in the order of the configuration."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that reach it: one, or several."""
        return self.through or (self.batch.ref.account,)

    @property
    def ref(self) -> BatchRef:
        """The batch's account and id."""
        return self.batch.ref


@dataclass(frozen=True, slots=True)
class BatchesDiff:
    """What a store change did, as the entries stand after it."""

    added: tuple[BatchEntry, ...] = ()
    updated: tuple[BatchEntry, ...] = ()
    ended: tuple[BatchEntry, ...] = ()
    """The subset of `added` and `updated` seen to go from not final to final."""

    def __bool__(self) -> bool:
        return bool(self.added or self.updated)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider kind can do; the faces hide or explain the rest."""

    can_create: bool = True
    can_cancel: bool = True
    can_delete: bool = True
    deletes: str = "the batch"
    """What a delete takes away, to follow "deletes": `the batch`, `the job`, `its files`."""
    delete_leaves_batch: bool = False
    """The batch itself cannot be deleted: it stays in the server's list."""
    cancels_at_once: bool = False
    """A cancel is done when it is answered: there is no state in between."""
    list_is_complete: bool = True
    """False where the server's list drops finished batches, or nobody says that it is whole."""
    has_counts: bool = True
    """False where the server tells no `request_counts` at all."""
    live_counts: bool = False
    """The counts move while a batch runs, so that a rate can be told."""
    every_request_answered: bool = True
    """Results have a row for each request, also for those that were canceled or expired."""
    uploads_first: bool = False
    """Requests are uploaded as a file, and only then a batch is made of it."""
    stalls: str = ""
    """Why a batch of such a server may run for ever, where that is known to happen."""
    results_kept: timedelta | None = None
    """How long after a batch's creation its results can be fetched; None where nobody says."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a provider's list, newest first.

    `last_id` is the cursor for what is older, and None on an empty page.
    `retry_after` is the server's wish, in seconds, for the time before the next call.
    `skipped` counts the listed things that are no batches, or have no id that can be read.
    """

    batches: tuple[Batch, ...]
    has_more: bool = False
    last_id: str | None = None
    retry_after: float | None = None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One batch, with the server's wish, in seconds, for the time before the next call."""

    batch: Batch
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """An account as the faces may know it: no secrets."""

    name: str
    kind: str
    base_url: str
    read_only: bool
    capabilities: Capabilities
    version: str = ""
    """The API version that its calls name, where its kind has such."""
    dialect: str = ""
    """In which way its server speaks its kind's protocol; empty for the usual one."""


class AccountStatus(StrEnum):
    """How polling of an account stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    """The last poll failed; what is shown is from `AccountHealth.last_success`."""
    PAUSED = "paused"
    FOLLOWING = "following"
    """Another copy of the program polls; this one reads what it stored."""


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """How an account is doing: state of its polling, the age of its data, its last error."""

    account: str
    status: AccountStatus = AccountStatus.CONNECTING
    last_success: datetime | None = None
    next_poll: datetime | None = None
    interval: float = 0.0
    """Seconds between polls at the present cadence, without jitter."""
    error: Exception | None = field(default=None, compare=False)
    error_text: str = ""
    """What the last poll failed of, in one line; empty after a success."""
    failures: int = 0
    """Failed polls in a row."""
    denied: bool = False
    """The last poll failed of the key, a permission or the settings: waiting does not help."""
    complete: bool = False
    """The provider's whole list has been seen, not only its newest page."""
    skipped: int = 0
    """Things on the newest page of the list that are no batches, or have no id."""
