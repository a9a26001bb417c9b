"""The height of what scrolls, told without laying out the screen anew."""

from typing import ClassVar

from textual.geometry import Size
from textual.reactive import Reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBarRender

_VIRTUAL_SIZE: Reactive[Size] = ScrollView.virtual_size


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
