"""How a row looks: cells and columns into strips of styled text."""

from collections.abc import Callable, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip
from textual.widget import Widget

from batchtui.core.text import cell_width, one_line, pad, truncate, truncate_middle
from batchtui.tui.cells import (
    GAP,
    TONES,
    Cell,
    Column,
    Layout,
    fit_columns,
    last_window,
    window_columns,
)

GUTTER = 3
"""Cells left of the first column: one for the cursor, one for the mark, one blank."""

_STRIPS_KEPT = 256

PARTS = ("header", "cursor", "cursor-blurred", "marked", "match", *TONES)
"""What of a list has a look of its own."""

ROW_LIST_CSS = """
RowList {
    height: 1fr;
    overflow-x: hidden;
    overflow-y: auto;
    scrollbar-size-vertical: 1;
    & > .row-list--header { color: $text-muted; text-style: bold; }
    & > .row-list--cursor { background: $primary 30%; text-style: bold; }
    & > .row-list--cursor-blurred { background: $primary 12%; }
    & > .row-list--marked { color: $text-accent; }
    & > .row-list--match { background: $warning 45%; text-style: bold; }
    & > .row-list--ok { color: $text-success; }
    & > .row-list--warn { color: $text-warning; }
    & > .row-list--bad { color: $text-error; }
    & > .row-list--busy { color: $text-primary; }
    & > .row-list--muted { color: $text-muted; }
    & > .row-list--accent { color: $text-accent; }
    & > .row-list--strong { text-style: bold; }
    &:ansi > .row-list--muted { text-style: dim; }
    &:ansi > .row-list--cursor { background: ansi_default; text-style: reverse; }
    &:ansi > .row-list--cursor-blurred { background: ansi_default; text-style: bold; }
    &:ansi > .row-list--match { background: ansi_default; text-style: reverse bold; }
}
"""
"""The look of a row list; the tones are the theme's colours."""


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
        self.first: int | None = None
        """With a number the columns scroll, and begin there; without, only the best are shown."""
        self._layout: tuple[object, Layout] = ((), [])
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(_STRIPS_KEPT)
        """Rows by what they say and how: one row down, all but two of a list are as they were."""

    def forget(self) -> None:
        """The parts look different now."""
        self._strips.clear()

    def layout(self, width: int) -> Layout:
        """The columns that are shown, with their widths in cells."""
        asked = (width, self.columns, self.first)
        if self._layout[0] != asked:
            self.forget()
            room = width - GUTTER
            fitting = (
                fit_columns(self.columns, room)
                if self.first is None
                else window_columns(self.columns, room, self.first)
            )
            self._layout = (asked, fitting)
        return self._layout[1]

    def scroll(self, by: int, width: int) -> None:
        """Begin with another column, as far as there are any that are not shown."""
        if self.first is not None:
            last = last_window(self.columns, width - GUTTER)
            self.first = max(0, min(self.first + by, last))

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
        layout = self.layout(width)
        look = (*cells.items(), base, at_cursor, marked)
        strip = self._strips.get(look)
        if strip is None:
            segments = self._segments(cells, layout, base, at_cursor=at_cursor, marked=marked)
            strip = self._strips[look] = fitted(segments, width, base)
        return strip

    def _segments(
        self,
        cells: Mapping[str, Cell],
        layout: Layout,
        base: Style,
        *,
        at_cursor: bool,
        marked: bool,
    ) -> list[Segment]:
        glyphs = (">", "*") if self.plain else ("▌", "●")
        segments = [
            Segment(glyphs[0] if at_cursor else " ", base + self._part("accent")),
            Segment(glyphs[1] if marked else " ", base + self._part("marked")),
            Segment(" ", base),
        ]
        for column, room in layout:
            cell = cells.get(column.key)
            if cell is None:
                segments.append(Segment(" " * (room + GAP), base))
            else:
                segments.extend(self._cell(cell, column, room, base))
        return segments

    def _cell(self, cell: Cell, column: Column, room: int, base: Style) -> list[Segment]:
        style = base + self._part(cell.tone) if cell.tone else base
        cut = truncate_middle if column.middle else truncate
        whole = one_line(cell.text)
        text = cut(whole, room)
        spans = () if column.middle and text != whole else cell.spans
        if self.plain:
            text = text.replace("…", "~")
        fill = Segment(" " * (room - cell_width(text)), base)
        middle = highlighted(text, spans, style, self._part("match"))
        gap = Segment(" " * GAP, base)
        return [fill, *middle, gap] if column.right else [*middle, fill, gap]


def part_style(widget: Widget, name: str) -> Style:
    """What a component class sets itself, its translucent colours blended with what is behind."""
    own = widget.get_component_rich_style(name, partial=True)
    blended = widget.get_component_rich_style(name)
    color = blended.color if own.color else None
    return own + Style(color=color, bgcolor=blended.bgcolor if own.bgcolor else None)


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
