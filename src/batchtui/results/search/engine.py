"""Search over a results file by a query, in bounded steps.

A step looks at a window of rows, so that a user interface can take one between two frames;
the caller stops by the cancel check or by dropping the generator. Each leaf of a query takes
those out of the rows that the ones before left: columns first, then bytes, then decoded
texts. Hits are exact: what is compared are the texts a person reads (`reading.texts`), each
by itself.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from batchtui.core.streams import CancelCheck, never
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.window import DECODED_BYTES, WINDOW_ROWS, Window
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.tree import Query
from batchtui.results.search.finders import cost, finder

WINDOW_BYTES = 2 << 20
"""How much a step reads: a fifth of a millisecond's work where bytes decide."""

_MOST_TRIES = 10


class SearchStep(NamedTuple):
    """Progress of a search. `hits` are the matching rows found in this step, ascending."""

    scanned_rows: int
    """Rows from the start of the file that are dealt with."""
    hits: tuple[int, ...]
    done: bool
    """The search has reached the last row of the file as it is now."""


def search(
    file: ResultsFile,
    query: Query,
    *,
    inputs: Inputs | None = None,
    cancel: CancelCheck = never,
    start: int = 0,
    window_bytes: int | None = None,
    more: Callable[[], bool] = never,
) -> Iterator[SearchStep]:
    """The rows that match, from row `start` on, in order.

    `inputs` are the requests, for queries that look into them. `window_bytes` is how much a
    step reads; by default, what suits the query.

    Always ends with a step that is `done`, unless cancelled. Rows that are indexed meanwhile
    are searched too. For a file that still grows, `more` is asked after each step that is `done`:
    True if the search is to go on.

    Raises:
        ResultsError: the file cannot be read.
        QueryError: a regular expression took too long, or there are no `inputs` to look into.
        SubmitError: the requests cannot be read.
    """
    find = finder(query.root, cancel, inputs)
    dear = cost(query.root)
    window = Window(file, window_bytes or (WINDOW_BYTES if dear <= 1 else DECODED_BYTES))
    position, tries = start, 0
    try:
        while not cancel():
            tries += 1
            try:
                rows = window.rows_from(position, WINDOW_ROWS, reads=dear > 0)
                window.move(rows)
                hits = tuple(find(window, rows))
            except IndexError:
                # The last row, which had no end yet, was taken back just now to go on.
                if tries == _MOST_TRIES:
                    raise
                continue
            if cancel():
                return
            tries = 0
            position = max(position, rows.stop)
            done = position >= len(file)
            yield SearchStep(position, hits, done)
            if done and not more():
                return
    finally:
        window.drop()
