"""What is seen of results: the list, the record, the facets, the search, and what arrives."""

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.getters import query_one
from textual.widgets import Static

from batchtui.core.errors import ResultsError
from batchtui.tui import result_status as say
from batchtui.tui.cells import Cell
from batchtui.tui.commands import Command, bindings
from batchtui.tui.result_arranging import FacetCounting, Sorting
from batchtui.tui.result_export import Exporting
from batchtui.tui.result_feed import ResultsFeed
from batchtui.tui.result_offers import ResultsSituation, named_in_results, of_use_in_results
from batchtui.tui.result_search import ResultsSearch
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.results_body import ResultsBody
from batchtui.tui.widgets.rows import RowList
from batchtui.tui.widgets.search_line import SearchLine

if TYPE_CHECKING:
    from batchtui.core.models import BatchRef
    from batchtui.results.fetching.sources import Spool
    from batchtui.results.search.facets import Facets
    from batchtui.tui.bridge import BatchHasEnded

_WIDE = 120
"""Cells of a screen that has room for a record beside the list."""


class ResultsView(FrameScreen):
    """Shows the results of a batch, downloading them first where need be, or of a file.

    Args:
        source: a batch, or the path of a file or a spool, which need no service.
        index_path: where the index of a file is kept.
        name: what it is called, if not by the name of its file.
    """

    CSS_PATH = "../styles/results.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("results")]
    SCOPES = ("results", "list", "record")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]  # noqa: RUF012  (Textual's own)
    AUTO_FOCUS = "#results-list"

    body = query_one("#results-body", ResultsBody)
    line = query_one(SearchLine)

    def __init__(
        self,
        source: "BatchRef | Path | Spool",
        index_path: Path | None = None,
        *,
        name: str = "",
    ) -> None:
        super().__init__()
        self._called = name
        self._source = source
        self._index_path = index_path
        self._note = Cell("")

    @property
    def _plain(self) -> bool:
        return self.ui.settings.ascii

    def compose_body(self) -> ComposeResult:
        """Heads, list and record, and the line to search in."""
        yield Bar(id="results-title")
        yield Bar(id="results-counts")
        yield ResultsBody(plain=self._plain, id="results-body")
        yield Static("", id="results-message", markup=False)
        yield SearchLine(self.search_entered)

    def on_mount(self) -> None:
        """Start to read. What is here already is in the first painting, with room for all."""
        wide = self.app.size.width >= _WIDE
        self.update_classes({"-narrow": not wide, "-wide": wide}, update=False)
        clock = self.ui.clock
        self.feed = ResultsFeed(
            self._source, self.ui.service, clock, self._rows_changed, self._index_path
        )
        self.search = ResultsSearch(self.body, clock, self.tell_status)
        self.sorting = Sorting(clock, self._arrange)
        self.counting = FacetCounting(clock, self._show_facets)
        self.exporting = Exporting(clock, self.tell_status)
        self.feed.begin()
        self._rows_changed()
        self.feed_rows()

    def on_unmount(self) -> None:
        """Let go of the file; a download goes on behind."""
        self.exporting.close()
        self.feed.close()

    def say(self, text: str, tone: str = "", more: str = "") -> None:
        """Put a message beside what the search and the download say."""
        self._keep(text, tone, more)
        self._note = Cell(text, tone)
        self.tell_status()

    def useful(self) -> list[Command]:
        """See `FrameScreen.useful`."""
        body = self.body
        now = ResultsSituation(
            rows=bool(body.file is not None and len(body.file)),
            searched=body.found is not None,
            reading=body.reading,
            beside=body.pane is not None and body.pane.beside,
            faceted=body.faceted,
            sorted=not self.sorting.is_original,
            marked=bool(body.rows.marks),
            failed=self.feed.error is not None,
            arriving=self.feed.arriving is not None,
            can_pause=self.feed.can_pause,
            paused=self.feed.is_paused,
            can_keep=self.feed.kept is not None,
            exporting=self.exporting.under_way,
            of_batch=self.feed.entry is not None,
        )
        useful = (one for one in self.available() if of_use_in_results(one, now))
        return [named_in_results(one, now) for one in useful]

    def foremost(self) -> tuple[str, ...]:
        """See `FrameScreen.foremost`: what leads on from a record, and out of it."""
        return ("results.back", "record.next") if self.body.reading else ()

    def unfinished(self) -> str:
        """See `FrameScreen.unfinished`."""
        return self.exporting.words

    # Rows come in

    @work(group="feed", exclusive=True)
    async def feed_rows(self) -> None:
        """Get the rows, and those that are still to come."""
        await self.feed.run()

    def _rows_changed(self) -> None:
        """The feed has more rows, its download moved, or it ended in an error."""
        if (file := self.feed.file) is not None:
            is_another = self.body.file not in (None, file)
            self.body.take_in(file)
            if is_another and self.body.faceted:
                self.count_facets()
            if self.search.wants_steps:
                self.run_search()
            if self.sorting.is_stale(file):
                self.sort_rows()
            if self.body.faceted:
                self.counting.touch()
        if self.feed.news:
            self.say(self.feed.news, "warn")
            self.feed.news = ""
        self.tell_all()

    def on_batch_has_ended(self, event: "BatchHasEnded") -> None:
        """The results that were not ready may be now."""
        if event.entry.ref == self._source and self.feed.file is None:
            self.feed_rows()

    # What is said around the list

    @on(ResultsBody.Moved)
    def tell_all(self) -> None:
        """Bring the lines around the list up to date."""
        file, width = self.feed.file, self.size.width - 2
        counts = file.index.type_counts() if file is not None else {}
        size = file.indexed_bytes if file is not None else 0
        kept = bool(self.feed.kept)
        title = say.title_cells(
            self.feed.source, self.feed.entry, size, kept=kept, name=self._called
        )
        self.query_one("#results-title", Bar).show(*title)
        rows = say.rows_cells(
            sum(counts.values()),
            shown=len(self.body.shown) if self.body.narrowed else None,
            marked=len(self.body.rows.marks),
            shared_ids=self.feed.shared_ids,
            partial=self.feed.partial,
        )
        order = say.order_cells(self.sorting.column, descending=self.sorting.descending)
        room = width - sum(len(cell.text) + 2 for cell in (*rows, *order))
        types = say.type_cells(
            counts, None if file is None else file.index, width=room, plain=self._plain
        )
        self.query_one("#results-counts", Bar).show(*rows, *types, right=order)
        message = say.empty_text(
            rows=sum(counts.values()),
            shown=len(self.body.shown),
            size=file.data.size if file is not None else None,
            error=self.feed.error,
            was_rows=file is not None and file.generation > 0,
        )
        self.body.display = not message
        self.query_one("#results-message").display = bool(message)
        if message:
            self.query_one("#results-message", Static).update(Content(message))
        self.tell_status()

    def tell_status(self) -> None:
        """Say how the search is, what there is to say, what went wrong, and what arrives."""
        width = self.size.width - 2
        cells = self.search.cells(width, so_far=self.feed.partial is not None)
        if self.feed.error is not None:
            cells += say.error_cells(self.feed.error, width - say.width_of(cells))
        if self._note.text:
            cells.append(self._note)
        if self.exporting.words:
            cells.append(Cell(f"{self.exporting.words}  x stops", "busy"))
        if arriving := self.feed.arriving:
            cells += say.download_cells(arriving)
        self.query_one("#message", Bar).show(*cells)
        self.show_keys()

    def on_resize(self) -> None:
        """The lines may have room for more words, or less."""
        self.tell_all()

    def on_record_pane_arranged(self) -> None:
        """Another key may be of use."""
        self.show_keys()

    @on(RowList.MarksChanged, "#results-list")
    def _marks_changed(self) -> None:
        self.tell_all()

    # Search

    def search_entered(self, text: str) -> None:
        """Close the line, unless what is in it makes no sense and is to be typed on."""
        if text != self.search.text:
            self.search_for(text)
        if not self.search.makes_no_sense:
            self.close_search()

    def close_search(self) -> None:
        """Close the line; what is searched for holds. The next key is for the rows already."""
        self.line.close()
        self.search.leave()
        self.body.focus_part()
        self.tell_status()

    @on(SearchLine.Typed)
    def _search_typed(self, event: SearchLine.Typed) -> None:
        """Search for something else, from the row where the search was opened."""
        if self.line.display and event.text != self.search.text:
            self.search_for(event.text)

    def search_for(self, text: str) -> None:
        """Search for something else, or for nothing."""
        self._note = Cell("")
        if self.search.look_for(text):
            self.run_search()

    @work(group="search", exclusive=True)
    async def run_search(self) -> None:
        """Search on to the end, then count what was found."""
        try:
            await self.search.run()
        except ResultsError as error:
            self.say(str(error), "bad")
        if self.body.only_hits:
            self.tell_all()
        if self.body.faceted:
            self.count_facets()

    @on(ResultsBody.LooksDue)
    @work(group="looks")
    async def _look_closer(self) -> None:
        await self.search.look_closer()

    # Order and facets

    @work(group="sort", exclusive=True)
    async def sort_rows(self) -> None:
        """Sort as was chosen."""
        if (file := self.feed.file) is not None:
            try:
                await self.sorting.run(file)
            except ResultsError as error:
                self.say(str(error), "bad")

    def _arrange(self, order: "array[int] | None", column: str, descending: bool) -> None:
        self.body.put_in_order(order, column, descending=descending)
        self.tell_all()

    @work(group="facets", exclusive=True)
    async def count_facets(self) -> None:
        """Count, and again while there are more rows, as long as the facets are shown."""
        file = self.feed.file
        if file is not None and self.body.faceted:
            await self.counting.run(file, self._counted_rows)

    def _counted_rows(self) -> Sequence[int] | None:
        found = self.body.found
        return array("Q", found.hits) if found is not None and self.body.narrowed else None

    def _show_facets(self, facets: "Facets") -> None:
        if self.body.facets is not None and self.body.file is not None:
            unfiltered = self.body.found is not None and not self.body.narrowed
            note = "all rows; f: hits only" if unfiltered else ""
            self.body.facets.show(facets, of=len(self.body.file), note=note)
