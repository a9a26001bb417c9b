"""What the rows that are shown are, counted: to be seen at a glance, and to choose from."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message

from batchtui.results.search.facets import Facets
from batchtui.tui.cells import Cell
from batchtui.tui.facet_rows import FACET_COLUMNS, FacetRows, facet_rows, glance
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.rows import RowList


class FacetsPane(Vertical):
    """A line that says what all rows have in common, and under it the values, to choose one."""

    class Chosen(Message):
        """Rows with a value are wanted: `terms` of a query ask for them, if there are any."""

        def __init__(self, terms: str) -> None:
            super().__init__()
            self.terms = terms

    list = query_one("#facet-list", RowList)

    def __init__(self, *, plain: bool, id: str | None = None) -> None:  # noqa: A002  (Textual's)
        super().__init__(id=id)
        self._plain = plain

    def compose(self) -> ComposeResult:
        """The line, and the values."""
        yield Bar()
        yield RowList(FACET_COLUMNS, FacetRows(), plain=self._plain, id="facet-list")

    def show(self, facets: Facets, *, of: int, note: str = "") -> None:
        """Show facets of some rows of a file that has `of`, and a note on which these are."""
        right = (Cell(note, "muted"),) if note else ()
        self.query_one(Bar).show(*glance(facets, of=of), right=right)
        self.list.set_source(facet_rows(facets, plain=self._plain))

    @property
    def terms(self) -> str:
        """The terms of a query for the value at the cursor; empty where there are none."""
        source, place = self.list.source, self.list.cursor
        return source.rows[place].query if isinstance(source, FacetRows) and place >= 0 else ""

    def choose(self) -> None:
        """Choose the value at the cursor."""
        self.post_message(self.Chosen(self.terms))

    @on(RowList.Activated)
    def _activated(self, event: RowList.Activated) -> None:
        event.stop()
        self.choose()
