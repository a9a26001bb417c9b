"""The results viewer: a list of results, what they say, and a search through all of them."""

import asyncio
from pathlib import Path
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from batchtui.core.errors import BatchtuiError, QueryError, ResultsError
from batchtui.core.models import BatchRef
from batchtui.core.text import one_line
from batchtui.results.query import parse
from batchtui.results.sources import Spool
from batchtui.tui import result_presenters as say
from batchtui.tui.bridge import BatchHasEnded
from batchtui.tui.commands import Command, bindings
from batchtui.tui.result_feed import ResultsFeed
from batchtui.tui.result_rows import RowSearch, next_hit
from batchtui.tui.screens import result_menus as menus
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.results_body import ResultsBody
from batchtui.tui.widgets.row_model import Cell
from batchtui.tui.widgets.search_line import SearchLine

_TELL_EVERY: Final = 8
"""Search steps between two updates of the count."""


class ResultsScreen(FrameScreen):
    """Shows the results of a batch, downloading them first where need be, or of a file.

    Args:
        source: a batch, or the path of a file or a spool, which need no service.
        index_path: where the index of a file is kept.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("results")]
    SCOPES = ("results", "list", "record")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012  (Textual's own)
    AUTO_FOCUS = "#results-list"

    body = query_one("#results-body", ResultsBody)
    line = query_one(SearchLine)

    def __init__(self, source: BatchRef | Path | Spool, index_path: Path | None = None) -> None:
        super().__init__()
        self._source = source
        self._index_path = index_path
        self._origin = 0
        """The row where the search was opened: hits are looked for from there."""
        self._error: BatchtuiError | None = None
        self._note = Cell("")

    @property
    def _plain(self) -> bool:
        return self.ui.settings.ascii

    def compose_body(self) -> ComposeResult:
        """Heads, list and record, and the line to search in."""
        yield Bar(id="results-title")
        yield Bar(id="results-facets")
        yield ResultsBody(plain=self._plain, id="results-body")
        yield Static("", id="results-message", markup=False)
        yield SearchLine()

    def on_mount(self) -> None:
        """Start to read."""
        self._feed = ResultsFeed(
            self._source, self.ui.service, self.ui.clock, self._rows_changed, self._index_path
        )
        self._feed_rows()
        self._tell()

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
        match command.id.split("."):
            case ["results", "cancel_download"]:
                return download is not None and not download.progress().finished
            case ["results", "retry"]:
                return self._error is not None
            case ["results", "open"] | ["list", _]:
                return not self.body.reading
            case ["record", _]:
                return self.body.reading
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
        if self._feed.file is not None:
            self.body.take_in(self._feed.file)
            if self.body.found is not None and not self.body.found.done:
                self._run_search()
        self._tell()

    @on(BatchHasEnded)
    def _batch_ended(self, event: BatchHasEnded) -> None:
        """The results that were not ready may be now."""
        if event.entry.ref == self._source and self._feed.file is None:
            self._feed_rows()

    # What is said around the list

    @on(ResultsBody.Moved)
    def _tell(self) -> None:
        file, download = self._feed.file, self._feed.download
        counts = file.index.type_counts() if file is not None else {}
        size = file.indexed_bytes if file is not None else 0
        only = self.body.shown.only
        title = say.title_cells(self._feed.source, self._feed.entry, size)
        self.query_one("#results-title", Bar).show(*title)
        facets = say.facet_cells(counts, only, width=self.size.width, plain=self._plain)
        self.query_one("#results-facets", Bar).show(*facets)
        message = say.empty_text(
            rows=sum(counts.values()),
            shown=len(self.body.shown),
            only=only,
            size=file.size if file is not None else None,
            error=self._error,
        )
        self.set_class(bool(message), "-message")
        if message:
            self.query_one("#results-message", Static).update(Content(message))
        arriving = say.download_cells(download.progress()) if download is not None else []
        self.query_one("#message", Bar).show(*self._status(), *arriving)
        self.show_keys()

    def _status(self) -> list[Cell]:
        cells: list[Cell] = []
        found = self.body.found
        if found is not None:
            cells += say.search_cells(
                found.query.source,
                typing=self.line.display,
                hits=len(found.hits),
                place=found.place_of(self.body.row),
                percent=found.percent,
            )
        if self._note.text:
            cells.append(self._note)
        if self._error is not None:
            cells += say.error_cells(self._error)
        return cells

    def on_resize(self) -> None:
        """The lines may have room for more words, or less."""
        self._tell()

    # Search

    def action_results_search(self) -> None:
        """Open the line to type a search in."""
        self._origin = max(0, self.body.row)
        self.line.open(self.body.found.query.source if self.body.found else "")
        self._tell()

    @on(SearchLine.Left)
    def _search_left(self) -> None:
        self.body.focus_part()
        self._tell()

    @on(SearchLine.Typed)
    def _search_for(self, event: SearchLine.Typed) -> None:
        """Search for something else, from the row where the search was opened."""
        try:
            query = parse(event.text)
        except QueryError as error:
            self.say(one_line(f"{error}: {error.hint}"), "warn")
            return
        self._note = Cell("")
        file = self._feed.file
        self.body.found = RowSearch(file, query) if file is not None and query else None
        self.body.rows.sync()
        self._run_search()

    @work(group="search", exclusive=True)
    async def _run_search(self) -> None:
        """Search on, a window between any two events; the latest search wins."""
        found, steps = self.body.found, 0
        try:
            while found is not None and found is self.body.found and not found.done:
                await asyncio.sleep(0)
                steps += 1
                if hits := found.step():
                    self._show_hits(found, hits)
                if steps % _TELL_EVERY == 0:
                    self._tell()
        except ResultsError as error:
            self._error = error
        self._show_hits(found, ())
        self.body.sync()
        if found is not None and not found.hits:
            self._note = Cell(one_line(found.doubt), "warn")
        self._tell()

    def _show_hits(self, found: RowSearch | None, hits: tuple[int, ...]) -> None:
        """Mark new hits in view; while one types, go to the first after where that began."""
        if self.body.has_in_view(hits):
            self.body.rows.sync()
        if found is not None and self.line.display:
            hit = next_hit(found.hits, self.body.shown, self._origin - 1, 1)
            if hit is not None and (hit >= self._origin or found.done):
                self.body.go(hit)

    # Going from row to row

    def action_results_next_hit(self) -> None:
        """Go to the next hit."""
        self.say(self.body.go_to_hit(1), "muted")

    def action_results_previous_hit(self) -> None:
        """Go to the previous hit."""
        self.say(self.body.go_to_hit(-1), "muted")

    def action_results_next_error(self) -> None:
        """Go to the next row without an answer."""
        self.say(self.body.go_to_failure(1), "muted")

    def action_results_previous_error(self) -> None:
        """Go to the previous row without an answer."""
        self.say(self.body.go_to_failure(-1), "muted")

    # Ways to look at it

    @work(group="dialog", exclusive=True)
    async def action_results_filter(self) -> None:
        """Ask which type of result to show, and show those only."""
        if (file := self._feed.file) is None or not len(file):
            return
        chosen = await menus.choose_type(self.app, file.index.type_counts(), plain=self._plain)
        if chosen is not None:
            self.body.show_only(chosen or None)
            self.say("")

    @work(group="dialog", exclusive=True)
    async def action_results_copy(self) -> None:
        """Ask what of the record to copy, and send it to the clipboard."""
        if (file := self._feed.file) is None or self.body.row < 0:
            return
        chosen = await menus.choose_text(self.app, file.record(self.body.row))
        if chosen is not None:
            label, text = chosen
            await self.ui.send_to_clipboard(text, label[0].upper() + label[1:])

    def action_results_open(self) -> None:
        """Read the record under the cursor, with all the room there is."""
        self.body.read()
        self.show_keys()

    def action_results_raw(self) -> None:
        """Show the line as it is in the file, or the record again."""
        self.body.pane.toggle_raw()
        if not self.body.pane.display:
            self.action_results_open()

    def action_results_thinking(self) -> None:
        """Unfold the thinking, or fold it."""
        self.body.pane.toggle_folds()

    def action_results_retry(self) -> None:
        """Try again to get the rows, after an error."""
        if self._error is not None:
            self._feed_rows()

    def action_results_cancel_download(self) -> None:
        """Stop the download; the rows that are there stay in view."""
        if self._feed.download is not None:
            self._feed.download.cancel()

    def action_results_back(self) -> None:
        """Leave the search line, the record, or the results."""
        if self.line.display:
            self.line.give_up()
        elif self.body.reading:
            self.body.stop_reading()
            self.show_keys()
        elif len(self.app.screen_stack) > 1:
            self.dismiss()
        else:
            self.app.exit(return_code=0)
