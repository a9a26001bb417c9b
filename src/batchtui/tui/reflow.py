"""Hostile text of any size masked and wrapped into rows, a bounded step at a time.

Pure: a widget shows the rows, this makes them. Ten megabytes on one line cost no more before
the first screenful is there than ten lines do.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from rich.cells import cell_len

from batchtui.core.text import safe
from batchtui.tui.line_breaking import break_line, chunks
from batchtui.tui.reflow_rows import Row, Rows
from batchtui.tui.text_spans import Span

STEP: Final = 8_192
"""Characters wrapped in one step: three milliseconds even of Markdown and the slowest scripts."""
MOST: Final = 5_000_000
"""Characters that are wrapped at all: wrapped, each takes some ten bytes."""
CUT_OFF: Final = "What follows is too long to be shown here: o opens all of it in the pager."


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
        self.is_cut = False
        """Not all of the text is in the rows."""
        self._at = -1
        self._steps = self._wrap()

    def step(self) -> bool:
        """Wrap some text more; False once there is none left."""
        self.done = next(self._steps, None) is None
        return not self.done

    def give_up(self) -> None:
        """It is not wanted any more: nothing of it waits for the garbage to be collected."""
        self._steps.close()

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

    def _wrap(self) -> Generator[int, None, None]:
        budget = STEP
        for number, passage in enumerate(self.passages):
            width = min(self.width, self._measure) if passage.words else self.width
            setter = _Setter(self, number, passage, max(1, width - cell_len(passage.lead)))
            for chunk in chunks(passage.text, STEP):
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
        self.is_cut = True
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
