"""The results viewer: a list of results, what they say, and a search through all of them."""

from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from batchtui.core.errors import ResultsError
from batchtui.core.models import BatchRef
from batchtui.results.sources import Spool
from batchtui.tui import result_status as say
from batchtui.tui.bridge import BatchHasEnded
from batchtui.tui.cells import Cell
from batchtui.tui.commands import Command, bindings
from batchtui.tui.result_feed import ResultsFeed
from batchtui.tui.result_search import ResultsSearch
from batchtui.tui.screens import result_menus as menus
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.record_view import RecordView
from batchtui.tui.widgets.results_body import ResultsBody
from batchtui.tui.widgets.search_line import SearchLine


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
        self._search = ResultsSearch(self.body, self._tell_status)
        self._feed_rows()
        self._tell()

    def on_unmount(self) -> None:
        """Let go of the file; a download goes on behind."""
        self._feed.close()

    def say(self, text: str, tone: str = "") -> None:
        """Put a message beside what the search and the download say."""
        self._note = Cell(text, tone)
        self._tell_status()

    def acts(self, command: Command) -> bool:
        """Commands for a download, or after an error, act only then."""
        match command.id.split("."):
            case ["results", "cancel_download"]:
                return self._feed.arriving is not None
            case ["results", "retry"]:
                return self._feed.error is not None
            case ["results", "open" | "wide"] | ["list", _]:
                return not self.body.reading
            case ["record", _]:
                return self.body.reading
            case _:
                return super().acts(command)

    # Rows come in

    @work(group="feed", exclusive=True)
    async def _feed_rows(self) -> None:
        await self._feed.run()

    def _rows_changed(self) -> None:
        """The feed has more rows, its download moved, or it ended in an error."""
        if self._feed.file is not None:
            self.body.take_in(self._feed.file)
            if self._search.wants_steps:
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
        file, only = self._feed.file, self.body.shown.only
        counts = file.index.type_counts() if file is not None else {}
        size = file.indexed_bytes if file is not None else 0
        title = say.title_cells(self._feed.source, self._feed.entry, size)
        self.query_one("#results-title", Bar).show(*title)
        facets = say.facet_cells(counts, only, width=self.size.width - 2, plain=self._plain)
        self.query_one("#results-facets", Bar).show(*facets)
        message = say.empty_text(
            rows=sum(counts.values()),
            shown=len(self.body.shown),
            only=only,
            size=file.size if file is not None else None,
            error=self._feed.error,
        )
        self.set_class(bool(message), "-message")
        if message:
            self.query_one("#results-message", Static).update(Content(message))
        self._tell_status()

    def _tell_status(self) -> None:
        """Say how the search is, what there is to say, what went wrong, and what arrives."""
        cells = self._search.cells(self.size.width - 2)
        if self._note.text:
            cells.append(self._note)
        if self._feed.error is not None:
            cells += say.error_cells(self._feed.error)
        if arriving := self._feed.arriving:
            cells += say.download_cells(arriving)
        self.query_one("#message", Bar).show(*cells)
        self.show_keys()

    def on_resize(self) -> None:
        """The lines may have room for more words, or less."""
        self._tell()

    # Search

    def action_results_search(self) -> None:
        """Open the line to type a search in."""
        self._search.open()
        self.line.open(self._search.text)
        self._tell_status()

    @on(SearchLine.Left)
    def _search_left(self) -> None:
        self._search.leave()
        self.body.focus_part()
        self._tell_status()

    @on(SearchLine.Typed)
    def _search_for(self, event: SearchLine.Typed) -> None:
        """Search for something else, from the row where the search was opened."""
        self._note = Cell("")
        if self._search.look_for(event.text):
            self._run_search()

    @work(group="search", exclusive=True)
    async def _run_search(self) -> None:
        try:
            await self._search.run()
        except ResultsError as error:
            self.say(str(error), "bad")

    # Going from row to row

    def action_results_next_hit(self) -> None:
        """Go to the next hit."""
        self.say(self.body.go_to_hit(1), "muted")

    def action_results_previous_hit(self) -> None:
        """Go to the previous hit."""
        self.say(self.body.go_to_hit(-1), "muted")

    @on(RecordView.Exhausted)
    def _no_match_left(self) -> None:
        """The last match of a record turned out to be that after which one was asked for."""
        self.action_results_next_hit()

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

    def action_results_wide(self) -> None:
        """Show every column, without the record beside them, or with it again."""
        self.body.toggle_every()

    def action_results_thinking(self) -> None:
        """Unfold the thinking, or fold it."""
        self.say(self.body.pane.toggle_folds(), "muted")

    def action_results_markdown(self) -> None:
        """Set Markdown for reading, or show it as it is written."""
        self.say(self.body.pane.toggle_markdown(), "muted")

    def action_results_retry(self) -> None:
        """Try again to get the rows, after an error."""
        if self._feed.error is not None:
            self._feed_rows()

    def action_results_cancel_download(self) -> None:
        """Stop the download; the rows that are there stay in view."""
        self._feed.stop_download()

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
