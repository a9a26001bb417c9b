"""Where the cursor and the view of a list belong after its rows have changed. Pure."""

from collections.abc import Hashable
from dataclasses import dataclass

from batchtui.tui.cells import RowSource


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list is before it looks at its source anew. Rows are told by index and by id."""

    cursor: int
    cursor_id: Hashable | None
    touched: bool
    """Somebody has moved the cursor."""
    top: int
    top_id: Hashable | None
    """The row at the top of the view, or None if it is not known."""
    page: int
    """Rows in view."""

    def cursor_in(self, source: RowSource) -> int:
        """Index of the cursor's row, or near where it was; -1 without rows.

        A cursor that nobody has moved yet does not go out of sight with its row.
        """
        index = source.index_of(self.cursor_id) if self.cursor_id is not None else None
        if index is not None and (self.touched or index < self.page):
            return index
        return min(max(self.cursor, 0) if self.touched else 0, len(source) - 1)

    def top_in(self, source: RowSource, cursor: int) -> int:
        """The top row that keeps the view still, with the cursor at that index.

        The cursor's line stays if it is in view, else the first row's. A view at the very top
        stays there, so that what is new can be seen.
        """
        top = settled = self.top
        if cursor >= 0 and top <= self.cursor < top + self.page:
            settled = 0 if top == 0 and cursor < self.page else top + cursor - self.cursor
        elif top:
            index = source.index_of(self.top_id) if self.top_id is not None else None
            settled = top if index is None else index
        return max(0, min(settled, len(source) - self.page))
