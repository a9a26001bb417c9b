"""The custom_ids of the rows of a results file, read a step at a time."""

from collections.abc import Iterator, Sequence
from itertools import islice

from batchtui.core.streams import CancelCheck
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.window import DECODED_BYTES, WINDOW_ROWS, Window

_STEP_ROWS = 1000
"""Rows of a selection that a step looks at: each is read by itself."""

Ids = Sequence[tuple[int, str]]
"""Rows with the custom_id of each, empty where it has none."""


def ids_in_steps(
    file: ResultsFile,
    rows: Sequence[int] | None = None,
    *,
    cancel: CancelCheck = lambda: False,
) -> Iterator[Ids]:
    """These rows, all if None, with their custom_ids; ends early if cancelled.

    Raises:
        ResultsError: the file cannot be read.
    """
    steps = _of_all(file) if rows is None else _of_some(file, rows)
    while not cancel() and (step := next(steps, None)) is not None:
        yield step


def row_ids(file: ResultsFile, cancel: CancelCheck = lambda: False) -> Iterator[str]:
    """The custom_id of each row, empty where it has none. As `ids_in_steps` of all rows."""
    for step in ids_in_steps(file, cancel=cancel):
        for _, custom_id in step:
            yield custom_id


def id_of(file: ResultsFile, row: int) -> str:
    """The custom_id of a row; empty where it has none, or is gone."""
    try:
        return file.custom_id(row)
    except IndexError:  # The last row was taken back, to go on.
        return ""


def _of_all(file: ResultsFile) -> Iterator[Ids]:
    window, position = Window(file, DECODED_BYTES), 0
    while position < len(file):
        try:
            rows = window.rows_from(position, WINDOW_ROWS, reads=True)
            window.move(rows)
            step = [(row, window.custom_id(row)) for row in rows]
        except IndexError:  # The last row was taken back just now, to go on.
            continue
        yield step
        position = rows.stop


def _of_some(file: ResultsFile, rows: Sequence[int]) -> Iterator[Ids]:
    waiting = iter(rows)
    while step := [(row, id_of(file, row)) for row in islice(waiting, _STEP_ROWS)]:
        yield step
