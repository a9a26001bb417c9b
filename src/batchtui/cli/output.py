"""The only writer of standard output: tables, JSON, lines and raw bytes.

On a terminal everything is made safe to show, cut to the width and perhaps coloured. On a
pipe or in a file nothing is cut, JSON and result lines are untouched UTF-8.
"""

import errno
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import BinaryIO, NamedTuple, TextIO

from batchtui.cli.width import terminal_columns
from batchtui.core.errors import BatchtuiError
from batchtui.core.text import cell_width, one_line, pad, safe, truncate

GAP = "  "
MIN_FLEXIBLE = 8
"""The narrowest a column is made to fit the terminal, in cells."""

_STYLES = {
    "good": "\x1b[32m",
    "warn": "\x1b[33m",
    "bad": "\x1b[31m",
    "active": "\x1b[36m",
    "dim": "\x1b[2m",
    "head": "\x1b[1m",
}
_RESET = "\x1b[0m"
_JSON_SPACES = str.maketrans("\t\r", "  ")
"""White space between the tokens of JSON: no string of it may hold them as they are."""


class Column(NamedTuple):
    """A column of a table. The `flexible` ones give way, last first, where the width is short."""

    title: str
    right: bool = False
    flexible: bool = False


class Cell(NamedTuple):
    """A text with a style: one of good, warn, bad, active, dim, head."""

    text: str
    style: str = ""


class Unbuffered:
    """Writes all to a stream that has no buffer (`python -u`), and may take less at a time."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream

    def write(self, data: bytes, /) -> int:
        """Hand on every byte.

        Raises:
            OSError: the stream does not take them all.
        """
        view = memoryview(data)
        while view:
            taken = self._stream.write(view)
            if taken is None:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            view = view[taken:]
        return len(data)

    def flush(self) -> None:
        """Nothing is ever held back."""


class Output:
    """Writes to one stream, and remembers what it is.

    Raises, from each of its methods: BrokenPipeError where the reader has gone, and
    BatchtuiError where the stream cannot be written (a full disk, a closed descriptor).
    """

    def __init__(
        self, stream: TextIO | None, *, width: int | None = None, colour: bool = False
    ) -> None:
        self._stream = stream
        self.is_terminal = bool(stream is not None and stream.isatty())
        self.colour = colour and self.is_terminal
        self._width = width

    @cached_property
    def width(self) -> int | None:
        """Cells in a line, or None where lines are not cut."""
        if not self.is_terminal:
            return None
        if self._width:
            return self._width
        return terminal_columns()

    @contextmanager
    def binary(self) -> Iterator[BinaryIO | Unbuffered]:
        """The stream for bytes. The caller sees to it that hostile ones reach no terminal."""
        if self._stream is None:
            raise BatchtuiError("cannot write the output", "standard output is closed")
        try:
            stream = self._stream.buffer
            yield Unbuffered(stream) if isinstance(stream, io.RawIOBase) else stream
        except OSError as error:
            raise self._failure(error) from error

    def data_line(self, line: bytes) -> None:
        """One line of JSON: untouched on a pipe, with escapes but the same JSON on a terminal."""
        if self.is_terminal:
            text = line.decode("utf-8", "replace").translate(_JSON_SPACES)
            self.line(_escape_unprintable(text))
        else:
            self._write(line + b"\n")

    def line(self, text: str = "", style: str = "") -> None:
        """A line of text, which the caller has made safe."""
        self._write_text(self.styled(text, style) + "\n")

    def text(self, text: str) -> None:
        """Text of several lines: masked on a terminal, untouched on a pipe."""
        self.line(safe(text) if self.is_terminal else text)

    def marked(self, mark: Cell, text: str) -> None:
        """A line that begins with a mark in a style; the text is masked."""
        self.line(f"{self.styled(mark.text, mark.style)}{GAP}{one_line(text)}")

    def json(self, document: object) -> None:
        """One JSON document."""
        self.json_line(document, indent=2)

    def json_line(self, document: object, *, indent: int | None = None) -> None:
        """A JSON object on a line of its own."""
        text = json.dumps(document, ensure_ascii=False, indent=indent)
        self._write_text((_escape_unprintable(text) if self.is_terminal else text) + "\n")

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell | str]]) -> None:
        """An aligned table with a heading; each row is one line, whatever its cells hold."""
        cells = [[_masked(cell) for cell in row] for row in rows]
        widths = self._widths(columns, cells)
        heading = [Cell(column.title, "head") for column in columns]
        for row in [heading, *cells]:
            self._row(columns, widths, row)

    def fields(self, pairs: Mapping[str, str]) -> None:
        """Names and values, one below the other; values are masked and may have several lines."""
        name_width = max((cell_width(name) for name in pairs), default=0)
        for name, value in pairs.items():
            first, *rest = safe(value).split("\n")
            self.line(f"{self.styled(pad(name, name_width), 'dim')}{GAP}{first}")
            for line in rest:
                self.line(f"{' ' * name_width}{GAP}{line}")

    def styled(self, text: str, style: str) -> str:
        """The text in a style, if colours are on."""
        return f"{_STYLES[style]}{text}{_RESET}" if style and self.colour else text

    def flush(self) -> None:
        """Hand everything on to the operating system."""
        if self._stream is None:
            return
        try:
            self._stream.flush()
        except OSError as error:
            raise self._failure(error) from error

    def _row(self, columns: Sequence[Column], widths: Sequence[int], row: Sequence[Cell]) -> None:
        last = len(columns) - 1
        texts = []
        for number, (column, width, cell) in enumerate(zip(columns, widths, row, strict=True)):
            ragged = number == last and not column.right
            text = (
                truncate(cell.text, width) if ragged else pad(cell.text, width, right=column.right)
            )
            texts.append(self.styled(text, cell.style))
        self._write_text(GAP.join(texts).rstrip(" ") + "\n")

    def _widths(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[int]:
        widths = [
            max([cell_width(column.title), *(cell_width(row[number].text) for row in rows)])
            for number, column in enumerate(columns)
        ]
        if self.width is None:
            return widths
        excess = sum(widths) + len(GAP) * (len(columns) - 1) - self.width
        for number in reversed(range(len(columns))):
            if excess > 0 and columns[number].flexible:
                cut = min(excess, max(0, widths[number] - MIN_FLEXIBLE))
                widths[number] -= cut
                excess -= cut
        return widths

    def _write_text(self, text: str) -> None:
        if self.is_terminal and self._stream is not None:
            self._write(text.encode(self._stream.encoding or "utf-8", "replace"))
        else:
            # In JSON a lone surrogate thus becomes the escape that stands for it.
            self._write(text.encode("utf-8", "backslashreplace"))

    def _write(self, chunk: bytes) -> None:
        with self.binary() as stream:
            stream.write(chunk)
            if self.is_terminal:
                stream.flush()

    def _failure(self, error: OSError) -> Exception:
        self._discard()
        if isinstance(error, BrokenPipeError):
            return error
        return BatchtuiError("cannot write the output", error.strerror or str(error))

    def _discard(self) -> None:
        """Drop what is still buffered, so that the interpreter's own last flush is quiet."""
        if self._stream is None:
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def _masked(cell: Cell | str) -> Cell:
    if isinstance(cell, str):
        return Cell(one_line(cell))
    return Cell(one_line(cell.text), cell.style)


def _escape_unprintable(text: str) -> str:
    """JSON text with each character that a terminal might act on as its JSON escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else json.dumps(char)[1:-1]
