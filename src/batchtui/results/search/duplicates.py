"""Rows whose custom_id is that of another row: it should name one request of a batch only."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batchtui.core.streams import CancelCheck
from batchtui.results.file.id_sums import NOT_SUMMED, SUMS, sum_of_id
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.window import WINDOW_ROWS
from batchtui.results.search.ids import id_of, ids_in_steps

_PARTS = 256
"""Parts that are compared one after the other, so that a step takes some milliseconds."""


@dataclass(frozen=True, slots=True)
class DuplicatesStep:
    """Progress of the look for duplicates."""

    rows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The rows of each custom_id that several share, in the order of the first; only at the end."""
    done: bool = False


def find_duplicates(
    file: ResultsFile,
    rows: Sequence[int] | None = None,
    *,
    cancel: CancelCheck = lambda: False,
) -> Iterator[DuplicatesStep]:
    """Which of these rows, all if None, share a custom_id; those without one do not count.

    Only ids are read whose checksums in the index are equal, or missing. Memory goes with the
    number of rows: 12 bytes each. Ends with a step that is `done`, unless cancelled.

    Raises:
        ResultsError: the file cannot be read.
    """
    parts = [(array(SUMS), array("Q")) for _ in range(_PARTS)]
    for step in _sums_in_steps(file, rows, cancel):
        for row, key in step:
            if key != NOT_SUMMED:
                sums, owners = parts[key % _PARTS]
                sums.append(key)
                owners.append(row)
        yield DuplicatesStep()
    found: dict[str, list[int]] = {}
    for part in parts:
        if cancel():
            return
        found |= _shared(file, *part)
        yield DuplicatesStep()
    if not cancel():
        yield DuplicatesStep(dict(sorted(found.items(), key=lambda item: item[1][0])), done=True)


def _sums_in_steps(
    file: ResultsFile, rows: Sequence[int] | None, cancel: CancelCheck
) -> Iterator[Iterable[tuple[int, int]]]:
    """These rows with the checksums of their ids, in order; some steps have none."""
    chosen = range(len(file)) if rows is None else rows
    for start in range(0, len(chosen), WINDOW_ROWS):
        step = chosen[start : start + WINDOW_ROWS]
        sums = _indexed(file, step)
        missing = [place for place, key in enumerate(sums) if key == NOT_SUMMED]
        places = iter(missing)
        for read in ids_in_steps(file, [step[place] for place in missing], cancel=cancel):
            for (_, custom_id), place in zip(read, places, strict=False):
                sums[place] = sum_of_id(custom_id)
            yield ()
        if cancel():
            return
        yield zip(step, sums, strict=False)


def _indexed(file: ResultsFile, rows: Sequence[int]) -> "array[int]":
    """The sums that the index has of these rows; the last row may be taken back meanwhile."""
    sums = file.index.id_sums
    if isinstance(rows, range):
        return sums[rows.start : rows.stop]
    return array(SUMS, [sums[row] if row < len(sums) else NOT_SUMMED for row in rows])


def _shared(file: ResultsFile, sums: "array[int]", rows: "array[int]") -> dict[str, list[int]]:
    """The rows of equal sums whose custom_ids are equal indeed."""
    by_sum: dict[int, list[int]] = {}
    if len(set(sums)) < len(sums):
        for key, row in zip(sums, rows, strict=True):
            by_sum.setdefault(key, []).append(row)
    ids: dict[str, list[int]] = {}
    for alike in by_sum.values():
        for row in alike if len(alike) > 1 else ():
            ids.setdefault(id_of(file, row), []).append(row)
    return {name: same for name, same in ids.items() if name and len(same) > 1}
