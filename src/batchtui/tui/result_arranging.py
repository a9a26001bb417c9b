"""Sorting and counting results beside the event loop, for as long as rows arrive."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.errors import ResultsError
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.sorting import ORIGINAL, order

if TYPE_CHECKING:
    from array import array

    from batchtui.results.query.inputs import Inputs
    from batchtui.results.search.facets import Facets

PAUSE: Final = 1.0
"""Seconds between two rounds over rows that still arrive."""

_SHOW_EVERY: Final = 16
"""Steps of counting between two pictures of it."""

Arranged = Callable[["array[int] | None", str, bool], None]
"""Takes an order of all rows (None for the file's own), its column, and whether it descends."""


class Sorting:
    """Keeps the rows sorted by a column, those too that arrive; tells `arranged`."""

    def __init__(self, clock: Clock, arranged: Arranged) -> None:
        self.column = ORIGINAL
        self.descending = False
        self.inputs: Inputs | None = None
        """The requests, to sort in their order."""
        self._clock = clock
        self._arranged = arranged
        self._sorted: object = None
        self._turn = 0
        self._running = 0

    def choose(self, column: str) -> None:
        """Sort by a column; by the present one, the other way round."""
        self.descending = column == self.column and not self.descending
        self.column = column

    def choose_original(self) -> None:
        """Back to the order of the file."""
        self.column, self.descending = ORIGINAL, False

    @property
    def is_original(self) -> bool:
        """The rows are in the order of the file."""
        return self.column == ORIGINAL and not self.descending

    def is_stale(self, file: ResultsFile) -> bool:
        """There are rows that are not sorted, and nobody is at it."""
        return not self.is_original and not self._running and self._sorted != self._state(file)

    async def run(self, file: ResultsFile) -> None:
        """Sort, and again while there are more rows. A later call ends an earlier one.

        Raises:
            ResultsError: the file cannot be read.
        """
        self._turn += 1
        turn = self._running = self._turn
        try:
            while turn == self._turn and self._sorted != (state := self._state(file)):
                await self._sort(file, turn)
                self._sorted = state
                if not self.is_original:
                    await self._clock.sleep(PAUSE)
        finally:
            if turn == self._running:
                self._running = 0

    async def _sort(self, file: ResultsFile, turn: int) -> None:
        column, descending, inputs = self.column, self.descending, self.inputs
        if self.is_original:
            self._arranged(None, "", False)
            return
        with file.another() as reader:
            job = partial(order, reader, None, column, descending=descending, inputs=inputs)
            arranged = await in_daemon_thread(job)
        if turn == self._turn:
            self._arranged(arranged, column, descending)

    def _state(self, file: ResultsFile) -> object:
        """Equal as long as nothing is to be done."""
        return self.column, self.descending, id(file), file.generation, file.indexed_bytes


class FacetCounting:
    """Counts facets of some rows of a file again and again; `show` gets the counts so far."""

    def __init__(self, clock: Clock, show: Callable[["Facets"], None]) -> None:
        self._clock = clock
        self._show = show
        self._changed = asyncio.Event()

    def touch(self) -> None:
        """The rows are others than before, or more."""
        self._changed.set()

    async def run(self, file: ResultsFile, rows: Callable[[], Sequence[int] | None]) -> None:
        """Count at once, and soon after each `touch`, until cancelled. No rows mean all."""
        while True:
            self._changed.clear()
            try:
                await self._count(file, rows())
            except (ResultsError, IndexError):  # The rows are gone, others may follow.
                self._changed.clear()
            await self._changed.wait()
            await self._clock.sleep(PAUSE)

    async def _count(self, file: ResultsFile, rows: Sequence[int] | None) -> None:
        from batchtui.results.search.facets import facets  # noqa: PLC0415  (not needed to open a file)

        for number, step in enumerate(facets(file, rows), 1):
            if step.done or number % _SHOW_EVERY == 0:
                self._show(step)
            await asyncio.sleep(0)
