"""The height of what scrolls, told without laying out the screen anew."""

from typing import ClassVar

from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender

_VIRTUAL_SIZE: Reactive[Size] = ScrollView.virtual_size
_POSITION: Reactive[float] = ScrollBar.position


PLAIN = "-plain"
"""The app has this class where only ASCII may be drawn."""


class PlainScrollBarRender(ScrollBarRender):
    """Ends of the bar without partial blocks."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8


def suit_scrollbar(view: ScrollView) -> None:
    """Draw the scrollbar with what the terminal has."""
    if view.app.has_class(PLAIN):
        bar = view.vertical_scrollbar
        bar.renderer = PlainScrollBarRender  # type: ignore[misc]  # Textual asks the instance


class SteadyScroll(ScrollView):
    """Paints its scrollbar only where that looks different."""

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Textual: the line at the top is another one."""
        if self.show_vertical_scrollbar:
            bar = self.vertical_scrollbar
            if _thumb_at(bar, bar.position) == _thumb_at(bar, new_value):
                bar.set_reactive(_POSITION, new_value)
        super().watch_scroll_y(old_value, new_value)


def _thumb_at(bar: ScrollBar, top: float) -> int:
    """Where the thumb begins, in eighths of a cell, as `ScrollBarRender` has it."""
    track, lines, seen = bar.size.height, bar.window_virtual_size, bar.window_size
    if lines <= seen:
        return 0
    thumb = max(1, seen * track / lines)
    return int((track - thumb) * top / (lines - seen) * 8)


def set_line_count(view: ScrollView, count: int) -> None:
    """Set the number of lines a view scrolls over.

    A layout repaints the whole screen, so there is one only where the scrollbar comes or goes, or
    where the view is as high as its lines.
    """
    size, old = Size(0, count), view.virtual_size
    if size == old:
        return
    height = view.size.height
    scrollbar_stays = (old.height > height) == (size.height > height)
    if scrollbar_stays and not view.styles.is_auto_height:
        view.set_reactive(_VIRTUAL_SIZE, size)
        view._scroll_update(size)  # noqa: SLF001  (what the setter's layout would do for the bar)
    else:
        view.virtual_size = size
