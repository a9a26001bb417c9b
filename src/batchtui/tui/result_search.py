"""The search of the results viewer: what is looked for, how it runs, and what it says."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from batchtui.core.errors import QueryError
from batchtui.core.text import one_line
from batchtui.results.query import Query, parse
from batchtui.tui.cells import Cell
from batchtui.tui.result_rows import RowSearch, ShownRows, next_hit
from batchtui.tui.result_status import problem_cells, search_cells

_TELL_EVERY: Final = 8
"""Search steps between two updates of the count."""


class SearchedRows(Protocol):
    """The list that is searched. `found` is what marks its rows."""

    shown: ShownRows
    found: RowSearch | None

    @property
    def row(self) -> int:
        """The row under the cursor; -1 where there is none."""
        ...

    def look_for(self, query: Query | None) -> None:
        """Begin to search for something else, or for nothing."""
        ...

    def go(self, row: int) -> None:
        """Put the cursor on a row."""
        ...

    def has_in_view(self, rows: Sequence[int]) -> bool:
        """Whether some of these rows may be on the screen."""
        ...

    def sync(self) -> None:
        """Show the marks as they are now."""
        ...


class ResultsSearch:
    """Searches as one types; the latest search wins. `changed` is called when it says more."""

    def __init__(self, rows: SearchedRows, changed: Callable[[], None]) -> None:
        self.text = ""
        """What was typed last."""
        self.typing = False
        """The line is open: the cursor follows what is typed."""
        self._rows = rows
        self._changed = changed
        self._problem: QueryError | None = None
        self._origin = 0
        """The row where the line was opened: hits are looked for from there."""

    @property
    def wants_steps(self) -> bool:
        """There are rows that have not been searched yet."""
        return self._rows.found is not None and not self._rows.found.done

    def open(self) -> None:
        """One begins to type."""
        self._origin, self.typing = max(0, self._rows.row), True

    def leave(self) -> None:
        """One has typed all."""
        self.typing = False

    def look_for(self, text: str) -> bool:
        """Search for something else; False where it makes no sense: the former search stays."""
        self.text = text
        try:
            query = parse(text)
        except QueryError as error:
            self._problem = error
            self._changed()
            return False
        self._problem = None
        self._rows.look_for(query or None)
        return True

    async def run(self) -> None:
        """Search on, a window between any two events, until all is searched.

        Raises:
            ResultsError: the file cannot be read.
        """
        found, steps = self._rows.found, 0
        while found is not None and found is self._rows.found and not found.done:
            await asyncio.sleep(0)
            steps += 1
            if hits := found.step():
                self._show_hits(found, hits)
            if steps % _TELL_EVERY == 0:
                self._changed()
        if found is not None:
            self._show_hits(found, ())
        self._rows.sync()
        self._changed()

    def _show_hits(self, found: RowSearch, hits: Sequence[int]) -> None:
        """Mark new hits in view; while one types, go to the first after where that began."""
        if self._rows.has_in_view(hits):
            self._rows.sync()
        if self.typing:
            hit = next_hit(found.hits, self._rows.shown, self._origin - 1, 1)
            if hit is not None and (hit >= self._origin or found.done):
                self._rows.go(hit)

    def cells(self, width: int) -> list[Cell]:
        """What it says, in a line of so many cells, which is right under the line of typing."""
        if self._problem is not None:
            return problem_cells(self._problem, self.text, typing=self.typing, width=width)
        found = self._rows.found
        if found is None:
            return []
        cells = search_cells(
            found.query.source,
            typing=self.typing,
            hits=len(found.hits),
            hidden=found.hidden,
            place=found.place_of(self._rows.row),
            percent=found.percent,
        )
        nothing = found.done and not found.hits and not found.hidden
        if nothing and (doubt := found.doubt):
            cells.append(Cell(one_line(doubt), "warn"))
        return cells
