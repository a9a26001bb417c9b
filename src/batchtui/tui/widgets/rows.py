"""A list of rows that stays quick at any length and writes only the lines that changed.

`RowList` asks a `RowSource` for the rows it can see, by index, and remembers its place by row id.
Change the source however you like, then call `RowList.sync()`: the cursor stays on its row, the
view stays where it was, and only lines that look different are painted again; nothing is painted
if nothing looks different.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from batchtui.tui.commands import bindings
from batchtui.tui.widgets.row_model import TONES, Cell, Column, NoRows, RowSource
from batchtui.tui.widgets.row_paint import RowPainter

__all__ = ["TONES", "Cell", "Column", "NoRows", "RowList", "RowSource"]


class RowList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows in columns under a header line, with a cursor and marks.

    Args:
        columns: the columns, left to right; `set_columns` changes them.
        source: the rows; `set_source` changes it, `sync` tells that its rows changed.
        plain: draw with ASCII only.

    Read `cursor` (index, -1 in an empty list), `cursor_id`, `marks`, `visible_rows`; call
    `move_to`, `move_to_id`, `toggle_mark`, `set_marks`, `show_sort`. It posts `Highlighted`,
    `Activated`, `MarksChanged` and `HeaderClicked`.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--header", "row-list--cursor", "row-list--cursor-blurred", "row-list--marked",
        "row-list--match", *(f"row-list--{tone}" for tone in TONES),
    }  # fmt: skip
    DEFAULT_CSS = """
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
        &:ansi > .row-list--cursor { background: ansi_default; text-style: reverse; }
        &:ansi > .row-list--cursor-blurred { background: ansi_default; text-style: bold; }
        &:ansi > .row-list--match { background: ansi_default; text-style: reverse bold; }
    }
    """

    class Said(Message):
        """What a list says, with the list as `control`."""

        def __init__(self, row_list: "RowList") -> None:
            super().__init__()
            self.row_list = row_list

        @property
        def control(self) -> "RowList":
            """The list, for `@on` selectors."""
            return self.row_list

    class Highlighted(Said):
        """The cursor is on another row, or on none (`row_id` None)."""

        def __init__(self, row_list: "RowList", row_id: Hashable | None) -> None:
            super().__init__(row_list)
            self.row_id = row_id

        def can_replace(self, message: Message) -> bool:
            """Only the latest place matters."""
            return isinstance(message, RowList.Highlighted)

    class Activated(Said):
        """The row at the cursor was double-clicked. (The key for it is the screen's business.)"""

    class MarksChanged(Said):
        """Other rows are marked than before."""

    class HeaderClicked(Said):
        """A column's title was clicked."""

        def __init__(self, row_list: "RowList", key: str) -> None:
            super().__init__(row_list)
            self.key = key

    def __init__(
        self,
        columns: Sequence[Column],
        source: RowSource | None = None,
        *,
        plain: bool = False,
        id: str | None = None,  # noqa: A002  (Textual's word)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.source: RowSource = source if source is not None else NoRows()
        self.marks: frozenset[Hashable] = frozenset()
        self.cursor = -1
        self.cursor_id: Hashable | None = None
        self._painter = RowPainter(columns, self._part, plain=plain)
        self._painted: dict[int, tuple[Hashable | None, Strip]] = {}

    def on_mount(self) -> None:
        """Take the place the source offers."""
        self.sync()

    # What is shown

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns."""
        if tuple(columns) != self._painter.columns:
            self._painter.columns = tuple(columns)
            self.refresh()

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
        place = self._find_place()
        top = self._settled_top(place)
        self._set_rows_height(len(self.source))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        self._set_cursor(place)
        self._drop_lost_marks()
        self._repaint_changed()

    @property
    def visible_rows(self) -> range:
        """Indexes of the rows in view."""
        top = self.scroll_offset.y
        return range(top, min(len(self.source), top + self._page))

    # The cursor

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, as near as there is one, and bring it into view."""
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
        """Mark exactly these rows."""
        marks = frozenset(row_ids)
        if marks != self.marks:
            self.marks = marks
            self._repaint_changed()
            self.post_message(self.MarksChanged(self))

    def _drop_lost_marks(self) -> None:
        kept = frozenset(row for row in self.marks if self.source.index_of(row) is not None)
        if kept != self.marks:
            self.marks = kept
            self.post_message(self.MarksChanged(self))

    # Keeping the place

    @property
    def _page(self) -> int:
        """Rows in view under the header line."""
        return max(1, self.size.height - 1)

    def _find_place(self) -> int:
        count = len(self.source)
        if not count:
            return -1
        if self.cursor_id is not None:
            index = self.source.index_of(self.cursor_id)
            if index is not None:
                return index
        return max(0, min(self.cursor, count - 1))

    def _settled_top(self, place: int) -> int:
        """The top row that keeps the view still: the cursor's line if it is in view, else the
        first row's. A view at the very top stays there, so that what is new can be seen.
        """
        top = self.scroll_offset.y
        last_top = max(0, len(self.source) - self._page)
        in_view = top <= self.cursor < top + self._page
        if in_view and place >= 0:
            moved = 0 if top == 0 and place < self._page else top + place - self.cursor
            return max(0, min(moved, last_top))
        first_id, _ = self._painted.get(1, (None, None))
        first = self.source.index_of(first_id) if first_id is not None and top else None
        return min(top if first is None else first, last_top)

    def _set_cursor(self, index: int) -> None:
        self.cursor = index
        row_id = self.source.row_id(index) if index >= 0 else None
        if row_id != self.cursor_id:
            self.cursor_id = row_id
            self.post_message(self.Highlighted(self, row_id))

    def _set_rows_height(self, count: int) -> None:
        """Tell the scrollbar; lay out anew only when it comes or goes."""
        size = Size(0, count + 1)
        if size == self.virtual_size:
            return
        height = self.size.height
        if (self.virtual_size.height > height) != (size.height > height):
            self.virtual_size = size
        else:
            self.set_reactive(_VIRTUAL_SIZE, size)
            self._scroll_update(size)

    # Painting

    def _refresh_line(self, y: int) -> None:
        self.refresh(Region(0, y, self.size.width, 1))

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
        line = self._painted[y] = self._line(y)
        return line[1]

    def _line(self, y: int) -> tuple[Hashable | None, Strip]:
        width = self.size.width
        index = self.scroll_offset.y + y - 1
        if y == 0:
            return None, self._painter.header(width, self.rich_style)
        if index < len(self.source):
            return self.source.row_id(index), self._row_strip(index, width)
        return None, Strip.blank(width, self.rich_style)

    def _row_strip(self, index: int, width: int) -> Strip:
        base, at_cursor = self.rich_style, index == self.cursor
        if at_cursor:
            base += self._part("cursor" if self.has_focus else "cursor-blurred")
        marked = self.source.row_id(index) in self.marks
        cells = self.source.cells(index)
        return self._painter.row(cells, width, base, at_cursor=at_cursor, marked=marked)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"row-list--{name}", partial=True)

    # What the terminal does

    def on_resize(self) -> None:
        """Bring the cursor back into view."""
        self._painted.clear()
        self.move_to(self.cursor)

    def on_focus(self) -> None:
        """The cursor's row looks different."""
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        """The cursor's row looks different."""
        self._refresh_row(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """Choose a row, or a column to sort by."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            key = self._painter.column_at(offset.x, self.size.width)
            if key is not None:
                self.post_message(self.HeaderClicked(self, key))
            return
        index = self.scroll_offset.y + offset.y - 1
        if index < len(self.source):
            self.move_to(index)
            if event.chain == 2:
                self.post_message(self.Activated(self))


_VIRTUAL_SIZE: Reactive[Size] = RowList.virtual_size
