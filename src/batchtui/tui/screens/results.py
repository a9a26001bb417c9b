"""The results viewer: what its keys do."""

from typing import TYPE_CHECKING

from textual import on, work

from batchtui.core.errors import ResultsError
from batchtui.results.search.sorting import REQUEST
from batchtui.tui.result_presenters import SORT_OF_COLUMN
from batchtui.tui.screens.results_requests import ResultsWithRequests
from batchtui.tui.widgets.rows import RowList

if TYPE_CHECKING:
    from batchtui.tui.screens.record_actions import RecordActions
    from batchtui.tui.widgets.facets_pane import FacetsPane
    from batchtui.tui.widgets.record_pane import RecordPane
    from batchtui.tui.widgets.record_view import RecordView


class ResultsScreen(ResultsWithRequests):
    """Acts on results: searching, choosing, sorting, marking, writing, downloading."""

    # Going from row to row

    def action_results_next_hit(self) -> None:
        """Go to the next hit."""
        self.say(self.body.go_to_hit(1), "muted")

    def action_results_previous_hit(self) -> None:
        """Go to the previous hit."""
        self.say(self.body.go_to_hit(-1), "muted")

    def on_record_view_exhausted(self) -> None:
        """The last match of a record turned out to be that after which one was asked for."""
        self.action_results_next_hit()

    def on_record_view_step(self, event: "RecordView.Step") -> None:
        """There is no record further in that direction."""
        self.say(f"this is the {'last' if event.by > 0 else 'first'} record", "muted")

    def action_results_next_error(self) -> None:
        """Go to the next row without an answer."""
        self.say(self.body.go_to_failure(1), "muted")

    def action_results_previous_error(self) -> None:
        """Go to the previous row without an answer."""
        self.say(self.body.go_to_failure(-1), "muted")

    # Which rows

    def action_results_search(self) -> None:
        """Open the line to type a search in."""
        self.search.open()
        self.line.open(self.search.text)
        self.tell_status()

    def action_results_only_hits(self) -> None:
        """Show what was found only, or all rows again."""
        if self.body.found is None and not self.body.only_hits:
            self.say("nothing is searched for: / searches", "muted")
            return
        self._show_only_hits(only=not self.body.only_hits)

    def _show_only_hits(self, *, only: bool) -> None:
        self.body.show_only_hits(only=only)
        self.say("")
        self.tell_all()
        if self.body.faceted:
            self.count_facets()

    async def action_results_facets(self) -> None:
        """Show what kinds of rows there are, to choose some; or go back."""
        await self.body.show_facets(shown=not self.body.faceted)
        self.show_keys()
        self.count_facets()

    async def on_facets_pane_chosen(self, event: "FacetsPane.Chosen") -> None:
        """Show the rows with this value only."""
        await self._search_narrowed(event.terms)

    async def action_results_exclude(self) -> None:
        """Leave out the rows of the value at the cursor of the facets."""
        if self.body.faceted and self.body.facets is not None:
            await self._search_narrowed(self.body.facets.terms, exclude=True)

    async def _search_narrowed(self, terms: str, *, exclude: bool = False) -> None:
        """Search for these as well; a list without room for both shows the rows then."""
        if not terms:
            return
        self.search_for(self.search.narrowed(terms, exclude=exclude))
        if not self.has_class("-wide"):
            await self.body.show_facets(shown=False)
        self._show_only_hits(only=True)

    # Their order

    @work(group="dialog", exclusive=True)
    async def action_results_sort(self) -> None:
        """Ask for a column to sort by."""
        from batchtui.tui.screens.result_menus import choose_sort  # noqa: PLC0415  (when it is asked for)

        sorting = self.sorting
        column = await choose_sort(self.app, sorting.column, descending=sorting.descending)
        if column is not None and (column != REQUEST or await self.find_requests() is not None):
            sorting.choose(column)
            self.sort_rows()
        if column == REQUEST and not sorting.is_original:
            await self.tell_unanswered()

    @on(RowList.HeaderClicked, "#results-list")
    def _sort_by_column(self, message: RowList.HeaderClicked) -> None:
        if column := SORT_OF_COLUMN.get(message.key):
            self.sorting.choose(column)
            self.sort_rows()

    def action_results_file_order(self) -> None:
        """Show the rows in the order of the file again."""
        self.sorting.choose_original()
        self.sort_rows()

    # Marks

    def action_results_mark(self) -> None:
        """Mark the row and go on to the next."""
        if self.body.row >= 0:
            self.body.rows.toggle_mark(self.body.row)
            self.body.rows.action_list_down()

    def action_results_mark_shown(self) -> None:
        """Mark all rows that are shown, or none of them if they all are."""
        rows, shown = self.body.rows, frozenset(self.body.shown.rows)
        rows.set_marks(rows.marks - shown if shown <= rows.marks else rows.marks | shown)

    def action_results_unmark(self) -> None:
        """Mark nothing any more."""
        self.body.rows.set_marks(())

    # Writing and copying

    @work(group="export", exclusive=True)
    async def action_results_export(self) -> None:
        """Ask which rows to write, and where to, and write them."""
        if self.feed.file is not None and not self.exporting.under_way:
            from batchtui.tui.screens.result_writing import export_rows  # noqa: PLC0415  (when it is asked for)

            await export_rows(self)

    @work(group="dialog", exclusive=True)
    async def action_results_copy(self) -> None:
        """Ask what of the record to copy, and send it to the clipboard."""
        actions = await self._record_actions()
        await actions.copy()

    @work(group="outside", exclusive=True)
    async def action_results_pager(self) -> None:
        """Read the record in the user's pager."""
        actions = await self._record_actions()
        await actions.read_outside(editor=False)

    @work(group="outside", exclusive=True)
    async def action_results_editor(self) -> None:
        """Read a copy of the record in the user's editor."""
        actions = await self._record_actions()
        await actions.read_outside(editor=True)

    async def _record_actions(self) -> "RecordActions":
        from batchtui.tui.screens.record_actions import RecordActions  # noqa: PLC0415  (when asked)

        return RecordActions(self.ui, self.body, await self.body.record_pane())

    # Ways to look at it

    def action_results_open(self) -> None:
        """Read the record under the cursor, or take the value of the facets that is."""
        if self.body.faceted and self.body.facets is not None:
            self.body.facets.choose()
        else:
            self.body.read()
            self.show_keys()
            self.show_known_requests()

    def action_results_raw(self) -> None:
        """Show the line as it is in the file, or the record again."""

        def toggle(pane: "RecordPane") -> None:
            pane.toggle_raw()
            if not pane.display:
                self.action_results_open()

        self.body.with_pane(toggle)

    def action_results_wide(self) -> None:
        """Show every column, without the record beside them, or with it again."""
        self.body.toggle_every()

    def action_results_thinking(self) -> None:
        """Unfold the thinking, or fold it."""
        self.body.with_pane(lambda pane: self.say(pane.toggle_folds(), "muted"))

    def action_results_markdown(self) -> None:
        """Set Markdown for reading, or show it as it is written."""
        self.body.with_pane(lambda pane: self.say(pane.toggle_markdown(), "muted"))

    # The download

    def action_results_retry(self) -> None:
        """Try again to get the rows, after an error."""
        if self.feed.error is not None:
            self.feed_rows()

    def action_results_stop(self) -> None:
        """Stop what is written, or else the download; the rows that are there stay in view."""
        if self.exporting.under_way:
            self.exporting.stop()
        else:
            self.feed.stop_download()

    def action_results_pause(self) -> None:
        """Let the download rest, or go on."""
        self.feed.toggle_pause()

    def action_results_keep(self) -> None:
        """Keep the local copy whatever its age, or let it go when there is no room."""
        try:
            kept = self.feed.toggle_kept()
        except ResultsError as error:
            self.ui.report(error)
        else:
            says = "this copy is kept" if kept else "this copy may be dropped to make room"
            self.say(says, "muted")
            self.tell_all()

    # The way back

    async def action_results_back(self) -> None:
        """Leave the search line, the facets, the record, the search, or the results."""
        if not (await self._leave_part() or self._leave_screen()):
            self.say("q leaves", "muted")

    async def action_results_leave(self) -> None:
        """The same, and leave the program where there is nothing else to leave."""
        if not (await self._leave_part() or self._leave_screen()):
            self.app.exit(return_code=0)

    async def _leave_part(self) -> bool:
        """Whether there was a part of the screen, or a search, to leave."""
        if self.line.display:
            self.search_for("")
            self.close_search()
        elif self.body.faceted:
            await self.action_results_facets()
        elif self.body.reading:
            self.body.stop_reading()
            self.show_keys()
        elif self.search.text:
            self._show_only_hits(only=False)
            self.search_for("")
        else:
            return False
        return True

    def _leave_screen(self) -> bool:
        """Whether there was a screen to go back to."""
        if len(self.app.screen_stack) == 1:
            return False
        self.dismiss()
        return True
