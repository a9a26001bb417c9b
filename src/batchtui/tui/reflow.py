"""Hostile text of any size masked and wrapped into rows, a bounded step at a time.

Pure: a widget shows the rows, this makes them. Ten megabytes on one line cost no more before
the first screenful is there than ten lines do.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, overload

from rich.cells import cell_len

from batchtui.core.text import safe
from batchtui.tui.text_spans import Span

STEP: Final = 8_192
"""Characters wrapped in one step: three milliseconds even of Markdown and the slowest scripts."""
MOST: Final = 20_000_000
"""Characters that are wrapped at all: half a gigabyte of memory is too much for one record."""
CUT_OFF: Final = "What follows is too long to be shown here: o opens all of it in the pager."
_EMOJI_STYLE: Final = "\ufe0f"
_MOST_ACCENTS: Final = 16


class Line(NamedTuple):
    """A line to be broken into rows, as a `Layout` makes it. All of it is safe."""

    text: str
    spans: tuple[Span, ...] = ()
    """What of it looks special."""
    lead: str = ""
    """Stands before its first row."""
    hang: str = ""
    """Stands before its other rows; as wide as `lead`."""
    words: bool = True
    is_source: bool = True
    """It begins a line of the text; others go on with the one before."""


class Layout(Protocol):
    """Makes lines for reading of lines of masked source, one after the other."""

    def line(self, text: str, *, starts: bool) -> Iterable[Line]:
        """Take a line, or where it is very long a piece of it; `starts` is false for the others."""
        ...

    def end(self) -> Iterable[Line]:
        """There is no more."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """Some text shown in one manner.

    `text` may be hostile and have any size; it is masked as it is wrapped. Where it comes in
    pieces, they must come again each time it is iterated. `style` names how it looks. `lead`
    stands before its first row and `hang` before the others: both are safe, of one width, and
    drawn in the style `mark`. `words` breaks rows at spaces where there are any; otherwise rows
    are filled to the edge, as code is. `block` says what of a record it is part of. `layout`
    makes, for a width, what sets the text's lines in another form.
    """

    text: str | Iterable[str]
    style: str = "text"
    lead: str = ""
    hang: str = ""
    mark: str = "muted"
    words: bool = True
    block: int = -1
    layout: Callable[[int], Layout] | None = None
    is_ours: bool = False
    """It says something about the record: what was searched is not looked for in it."""


class Row(NamedTuple):
    """One row of the screen. Rows of one line of text, joined, are that line."""

    passage: int
    text: str
    starts_line: bool
    lead: str
    """What stands before the text."""
    at: int
    """How much text comes before it: characters of all passages, each line end one."""
    spans: tuple[Span, ...]
    """What of the text looks special."""


class _SpanColumn:
    """The spans of all rows: flat, since most rows have none, and some rows several."""

    def __init__(self) -> None:
        self._bounds = array("L", [0])
        self._numbers = array("L")
        """Start, end and style of each span."""
        self._styles: list[str] = []
        self._codes: dict[str, int] = {}

    def append(self, spans: tuple[Span, ...]) -> None:
        for start, end, style in spans:
            code = self._codes.setdefault(style, len(self._styles))
            if code == len(self._styles):
                self._styles.append(style)
            self._numbers.extend((start, end, code))
        self._bounds.append(len(self._numbers))

    def __getitem__(self, row: int) -> tuple[Span, ...]:
        numbers = self._numbers[self._bounds[row] : self._bounds[row + 1]]
        triples = zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        return tuple((start, end, self._styles[code]) for start, end, code in triples)


class Rows(Sequence[Row]):
    """Rows in columns: half a million of them are nothing that a garbage collector visits."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.passages = array("L")
        self.starts = bytearray()
        """1 for those that start a line."""
        self.places = array("Q")
        """The `at` of each."""
        self._leads: list[str] = []
        self._spans = _SpanColumn()

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return Row(
            self.passages[index],
            self.texts[index],
            bool(self.starts[index]),
            self._leads[index],
            self.places[index],
            self._spans[index],
        )

    def append(self, row: Row) -> None:
        """Add the next row."""
        self._spans.append(row.spans)
        self.texts.append(row.text)
        self.passages.append(row.passage)
        self.starts.append(row.starts_line)
        self.places.append(row.at)
        self._leads.append(row.lead)


class Reflow:
    """Passages wrapped to `width` cells. `rows` grows with each `step` until `done`.

    Passages broken at words are no wider than `measure`: long lines are hard to read. After
    `most` characters it says that there is more.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        width: int,
        measure: int = 1 << 30,
        *,
        most: int = MOST,
    ) -> None:
        self.passages = tuple(passages)
        self._left = most
        self.width = width
        self._measure = measure
        self.rows = Rows()
        self.done = False
        self._at = -1
        self._steps = self._wrap()

    def step(self) -> bool:
        """Wrap some text more; False once there is none left."""
        self.done = next(self._steps, None) is None
        return not self.done

    def line_around(self, index: int, reach: int = 60) -> tuple[str, int]:
        """The text of the line that row `index` is part of, and where in it the row starts.

        At most `reach` rows to either side are joined: of a longer line that is a window.
        """
        starts, texts = self.rows.starts, self.rows.texts
        first = index
        while not starts[first] and first > max(0, index - reach):
            first -= 1
        last = index + 1
        while last < min(len(texts), index + reach) and not starts[last]:
            last += 1
        before = "".join(texts[first:index])
        return before + "".join(texts[index:last]), len(before)

    def _wrap(self) -> Iterator[int]:
        budget = STEP
        for number, passage in enumerate(self.passages):
            width = min(self.width, self._measure) if passage.words else self.width
            setter = _Setter(self, number, passage, max(1, width - cell_len(passage.lead)))
            for chunk in _chunks(passage.text):
                budget -= len(chunk)
                self._left -= len(chunk)
                setter.take(safe(chunk))
                if self._left < 0:
                    setter.end()
                    self._cut_off(number)
                    return
                if budget <= 0:
                    setter.cut()
                    yield len(self.rows)
                    budget = STEP
            setter.end()
            budget -= 64  # So that a million empty passages are not one step.

    def _cut_off(self, passage: int) -> None:
        for text in break_line(CUT_OFF, self.width, words=True):
            self.add(passage, text, "", ((0, len(text), "warn"),), starts_line=True)

    def add(
        self, passage: int, text: str, lead: str, spans: tuple[Span, ...], *, starts_line: bool
    ) -> None:
        """Add a row."""
        self._at += starts_line
        self.rows.append(Row(passage, text, starts_line, lead, self._at, spans))
        self._at += len(text)


class _Setter:
    """Sets the text of one passage."""

    def __init__(self, flow: Reflow, number: int, passage: Passage, width: int) -> None:
        self._flow = flow
        self._number = number
        self._width = width
        self._passage = passage
        self._layout = passage.layout(width) if passage.layout else None
        self._rest = ""
        self._starts_line = True
        self._lead = passage.lead

    def take(self, text: str) -> None:
        """Set all lines of it that are complete."""
        if "\n" not in text:
            self._rest += text
            return
        lines = (self._rest + text).split("\n")
        self._rest = lines.pop()
        for line in lines:
            self._line(line)
            self._starts_line = True

    def cut(self) -> None:
        """Set what there is of a line that may go on, all but its last row."""
        if self._layout is None:
            rows = break_line(self._rest, self._width, words=self._passage.words)
            self._rest = rows.pop()
            self._rows(rows, "", "", ())
        elif len(self._rest) >= STEP:
            end = self._rest.rfind(" ", STEP // 2) + 1 or len(self._rest)
            piece, self._rest = self._rest[:end], self._rest[end:]
            self._line(piece)

    def end(self) -> None:
        """Set what is left."""
        self._line(self._rest)
        if self._layout is not None:
            self._lay(self._layout.end())

    def _line(self, text: str) -> None:
        if self._layout is None:
            self._rows(break_line(text, self._width, words=self._passage.words), "", "", ())
            return
        starts, self._starts_line = self._starts_line, False
        self._lay(self._layout.line(text, starts=starts))

    def _lay(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._starts_line = line.is_source
            width = max(1, self._width - cell_len(line.lead))
            texts = break_line(line.text, width, words=line.words)
            self._rows(texts, line.lead, line.hang, line.spans)

    def _rows(self, texts: list[str], lead: str, hang: str, spans: tuple[Span, ...]) -> None:
        start = 0
        for text in texts:
            own = _cut_spans(spans, start, start + len(text)) if spans else ()
            self._flow.add(
                self._number, text, self._lead + lead, own, starts_line=self._starts_line
            )
            self._starts_line, self._lead, lead = False, self._passage.hang, hang
            start += len(text)


def _cut_spans(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    return tuple(
        (max(first, start) - start, min(last, end) - start, style)
        for first, last, style in spans
        if first < end and last > start
    )


def _chunks(text: str | Iterable[str]) -> Iterator[str]:
    """Pieces of about a step, none of which parts a CRLF or a letter from its accent."""
    if not isinstance(text, str):
        for piece in text:
            yield from _chunks(piece)
        return
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
