"""Which batches a list shows, and in which order. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from batchtui.core.models import Batch, BatchEntry, BatchState, Presence, Verdict
from batchtui.core.retention import results_until
from batchtui.core.verdict import verdict_of


@dataclass(frozen=True, slots=True)
class Order:
    """Sorted by a column's key; unfinished batches on top where `active_first`."""

    key: str = "age"
    descending: bool = False
    active_first: bool = True

    @classmethod
    def remembered(cls, key: str, *, descending: bool, active_first: bool) -> "Order":
        """As it was left; the usual one where there is no such column any more."""
        return cls(key, descending, active_first) if key in SORT_KEYS else cls()

    def arrange(self, entries: Iterable[BatchEntry]) -> list[BatchEntry]:
        """In this order; the newest first among equals, whichever way it goes."""
        arranged = sorted(entries, key=_newest_first)
        if self.key != "age" or self.descending:
            arranged.sort(key=SORT_KEYS[self.key], reverse=self.descending)
        if self.active_first:
            arranged.sort(key=lambda entry: entry.batch.state.is_final)
        return arranged

    def place(self, entry: BatchEntry) -> tuple[Any, ...]:
        """Two states of an entry with the same place need no new arrangement."""
        active = not entry.batch.state.is_final if self.active_first else False
        return (active, SORT_KEYS[self.key](entry), _newest_first(entry))


@dataclass(frozen=True, slots=True)
class Filter:
    """Every word must occur somewhere; `failures` keeps batches with failed requests only."""

    words: tuple[str, ...] = ()
    failures: bool = False

    @classmethod
    def of(cls, text: str, *, failures: bool = False) -> "Filter":
        """From what was typed: words in any case, in any order."""
        return cls(tuple(text.lower().split()), failures)

    def __bool__(self) -> bool:
        return bool(self.words or self.failures)

    def keeps(self, entry: BatchEntry) -> bool:
        """Whether the entry is shown."""
        if self.failures and not failed(entry):
            return False
        if not self.words:
            return True
        text = haystack(entry)
        return all(word in text for word in self.words)


def haystack(entry: BatchEntry) -> str:
    """What the filter looks through, in lower case."""
    batch = entry.batch
    parts = (
        batch.ref.id, entry.label, entry.note, *entry.tags,
        *entry.accounts, batch.state, verdict_of(entry),
        entry.note, " ".join(f"#{tag}" for tag in entry.tags),
        batch.provider_status, "" if entry.presence is Presence.LISTED else entry.presence,
    )  # fmt: skip
    return "\n".join(parts).lower()


_FAILURES = (Verdict.FAILED, Verdict.EXPIRED, Verdict.PARTIAL, Verdict.MISMATCH)


def failed(entry: BatchEntry) -> bool:
    """Some request of the batch has no answer and will get none."""
    counts = entry.batch.request_counts
    if counts is not None and counts.unsuccessful:
        return True
    return verdict_of(entry) in _FAILURES


def _newest_first(entry: BatchEntry) -> tuple[float, Any]:
    return (-entry.batch.created_at.timestamp(), entry.batch.ref)


def _name(entry: BatchEntry) -> tuple[bool, str]:
    return (not entry.label, (entry.label or entry.batch.ref.id).lower())


def _requests(entry: BatchEntry) -> int:
    counts = entry.batch.request_counts
    return counts.total if counts else 0


def _duration(entry: BatchEntry) -> float:
    took = entry.batch.took
    return float("inf") if took is None else took.total_seconds()


def _left(entry: BatchEntry) -> float:
    batch: Batch = entry.batch
    end = results_until(batch) if batch.state.is_final else batch.expires_at
    return end.timestamp() if end is not None else float("inf")


_STATES = {state: rank for rank, state in enumerate(BatchState)}
_VERDICTS = {judged: rank for rank, judged in enumerate(Verdict)}

SORT_KEYS: dict[str, Callable[[BatchEntry], Any]] = {
    "state": lambda entry: _STATES[entry.batch.state],
    "verdict": lambda entry: _VERDICTS[verdict_of(entry)],
    "name": _name,
    "id": lambda entry: entry.batch.ref.id,
    "account": lambda entry: entry.accounts,
    "requests": _requests,
    "progress": _duration,
    "age": lambda entry: -entry.batch.created_at.timestamp(),
    "created": lambda entry: entry.batch.created_at.timestamp(),
    "left": _left,
    "status": lambda entry: entry.batch.provider_status,
    "copy": lambda entry: not entry.local_results,
}
"""What each column sorts by."""
