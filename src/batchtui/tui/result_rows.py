"""The rows of a results file as a row list asks for them. Knows no Textual."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING

from batchtui.core.errors import ResultsError
from batchtui.core.text import cell_width
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.row import Row
from batchtui.results.search.sorting import REQUEST
from batchtui.tui.cells import Cell
from batchtui.tui.result_presenters import (
    SORTED,
    id_words,
    request_cell,
    row_cells,
    sorted_cell,
)
from batchtui.tui.shown_rows import ShownRows

if TYPE_CHECKING:
    from batchtui.results.query.inputs import Inputs
    from batchtui.tui.row_search import RowSearch


class ResultSource:
    """The rows that are shown; only visible ones are decoded.

    `found` gives the search whose hits are marked.
    """

    def __init__(
        self,
        file: ResultsFile,
        shown: ShownRows,
        found: "Callable[[], RowSearch | None]",
        *,
        plain: bool,
    ) -> None:
        self.file = file
        self.shown = shown
        self.sorted_by = ""
        """A column of `search.sorting` whose values the cells have as well."""
        self.inputs: Inputs | None = None
        """The requests, if they are known."""
        self.widest_id = 0
        """Cells of the widest custom_id that was looked at by `widen`."""
        self._found = found
        self._plain = plain

    def __len__(self) -> int:
        return len(self.shown)

    def row_id(self, index: int) -> Hashable:
        """The row's number in the file."""
        return self.shown[index]

    def index_of(self, row_id: Hashable) -> int | None:
        """Where in the list that row is."""
        return self.shown.place_of(row_id) if isinstance(row_id, int) else None

    def cells(self, index: int) -> Mapping[str, Cell]:
        """The row's cells; of one that cannot be read, why."""
        found, number = self._found(), self.shown[index]
        try:
            row = self.file.row(number)
            look = found.looks.of(row) if found and found.has(number) else None
            cells = row_cells(row, look, plain=self._plain)
            if self.sorted_by:
                cells[SORTED] = self._sorted_cell(row)
        except (ResultsError, IndexError) as error:
            return {"preview": Cell(str(error) or "this row is gone", "bad")}
        return cells

    def _sorted_cell(self, row: Row) -> Cell:
        if self.sorted_by == REQUEST:
            return request_cell(self.inputs.places(row.custom_id) if self.inputs else ())
        return sorted_cell(self.file.index, row.number, self.sorted_by)

    def widen(self, places: Iterable[int]) -> None:
        """See to it that `widest_id` holds for these rows of the list, too."""
        for place in places:
            try:
                custom_id = self.file.row(self.shown[place]).custom_id
            except (ResultsError, IndexError):
                continue
            self.widest_id = max(self.widest_id, cell_width(id_words(custom_id)))
