"""How a row looks: cells and columns into strips of styled text."""

from collections.abc import Callable, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from batchtui.core.text import cell_width, one_line, pad, truncate, truncate_middle
from batchtui.tui.widgets.row_model import Cell, Column, fit_columns

GUTTER = 2
"""Cells left of the first column: one for the cursor, one for the mark."""

GAP = 2
"""Cells between columns."""


class RowPainter:
    """Makes the strips of one list.

    `part` gives the style of a part by its name (`header`, `cursor`, `match`, or a tone);
    `plain` keeps to ASCII.
    """

    def __init__(
        self, columns: Sequence[Column], part: Callable[[str], Style], *, plain: bool
    ) -> None:
        self.columns = tuple(columns)
        self.plain = plain
        self.sort: tuple[str, bool] | None = None
        """Key of the column sorted by, and whether it descends."""
        self._part = part
        self._widths: tuple[int, tuple[Column, ...], list[tuple[Column, int]]] = (-1, (), [])

    def layout(self, width: int) -> list[tuple[Column, int]]:
        """The columns that fit, with their widths in cells."""
        if self._widths[:2] != (width, self.columns):
            self._widths = (width, self.columns, fit_columns(self.columns, width - GUTTER))
        return self._widths[2]

    def column_at(self, x: int, width: int) -> str | None:
        """Key of the column at that cell of a line, or None."""
        left = GUTTER
        for column, cells in self.layout(width):
            if left <= x < left + cells:
                return column.key
            left += cells + GAP
        return None

    def header(self, width: int, base: Style) -> Strip:
        """The line of titles."""
        style = base + self._part("header")
        parts = [" " * GUTTER]
        for column, cells in self.layout(width):
            parts.append(pad(self._title(column, cells), cells, right=column.right) + " " * GAP)
        return fitted([Segment("".join(parts), style)], width, style)

    def _title(self, column: Column, cells: int) -> str:
        if self.sort is None or self.sort[0] != column.key:
            return column.title
        arrows = ("^", "v") if self.plain else ("▴", "▾")
        return f"{truncate(column.title, cells - 1)}{arrows[self.sort[1]]}"

    def row(
        self, cells: Mapping[str, Cell], width: int, base: Style, *, at_cursor: bool, marked: bool
    ) -> Strip:
        """A row; `base` already has the cursor's look where it is there."""
        glyphs = (">", "*") if self.plain else ("▌", "●")
        segments = [
            Segment(glyphs[0] if at_cursor else " ", base + self._part("accent")),
            Segment(glyphs[1] if marked else " ", base + self._part("marked")),
        ]
        for column, room in self.layout(width):
            cell = cells.get(column.key)
            if cell is None:
                segments.append(Segment(" " * (room + GAP), base))
            else:
                segments.extend(self._cell(cell, column, room, base))
        return fitted(segments, width, base)

    def _cell(self, cell: Cell, column: Column, room: int, base: Style) -> list[Segment]:
        style = base + self._part(cell.tone) if cell.tone else base
        cut = truncate_middle if column.middle else truncate
        text = cut(one_line(cell.text), room)
        if self.plain:
            text = text.replace("…", "~")
        fill = Segment(" " * (room - cell_width(text)), base)
        middle = highlighted(text, cell.spans, style, self._part("match"))
        gap = Segment(" " * GAP, base)
        return [fill, *middle, gap] if column.right else [*middle, fill, gap]


def highlighted(
    text: str, spans: Sequence[tuple[int, int]], style: Style, match: Style
) -> list[Segment]:
    """Text in a style, its spans in another on top."""
    segments, done = [], 0
    for start, end in spans:
        start, end = min(max(start, done), len(text)), min(end, len(text))  # noqa: PLW2901
        if start < end:
            segments += [Segment(text[done:start], style), Segment(text[start:end], style + match)]
            done = end
    return [*segments, Segment(text[done:], style)]


def fitted(segments: list[Segment], width: int, base: Style) -> Strip:
    """A strip of exactly that width, filled with the base style."""
    kept = [segment for segment in segments if segment.text]
    return Strip(Segment.simplify(kept)).adjust_cell_length(width, base)
