"""A list of rows that stays quick at any length and writes only the lines that changed.

`RowList` asks a `RowSource` for the rows it can see, by index, and remembers its place by row id.
Change the source however you like, then call `RowList.sync()`: the cursor stays on its row, the
view stays where it was, and only lines that look different are painted again; nothing is painted
if nothing looks different.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar, TypeAlias

from rich.style import Style
from textual import events, on
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip

from batchtui.tui.cells import TONES, Cell, Column, NoRows, RowSource
from batchtui.tui.commands import bindings
from batchtui.tui.widgets import row_messages
from batchtui.tui.widgets.row_paint import PARTS, ROW_LIST_CSS, RowPainter, part_style
from batchtui.tui.widgets.row_place import Place
from batchtui.tui.widgets.scrolling import SteadyScroll, set_line_count, suit_scrollbar

__all__ = ["TONES", "Cell", "Column", "NoRows", "RowList", "RowSource"]


class RowList(SteadyScroll, can_focus=True, inherit_bindings=False):
    """Rows of a `RowSource` in columns under a header line, with a cursor and marks.

    Call `sync` whenever the source's rows have changed, `set_source` for another source; `plain`
    draws with ASCII only. Read `cursor` (index, -1 in an empty list), `cursor_id`, `marks`,
    `visible_rows`; call `move_to`, `move_to_id`, `toggle_mark`, `set_marks`, `show_sort`. It posts
    `Highlighted`, `Activated`, `MarksChanged` and `HeaderClicked`.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"row-list--{part}" for part in PARTS}
    DEFAULT_CSS = ROW_LIST_CSS

    Highlighted: TypeAlias = row_messages.Highlighted
    Activated: TypeAlias = row_messages.Activated
    MarksChanged: TypeAlias = row_messages.MarksChanged
    HeaderClicked: TypeAlias = row_messages.HeaderClicked

    def __init__(
        self,
        columns: Sequence[Column],
        source: RowSource | None = None,
        *,
        plain: bool = False,
        id: str | None = None,  # noqa: A002  (Textual's word)
        classes: str | None = None,
    ) -> None:
        self._parts: dict[str, Style] = {}
        super().__init__(id=id, classes=classes)
        self.source: RowSource = source if source is not None else NoRows()
        self.marks: frozenset[Hashable] = frozenset()
        self.cursor = -1
        self.cursor_id: Hashable | None = None
        self._touched = False
        self._painter = RowPainter(columns, self._part, plain=plain)
        self._painted: dict[int, tuple[Hashable | None, Strip]] = {}
        self._fit: Callable[[int], Sequence[Column]] | None = None
        self._fitted_width = 0
        self._page = 1
        """Rows under the header line; as many as last time where the list is not shown."""

    def on_mount(self) -> None:
        """Take the place the source offers."""
        suit_scrollbar(self)
        self.sync()

    # What is shown

    def set_columns(self, columns: Sequence[Column], *, scrolling: bool = False) -> None:
        """Show other columns; `scrolling` ones all have their width, and some are out of view."""
        first = (self._painter.first or 0) if scrolling else None
        if (tuple(columns), first) != (self._painter.columns, self._painter.first):
            self._painter.columns, self._painter.first = tuple(columns), first
            self.refresh()

    def fit_columns(self, fit: Callable[[int], Sequence[Column]]) -> None:
        """Show the columns that `fit` gives for the cells of a line, now and at each new width."""
        self._fit = fit
        if self._width:
            self._fitted_width = self._width
            self.set_columns(fit(self._width))

    def scroll_columns(self, by: int) -> None:
        """Show scrolling columns further right, or left."""
        self._painter.scroll(by, self._width)
        self.refresh()

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """Titles of the columns in view."""
        return tuple(column.title for column, _ in self._painter.layout(self._width))

    def set_source(self, source: RowSource) -> None:
        """Show another source; the cursor stays on its row if that is there too."""
        self.source = source
        self.sync()

    def show_sort(self, key: str, *, descending: bool) -> None:
        """Mark a column as the one sorted by."""
        if self._painter.sort != (key, descending):
            self._painter.sort = (key, descending)
            self._refresh_line(0)

    def sync(self) -> None:
        """The source changed: keep the place, repaint what looks different."""
        place = self._place()
        cursor = place.cursor_in(self.source)
        top = place.top_in(self.source, cursor)
        set_line_count(self, len(self.source) + 1)
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        self._set_cursor(cursor)
        self._repaint_changed()

    def grow(self) -> None:
        """The source has more rows at its end, and none that is in view is another."""
        set_line_count(self, len(self.source) + 1)

    @property
    def visible_rows(self) -> range:
        """Indexes of the rows in view."""
        top = self.scroll_offset.y
        return range(top, min(len(self.source), top + self._page))

    # The cursor

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, as near as there is one, and bring it into view."""
        self._touched = True
        self._go(index)

    def _go(self, index: int) -> None:
        count = len(self.source)
        index = max(0, min(index, count - 1)) if count else -1
        old = self.cursor
        self._set_cursor(index)
        top = self.scroll_offset.y
        wanted = max(min(top, index), index - self._page + 1, 0)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True)
        elif old != index:
            self._refresh_row(old)
            self._refresh_row(index)

    def move_to_id(self, row_id: Hashable) -> bool:
        """Put the cursor on the row of that id; False if it is not there."""
        index = self.source.index_of(row_id)
        if index is None:
            return False
        self.move_to(index)
        return True

    def action_list_down(self) -> None:
        """One row down."""
        self.move_to(self.cursor + 1)

    def action_list_up(self) -> None:
        """One row up."""
        self.move_to(self.cursor - 1)

    def action_list_page_down(self) -> None:
        """A screenful down."""
        self.move_to(self.cursor + max(1, self._page - 1))

    def action_list_page_up(self) -> None:
        """A screenful up."""
        self.move_to(self.cursor - max(1, self._page - 1))

    def action_list_top(self) -> None:
        """The first row."""
        self.move_to(0)

    def action_list_bottom(self) -> None:
        """The last row."""
        self.move_to(len(self.source) - 1)

    # Marks

    def toggle_mark(self, row_id: Hashable) -> None:
        """Mark a row, or unmark it."""
        self.set_marks(self.marks ^ {row_id})

    def set_marks(self, row_ids: Iterable[Hashable]) -> None:
        """Mark exactly these rows. A mark stays on a row that the source does not show now."""
        marks = frozenset(row_ids)
        if marks != self.marks:
            self.marks = marks
            self._repaint_changed()
            self.post_message(self.MarksChanged(self))

    # Keeping the place

    def _place(self) -> Place:
        top_id = self._painted[1][0] if 1 in self._painted else None
        top = self.scroll_offset.y
        return Place(self.cursor, self.cursor_id, self._touched, top, top_id, self._page)

    def _set_cursor(self, index: int) -> None:
        self.cursor = index
        row_id = self.source.row_id(index) if index >= 0 else None
        if row_id != self.cursor_id:
            self.cursor_id = row_id
            self.post_message(self.Highlighted(self, row_id))

    # Painting

    @property
    def _width(self) -> int:
        """Cells of a line, without the scrollbar."""
        return self.scrollable_content_region.width

    def _refresh_line(self, y: int) -> None:
        self.refresh(Region(0, y, self._width, 1))

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + 1
        if 1 <= y < self.size.height and index >= 0:
            self._refresh_line(y)

    def _repaint_changed(self) -> None:
        """Refresh the lines whose look differs from what was painted last."""
        for y, (_, strip) in list(self._painted.items()):
            if y < self.size.height and self._line(y)[1] != strip:
                self._refresh_line(y)

    def render_line(self, y: int) -> Strip:
        """One line of the viewport: the header at 0, rows below."""
        if self._fit is not None and self._width != self._fitted_width:
            self._fitted_width = self._width
            self._painter.columns = tuple(self._fit(self._width))
        line = self._painted[y] = self._line(y)
        return line[1]

    def _line(self, y: int) -> tuple[Hashable | None, Strip]:
        width, base = self._width, self._part("")
        index = self.scroll_offset.y + y - 1
        if y == 0:
            return None, self._painter.header(width, base)
        if index >= len(self.source):
            return None, Strip.blank(width, base)
        row_id, cells = self.source.row_id(index), self.source.cells(index)
        here, marked = index == self.cursor, row_id in self.marks
        if here:
            base += self._part("cursor" if self.has_focus else "cursor-blurred")
        return row_id, self._painter.row(cells, width, base, at_cursor=here, marked=marked)

    def _part(self, name: str) -> Style:
        """How a part looks; without a name, the list."""
        if name not in self._parts:
            own = part_style(self, f"row-list--{name}") if name else self.rich_style
            self._parts[name] = own
        return self._parts[name]

    def notify_style_update(self) -> None:
        """Styles have changed: look them up anew."""
        super().notify_style_update()
        self._parts.clear()
        self._painter.forget()

    # What the terminal does

    def on_resize(self) -> None:
        """Bring the cursor back into view."""
        if self.size.height:
            self._page = max(1, self.size.height - 1)
            self._go(self.cursor)

    @on(events.Focus)
    @on(events.Blur)
    def _look_again(self) -> None:
        self._refresh_row(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """Choose a row, or a column to sort by."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            key = self._painter.column_at(offset.x, self._width)
            if key is not None:
                self.post_message(self.HeaderClicked(self, key))
            return
        index = self.scroll_offset.y + offset.y - 1
        if index < len(self.source):
            self.move_to(index)
            if event.chain == 2:
                self.post_message(self.Activated(self))
