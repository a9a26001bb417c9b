"""Lines of text that wrap and scroll, and of which only those that changed are painted."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from batchtui.tui.cells import TONES, Line
from batchtui.tui.widgets.row_paint import fitted, part_style
from batchtui.tui.widgets.scrolling import set_line_count, suit_scrollbar
from batchtui.tui.wrapping import wrap


class LinesView(ScrollView, can_focus=True, inherit_bindings=False):
    """A pane of lines. `show` puts others there and repaints those that differ."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", show=False),
        Binding("k,up", "scroll_up", show=False),
        Binding("g,home", "scroll_home", show=False),
        Binding("G,end", "scroll_end", show=False),
        Binding("pagedown,ctrl+d,space", "page_down", show=False),
        Binding("pageup,ctrl+u", "page_up", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"lines--{tone}" for tone in TONES}
    DEFAULT_CSS = """
    LinesView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        scrollbar-gutter: stable;
        & > .lines--ok { color: $text-success; }
        & > .lines--warn { color: $text-warning; }
        & > .lines--bad { color: $text-error; }
        & > .lines--busy { color: $text-primary; }
        & > .lines--muted { color: $text-muted; }
        & > .lines--accent { color: $text-accent; }
        & > .lines--strong { text-style: bold; }
        &:ansi > .lines--muted { text-style: dim; }
    }
    """

    def __init__(
        self,
        lines: Sequence[Line] = (),
        *,
        id: str | None = None,  # noqa: A002  (Textual's word)
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._lines = tuple(lines)
        self._wrapped: list[Line] = []

    def show(self, lines: Iterable[Line]) -> None:
        """Show these lines; the place stays."""
        self._lines = tuple(lines)
        old = self._wrapped
        self._wrap(self._width)
        set_line_count(self, len(self._wrapped))
        top = self.scroll_offset.y
        for y in range(self.size.height):
            if _at(old, top + y) != _at(self._wrapped, top + y):
                self.refresh(Region(0, y, self._width, 1))

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join("".join(piece.text for piece in line) for line in self._lines)

    @property
    def _width(self) -> int:
        """Cells of a line, without the scrollbar."""
        return self.scrollable_content_region.width

    def on_mount(self) -> None:
        """Suit the terminal."""
        suit_scrollbar(self)

    def on_resize(self) -> None:
        """Wrap anew; lines may have been painted since as they were before."""
        self._wrap(self._width)
        set_line_count(self, len(self._wrapped))
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Rows it takes at that width, for `height: auto`."""
        return len(self._rows(width - self.scrollbar_size_vertical))

    def _wrap(self, width: int) -> None:
        self._wrapped = self._rows(width)

    def _rows(self, width: int) -> list[Line]:
        return [row for line in self._lines for row in wrap(line, max(8, width))]

    def render_line(self, y: int) -> Strip:
        """One line of the viewport."""
        base = self.rich_style
        line = _at(self._wrapped, self.scroll_offset.y + y)
        segments = [Segment(piece.text, self._style(base, piece.tone)) for piece in line]
        return fitted(segments, self._width, base)

    def _style(self, base: Style, tone: str) -> Style:
        if not tone:
            return base
        return base + part_style(self, f"lines--{tone}")


def _at(lines: Sequence[Line], index: int) -> Line:
    return lines[index] if index < len(lines) else ()
