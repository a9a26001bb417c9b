"""The rows of a results file, and the record under the cursor beside or instead of them."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.getters import query_one
from textual.message import Message

from batchtui.core.background import ANSWERS, in_daemon_thread
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.reading.row_types import FAILED_TYPES
from batchtui.tui.cells import Column
from batchtui.tui.result_presenters import SORTED, result_columns, sort_column
from batchtui.tui.result_rows import ResultSource
from batchtui.tui.shown_rows import ShownRows
from batchtui.tui.widgets.record_loading import record_pane_type
from batchtui.tui.widgets.rows import RowList

FOLLOW_EVERY: Final = 0.1
"""Seconds between two records that are shown while one goes through rows."""

if TYPE_CHECKING:
    from array import array

    from batchtui.results.query.inputs import Inputs
    from batchtui.results.query.language import Query
    from batchtui.tui.row_search import RowSearch
    from batchtui.tui.widgets.facets_pane import FacetsPane
    from batchtui.tui.widgets.record_pane import RecordPane
    from batchtui.tui.widgets.record_view import RecordView


class ResultsBody(Horizontal):
    """A list and a record pane that follows its cursor. Rows are named by number in the file.

    The record is beside the list where the screen has the class `-wide`, unless `every` column
    is wanted, and takes all the room while `reading`. The facets take the record's place, or
    all the room where there is not enough for two.
    """

    class Moved(Message):
        """The cursor is on another row."""

    class LooksDue(Message):
        """Some hits in view are not marked yet: `ResultsSearch.look_closer`."""

    rows = query_one("#results-list", RowList)

    def __init__(self, *, plain: bool, id: str | None = None) -> None:  # noqa: A002  (Textual's)
        super().__init__(id=id)
        self.file: ResultsFile | None = None
        self.shown = ShownRows()
        self.found: RowSearch | None = None
        self.inputs: Inputs | None = None
        """The requests, for queries that look into them; None as long as they are not read."""
        self.only_hits = False
        """The list has what is found, and nothing else, once something is searched for."""
        self.sorted_by, self.descending = "", False
        self._order: array[int] | None = None
        self.facets: FacetsPane | None = None
        """What the rows are, counted; None until it is asked for."""
        self._others: object = None
        self.pane: RecordPane | None = None
        """The record, from the first painting on."""
        self._pane_is_there = asyncio.Event()
        self._is_following = self._is_behind = False
        self._plain = plain

    def compose(self) -> ComposeResult:
        """The list, and the record."""
        yield RowList((), plain=self._plain, id="results-list")

    def on_mount(self) -> None:
        """Show the rows; the record follows, which takes longer."""
        self.call_after_refresh(lambda: self.run_worker(self._add_pane(), group="pane"))

    def on_unmount(self) -> None:
        """Search no more."""
        if self.found is not None:
            self.found.give_up()

    async def _add_pane(self) -> None:
        pane_type = await in_daemon_thread(record_pane_type)  # Keys are answered meanwhile.
        pane = pane_type(plain=self._plain, id="results-record")
        ANSWERS.take()  # A key that comes now waits until all is laid out: that goes first.
        await self.mount(pane, after=self.rows)
        ANSWERS.take()  # A key painted meanwhile has left it.
        self.pane = pane
        self._pane_is_there.set()
        if self.reading:
            self.focus_part()
        self.call_after_refresh(self.show_record)

    async def record_pane(self) -> "RecordPane":
        """The record, once it is there. For workers: what is awaited here needs the screen."""
        await self._pane_is_there.wait()
        assert self.pane is not None
        return self.pane

    def with_pane(self, act: Callable[["RecordPane"], object]) -> None:
        """Do something with the record: now, or once it is there, in the order of the calls."""

        async def wait() -> None:
            act(await self.record_pane())

        if self.pane is None:
            self.run_worker(wait(), group="waiting")
        else:
            act(self.pane)

    # Rows

    def take_in(self, file: ResultsFile) -> None:
        """Show the rows of a file, and those it has got since the last call."""
        others = (file, file.generation)
        same = others == self._others
        if self.file is not None and not same:
            self.rows.set_marks(())  # Their numbers may mean other rows now.
        self._others = others
        if file is not self.file:
            self.file = file
            self._order = None
            self.rows.source = ResultSource(file, self.shown, lambda: self.found, plain=self._plain)
            self.look_for(self.found.query if self.found else None)
        full = self.rows.visible_rows.stop < len(self.shown) - 1
        self.sync(grown=same and full and self.shown.in_file_order)

    def look_for(self, query: "Query | None") -> None:
        """Begin to search for something else, or for nothing."""
        if self.found is not None:
            self.found.give_up()
        self.found = None
        if self.file is not None and query is not None:
            from batchtui.tui.row_search import RowSearch  # noqa: PLC0415  (not needed to start)

            self.found = RowSearch(self.file, query, self._looks_due, self.inputs)
        self.take_hits()
        self.call_after_refresh(self.show_record)

    def _looks_due(self) -> None:
        self.post_message(self.LooksDue())

    def show_only_hits(self, *, only: bool) -> None:
        """Show what was found only, or all rows; the cursor stays on its row or the next shown."""
        row, self.only_hits = self.row, only
        self.sync()
        place = self.shown.nearest_place(row)
        if place is not None and len(self.shown):
            self.rows.move_to(place)

    def put_in_order(self, order: "array[int] | None", column: str, *, descending: bool) -> None:
        """Show the rows in an order of all of them, sorted by a column; None for the file's."""
        self._order, self.sorted_by, self.descending = order, column, descending
        self.sync()

    @property
    def narrowed(self) -> bool:
        """Not all rows are shown."""
        return self.only_hits and self.found is not None

    def take_hits(self) -> None:
        """Show the hits as they are now."""
        self._choose_rows()
        self.rows.sync()

    def take_more_hits(self) -> None:
        """Have those hits in the list that are found by now; what is in view stays as it is."""
        if self.narrowed and self.shown.in_file_order:
            self.rows.grow()

    def sync(self, *, grown: bool = False) -> None:
        """Rows or marks have changed; where they have just `grown`, those in view are the same."""
        self._choose_rows()
        if grown:
            self.rows.grow()
        else:
            self.rows.sync()
        self.rows.fit_columns(self._columns)
        self.show_record()

    def _choose_rows(self) -> None:
        if self.file is None:
            return
        count = len(self.file)
        if self._order is not None and len(self._order) > count:
            self._order = None  # Rows are gone: they will be sorted anew.
        hits = self.found.hits if self.found is not None and self.only_hits else None
        self.shown.show(count, hits, self._order)

    def _columns(self, width: int) -> Sequence[Column]:
        """The columns of a line; ids have the room they need, as far as they have been seen."""
        source = self.rows.source
        if not isinstance(source, ResultSource):
            return ()
        source.inputs = self.inputs
        source.widen(self.rows.visible_rows)
        columns = result_columns(
            len(source.file),
            width=width,
            widest_id=source.widest_id,
            every=self.every,
            sorted_by=self.sorted_by,
        )
        shown = sort_column(columns, self.sorted_by)
        source.sorted_by = self.sorted_by if shown == SORTED else ""
        self.rows.show_sort(shown, descending=self.descending)
        return columns

    @property
    def every(self) -> bool:
        """All columns are shown, and no record beside them."""
        return self.has_class("-every")

    def toggle_every(self) -> None:
        """Show all columns without the record, or as many as leave room for it."""
        self.toggle_class("-every")
        self.call_after_refresh(self.sync)

    # The cursor

    @property
    def row(self) -> int:
        """The row under the cursor; -1 where there is none."""
        row = self.rows.cursor_id
        return row if isinstance(row, int) else -1

    def go(self, row: int) -> None:
        """Put the cursor on a row, if it is shown."""
        if row != self.row:
            self.rows.move_to_id(row)

    def go_to_hit(self, direction: int) -> str:
        """Go to the next hit (1) or the previous one (-1); says what is odd about it."""
        if self.found is None:
            return "nothing is searched for: / searches"
        if self.pane is not None:
            if self.reading and self.pane.go_to_match(direction):
                return ""
            self.pane.from_end = direction < 0
        return self._go_on(self.found.hits, direction, "")

    def go_to_failure(self, direction: int) -> str:
        """Go to the next row without an answer (1) or the previous one (-1); see `go_to_hit`."""
        if self.file is None:
            return ""
        failed = self.file.index.rows_of(FAILED_TYPES)
        return self._go_on(failed, direction, "no request failed among these rows")

    def _go_on(self, rows: Sequence[int], direction: int, nothing: str) -> str:
        here = self.rows.cursor
        place = self.shown.next_of(rows, here, direction)
        if place is None:
            return nothing
        self.rows.move_to(place)
        return "around the end" if (place - here) * direction <= 0 else ""

    def has_in_view(self, hits: Sequence[int]) -> bool:
        """Whether some of these rows are, or should be, on the screen."""
        seen = self.rows.visible_rows
        if self.narrowed and not self.shown.in_file_order and self.found is not None:
            # They are arranged anew with all others: as their number doubles, not at each step.
            return len(seen) < self.rows.size.height - 1 and (
                len(self.found.hits) >= 2 * len(self.shown)
            )
        if self.narrowed and len(seen) < self.rows.size.height - 1:
            return True
        return not set(hits).isdisjoint(self.shown[place] for place in seen)

    @on(RowList.Highlighted, "#results-list")
    def _moved(self) -> None:
        self.rows.fit_columns(self._columns)
        self.post_message(self.Moved())
        self.call_after_refresh(self._follow)  # The cursor is painted first.

    def _follow(self) -> None:
        """Show the record under the cursor; of those that it only passes, not all."""
        if self._is_following and not self.reading:
            self._is_behind = True
            return
        self._is_following = True
        self.set_timer(FOLLOW_EVERY, self._catch_up)
        self.show_record()

    def _catch_up(self) -> None:
        self._is_following = False
        if self._is_behind:
            self._is_behind = False
            self._follow()

    @on(RowList.Activated, "#results-list")
    def _activated(self, event: RowList.Activated) -> None:
        event.stop()
        self.read()

    def on_record_view_step(self, event: "RecordView.Step") -> None:
        """Go to another row, from the record; where there is none, the screen may say so."""
        if 0 <= self.rows.cursor + event.by < len(self.shown):
            event.stop()
            self.rows.move_to(self.rows.cursor + event.by)

    # The record and the facets

    @property
    def reading(self) -> bool:
        """The record has all the room."""
        return self.has_class("-reading")

    def read(self) -> None:
        """Give the record all the room."""
        if self.row >= 0:
            self.add_class("-reading")
            self.focus_part()
            self.call_after_refresh(self.show_record)

    def stop_reading(self) -> None:
        """Show the list again."""
        self.remove_class("-reading")
        self.focus_part()

    @property
    def faceted(self) -> bool:
        """The facets are shown."""
        return self.has_class("-faceted")

    async def show_facets(self, *, shown: bool) -> None:
        """Show the facets, which have the keys then, or the record and the list again."""
        from batchtui.tui.widgets.facets_pane import FacetsPane  # noqa: PLC0415  (when it is shown)

        if self.facets is None:
            self.facets = FacetsPane(plain=self._plain, id="results-facets")
            await self.mount(self.facets)
        self.set_class(shown, "-faceted")
        self.focus_part()
        self.call_after_refresh(self.sync)

    def focus_part(self) -> None:
        """Give the keys to the part that is to have them."""
        if self.faceted and self.facets is not None:
            self.facets.list.focus()
        else:
            record = self.pane.view if self.reading and self.pane is not None else None
            (record or self.rows).focus()

    def on_resize(self) -> None:
        """There may be room for the record now."""
        self.call_after_refresh(self.sync)

    def show_record(self) -> None:
        """Show the record under the cursor, if records are in view."""
        if self.pane is None or not self.pane.display:
            return
        if not self.pane.children:  # The program ends while it is being put together.
            return
        if self.file is None or self.row < 0:
            self.pane.clear()
            return
        self.pane.read(self.file, self.row, self.found.query if self.found else None)
