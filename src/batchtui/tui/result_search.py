"""The search of the results viewer: what is looked for, how it runs, and what it says."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard

from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.errors import QueryError
from batchtui.core.text import one_line
from batchtui.tui.cells import Cell
from batchtui.tui.result_status import problem_cells, search_cells
from batchtui.tui.shown_rows import ShownRows

if TYPE_CHECKING:
    from batchtui.results.query.language import Query
    from batchtui.results.search.engine import SearchStep
    from batchtui.tui.row_search import RowSearch

_TELL_EVERY: Final = 0.1
"""Seconds between two updates of the count."""


class SearchedRows(Protocol):
    """The list that is searched. `found` is what marks its rows."""

    shown: ShownRows
    found: "RowSearch | None"

    @property
    def row(self) -> int:
        """The row under the cursor; -1 where there is none."""
        ...

    def look_for(self, query: "Query | None") -> None:
        """Begin to search for something else, or for nothing."""
        ...

    def go(self, row: int) -> None:
        """Put the cursor on a row."""
        ...

    def has_in_view(self, rows: Sequence[int]) -> bool:
        """Whether some of these rows may be on the screen."""
        ...

    def take_hits(self) -> None:
        """Show the hits as they are now."""
        ...

    def take_more_hits(self) -> None:
        """Have those hits in the list that are found by now, if it has nothing else."""
        ...


class ResultsSearch:
    """Searches as one types; the latest search wins. `changed` is called when it says more."""

    def __init__(self, rows: SearchedRows, clock: Clock, changed: Callable[[], None]) -> None:
        self.text = ""
        """What was typed last."""
        self.typing = False
        """The line is open: the cursor follows what is typed."""
        self._rows = rows
        self._clock = clock
        self._changed = changed
        self._running: RowSearch | None = None
        self._problem: QueryError | None = None
        self._origin: int | None = 0
        """The row from which one is led to a hit; None once that is done, or not wanted."""
        self._start = 0
        self._led_to: int | None = None
        """The row that the cursor was led to since one began to type."""

    @property
    def wants_steps(self) -> bool:
        """There are rows that have not been searched yet, and nobody is about it."""
        found = self._rows.found
        return found is not self._running and _is_unfinished(found)

    @property
    def makes_no_sense(self) -> bool:
        """What was typed last is no query."""
        return self._problem is not None

    def open(self) -> None:
        """One begins to type."""
        self._start, self.typing, self._led_to = max(0, self._rows.row), True, None

    def leave(self) -> None:
        """One has typed all."""
        self.typing = False
        if not self._is_led:
            self._origin = None

    def look_for(self, text: str) -> bool:
        """Search for something else; False where it makes no sense: the former search stays."""
        from batchtui.results.query.language import parse  # noqa: PLC0415  (not needed to start)

        self.text = text
        try:
            query = parse(text)
            self._rows.look_for(query or None)
        except QueryError as error:
            self._problem = error
            self._changed()
            return False
        self._problem = None
        self._origin = self._start if self.typing else None
        if not query and self._is_led:
            self._lead_to(self._start)
        return True

    def look_again(self) -> bool:
        """Search for the same anew, and lead to its first hit, as if it were just typed."""
        self.open()
        looks = self.look_for(self.text)
        self.typing, self._led_to = False, self._start
        return looks

    def narrowed(self, terms: str, *, exclude: bool = False) -> str:
        """The query that asks for these terms as well, or excludes them."""
        from batchtui.results.query.narrowing import narrow  # noqa: PLC0415  (not needed to start)

        try:
            return narrow(self.text, terms, exclude=exclude)
        except QueryError:  # What is there makes no sense: it is replaced.
            return narrow("", terms, exclude=exclude)

    async def run(self) -> None:
        """Search on, until all is searched or something else is looked for.

        Raises:
            ResultsError: the file cannot be read.
        """
        found = self._running = self._rows.found
        try:
            while found is self._rows.found and _is_unfinished(found):
                await self._search(found)
        finally:
            if self._running is found:
                self._running = None
        if found is not self._rows.found:
            return
        if found is not None:
            self._lead(found)
        self._rows.take_hits()
        self._changed()

    async def _search(self, found: "RowSearch") -> None:
        """Search on, until the count is to be told again."""
        began = self._clock.monotonic()
        while self._clock.monotonic() - began < _TELL_EVERY:
            await asyncio.sleep(0)
            step = await self._look(found)
            if step is None or found is not self._rows.found:
                return
            if hits := found.take(step):
                self._show_hits(found, hits)
            if step.done:
                return
        self._rows.take_more_hits()
        self._changed()

    async def _look(self, found: "RowSearch") -> "SearchStep | None":
        found.prepare()
        try:
            return await in_daemon_thread(found.look) if found.needs_thread else found.look()
        except QueryError as error:
            found.failure = error
            self._changed()
            return None

    def _show_hits(self, found: "RowSearch", hits: Sequence[int]) -> None:
        """Show new hits where they are in view; while one types, go to the first."""
        if self._rows.has_in_view(hits):
            self._rows.take_hits()
        self._lead(found)

    @property
    def _is_led(self) -> bool:
        """The cursor is where a search has led it, perhaps that of a half-typed word."""
        return self._led_to is not None and self._led_to == self._rows.row

    def _lead(self, found: "RowSearch") -> None:
        """Go to the first hit from where the typing began; back there where there is none."""
        if not self.typing and not self._is_led:
            self._origin = None
        if self._origin is None or not (found.done or self._rows.shown.in_file_order):
            return
        if found.done and not found.hits:
            if self._is_led:
                self._lead_to(self._start)
        elif (row := self._first_hit(found, self._origin)) is not None:
            self._origin = None
            self._lead_to(row)

    def _first_hit(self, found: "RowSearch", origin: int) -> int | None:
        """The first hit from a row on in the order of the list; None where it is not known yet."""
        shown = self._rows.shown
        if not shown.in_file_order:
            first = shown.next_of(found.hits, (shown.place_of(origin) or 0) - 1, 1)
            return None if first is None else shown[first]
        place = bisect_left(found.hits, origin)
        if place < len(found.hits) or (found.done and found.hits):
            return found.hits[place % len(found.hits)]
        return None

    def _lead_to(self, row: int) -> None:
        self._led_to = row
        self._rows.go(row)

    async def look_closer(self) -> None:
        """Find out how hits in view look where that takes long."""
        found = self._rows.found
        while found is not None and await in_daemon_thread(found.looks.catch_up):
            if found is self._rows.found:
                self._rows.take_hits()
            await asyncio.sleep(0)

    def cells(self, width: int, *, so_far: bool = False) -> list[Cell]:
        """What it says, in a line of so many cells, which is right under the line of typing.

        `so_far` says that not all rows are there.
        """
        found = self._rows.found
        problem = self._problem or (found.failure if found else None)
        if problem is not None:
            return problem_cells(problem, self.text, typing=self.typing, width=width)
        if found is None:
            return []
        cells = search_cells(
            found.query.source,
            typing=self.typing,
            hits=len(found.hits),
            rows=found.rows,
            place=found.place_of(self._rows.row),
            percent=found.percent,
            so_far=so_far,
        )
        if found.done and not found.hits and (doubt := found.doubt):
            cells.append(Cell(one_line(doubt), "warn"))
        if not self.typing:
            from batchtui.results.query.notices import notices  # noqa: PLC0415  (as above)

            cells += [Cell(one_line(notice), "warn") for notice in notices(found.query)]
        return cells


def _is_unfinished(found: "RowSearch | None") -> TypeGuard["RowSearch"]:
    """There is a search that has not seen all rows, and can."""
    return found is not None and not found.done and found.failure is None
