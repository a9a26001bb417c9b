"""Neighbouring rows of a results file in memory, read at once when their bytes are asked for."""

from bisect import bisect_right
from collections.abc import Callable

import msgspec

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.spans import NO_ID, ODD, TEXT
from batchtui.results.reading.shapes.choice import id_of_line
from batchtui.results.reading.texts import texts_of_line
from batchtui.results.reading.wire import line_text

_decode_text: Callable[[memoryview], str] = msgspec.json.Decoder(str).decode

DECODED_BYTES = 1 << 20
"""How much a step reads where each line must be decoded: a few milliseconds' work."""

WINDOW_ROWS = 20_000
"""How many rows a step looks at."""


class Window:
    """A view of some rows, moved along the file; its memory is used again and again."""

    def __init__(self, file: ResultsFile, size: int) -> None:
        self.index = file.index
        self.base = 0
        """Where in the file the first byte of `data` is."""
        self._file = file
        self._size = size
        self._buffer = bytearray()
        self._rows = range(0)
        self._is_read = False
        self._texts: dict[int, list[str]] = {}

    def rows_from(self, start: int, most: int, *, reads: bool) -> range:
        """The rows of a window that begins with this one, if there is one: one at least.

        They are at most so many, and fit the window's size if their bytes are to be read.
        """
        index = self._file.index
        offsets, lengths, stop = index.offsets, index.lengths, min(len(index), start + most)
        if not reads or start >= stop:
            return range(start, stop)
        limit = offsets[start] + self._size
        last = bisect_right(offsets, limit, start, stop) - 1
        return range(start, max(start + 1, last + (offsets[last] + lengths[last] <= limit)))

    def move(self, rows: range) -> None:
        """Look at other rows; nothing is read yet."""
        self.index = self._file.index
        self.base = self.index.offsets[rows.start] if rows else 0
        self._rows = rows
        self._is_read = False
        self._texts = {}

    @property
    def data(self) -> bytearray:
        """The bytes of the rows, and perhaps some more.

        Raises:
            ResultsError: the file cannot be read, or is shorter than it was.
        """
        if not self._is_read:
            end = self.place(self._rows[-1])[1]
            # A huge row takes a huge buffer, which is not kept for the others.
            if not self._size >= len(self._buffer) >= end:
                self._buffer = bytearray(max(end, self._size))
            self._file.data.read_into(memoryview(self._buffer)[:end], self.base)
            self._is_read = True
        return self._buffer

    def place(self, row: int) -> tuple[int, int]:
        """Where in `data` a row starts and ends; of a line too long to be read, its head does."""
        start = self.index.offsets[row] - self.base
        return start, start + self.index.readable_length(row)

    def line(self, row: int) -> bytes:
        """The bytes of a row."""
        start, end = self.place(row)
        return bytes(memoryview(self.data)[start:end])

    def texts(self, row: int) -> list[str]:
        """What is read of a row, as `results.texts` has it, in any order."""
        texts = self._texts.get(row)
        if texts is None:
            texts = self._texts[row] = self._spanned_texts(row)
        return texts

    def _spanned_texts(self, row: int) -> list[str]:
        if not self.index.is_readable(row):
            return [line_text(self.line(row))]
        spans = self.index.spans
        first, last = spans.bounds[row], spans.bounds[row + 1]
        if self.index.flags[row] & ODD or spans.kinds.count(TEXT, first, last) < last - first:
            return list(texts_of_line(self.line(row)))
        view, (begin, _) = memoryview(self.data), self.place(row)
        try:
            return [
                _decode_text(view[begin + spans.starts[span] - 1 : begin + spans.ends[span] + 1])
                for span in range(first, last)
            ]
        except ValueError:  # The file has other bytes by now.
            return list(texts_of_line(self.line(row)))

    def custom_id(self, row: int) -> str:
        """A row's custom_id; empty where it has none."""
        spans = self.index.spans
        number = spans.ids[row]
        if number == NO_ID:
            return id_of_line(self.line(row)) if self.index.is_readable(row) else ""
        span, begin = spans.bounds[row] + number, self.place(row)[0]
        quoted = memoryview(self.data)[
            begin + spans.starts[span] - 1 : begin + spans.ends[span] + 1
        ]
        try:
            return _decode_text(quoted)
        except ValueError:  # The file has other bytes by now.
            return id_of_line(self.line(row))
