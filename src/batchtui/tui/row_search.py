"""A search through the rows of a results file, and what it has found so far. Knows no Textual."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain, islice
from threading import Event, Lock
from typing import Final

from batchtui.core.background import ANSWERS
from batchtui.core.errors import QueryError, SubmitError
from batchtui.results.file.line_index import WORD_FIELDS
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.language import Input, Query, Regex, leaves, suggest
from batchtui.results.search.engine import SearchStep, search
from batchtui.tui.hit_looks import HitLooks

_WINDOWS: Final = 16
"""What a look in a thread takes, so that what is between two looks weighs little.

The loop has its turn at each of them: reading one lets go of the interpreter.
"""

_GIANT: Final = 4 << 20
"""Bytes of a row that are not searched between two keys."""

_TURN: Final = Lock()
"""Only one search reads at a time: those that are given up would hold giant rows, too."""


class RowSearch:
    """A search whose `hits` ascend. Take steps until it is `done`: `take(look())`.

    After the file has grown, it is not done any more; a last line that turned out longer is
    searched again. `later` is that of its `HitLooks`.
    """

    def __init__(
        self,
        file: ResultsFile,
        query: Query,
        later: Callable[[], object] = lambda: None,
        inputs: Inputs | None = None,
    ) -> None:
        self.query = query
        self.hits = array("Q")
        self.failure: QueryError | None = None
        """Why it cannot go on."""
        self._slow = any(isinstance(leaf, Regex | Input) for leaf, _ in leaves(query.root))
        """A window may take long: another process may have to match, or requests be read."""
        self._file = file
        self._inputs = inputs
        self._reader = file.another()
        self.looks = HitLooks(self._reader, query, slow=self._slow, later=later)
        """How its hits look in a list."""
        self._scanned = 0
        self._generation = file.generation
        self._searched_bytes = -1
        self._known = (0, False)
        self._steps: Iterator[SearchStep] | None = None
        self._is_first_look = True
        self._given_up = Event()
        """Its steps know this, not the search: with that goes what they have read."""

    @property
    def done(self) -> bool:
        """Every row that is known has been searched."""
        now = (self._file.generation, self._file.indexed_bytes)
        return self._steps is None and (self._generation, self._searched_bytes) == now

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
        known = {field: filter(None, index.words(field).names) for field in WORD_FIELDS}
        return suggest(self.query, known)

    def give_up(self) -> None:
        """It is not wanted any more: end a look that is under way."""
        self._given_up.set()

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
                inputs=self._inputs,
                cancel=self._given_up.is_set,
                start=self._scanned,
            )
            self._is_first_look = True

    def _begin_anew(self) -> None:
        """All rows are others than before."""
        self._generation, self._steps, self._scanned = self._file.generation, None, 0
        self._reader = self._file.another()
        self.looks.read(self._reader)

    @property
    def needs_thread(self) -> bool:
        """The next look may take longer than a key may wait: only a first window does not."""
        if self._slow or not self._is_first_look:
            return True
        lengths = self._file.index.lengths
        return self._scanned < len(lengths) and lengths[self._scanned] > _GIANT

    def look(self) -> SearchStep | None:
        """Search some windows more; None once it was given up. May be called in a thread.

        Raises:
            ResultsError: the file cannot be read.
            QueryError: a regular expression took too long, or requests cannot be read.
        """
        in_thread, self._is_first_look = self.needs_thread, False
        try:
            with _TURN if in_thread else nullcontext():
                steps = self._steps_of_a_look(in_thread=in_thread)
                if self._given_up.is_set():
                    self._steps = None  # What it has read goes before the next one reads.
        except SubmitError as error:
            raise QueryError(error.what, error.why, error.hint) from error
        if not steps or self._given_up.is_set():
            return None
        hits = tuple(chain.from_iterable(step.hits for step in steps))
        return SearchStep(steps[-1].scanned_rows, hits, steps[-1].done)

    def _steps_of_a_look(self, *, in_thread: bool) -> list[SearchStep]:
        assert self._steps is not None, "it was prepared"
        taken: list[SearchStep] = []
        for step in islice(self._steps, _WINDOWS if in_thread and not self._slow else 1):
            taken.append(step)
            if in_thread:
                ANSWERS.give()
        return taken

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
