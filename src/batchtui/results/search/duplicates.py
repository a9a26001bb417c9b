"""Rows whose custom_id is that of another row: it should name one request of a batch only."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from batchtui.core.streams import CancelCheck
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.window import Window
from batchtui.results.search.engine import DECODED_BYTES, WINDOW_ROWS


@dataclass(frozen=True, slots=True)
class DuplicatesStep:
    """Progress of the look for duplicates."""

    scanned_rows: int
    rows: tuple[int, ...]
    """Every row that shares its custom_id, ascending; empty until all is `done`."""
    done: bool


def find_duplicates(
    file: ResultsFile,
    *,
    cancel: CancelCheck = lambda: False,
    window_bytes: int = DECODED_BYTES,
) -> Iterator[DuplicatesStep]:
    """The rows that share a custom_id with another; rows without one do not count.

    Ends with a step that is `done`, unless cancelled.

    Raises:
        ResultsError: the file cannot be read.
    """
    window, hashes, rows = Window(file, window_bytes), array("q"), array("Q")
    position = 0
    while not cancel():
        seen = window.rows_from(position, WINDOW_ROWS, reads=True)
        window.move(seen)
        for row in seen:
            if custom_id := window.custom_id(row):
                hashes.append(hash(custom_id))
                rows.append(row)
        position = seen.stop
        if position >= len(file):
            yield DuplicatesStep(position, _shared(file, hashes, rows), done=True)
            return
        yield DuplicatesStep(position, (), done=False)


def _shared(file: ResultsFile, hashes: "array[int]", rows: "array[int]") -> tuple[int, ...]:
    """The rows of equal hashes whose custom_ids are equal indeed."""
    found: list[int] = []
    order = sorted(range(len(hashes)), key=hashes.__getitem__)
    for _, group in groupby(order, key=hashes.__getitem__):
        alike = [rows[number] for number in group]
        if len(alike) == 1:
            continue
        ids: dict[str, list[int]] = {}
        for row in alike:
            ids.setdefault(file.custom_id(row), []).append(row)
        found += [row for same in ids.values() if len(same) > 1 for row in same]
    return tuple(sorted(found))
