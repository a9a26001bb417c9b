"""What the rows of a results file are, counted: for choosing, and for seeing at a glance."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from operator import itemgetter
from typing import TypeVar

import msgspec

from batchtui.core.streams import CancelCheck
from batchtui.results.file.columns import NameColumn
from batchtui.results.file.line_index import WORD_FIELDS, LineIndex
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.narrowing import term
from batchtui.results.reading.shapes.choice import outcome_of
from batchtui.results.reading.wire import BrokenLineError, decode, error_of, object_of, text_of
from batchtui.results.search.duplicates import find_duplicates
from batchtui.results.search.error_groups import ErrorGroups
from batchtui.results.search.histogram import Histogram, histogram

_ERRORED = "errored"

Name = TypeVar("Name", bound=Hashable)

_MOST_VALUES = 100
"""Values of a facet that are listed."""

_STEP_ROWS = 20_000
"""Rows that a step passes over, at most."""

_STEP_BYTES = 512 << 10
_ROW_COST = 1 << 10
"""Bytes that could be decoded in the time that it takes to read and group a short line."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that rows have. The texts are the wire's own: mask them before a terminal."""

    name: str
    count: int
    query: str
    """The query text that narrows to these rows (see `narrowing.narrow`)."""
    first_ids: tuple[str, ...] = ()
    """The first custom_ids, where that tells something: of error messages."""


@dataclass(frozen=True, slots=True)
class Facet:
    """The values of a field, the most frequent first. Rows without one are not counted."""

    name: str
    """`type`, `error`, `message`, `stop`, `model` or `block`; `id` has what several rows share."""
    values: tuple[FacetValue, ...]
    unlisted: int = 0
    """Rows with values beyond those listed."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What is known so far."""

    rows: int
    """Rows that are looked at."""
    facets: Mapping[str, Facet]
    """By name, in the order in which they are shown."""
    histograms: Mapping[str, Histogram]
    """Of `in` and `out`."""
    done: bool = False
    """False while errors' messages and custom_ids are still being read."""


_HISTOGRAMS = ("in", "out")

NAMES = ("type", "error", "message", "stop", "model", "block", "id")
"""The facets, in the order in which they are shown."""


def facets(
    file: ResultsFile, rows: Sequence[int] | None = None, *, cancel: CancelCheck = lambda: False
) -> Iterator[Facets]:
    """Count what these rows are, all if None, in steps of some milliseconds.

    What columns tell comes first, then what must be read: the errors' messages, and which
    custom_ids several rows share. Ends with a step that is `done`, unless cancelled.

    Raises:
        ResultsError: the file cannot be read.
    """
    steps = _steps(file, rows)
    while not cancel() and (step := next(steps, None)) is not None:
        yield step


def _steps(file: ResultsFile, rows: Sequence[int] | None) -> Iterator[Facets]:
    chosen, rows = rows, range(len(file)) if rows is None else rows
    counts: dict[str, Facet] = {}
    histograms: dict[str, Histogram] = {}
    for name in WORD_FIELDS:
        counts[name] = _count_words(name, file.index, rows)
        yield _so_far(rows, counts, histograms)
    counts["block"] = _count_blocks(file.index, rows)
    yield _so_far(rows, counts, histograms)
    for name in _HISTOGRAMS:
        values: list[int] = []
        for _ in _take_sorted(file.index.counts(name), rows, values):
            yield _so_far(rows, counts, histograms)
        histograms[name] = histogram(name, values)
        yield _so_far(rows, counts, histograms)
    groups = ErrorGroups()
    for _ in _read_messages(file, rows, groups):
        counts["message"] = _message_facet(groups)
        yield _so_far(rows, counts, histograms)
    counts["message"] = _message_facet(groups)
    for found in find_duplicates(file, chosen):
        if found.done:
            counts["id"] = _facet("id", {name: len(same) for name, same in found.rows.items()})
        yield _so_far(rows, counts, histograms, done=found.done)


def _so_far(
    rows: Sequence[int],
    counts: Mapping[str, Facet],
    histograms: Mapping[str, Histogram],
    *,
    done: bool = False,
) -> Facets:
    ordered = {name: counts[name] for name in NAMES if name in counts}
    return Facets(len(rows), ordered, dict(histograms), done)


def _take_sorted(column: Sequence[int], rows: Sequence[int], values: list[int]) -> Iterator[None]:
    """Add the counts of these rows; what is sorted piece by piece is soon sorted as a whole."""
    for start in range(0, len(rows), _STEP_ROWS):
        values += sorted(map(column.__getitem__, rows[start : start + _STEP_ROWS]))
        yield


def _count_words(name: str, index: LineIndex, rows: Sequence[int]) -> Facet:
    column = index.words(name)
    return _facet(name, {column.names[code]: n for code, n in _codes(column, rows).items()})


def _count_blocks(index: LineIndex, rows: Sequence[int]) -> Facet:
    """How many rows have a block of each kind, however many of it."""
    counts: Counter[str] = Counter()
    for code, n in _codes(index.blocks, rows).items():
        for kind in index.blocks.names[code]:
            counts[kind] += n
    return _facet("block", counts)


def _codes(column: NameColumn[Name], rows: Sequence[int]) -> Counter[int]:
    codes = column.codes
    if isinstance(rows, range):
        return Counter(codes[rows.start : rows.stop : rows.step])
    return Counter(map(codes.__getitem__, rows))


def _facet(name: str, counts: Mapping[str, int]) -> Facet:
    present = [(value, n) for value, n in counts.items() if value]
    listed = nlargest(_MOST_VALUES, present, key=itemgetter(1))
    values = tuple(FacetValue(value, n, term(name, value)) for value, n in listed)
    return Facet(name, values, sum(n for _, n in present) - sum(n for _, n in listed))


def _message_facet(groups: ErrorGroups) -> Facet:
    listed = groups.largest(_MOST_VALUES)
    values = tuple(
        FacetValue(group.message, group.count, group.query, tuple(group.first_ids))
        for group in listed
    )
    return Facet("message", values, groups.rows - sum(group.count for group in listed))


def _read_messages(file: ResultsFile, rows: Sequence[int], groups: ErrorGroups) -> Iterator[None]:
    """Put the rows that errored into groups; yields after each step."""
    index = file.index
    errored = {code for code, name in enumerate(index.types.names) if name == _ERRORED}
    codes, size = index.types.codes, 0
    for number, row in enumerate(rows if errored else (), 1):
        if codes[row] in errored:
            size += _ROW_COST + index.lengths[row]
            custom_id, message = read_error(file.line(row))
            if message:
                groups.add(index.error_types[row], message, custom_id)
        if size >= _STEP_BYTES or number % _STEP_ROWS == 0:
            size = 0
            yield


class _Inner(msgspec.Struct, gc=False):
    message: str = ""


class _Error(msgspec.Struct, gc=False):
    message: str = ""
    error: _Inner | None = None


class _Result(msgspec.Struct, gc=False):
    error: _Error


class _Line(msgspec.Struct, gc=False):
    result: _Result
    custom_id: str = ""


_decode_error = msgspec.json.Decoder(_Line).decode


def read_error(line: bytes) -> tuple[str, str]:
    """The custom_id and the message of a line of an errored result; empty where it has none."""
    try:
        typed = _decode_error(line)
    except (ValueError, RecursionError):
        return _odd_error(line)
    error = typed.result.error
    return typed.custom_id, (error.error and error.error.message) or error.message


def _odd_error(line: bytes) -> tuple[str, str]:
    try:
        value = object_of(decode(line))
    except BrokenLineError:
        return "", ""
    if outcome := outcome_of(value):
        return outcome.custom_id, outcome.error_message
    error = object_of(value.get("result")).get("error")
    return text_of(value.get("custom_id")), text_of(error_of(error).get("message") or error)
