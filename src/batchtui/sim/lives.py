"""The life of one simulated batch: what it is at any moment follows from how it was made."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, Literal

from batchtui.sim import seeds

LIFETIME: Final = timedelta(hours=24)
"""A batch that has not ended by then expires (Message Batches API reference)."""
RETENTION: Final = timedelta(days=29)
"""Results are there this long after `created_at`; the batch itself stays listed."""

Status = Literal["in_progress", "canceling", "ended"]
Outcome = Literal["succeeded", "errored", "canceled", "expired"]


@dataclass(frozen=True, slots=True)
class Counts:
    """The wire's `request_counts`; their sum is always the size of the batch."""

    processing: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True)
class Submitted:
    """What is kept of one request that came over the wire.

    `problem` is the error's type and message, if its params turn out to be wrong.
    """

    custom_id: str
    model: str
    problem: tuple[str, str] | None = None


@dataclass(eq=False)
class Life:
    """A batch from its creation to its archiving.

    `takes` is how long all its requests need together. `canceled_at` may lie in the future: then
    somebody else is going to cancel it. `error_rate` is the share of finished requests that fail;
    those of a submitted batch (`requests`) fail by their own `problem` instead.
    """

    id: str
    key: int
    created_at: datetime
    size: int
    takes: timedelta
    flavour: str
    error_rate: float = 0.0
    canceled_at: datetime | None = None
    cancel_takes: timedelta = timedelta(seconds=60)
    requests: Sequence[Submitted] | None = None
    deleted: bool = False

    @property
    def expires_at(self) -> datetime:
        """When it expires, unless it ends before."""
        return self.created_at + LIFETIME

    @property
    def archives_at(self) -> datetime:
        """When its results go away."""
        return self.created_at + RETENTION

    @property
    def ends_at(self) -> datetime:
        """When it ends, as things stand."""
        end = min(self.created_at + self.takes, self.expires_at)
        if self.canceled_at is not None:
            end = min(end, self.canceled_at + self.cancel_takes)
        return end

    def status(self, now: datetime) -> Status:
        """The wire's `processing_status`."""
        if now >= self.ends_at:
            return "ended"
        return "canceling" if self.cancel_initiated_at(now) else "in_progress"

    def cancel_initiated_at(self, now: datetime) -> datetime | None:
        """When it was canceled, if it has been by now; kept after the end."""
        canceled = self.canceled_at
        return canceled if canceled is not None and canceled <= now else None

    def cancel(self, now: datetime) -> None:
        """Begin to cancel; canceling twice changes nothing."""
        if self.cancel_initiated_at(now) is None:
            self.canceled_at = now

    def finished(self, now: datetime) -> int:
        """How many requests have been worked on by now, for better or worse."""
        until = min(now, self.ends_at)
        if self.canceled_at is not None:
            until = min(until, self.canceled_at)
        share = (until - self.created_at) / self.takes
        return int(self.size * min(1.0, max(0.0, share)))

    def counts(self, now: datetime, *, live: bool = False) -> Counts:
        """The counts by now; unless `live`, all but `processing` stay zero until the end."""
        ended = self.status(now) == "ended"
        if not (ended or live):
            return Counts(processing=self.size)
        done = self.finished(now)
        errored = self._errored(done)
        rest = self.size - done
        if not ended:
            return Counts(processing=rest, succeeded=done - errored, errored=errored)
        if self.cancel_initiated_at(now):
            return Counts(succeeded=done - errored, errored=errored, canceled=rest)
        return Counts(succeeded=done - errored, errored=errored, expired=rest)

    def outcome(self, rank: int) -> Outcome:
        """What becomes of the request worked on as the `rank`-th, once the batch has ended."""
        if rank >= self.finished(self.ends_at):
            return "canceled" if self.cancel_initiated_at(self.ends_at) else "expired"
        failed = self._errored(rank + 1) > self._errored(rank)
        return "errored" if failed else "succeeded"

    @cached_property
    def order(self) -> seeds.Shuffle:
        """The request (its place in the batch) that is worked on as the n-th."""
        return seeds.Shuffle(self.size, self.key)

    def _errored(self, done: int) -> int:
        if self.requests is None:
            return int(done * self.error_rate)
        return bisect_left(self._problem_ranks, done)

    @cached_property
    def _problem_ranks(self) -> list[int]:
        requests = self.requests or ()
        return sorted(self.order.place_of(row) for row, r in enumerate(requests) if r.problem)
