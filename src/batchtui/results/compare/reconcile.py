"""Results against what was asked for: which ids are missing, twice there, or unexpected."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from batchtui.core.models import UNDATED, RequestCounts
from batchtui.core.reconciled import Reconciled
from batchtui.core.streams import CancelCheck, never
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.ids import row_ids

COUNTED = ("succeeded", "errored", "canceled", "expired")
"""The types of rows that a batch's counts tell of."""

ANSWERED = ("succeeded", "errored")
"""Those that there are rows of also where requests that nobody came to have none."""

_TELL_EVERY = 10_000
"""Ids between two words on how far it is."""


@dataclass(frozen=True, slots=True)
class Miscount:
    """Rows of a type, where the batch's counts say another number."""

    type: str
    counted: int
    rows: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What does not fit. Ids are whole, each once, in the order in which they were met."""

    rows: int
    requests: int | None
    """None where the requests are not known."""
    missing: tuple[str, ...] = ()
    """Requests without a row."""
    duplicate: tuple[str, ...] = ()
    """Ids with more than one row."""
    unexpected: tuple[str, ...] = ()
    """Ids of rows that no request has."""
    nameless: int = 0
    """Rows without an id that can be read."""
    asked_twice: tuple[str, ...] = ()
    """Ids with more than one request."""
    miscounts: tuple[Miscount, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Every request has exactly one row, and the other way round, as far as is known."""
        return self.summed_up(UNDATED).is_clean

    def summed_up(self, at: datetime) -> Reconciled:
        """What is kept of it: numbers, and when they were found."""
        return Reconciled(
            at=at,
            rows=self.rows,
            requests=self.requests,
            missing=len(self.missing),
            duplicate=len(self.duplicate),
            unexpected=len(self.unexpected),
            nameless=self.nameless,
            asked_twice=len(self.asked_twice),
            miscounts=len(self.miscounts),
        )


def reconcile(
    results: ResultsFile,
    *,
    counts: RequestCounts | None = None,
    counted: Sequence[str] = COUNTED,
    requests: Iterable[str] | None = None,
    cancel: CancelCheck = never,
    tell: Callable[[int], object] = lambda _: None,
) -> Reconciliation | None:
    """Compare all rows with the batch's counts and with the ids of its requests, where known.

    `counted` are the types of rows that have to be as many as the counts say.
    Blocking. Memory goes with the number of ids: about 100 bytes each. `tell` is
    called now and then with the ids looked at so far. None if cancelled.

    Raises:
        ResultsError: the results cannot be read. What `requests` raises comes through.
    """
    rows_by_id: dict[str, int] = {}
    nameless, told = 0, _Told(tell)
    for custom_id in told.each(row_ids(results, cancel)):
        if custom_id:
            rows_by_id[custom_id] = rows_by_id.get(custom_id, 0) + 1
        else:
            nameless += 1
    asked = None if requests is None else _counted(told.each(requests), cancel)
    if cancel():
        return None
    return Reconciliation(
        rows=len(results),
        requests=None if asked is None else sum(asked.values()),
        missing=() if asked is None else tuple(one for one in asked if one not in rows_by_id),
        duplicate=tuple(one for one, number in rows_by_id.items() if number > 1),
        unexpected=() if asked is None else tuple(one for one in rows_by_id if one not in asked),
        nameless=nameless,
        asked_twice=tuple(one for one, number in (asked or {}).items() if number > 1),
        miscounts=tuple(_miscounts(results, counts, counted)),
    )


class _Told:
    """Counts what passes, and tells of it."""

    def __init__(self, tell: Callable[[int], object]) -> None:
        self._tell = tell
        self._numbers = count(1)

    def each(self, ids: Iterable[str]) -> Iterator[str]:
        for custom_id, number in zip(ids, self._numbers, strict=False):
            if number % _TELL_EVERY == 0:
                self._tell(number)
            yield custom_id


def _counted(ids: Iterable[str], cancel: CancelCheck) -> dict[str, int]:
    found: dict[str, int] = {}
    for custom_id in ids:
        found[custom_id] = found.get(custom_id, 0) + 1
        if cancel():
            break
    return found


def _miscounts(
    results: ResultsFile, counts: RequestCounts | None, types: Sequence[str]
) -> Iterator[Miscount]:
    if counts is None or counts.processing:
        return
    rows = results.index.type_counts()
    for name in types:
        counted = getattr(counts, name)
        if rows.get(name, 0) != counted:
            yield Miscount(name, counted, rows.get(name, 0))
