"""Rows of wrapped text, kept in columns."""

from array import array
from collections.abc import Sequence
from typing import NamedTuple, overload

from batchtui.tui.text_spans import Span


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
