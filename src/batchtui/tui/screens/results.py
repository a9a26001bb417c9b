"""The results viewer: a list of results, what they say, and a search through all of them."""

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Input, Static

from batchtui.core.errors import BatchtuiError, QueryError, ResultsError
from batchtui.core.models import BatchRef
from batchtui.core.text import one_line
from batchtui.results.query import parse
from batchtui.results.results_file import ResultsFile
from batchtui.tui import result_presenters as say
from batchtui.tui.commands import Command, bindings
from batchtui.tui.result_feed import ResultsFeed
from batchtui.tui.result_rows import ResultSource, RowSearch, ShownRows, next_failure, next_hit
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.record_pane import RecordPane
from batchtui.tui.widgets.record_view import RecordView
from batchtui.tui.widgets.row_model import Cell
from batchtui.tui.widgets.rows import RowList


class ResultsScreen(FrameScreen):
    """Shows the results of a batch, downloading them first where need be, or of a file.

    Args:
        source: a batch, or the path of a file, which needs no service.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("results")]
    SCOPES = ("results", "list")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012  (Textual's own)
    AUTO_FOCUS = "#results-list"

    rows = query_one("#results-list", RowList)
    pane = query_one("#results-record", RecordPane)
    box = query_one("#results-search", Input)

    def __init__(self, source: BatchRef | Path) -> None:
        super().__init__()
        self._source = source
        self._shown = ShownRows()
        self._found: RowSearch | None = None
        self._origin = 0
        """The row where the search was opened: hits are looked for from there."""
        self._error: BatchtuiError | None = None
        self._note = Cell("")

    def compose_body(self) -> ComposeResult:
        """Heads, list and record, and the line to search in."""
        plain = self.ui.settings.ascii
        yield Bar(id="results-title")
        yield Bar(id="results-facets")
        with Horizontal(id="results-body"):
            yield RowList(say.result_columns(0), plain=plain, id="results-list")
            yield RecordPane(plain=plain, id="results-record")
        yield Static("", id="results-message", markup=False)
        yield Input(placeholder="text to find", id="results-search", compact=True)

    def on_mount(self) -> None:
        """Start to read."""
        self.box.cursor_blink = False
        self._feed = ResultsFeed(self._source, self.ui.service, self.ui.clock, self._rows_changed)
        self._tell()
        self._feed_rows()

    def on_unmount(self) -> None:
        """Let go of the file; a download goes on behind."""
        self._feed.close()

    def say(self, text: str, tone: str = "") -> None:
        """Put a message beside what the search and the download say."""
        self._note = Cell(text, tone)
        self._tell()

    def allows(self, command: Command) -> bool:
        """Commands for a download, or after an error, exist only then."""
        download = self._feed.download
        match command.id:
            case "results.cancel_download":
                return download is not None and not download.progress().finished
            case "results.retry":
                return self._error is not None
            case _:
                return super().allows(command)

    # Rows come in

    @work(group="feed", exclusive=True)
    async def _feed_rows(self) -> None:
        self._error = None
        try:
            await self._feed.run()
        except BatchtuiError as error:
            self._error = error
        self._tell()

    def _rows_changed(self) -> None:
        """The feed has more rows, or its download moved."""
        file = self._feed.file
        if file is not None:
            self._shown.take_in(file.index)
            source = self.rows.source
            if not isinstance(source, ResultSource) or source.file is not file:
                self._found = RowSearch(file, self._found.query) if self._found else None
                self.rows.source = self._make_source(file)
            self.rows.set_columns(say.result_columns(len(file)))
            self.rows.sync()
            if self._found is not None and not self._found.done:
                self._run_search()
        self._tell()

    def _make_source(self, file: ResultsFile) -> ResultSource:
        plain = self.ui.settings.ascii
        return ResultSource(file, self._shown, lambda: self._found, plain=plain)

    # What is said around the list

    def _tell(self) -> None:
        file, download = self._feed.file, self._feed.download
        counts = file.index.type_counts() if file is not None else {}
        size = file.indexed_bytes if file is not None else 0
        title = say.title_cells(self._source, self._feed.entry, size)
        self.query_one("#results-title", Bar).show(*title)
        facets = say.facet_cells(counts, self._shown.only, plain=self.ui.settings.ascii)
        self.query_one("#results-facets", Bar).show(*facets)
        message = self._message(rows=sum(counts.values()))
        self.set_class(bool(message), "-message")
        if message:
            self.query_one("#results-message", Static).update(Content(message))
        arriving = say.download_cells(download.progress()) if download is not None else []
        self.query_one("#message", Bar).show(*self._status(), right=tuple(arriving))
        self.show_keys()

    def _message(self, *, rows: int) -> str:
        """What stands in place of the list while there are no rows in it."""
        if rows:
            only = self._shown.only
            return "" if len(self._shown) else f"No row is {one_line(only or '')}.\n\nt  next type"
        if self._error is not None:
            return say.error_text(self._error)
        file = self._feed.file
        if file is None:
            return "Fetching the results …"
        return "Reading …" if file.size else "The file is empty: it has no results."

    def _status(self) -> list[Cell]:
        cells: list[Cell] = []
        found, file = self._found, self._feed.file
        if found is not None and file is not None:
            cells += say.search_cells(
                found.query.source,
                hits=len(found.hits),
                place=found.place_of(self._row),
                scanned=found.scanned,
                rows=len(file),
                done=found.done,
            )
        if self._note.text:
            cells.append(self._note)
        if self._error is not None:
            cells += say.error_cells(self._error)
        return cells

    # The cursor, and the record under it

    @property
    def _row(self) -> int:
        """The file's row under the cursor; -1 where there is none."""
        return row if isinstance(row := self.rows.cursor_id, int) else -1

    def _go(self, row: int | None, note: str = "") -> None:
        self._note = Cell(note, "muted")
        if row is not None:
            self.rows.move_to_id(row)
        self._tell()

    @on(RowList.Highlighted)
    def _cursor_moved(self) -> None:
        self._show_record()
        self._tell()

    @on(RowList.Activated)
    def _row_activated(self) -> None:
        self.action_results_open()

    @property
    def _reading(self) -> bool:
        return self.has_class("-reading")

    def _show_record(self) -> None:
        """Show the record under the cursor, if records are in view."""
        file = self._feed.file
        if not self._reading and not self.has_class("-wide"):
            return
        if file is None or self._row < 0:
            self.pane.clear()
            return
        try:
            record = file.record(self._row)
        except (ResultsError, IndexError) as error:
            self.pane.fail(str(error))
            return
        head = say.record_head(record, self._row, len(file))
        self.pane.show(record, head, self._found.pattern if self._found else None)

    @on(RecordView.Step)
    def _step_record(self, event: RecordView.Step) -> None:
        self.rows.move_to(self.rows.cursor + event.by)

    def on_resize(self) -> None:
        """There may be room for a record now."""
        self.call_after_refresh(self._show_record)

    # Search

    def action_results_search(self) -> None:
        """Open the line to type a search in."""
        self.add_class("-searching")
        self._origin = max(0, self._row)
        self.box.value = self._found.query.source if self._found else ""
        self.box.focus()

    @on(Input.Changed, "#results-search")
    def _search_typed(self, event: Input.Changed) -> None:
        if self.has_class("-searching"):
            self._search_for(event.value)

    @on(Input.Submitted, "#results-search")
    def _search_entered(self) -> None:
        self.remove_class("-searching")
        (self.pane.view if self._reading else self.rows).focus()

    def _search_for(self, text: str) -> None:
        """Search for something else, from the row where the search was opened."""
        file = self._feed.file
        try:
            query = parse(text)
        except QueryError as error:
            self.say(one_line(f"{error}: {error.hint}"), "warn")
            return
        self._note = Cell("")
        self._found = RowSearch(file, query) if file is not None and query else None
        self.rows.sync()
        self._run_search()

    @work(group="search", exclusive=True)
    async def _run_search(self) -> None:
        """Search on, a window between any two events; the latest search wins."""
        found = self._found
        try:
            while found is not None and found is self._found and not found.done:
                await asyncio.sleep(0)
                found.step()
                self._follow(found)
        except ResultsError as error:
            self._error = error
        self._show_record()
        self._tell()

    def _follow(self, found: RowSearch) -> None:
        """Mark the hits in view, and go to the first one after where the search began."""
        self.rows.sync()
        if self.has_class("-searching"):
            hit = next_hit(found.hits, self._shown, self._origin - 1, 1)
            if hit is not None and (hit >= self._origin or found.done):
                self.rows.move_to_id(hit)
        self._tell()

    def action_results_next_hit(self) -> None:
        """Go to the next hit."""
        self._go_to_hit(1)

    def action_results_previous_hit(self) -> None:
        """Go to the previous hit."""
        self._go_to_hit(-1)

    def _go_to_hit(self, direction: int) -> None:
        if self._found is None:
            self._go(None, "nothing is searched for: / searches")
            return
        hit = next_hit(self._found.hits, self._shown, self._row, direction)
        around = hit is not None and (hit - self._row) * direction <= 0
        self._go(hit, "around the end" if around else "")

    def action_results_next_error(self) -> None:
        """Go to the next row without an answer."""
        self._go_to_failure(1)

    def action_results_previous_error(self) -> None:
        """Go to the previous row without an answer."""
        self._go_to_failure(-1)

    def _go_to_failure(self, direction: int) -> None:
        file = self._feed.file
        if file is None or not len(self._shown):
            return
        row = next_failure(file.index, self._shown, self.rows.cursor, direction)
        note = "" if row is not None else "no request failed among these rows"
        around = row is not None and (row - self._row) * direction <= 0
        self._go(row, "around the end" if around else note)

    # Views

    @work(group="dialog", exclusive=True)
    async def action_results_filter(self) -> None:
        """Ask which type of result to show, and show those only."""
        file = self._feed.file
        if file is None or not len(file):
            return
        choices = [
            Choice(name, str(number), label, note)
            for number, (name, label, note) in enumerate(
                say.facet_choices(file.index.type_counts(), plain=self.ui.settings.ascii)
            )
        ]
        chosen = await self.app.push_screen_wait(ChoiceDialog("Show", choices))
        if isinstance(chosen, str) and self._feed.file is not None:
            self._show_only(self._feed.file, chosen or None)

    def _show_only(self, file: ResultsFile, only: str | None) -> None:
        """Show the rows of one type, or all; the cursor stays on its row or the next shown."""
        row, self._note = self._row, Cell("")
        self._shown = ShownRows(only)
        self._shown.take_in(file.index)
        self.rows.source = self._make_source(file)
        self.rows.sync()
        self.rows.move_to(self._shown.nearest_place(row))
        self._show_record()
        self._tell()

    @work(group="dialog", exclusive=True)
    async def action_results_copy(self) -> None:
        """Ask what of the record to copy, and send it to the clipboard."""
        file = self._feed.file
        if file is None or self._row < 0:
            return
        texts = say.copyable(file.record(self._row))
        choices = [Choice(key, key, label) for key, (label, _) in texts.items()]
        chosen = await self.app.push_screen_wait(ChoiceDialog("Copy", choices))
        if isinstance(chosen, str):
            label, text = texts[chosen]
            await self.ui.send_to_clipboard(text, label.capitalize())

    def action_results_open(self) -> None:
        """Read the record under the cursor, with all the room there is."""
        if self._row >= 0:
            self.add_class("-reading")
            self.pane.view.focus()
            self.call_after_refresh(self._show_record)

    def action_results_raw(self) -> None:
        """Show the line as it is in the file, or the record again."""
        self.pane.toggle_raw()

    def action_results_thinking(self) -> None:
        """Unfold the thinking, or fold it."""
        self.pane.toggle_folds()

    def action_results_retry(self) -> None:
        """Try again to get the rows, after an error."""
        if self._error is not None:
            self._feed_rows()
            self._tell()

    def action_results_cancel_download(self) -> None:
        """Stop the download; the rows that are there stay in view."""
        if self._feed.download is not None:
            self._feed.download.cancel()

    def action_results_back(self) -> None:
        """Leave the search line, the record, or the results."""
        if self.has_class("-searching"):
            self._search_for("")
            self._search_entered()
        elif self._reading:
            self.remove_class("-reading")
            self.rows.focus()
        elif len(self.app.screen_stack) > 1:
            self.dismiss()
        else:
            self.app.exit(return_code=0)
