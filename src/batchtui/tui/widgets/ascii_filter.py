"""ASCII for everything that is drawn, whoever draws it."""

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from batchtui.core.text import cell_width
from batchtui.tui.plain import GLYPHS

_DRAWN = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\U0001f300-\U0001faff]")
"""Arrows, signs, lines, blocks, shapes and pictures."""

_FOREIGN = re.compile(r"[^\x00-\x7f]")


class AsciiFilter(LineFilter):
    """Puts ASCII for what is no text; with `foreign`, for all that is not ASCII.

    Each character keeps its width.
    """

    def __init__(self, *, foreign: bool) -> None:
        super().__init__()
        self._others = _FOREIGN if foreign else _DRAWN

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """See `LineFilter.apply`."""
        if all(segment.text.isascii() for segment in segments):
            return segments
        return [self._in_ascii(segment) for segment in segments]

    def _in_ascii(self, segment: Segment) -> Segment:
        if segment.text.isascii() or segment.control:
            return segment
        text = self._others.sub(_stand_in, segment.text.translate(GLYPHS))
        return Segment(text, segment.style)


def _stand_in(found: re.Match[str]) -> str:
    char = found[0]
    if "\u2580" <= char <= "\u259f":  # the partial blocks that edges and bars are made of
        return " "
    if char in "─━═╌┄":
        return "-"
    if char in "│┃║╎┆":
        return "|"
    if "\u2500" <= char <= "\u257f":
        return "+"
    return "?" * cell_width(char)
