"""The rows of a results file, and the record under the cursor beside or instead of them."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.getters import query_one
from textual.message import Message

from batchtui.results.query import Query
from batchtui.results.results_file import ResultsFile
from batchtui.tui.result_presenters import result_columns
from batchtui.tui.result_rows import (
    ResultSource,
    RowSearch,
    ShownRows,
    next_failure,
    next_hit,
)
from batchtui.tui.widgets.record_pane import RecordPane
from batchtui.tui.widgets.record_view import RecordView
from batchtui.tui.widgets.rows import RowList


class ResultsBody(Horizontal):
    """A list and a record pane that follows its cursor. Rows are named by number in the file.

    The record is beside the list where the screen has the class `-wide`, unless `every` column
    is wanted, and takes all the room while `reading`.
    """

    class Moved(Message):
        """The cursor is on another row."""

    rows = query_one("#results-list", RowList)
    pane = query_one("#results-record", RecordPane)

    def __init__(self, *, plain: bool, id: str | None = None) -> None:  # noqa: A002  (Textual's)
        super().__init__(id=id)
        self.file: ResultsFile | None = None
        self.shown = ShownRows()
        self.found: RowSearch | None = None
        self._plain = plain

    def compose(self) -> ComposeResult:
        """The list, and the record."""
        yield RowList((), plain=self._plain, id="results-list")
        yield RecordPane(plain=self._plain, id="results-record")

    # Rows

    def take_in(self, file: ResultsFile) -> None:
        """Show the rows of a file, and those it has got since the last call."""
        if file is not self.file:
            self.file = file
            self._show(file, self.shown.only)
            self.look_for(self.found.query if self.found else None)
        self.shown.take_in(file.index)
        self.sync()

    def look_for(self, query: Query | None) -> None:
        """Begin to search the rows that are shown for something else, or for nothing."""
        self.found = None
        if self.file is not None and query is not None:
            self.found = RowSearch(self.file, query, self.shown.only)
        self.rows.sync()

    def sync(self) -> None:
        """Rows or marks have changed."""
        self.rows.sync()
        self._fit_columns()
        self.show_record()

    def _fit_columns(self) -> None:
        """Give ids the room they need, as far as they have been seen."""
        width, source = self.rows.size.width, self.rows.source
        if not width or not isinstance(source, ResultSource):
            return
        source.widen(self.rows.visible_rows)
        columns = result_columns(
            len(source.file), width=width, widest_id=source.widest_id, every=self.every
        )
        self.rows.set_columns(columns)

    @property
    def every(self) -> bool:
        """All columns are shown, and no record beside them."""
        return self.has_class("-every")

    def toggle_every(self) -> None:
        """Show all columns without the record, or as many as leave room for it."""
        self.toggle_class("-every")
        self.call_after_refresh(self.sync)

    def show_only(self, only: str | None) -> None:
        """Show the rows of one type, or all; the cursor stays on its row or the next shown."""
        if self.file is None:
            return
        row = self.row
        self._show(self.file, only)
        if self.found is not None:
            self.found.narrow(only)
        self.shown.take_in(self.file.index)
        self.sync()
        self.rows.move_to(self.shown.nearest_place(row))

    def _show(self, file: ResultsFile, only: str | None) -> None:
        self.shown = ShownRows(only)
        self.rows.source = ResultSource(file, self.shown, lambda: self.found, plain=self._plain)

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
        if self.reading and self.pane.go_to_match(direction):
            return ""
        self.pane.from_end = direction < 0
        if not self.found.hits and self.found.hidden:
            return "t shows all rows"
        return self._go_on(next_hit(self.found.hits, self.shown, self.row, direction), direction)

    def go_to_failure(self, direction: int) -> str:
        """Go to the next row without an answer (1) or the previous one (-1); see `go_to_hit`."""
        if self.file is None:
            return ""
        row = next_failure(self.file.index, self.shown, self.rows.cursor, direction)
        return "no request failed among these rows" if row is None else self._go_on(row, direction)

    def _go_on(self, row: int | None, direction: int) -> str:
        if row is None:
            return ""
        around = (row - self.row) * direction <= 0
        self.go(row)
        return "around the end" if around else ""

    def has_in_view(self, hits: Sequence[int]) -> bool:
        """Whether some of these rows, which ascend, may be on the screen."""
        seen = self.rows.visible_rows
        if not hits or not seen:
            return False
        return hits[0] <= self.shown[seen[-1]] and hits[-1] >= self.shown[seen[0]]

    @on(RowList.Highlighted)
    def _moved(self) -> None:
        self._fit_columns()
        self.show_record()
        self.post_message(self.Moved())

    @on(RowList.Activated)
    def _activated(self, event: RowList.Activated) -> None:
        event.stop()
        self.read()

    @on(RecordView.Step)
    def _step(self, event: RecordView.Step) -> None:
        self.rows.move_to(self.rows.cursor + event.by)

    # The record

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

    def focus_part(self) -> None:
        """Give the keys to the part that is to have them."""
        (self.pane.view if self.reading else self.rows).focus()

    def on_resize(self) -> None:
        """There may be room for the record now."""
        self.call_after_refresh(self.sync)

    def show_record(self) -> None:
        """Show the record under the cursor, if records are in view."""
        if not self.pane.display:
            return
        if self.file is None or self.row < 0:
            self.pane.clear()
            return
        self.pane.read(self.file, self.row, self.found.query if self.found else None)
