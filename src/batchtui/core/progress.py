"""How far a batch is, told honestly: a rate where counts move, else time and experience."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

from batchtui.core.models import UNDATED, Batch, Capabilities, RequestCounts

RATE_WINDOW = timedelta(minutes=10)
"""How far back the rate looks: long enough to be calm, short enough to follow a change."""

MIN_HISTORY = 5
"""Fewer finished batches than this teach nothing about the next one."""


STALLED_AFTER = timedelta(hours=2)
"""A batch without a sign of life for so long is worth a doubt: most end within one hour."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Counts of a batch as seen at a time."""

    at: datetime
    request_counts: RequestCounts


@dataclass(frozen=True, slots=True)
class EtaRange:
    """Time still to go by one's own finished batches of similar size; zero once it is past."""

    likely: timedelta
    """Half of them were done by then."""
    late: timedelta
    """Nine in ten of them were done by then."""
    batches: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a batch stands now. Fields are None where nothing true can be said."""

    elapsed: timedelta
    expires_in: timedelta | None = None
    """Negative once the deadline is past."""
    fraction: float | None = None
    """Done over total, only where counts move; 1.0 only when all are done."""
    rate: float | None = None
    """Requests a second, only where counts move."""
    remaining: timedelta | None = None
    """Time to go at the present rate."""
    eta: EtaRange | None = None


def progress(
    batch: Batch, now: datetime, samples: Sequence[Sample] = (), history: Sequence[timedelta] = ()
) -> Progress:
    """Judge a batch's progress from its recent samples (oldest first) and past durations."""
    end = batch.ended_at or now
    began = batch.created_at if batch.created_at > UNDATED else end
    elapsed = max(timedelta(0), end - began)
    if batch.state.is_final:
        return Progress(elapsed)
    expires_in = batch.expires_at - now if batch.expires_at else None
    counts = batch.request_counts
    if counts is None or not (batch.counts_live or counts.done):
        return Progress(elapsed, expires_in, eta=eta_range(elapsed, history))
    rate = throughput(samples, now)
    remaining = timedelta(seconds=counts.processing / rate) if rate else None
    fraction = counts.done / counts.total if counts.total else 0.0
    return Progress(elapsed, expires_in, fraction, rate, remaining)


def stalled(batch: Batch, now: datetime, able: Capabilities) -> str:
    """Why a batch may never end: one that has run for long, at a kind for which that is known.

    Empty for all others, and where its counts show that it moves.
    """
    counts = batch.request_counts
    is_new = batch.created_at <= UNDATED or now - batch.created_at < STALLED_AFTER
    if batch.state.is_final or is_new or (counts is not None and counts.done):
        return ""
    return able.stalls


def throughput(samples: Sequence[Sample], now: datetime) -> float | None:
    """Requests a second over the recent window, or None where nothing was seen to move."""
    recent = [sample for sample in samples if now - sample.at <= RATE_WINDOW]
    if len(recent) < 2:
        return None
    first, last = recent[0], recent[-1]
    seconds = (now - first.at).total_seconds()
    moved = last.request_counts.done - first.request_counts.done
    return moved / seconds if moved > 0 and seconds > 0 else None


def eta_range(elapsed: timedelta, history: Sequence[timedelta]) -> EtaRange | None:
    """The time still to go, judged by finished batches; None with too few of them."""
    if len(history) < MIN_HISTORY:
        return None
    tenths = quantiles((duration.total_seconds() for duration in history), n=10, method="inclusive")
    zero = timedelta(0)
    likely, late = timedelta(seconds=tenths[4]), timedelta(seconds=tenths[8])
    return EtaRange(max(zero, likely - elapsed), max(zero, late - elapsed), len(history))
