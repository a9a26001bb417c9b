"""Neighbouring rows of a results file in memory, read at once when their bytes are asked for."""

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.stringsearch import lower_into

if TYPE_CHECKING:
    from batchtui.results.file.row_reader import RowReader

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
        self._lowered = bytearray()
        self._is_lowered = False
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
        self._is_read = self._is_lowered = False
        self._texts = {}

    def drop(self) -> None:
        """Let go of what was read: it is not to wait for the garbage to be collected."""
        self._buffer, self._lowered, self._texts = bytearray(), bytearray(), {}
        self._is_read = self._is_lowered = False

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

    @property
    def lowered(self) -> bytearray:
        """`data` with the letters of ASCII in lower case. Raises as `data`."""
        data = self.data
        if not self._is_lowered:
            end = self.place(self._rows[-1])[1]
            if not self._size >= len(self._lowered) >= end:
                self._lowered = bytearray(len(data))
            lower_into(data, end, self._lowered)
            self._is_lowered = True
        return self._lowered

    def place(self, row: int) -> tuple[int, int]:
        """Where in `data` a row starts and ends; of a line too long to be read, its head does."""
        start = self.index.offsets[row] - self.base
        return start, start + self.index.readable_length(row)

    def line(self, row: int) -> bytes:
        """The bytes of a row."""
        start, end = self.place(row)
        return bytes(memoryview(self.data)[start:end])

    def texts(self, row: int) -> list[str]:
        """What is read of a row, as `reading.texts` has it, in any order."""
        texts = self._texts.get(row)
        if texts is None:
            texts = self._texts[row] = self._reader.texts(row)
        return texts

    def custom_id(self, row: int) -> str:
        """A row's custom_id; empty where it has none."""
        return self._reader.custom_id(row)

    @cached_property
    def _reader(self) -> "RowReader":
        # What decodes takes a while to load, and most searches never do.
        from batchtui.results.file.row_reader import RowReader  # noqa: PLC0415

        return RowReader(self)
