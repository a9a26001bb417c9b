"""What an ended batch means. Judged by counts: a status alone says `ended` of a total failure."""

from batchtui.core.models import Batch, BatchEntry, BatchState, RequestCounts, Verdict
from batchtui.core.text import human_count

_WITHOUT_COUNTS = {
    BatchState.FAILED: Verdict.FAILED,
    BatchState.CANCELED: Verdict.CANCELED,
    BatchState.EXPIRED: Verdict.EXPIRED,
}

_DOUBTFUL = frozenset({Verdict.SUCCEEDED, Verdict.PARTIAL, Verdict.UNKNOWN})
"""Verdicts that results which are not those to the requests take away."""


def verdict(batch: Batch) -> Verdict:
    """The verdict on a batch; `PENDING` until its state is final."""
    if not batch.state.is_final:
        return Verdict.PENDING
    counts = batch.request_counts
    if counts is None or counts.total == 0:
        return _WITHOUT_COUNTS.get(batch.state, Verdict.UNKNOWN)
    return _from_counts(counts)


def verdict_of(entry: BatchEntry) -> Verdict:
    """The verdict on a batch with what is known of its results, once they were reconciled."""
    judged, found = verdict(entry.batch), entry.reconciled
    is_off = found is not None and not found.is_clean
    return Verdict.MISMATCH if is_off and judged in _DOUBTFUL else judged


def _from_counts(counts: RequestCounts) -> Verdict:
    if counts.succeeded == counts.total:
        return Verdict.SUCCEEDED
    if counts.succeeded:
        return Verdict.PARTIAL
    if counts.processing:
        return Verdict.UNKNOWN
    worst = max(counts.errored, counts.canceled, counts.expired)
    if counts.errored == worst:
        return Verdict.FAILED
    return Verdict.CANCELED if counts.canceled == worst else Verdict.EXPIRED


def tally(batch: Batch) -> dict[str, int]:
    """Requests by what became of them, zeros too; empty without counts.

    Nothing is processed any more once a batch has ended: those of which no outcome is told then,
    as by servers that count no canceled ones, are `missing`.
    """
    counts = batch.request_counts
    if counts is None:
        return {}
    rest = "missing" if batch.state.is_final and counts.processing else "processing"
    return {
        "succeeded": counts.succeeded,
        "errored": counts.errored,
        "canceled": counts.canceled,
        "expired": counts.expired,
        rest: counts.processing,
    }


def outcome(batch: Batch) -> str:
    """A few words for people: `998/1,000 · 2 errored`, `1,000`, or empty without counts."""
    counts = batch.request_counts
    if counts is None:
        return ""
    if not batch.state.is_final or counts.succeeded == counts.total:
        return human_count(counts.total)
    parts = [f"{human_count(counts.succeeded)}/{human_count(counts.total)}"]
    failed = {name: number for name, number in tally(batch).items() if name != "succeeded"}
    parts += [f"{human_count(number)} {name}" for name, number in failed.items() if number]
    return " · ".join(parts)


def state_word(entry: BatchEntry) -> str:
    """One word: the state while it runs, the verdict once it has ended."""
    judged = verdict_of(entry)
    if judged is Verdict.PENDING or judged is Verdict.UNKNOWN:
        return entry.batch.state.value
    return judged.value
