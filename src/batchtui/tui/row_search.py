"""A search through the rows of a results file, and what it has found so far. Knows no Textual."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import Query, Regex, leaves, suggest
from batchtui.results.search.engine import SearchStep, search
from batchtui.tui.hit_looks import HitLooks

if TYPE_CHECKING:
    from batchtui.core.errors import QueryError

_WINDOW_BYTES: Final = 256 << 10
"""What a search step reads: two milliseconds' work at most, so that keys are answered at once."""

_THREAD_BYTES: Final = 1 << 20
"""The same in a thread, which lets the keys through in between."""


class RowSearch:
    """A search whose `hits` ascend. Take steps until it is `done`: `take(look())`.

    After the file has grown, it is not done any more; a last line that turned out longer is
    searched again. `later` is that of its `HitLooks`.
    """

    def __init__(
        self, file: ResultsFile, query: Query, later: Callable[[], object] = lambda: None
    ) -> None:
        self.query = query
        self.hits = array("Q")
        self.failure: QueryError | None = None
        """Why it cannot go on."""
        self.needs_thread = any(isinstance(leaf, Regex) for leaf, _ in leaves(query.root))
        """A look may take long: another process may have to match."""
        self._file = file
        self._reader = file.another()
        self.looks = HitLooks(self._reader, query, slow=self.needs_thread, later=later)
        """How its hits look in a list."""
        self._scanned = 0
        self._generation = file.generation
        self._searched_bytes = -1
        self._known = (0, False)
        self._steps: Iterator[SearchStep] | None = None
        self._given_up = False

    @property
    def done(self) -> bool:
        """Every row that is known has been searched."""
        now = (self._file.generation, self._file.indexed_bytes)
        return self._steps is None and (self._generation, self._searched_bytes) == now

    @property
    def scanned(self) -> int:
        """How many rows have been searched."""
        return min(self._scanned, len(self._file))

    @property
    def rows(self) -> int:
        """How many rows there are to be searched."""
        return len(self._file)

    @property
    def percent(self) -> int:
        """How much of the rows has been searched; 100 only once it is done."""
        return 100 if self.done else min(99, self._scanned * 100 // max(1, len(self._file)))

    @property
    def doubt(self) -> str:
        """What was likely meant, where a field's value is asked for that no row has; else empty."""
        index = self._file.index
        names = {"type": index.types, "error": index.error_types, "stop": index.stop_reasons}
        known = {field: filter(None, column.names) for field, column in names.items()}
        return suggest(self.query, known | {"model": filter(None, index.models.names)})

    def give_up(self) -> None:
        """It is not wanted any more: end a look that is under way."""
        self._given_up = True

    def prepare(self) -> None:
        """See where to go on: to be called before each `look`."""
        self._known = (self._file.indexed_bytes, self._file.index.tail_is_row)
        if self._generation != self._file.generation:
            self._begin_anew()
        if self._steps is None:
            del self.hits[bisect_left(self.hits, self._scanned) :]
            self._steps = search(
                self._reader,
                self.query,
                cancel=lambda: self._given_up,
                start=self._scanned,
                window_bytes=_THREAD_BYTES if self.needs_thread else _WINDOW_BYTES,
            )

    def _begin_anew(self) -> None:
        """All rows are others than before."""
        self._generation, self._steps, self._scanned = self._file.generation, None, 0
        self._reader = self._file.another()
        self.looks.read(self._reader)

    def look(self) -> SearchStep | None:
        """Search a window more; None once it was given up. May be called in a thread.

        Raises:
            ResultsError: the file cannot be read.
            QueryError: a regular expression took too long.
        """
        assert self._steps is not None, "it was prepared"
        return next(self._steps, None)

    def take(self, step: SearchStep) -> Sequence[int]:
        """Take over what was found, and return it."""
        self.hits.extend(step.hits)
        self._scanned = step.scanned_rows
        if step.done:
            self._steps = None
            self._searched_bytes, had_tail = self._known
            self._scanned -= had_tail or self._file.index.tail_is_row
        return step.hits

    def has(self, row: int) -> bool:
        """Whether the row is a hit, as far as was searched."""
        return self.place_of(row) is not None

    def place_of(self, row: int) -> int | None:
        """Which of the hits the row is, from 0, or None."""
        place = bisect_left(self.hits, row)
        return place if place < len(self.hits) and self.hits[place] == row else None
