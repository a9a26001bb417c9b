"""What a download tells of itself, from its own thread to all others."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from batchtui.core.clock import Clock
from batchtui.core.errors import BatchtuiError

NOTIFY_INTERVAL = 0.1
"""Seconds between two notices of mere progress, at least."""

_RATE_WINDOW = 5.0
_STALLED_AFTER = 1.0


class DownloadState(StrEnum):
    """Where a download stands."""

    NEW = "new"
    WAITING = "waiting"
    """Another download of the same results is under way; this one waits for it."""
    CONNECTING = "connecting"
    RECEIVING = "receiving"
    RETRYING = "retrying"
    """The stream was cut; it is asked for again after a while."""
    PAUSED = "paused"
    """Stopped until it is told to go on; no connection is open."""
    DONE = "done"
    CANCELED = "canceled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Nothing follows."""
        return self in _FINAL


_FINAL = frozenset({DownloadState.DONE, DownloadState.CANCELED, DownloadState.FAILED})


@dataclass(frozen=True, slots=True)
class DownloadSnapshot:
    """A download at one moment."""

    state: DownloadState = DownloadState.NEW
    received: int = 0
    """Bytes on disk."""
    total_bytes: int | None = None
    """Size of the whole, where the server says it."""
    portion: float | None = None
    """How much of the whole that is, from 0 to 1, where only this is known."""
    rows: int = 0
    expected_rows: int | None = None
    rate: float = 0.0
    """Bytes a second, over the last few."""
    generation: int = 0
    """Goes up when `Download.open_rows` has other rows: open them again then."""
    error: BatchtuiError | None = None
    """Why it failed; while retrying, why the last try did."""

    @property
    def finished(self) -> bool:
        """Nothing follows: it is complete, or was cancelled, or failed."""
        return self.state.is_final

    @property
    def complete(self) -> bool:
        """The whole copy is in its place."""
        return self.state is DownloadState.DONE

    @property
    def remaining(self) -> float | None:
        """Seconds still to go at the present rate; None where it cannot be told."""
        if not self.rate or not self.received:
            return None
        if self.total_bytes is not None:
            return max(0, self.total_bytes - self.received) / self.rate
        if self.portion:
            return self.received * (1 / self.portion - 1) / self.rate
        if self.expected_rows is None or not self.rows:
            return None
        bytes_per_row = self.received / self.rows
        return max(0, self.expected_rows - self.rows) * bytes_per_row / self.rate


class ProgressBoard:
    """Holds the latest snapshot. One thread writes, any may read.

    `notify` is called in the writing thread: at every change of state, and at progress at most
    every `NOTIFY_INTERVAL`.
    """

    def __init__(
        self, clock: Clock, expected_rows: int | None, notify: Callable[[], object]
    ) -> None:
        self.snapshot = DownloadSnapshot(expected_rows=expected_rows)
        self._clock = clock
        self._notify = notify
        self._notified = float("-inf")
        self._rates: deque[tuple[float, int]] = deque()
        self._base: tuple[float, float, int] | None = None
        """When bytes arrived last, when the seconds before that began, and with how many bytes."""

    @property
    def now(self) -> DownloadSnapshot:
        """The latest snapshot; while nothing arrives, its rate falls with the clock."""
        latest, base = self.snapshot, self._base
        if base is None or not latest.rate:
            return latest
        now, (last, since, before) = self._clock.monotonic(), base
        if now - last <= _STALLED_AFTER:
            return latest
        return replace(latest, rate=min(latest.rate, (latest.received - before) / (now - since)))

    def enter(self, state: DownloadState, error: BatchtuiError | None = None) -> None:
        """Go over to a state in which nothing arrives."""
        self._rates.clear()
        self._base = None
        self.snapshot = replace(self.snapshot, state=state, error=error, rate=0.0)
        self._notify()

    def progress(
        self,
        state: DownloadState,
        *,
        received: int,
        rows: int,
        total_bytes: int | None = None,
        portion: float | None = None,
        generation: int = 0,
    ) -> None:
        """Bytes have arrived."""
        now = self._clock.monotonic()
        changed = self.snapshot.state is not state
        self.snapshot = replace(
            self.snapshot,
            state=state,
            received=received,
            total_bytes=total_bytes,
            portion=portion,
            rows=rows,
            rate=self._rate(now, received),
            generation=generation,
            error=None,
        )
        if changed or now - self._notified >= NOTIFY_INTERVAL:
            self._notified = now
            self._notify()

    def _rate(self, now: float, received: int) -> float:
        self._rates.append((now, received))
        while now - self._rates[0][0] > _RATE_WINDOW and len(self._rates) > 2:
            self._rates.popleft()
        since, before = self._rates[0]
        self._base = now, since, before
        return (received - before) / (now - since) if now > since else self.snapshot.rate
