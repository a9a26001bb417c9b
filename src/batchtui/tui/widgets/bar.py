"""One line of pieces, some at its left end and some at its right."""

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from batchtui.core.text import cell_width, one_line, truncate
from batchtui.tui.cells import TONES, Cell
from batchtui.tui.widgets.row_paint import fitted, highlighted, part_style

BETWEEN = "  "


class Bar(Widget):
    """A line that is painted only when its text changes. The right end has precedence."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"bar--{tone}" for tone in (*TONES, "match")}
    DEFAULT_CSS = """
    Bar {
        height: 1;
        width: 1fr;
        padding: 0 1;
        & > .bar--ok { color: $text-success; }
        & > .bar--warn { color: $text-warning; }
        & > .bar--bad { color: $text-error; }
        & > .bar--busy { color: $text-primary; }
        & > .bar--muted { color: $text-muted; }
        & > .bar--accent { color: $text-accent; text-style: bold; }
        & > .bar--strong { text-style: bold; }
        & > .bar--match { background: $warning 45%; text-style: bold; }
        &:ansi > .bar--match { background: ansi_default; text-style: reverse bold; }
    }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._left: tuple[Cell, ...] = ()
        self._right: tuple[Cell, ...] = ()

    def show(self, *left: Cell, right: tuple[Cell, ...] = ()) -> None:
        """Show these pieces; two cells apart on the left, as they are on the right."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return BETWEEN.join(piece.text for piece in (*self._left, *self._right))

    def render_line(self, y: int) -> Strip:  # noqa: ARG002
        """The line."""
        width, base = self.size.width, self.rich_style
        room = width
        right: list[Segment] = []
        for piece in self._right:
            text = truncate(one_line(piece.text), room)
            room -= cell_width(text)
            right += self._segments(text, piece)
        left: list[Segment] = []
        used = 0
        for piece in self._left:
            text = one_line(piece.text)
            gap = BETWEEN if left else ""
            spare = room - used - len(gap) - (len(BETWEEN) if right else 0)
            if cell_width(text) > spare and (left or spare < 4):
                break
            text = truncate(text, spare)
            left += [Segment(gap, base), *self._segments(text, piece)]
            used += len(gap) + cell_width(text)
        return fitted([*left, Segment(" " * (room - used), base), *right], width, base)

    def _segments(self, text: str, piece: Cell) -> list[Segment]:
        style = self.rich_style
        if piece.tone:
            style += part_style(self, f"bar--{piece.tone}")
        if not piece.spans:
            return [Segment(text, style)]
        return highlighted(text, piece.spans, style, part_style(self, "bar--match"))
