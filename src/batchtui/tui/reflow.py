"""Hostile text of any size masked and wrapped into rows, a bounded step at a time.

Pure: a widget shows the rows, this makes them. Ten megabytes on one line cost no more before
the first screenful is there than ten lines do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.cells import cell_len

from batchtui.core.text import safe

STEP: Final = 16_384
"""Characters wrapped in one step: a few milliseconds even of the slowest scripts."""
_EMOJI_STYLE: Final = "\ufe0f"
_MOST_ACCENTS: Final = 16


@dataclass(frozen=True, slots=True)
class Passage:
    """Some text shown in one manner.

    `text` may be hostile and have any size; it is masked as it is wrapped. `style` names how it
    looks. `lead` stands before its first row and `hang` before the others: both are safe, of one
    width, and drawn in the style `mark`. `words` breaks rows at spaces where there are any;
    otherwise rows are filled to the edge, as code is.
    """

    text: str
    style: str = "text"
    lead: str = ""
    hang: str = ""
    mark: str = "muted"
    words: bool = True


class Row(NamedTuple):
    """One row of the screen. Rows of one line of text, joined, are that line."""

    passage: int
    text: str
    starts_line: bool
    starts_passage: bool


class Reflow:
    """Passages wrapped to `width` cells. `rows` grows with each `step` until `done`.

    Passages broken at words are no wider than `measure`: long lines are hard to read.
    """

    def __init__(self, passages: Sequence[Passage], width: int, measure: int = 1 << 30) -> None:
        self.passages = tuple(passages)
        self.width = width
        self._measure = measure
        self.rows: list[Row] = []
        self.done = False
        self._steps = self._wrap()

    def step(self) -> bool:
        """Wrap some text more; False once there is none left."""
        self.done = next(self._steps, None) is None
        return not self.done

    def line_around(self, index: int, reach: int = 60) -> tuple[str, int]:
        """The text of the line that row `index` is part of, and where in it the row starts.

        At most `reach` rows to either side are joined: of a longer line that is a window.
        """
        first = index
        while not self.rows[first].starts_line and first > max(0, index - reach):
            first -= 1
        last = index + 1
        while last < min(len(self.rows), index + reach) and not self.rows[last].starts_line:
            last += 1
        before = "".join(row.text for row in self.rows[first:index])
        return before + "".join(row.text for row in self.rows[index:last]), len(before)

    def _wrap(self) -> Iterator[int]:
        budget = STEP
        for number, passage in enumerate(self.passages):
            width = min(self.width, self._measure) if passage.words else self.width
            width = max(1, width - cell_len(passage.lead))
            rest, starts, at_top = "", True, True
            for chunk in _chunks(passage.text):
                lines = (rest + safe(chunk)).split("\n")
                rest = lines.pop()
                for line in lines:
                    self._add(number, break_line(line, width, words=passage.words), starts, at_top)
                    starts, at_top = True, False
                budget -= len(chunk)
                if budget <= 0:
                    rows = break_line(rest, width, words=passage.words)
                    rest = rows.pop()
                    if rows:
                        self._add(number, rows, starts, at_top)
                        starts = at_top = False
                    yield len(self.rows)
                    budget = STEP
            self._add(number, break_line(rest, width, words=passage.words), starts, at_top)

    def _add(self, passage: int, texts: list[str], starts_line: bool, starts_passage: bool) -> None:
        for text in texts:
            self.rows.append(Row(passage, text, starts_line, starts_passage))
            starts_line = starts_passage = False


def _chunks(text: str) -> Iterator[str]:
    """Pieces of about a step, none of which parts a CRLF or a letter from its accent."""
    start = 0
    while start < len(text):
        end = start + STEP
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        end = _past_accents(text, end)
        yield text[start:end]
        start = end


def _past_accents(text: str, end: int) -> int:
    """Where the letter before `end` is complete with its accents, of which few are enough."""
    last = min(len(text), end + _MOST_ACCENTS)
    while end < last and text[end] > "\x7f" and cell_len(text[end]) == 0:
        end += 1
    return end


def break_line(line: str, width: int, *, words: bool) -> list[str]:
    """One line of safe text in rows of at most `width` cells; there is at least one row.

    A space that a row breaks at stays at its end and may stand beyond the edge.
    """
    if len(line) <= width and line.isascii():
        return [line]
    rows, start = [], 0
    while True:
        end = _row_end(line, start, width, words=words)
        rows.append(line[start:end])
        if end >= len(line):
            return rows
        start = end


def _row_end(line: str, start: int, width: int, *, words: bool) -> int:
    window = line[start : start + width]
    end = start + (len(window) if window.isascii() else _fitting(window, width))
    end = _past_accents(line, end)
    if end >= len(line) or not words:
        return end
    if line[end] == " ":
        return end + 1
    space = line.rfind(" ", start, end)
    # A word that leaves most of the row empty is cut instead.
    return space + 1 if space - start > (end - start) // 3 else end


def _fitting(window: str, width: int) -> int:
    """How many characters of a window fit; one at least, or wrapping would never end."""
    if cell_len(window) <= width:
        return len(window)
    used = 0
    for at, char in enumerate(window):
        used += 1 if char == _EMOJI_STYLE else cell_len(char)
        if used > width:
            return max(at, 1)
    return len(window)
