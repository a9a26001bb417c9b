"""Tables of Markdown in columns that fit a width. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from rich.cells import cell_len

from batchtui.tui.line_breaking import break_line
from batchtui.tui.markdown_inline import inline
from batchtui.tui.reflow import Line
from batchtui.tui.text_spans import Span

DELIMITER: Final = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
"""The line under the head of a table."""

_CELL_END: Final = re.compile(r"(?<!\\)\|")
_MOST_ROWS: Final = 400
"""Rows of a table that are held back to be measured; what follows is another one."""
_MOST_COLUMNS: Final = 40
_NARROWEST: Final = 3

_Cell = tuple[str, tuple[Span, ...]]


def cells_of(line: str) -> list[str]:
    """The cells of a line of a table."""
    line = line.strip().removeprefix("|")
    cells = [cell.strip() for cell in _CELL_END.split(line, maxsplit=_MOST_COLUMNS)]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


class Table:
    """A table. `bar` stands between its columns, of `rule` is the line under its head."""

    def __init__(self, head: str, delimiter: str, bar: str, rule: str) -> None:
        self._rights = [cell.endswith(":") and cell[0] != ":" for cell in cells_of(delimiter)]
        self._rows = [self._read(head)]
        self._bar = bar
        self._rule = rule

    def _read(self, line: str) -> list[_Cell]:
        cells = [inline(cell.replace(r"\|", "|")) for cell in cells_of(line)]
        cells += [("", ())] * (len(self._rights) - len(cells))
        return cells[: len(self._rights)]

    def takes(self, line: str) -> bool:
        """Take the next line, unless the table has ended before it."""
        if "|" not in line or len(self._rows) >= _MOST_ROWS:
            return False
        self._rows.append(self._read(line))
        return True

    def lines(self, width: int) -> Iterator[Line]:
        """The table in lines of at most `width` cells, as far as so many columns fit at all."""
        between = cell_len(self._bar) + 1
        widths = _fitted(
            [max(cell_len(row[at][0]) for row in self._rows) for at in range(len(self._rights))],
            width - between * (len(self._rights) - 1),
        )
        for number, row in enumerate(self._rows):
            yield from self._row(row, widths, is_head=not number)
            if not number:
                rule = (self._rule * between).join(self._rule * size for size in widths)
                yield Line(rule, ((0, len(rule), "muted"),), words=False)

    def _row(self, row: list[_Cell], widths: Sequence[int], *, is_head: bool) -> Iterator[Line]:
        """A row; cells that are too wide go on below."""
        columns = [list(_pieces(cell, size)) for cell, size in zip(row, widths, strict=True)]
        for pieces in zip_longest(*columns, fillvalue=("", ())):
            text, spans = "", list[Span]()
            for at, (piece, own) in enumerate(pieces):
                if at:
                    spans.append((len(text), len(text) + 2, "muted"))
                    text += f" {self._bar}"
                gap = " " * (widths[at] - cell_len(piece))
                start = len(text) + (len(gap) if self._rights[at] else 0)
                text += gap + piece if self._rights[at] else piece + gap
                spans += ((start + first, start + last, style) for first, last, style in own)
                if is_head:
                    spans.append((start, start + len(piece), "strong"))
            yield Line(text.rstrip(), tuple(spans), words=False)


def _fitted(wanted: Sequence[int], room: int) -> list[int]:
    """Widths of columns: as wished where there is room, else the widest give way."""
    widths = [max(1, width) for width in wanted]
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = max(widths)
        below = max((width for width in widths if width < widest), default=_NARROWEST)
        count = widths.count(widest)
        fair = widest - max(1, (sum(widths) - room) // count)
        lower = max(_NARROWEST, below, fair)
        widths = [min(width, lower if lower < widest else widest - 1) for width in widths]
    return widths


def _pieces(cell: _Cell, width: int) -> Iterator[_Cell]:
    text, spans = cell
    start = 0
    for row in break_line(text, width, words=True):
        end = start + len(row)
        shown = row.rstrip()
        own = tuple(
            (max(first, start) - start, min(last, end) - start, style)
            for first, last, style in spans
            if first < end and last > start
        )
        yield shown, own
        start = end
