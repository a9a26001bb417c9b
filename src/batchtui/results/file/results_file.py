"""A results file, opened at once: rows by number, decoded only where they are looked at."""

import os
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from batchtui.core.errors import ResultsError
from batchtui.results.file.index_file import Identity, load_index, save_index
from batchtui.results.file.line_index import LONGEST_LINE, LineIndex
from batchtui.results.file.open_bytes import OpenBytes
from batchtui.results.file.spans import NO_ID

if TYPE_CHECKING:
    from batchtui.results.file.row import Row
    from batchtui.results.reading.record import Record

STEP_BYTES = 256 << 10
"""How much one indexing step reads: a millisecond's work, and what caches hold."""

_LEAST_SAVED = 4 << 20
"""Bytes of a file below which indexing it again is as quick as reading a saved index."""

_END_KEPT = 4 << 10
"""Bytes before the end of what is indexed by which a file is known that was written anew."""

_ROWS_KEPT = 1024
_RECORDS_KEPT = 16


class ResultsFile:
    """Rows of a results file, complete or still arriving.

    Reading rows is safe from several threads; indexing belongs to one.
    """

    def __init__(
        self,
        data: OpenBytes,
        index: LineIndex | None = None,
        *,
        index_path: Path | None = None,
    ) -> None:
        self.data = data
        self.path = data.path
        self.close = data.close
        """Closes the file; a second call does nothing."""
        self.generation = 0
        """Goes up when the file was found cut or written anew: all rows may be others now."""
        self._arriving = data.path.suffix == ".part"
        self._shared = index is not None
        self._index_path = None if self._shared or self._arriving else index_path
        self._identity = Identity.of(data.descriptor)
        self.index = index if index is not None else self._saved_index() or LineIndex()
        """The columns: types, error types, models, tokens, ..."""
        self._end = b"" if self._shared else self._read_end()
        self._row = lru_cache(_ROWS_KEPT)(self._load_row)
        self._record = lru_cache(_RECORDS_KEPT)(self._load_record)

    @classmethod
    def open(cls, path: Path, *, lazy: bool = False, index_path: Path | None = None) -> Self:
        """Open a file. All of it is indexed now, or, if `lazy`, by calls of `index_step`.

        Where there is an index of these very bytes at `index_path`, it is taken; else one is
        saved there, if that is possible; if `lazy`, by the caller (see `index_to_save`).

        Raises:
            ResultsError: there is no such file, or it cannot be read.
        """
        data = OpenBytes.open(path)
        try:
            file = cls(data, index_path=index_path)
            while not lazy and file.index_step():
                pass
            if save := file.index_to_save():
                save()
        except BaseException:
            data.close()
            raise
        return file

    def _saved_index(self) -> LineIndex | None:
        if self._index_path is None:
            return None
        index = load_index(self._index_path, self.data.descriptor)
        if index is not None:
            self._index_path = None
        return index

    def index_to_save(self) -> Callable[[], object] | None:
        """What saves the index, once all is indexed; to be called, in any thread, before more is.

        None where it need not be saved, or is not of the bytes that the file had all the while.
        """
        place = self._index_path
        if place is None or not self.is_whole:
            return None
        self._index_path = None
        if self.index.received < _LEAST_SAVED or self.generation:
            return None
        if Identity.of(self.data.descriptor) != self._identity:
            return None
        return partial(save_index, self.index, self._identity, place)

    def another(self) -> Self:
        """The same rows with a handle of their own, for another thread; it does not index."""
        return type(self)(self.data.another(), self.index)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Rows indexed so far."""
        return len(self.index)

    @property
    def indexed_bytes(self) -> int:
        """Bytes of the file that the rows cover."""
        return self.index.received

    @property
    def is_whole(self) -> bool:
        """The rows are all that there are, for now: nothing is still arriving or was left out."""
        return self.index.finished_at is not None

    def index_step(self, budget: int = STEP_BYTES) -> bool:
        """Index the next `budget` bytes, if there are more; True while there is more to do.

        Call it again later for a file that grows. A last line without a newline becomes a row
        once all is indexed, unless the file is a part still arriving. Where a download feeds
        the index itself, this does nothing.

        Raises:
            ResultsError: the file cannot be read.
        """
        self.renew()
        return self.index_more(budget)

    def renew(self) -> None:
        """Begin anew if the file was cut or written anew: all rows are others then.

        Raises:
            ResultsError: the file cannot be read.
        """
        if not self.is_as_indexed:
            self._start_over()

    def index_more(self, budget: int = STEP_BYTES) -> bool:
        """As `index_step`, of a file that was looked at (see `renew`).

        Others read its rows meanwhile, so that it may go on in a thread; that is worth it where
        a long line ends.
        """
        if self._shared:
            return False
        block = self.data.read(self.index.received, budget)
        if block:
            self._forget_tail_row()
            self.index.feed(block)
            self._end = (self._end + block[-_END_KEPT:])[-_END_KEPT:]
        if self.index.received < self.data.size and block:
            return True
        if not self._still_arrives():
            self.index.finish()
        return False

    def _still_arrives(self) -> bool:
        """It was a part when it was opened, and the complete copy is still not this file."""
        if not self._arriving:
            return False
        try:
            complete = self.path.with_suffix("").stat()
        except OSError:
            return True
        self._arriving = not os.path.samestat(complete, os.fstat(self.data.descriptor))
        return self._arriving

    @property
    def is_as_indexed(self) -> bool:
        """The file still has the bytes that were indexed, as far as their end tells."""
        return self._shared or self._read_end() == self._end

    def _read_end(self) -> bytes:
        start = max(0, self.index.received - _END_KEPT)
        return self.data.read(start, self.index.received - start)

    def refresh(self, budget: int = STEP_BYTES) -> bool:
        """Take in what was appended, or cut off, since; True if the rows are others than before."""
        before = (self.generation, len(self), self.index.received)
        self.index_step(budget)
        return before != (self.generation, len(self), self.index.received)

    def _start_over(self) -> None:
        self.index = LineIndex()
        self._end = b""
        self.generation += 1
        self._clear_caches()

    def _forget_tail_row(self) -> None:
        if self.index.tail_is_row:
            self._clear_caches()

    def _clear_caches(self) -> None:
        self._row = lru_cache(_ROWS_KEPT)(self._load_row)
        self._record = lru_cache(_RECORDS_KEPT)(self._load_record)

    def line(self, number: int) -> bytes:
        """The bytes of a row, without the newline.

        Raises:
            IndexError: there is no such row.
            ResultsError: the file cannot be read, or was cut since, or the line is too long.
        """
        offset, length = self.span(number)
        if not self.index.is_readable(number):
            raise self._too_long(number)
        return self.data.read_exactly(offset, length, f"row {number + 1} of {self.path}")

    def _too_long(self, number: int) -> ResultsError:
        return ResultsError(
            f"cannot read row {number + 1} of {self.path}",
            f"longer than {LONGEST_LINE >> 20} MiB, not read",
            f"bytes<{LONGEST_LINE // 10**6}m finds the others",
        )

    def span(self, number: int) -> tuple[int, int]:
        """Where in the file a row begins, and its bytes.

        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self.index.offsets[number], self.index.lengths[number]

    def lines(self, start: int, stop: int) -> list[bytes]:
        """The bytes of the rows from `start` to before `stop`, read in one go. Raises as `line`."""
        for row in range(start, stop):
            if not self.index.is_readable(row):
                raise self._too_long(row)
        first, _ = self.span(start)
        last, length = self.span(stop - 1)
        data = self.data.read(first, last + length - first)
        offsets, lengths = self.index.offsets, self.index.lengths
        places = ((offsets[row] - first, lengths[row]) for row in range(start, stop))
        return [data[place : place + size] for place, size in places]

    def custom_id(self, number: int) -> str:
        """The custom_id of a row, read by itself; empty where it has none. Raises as `line`."""
        self.span(number)
        if self.index.spans.ids[number] != NO_ID:
            return self.id_by_place(number)
        from batchtui.results.reading.shapes.choice import id_of_line  # noqa: PLC0415  (as below)

        return id_of_line(self.line(number)) if self.index.may_have_id(number) else ""

    def id_by_place(self, number: int) -> str:
        """The custom_id, where the index knows its place; else empty. Raises as `line`."""
        offset, spans = self.index.offsets[number], self.index.spans
        if spans.ids[number] == NO_ID:
            return ""
        from batchtui.results.reading.shapes.choice import id_of_line  # noqa: PLC0415  (as below)

        span = spans.bounds[number] + spans.ids[number]
        start, end = spans.starts[span] - 1, spans.ends[span] + 1
        return id_of_line(b'{"custom_id":%s}' % self.data.read(offset + start, end - start))

    def row(self, number: int) -> "Row":
        """A row as a list shows it. Raises as `line`."""
        return self._row(number)

    def record(self, number: int) -> "Record":
        """A row, decoded whole. Raises as `line`."""
        return self._record(number)

    def _load_record(self, number: int) -> "Record":
        from batchtui.results.reading.records import parse_record  # noqa: PLC0415  (rows do without)

        return parse_record(self.line(number))

    def _load_row(self, number: int) -> "Row":
        from batchtui.results.file.row import load_row  # noqa: PLC0415  (searches do without)

        return load_row(self, number)
