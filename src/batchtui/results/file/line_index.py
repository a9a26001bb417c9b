"""Where each row of a results file lies and what it is, in columns: about 40 bytes a row.

The index is fed with the bytes of the file in order, in blocks of any size, by one thread;
other threads may read rows below `len(index)` meanwhile. Columns may be replaced by wider
ones: take them from the index anew, rather than keep them.
"""

from array import array
from collections.abc import Collection
from typing import TYPE_CHECKING

from batchtui.results.file.columns import ABSENT, COUNTS, NATURALS, NameColumn, SetColumn, extended
from batchtui.results.file.id_sums import SUMS
from batchtui.results.file.spans import NO_JSON, SpanColumn
from batchtui.results.reading.row_types import BROKEN

if TYPE_CHECKING:
    from batchtui.results.file.lines import Rows

__all__ = ["ABSENT", "LineIndex", "NameColumn"]

_WORDS = {"type": "types", "error": "error_types", "stop": "stop_reasons", "model": "models"}
_COUNTS = {
    "in": "input_tokens",
    "out": "output_tokens",
    "cache_read": "cache_read",
    "cache_write": "cache_creation",
    "bytes": "lengths",
}

WORD_FIELDS = tuple(_WORDS)
"""The columns of one word per row, as queries name them."""

COUNT_FIELDS = tuple(_COUNTS)
"""The columns of numbers that say something of a result, as queries name them."""

LONGEST_LINE = 64 << 20
"""Bytes of a line above which it is not read, so that memory stays bounded: it is broken."""


_LONG_LINE = 1 << 20
"""Bytes of a line above which it is taken in by itself, so that no copies of it are made."""


class LineIndex:
    """The columns. Token columns hold `ABSENT` where a row has no such count."""

    def __init__(self) -> None:
        self.offsets = array(NATURALS)
        """First byte of each row in the file."""
        self.lengths = array(NATURALS)
        """Bytes of each row, without the newline (a carriage return belongs to it)."""
        self.types: NameColumn[str] = NameColumn()
        self.error_types: NameColumn[str] = NameColumn()
        self.stop_reasons: NameColumn[str] = NameColumn()
        self.models: NameColumn[str] = NameColumn()
        self.blocks = SetColumn()
        """The kinds of content blocks in each row, as a sorted tuple."""
        self.input_tokens = array(COUNTS)
        self.output_tokens = array(COUNTS)
        self.cache_read = array(COUNTS)
        self.cache_creation = array(COUNTS)
        self.id_sums = array(SUMS)
        """The checksum of each row's custom_id (see `id_sums`)."""
        self.flags = bytearray()
        """How each line spells its texts: the flags of `file.spans`."""
        self.spans = SpanColumn()
        self.received = 0
        """Bytes fed so far."""
        self.tail_is_row = False
        """The last row is a last line without a newline (see `finish`)."""
        self.finished_at: int | None = None
        """Bytes of the whole file; None while more may follow (see `finish`)."""
        self._rows = 0
        self._tail: list[bytes] = []
        self._passed_over = 0
        """Bytes of the last line so far, where it is too long to be kept."""

    def __len__(self) -> int:
        return self._rows

    @property
    def tail(self) -> bytes:
        """The bytes since the last newline; none of a line that is too long."""
        if len(self._tail) > 1:
            self._tail = [b"".join(self._tail)]
        return self._tail[0] if self._tail else b""

    @property
    def tail_start(self) -> int:
        """Where in the file the last line begins that has no newline."""
        return self.received - self._passed_over - self._tail_length

    @property
    def _tail_length(self) -> int:
        return sum(map(len, self._tail))

    @property
    def rows_end(self) -> int:
        """Where in the file the rows end; whatever is behind may still become one.

        Other threads may ask while it is fed.
        """
        end = self.finished_at
        if end is not None:
            return end
        rows = self._rows
        return self.offsets[rows - 1] + self.lengths[rows - 1] + 1 if rows else 0

    @property
    def broken_rows(self) -> int:
        """Rows whose line is not JSON."""
        return self.type_counts().get(BROKEN, 0)

    def type_counts(self) -> dict[str, int]:
        """Rows per result type, in the order in which the types were first met."""
        return {n: c for n, c in zip(self.types.names, self.types.counts, strict=False) if c}

    def rows_of(self, types: Collection[str], start: int = 0) -> list[int]:
        """The rows of these types, ascending, from row `start` on."""
        wanted = {code for code, name in enumerate(self.types.names) if name in types}
        codes = self.types.codes
        return [row for row in range(start, self._rows) if codes[row] in wanted]

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the file, no more than `LONGEST_LINE` of them."""
        self.reopen()
        if self._is_too_long(block):
            block = self._pass_over(block)
        elif self.is_amid_long_line:
            block = self._end_long_line(block)
        self._feed_lines(block)

    def _is_too_long(self, block: bytes) -> bool:
        """The line that the tail begins is longer than one that is read."""
        if self._passed_over:
            return True
        room = LONGEST_LINE - self._tail_length
        return len(block) > room and block.find(b"\n", 0, room + 1) < 0

    def _pass_over(self, block: bytes) -> bytes:
        """Keep nothing of the last line but its length; returns what follows it."""
        end = block.find(b"\n")
        piece = block if end < 0 else block[:end]
        self._passed_over += self._tail_length + len(piece)
        self._tail = []
        self.received += len(piece)
        if end < 0:
            return b""
        self._add_passed_over()
        self._passed_over = 0
        self.received += 1
        return block[end + 1 :]

    def _add_passed_over(self) -> None:
        from batchtui.results.file.lines import too_long  # noqa: PLC0415  (see `_add`)

        self._add_rows(self.tail_start, too_long(self._passed_over, LONGEST_LINE))

    @property
    def is_amid_long_line(self) -> bool:
        """What is fed next may end a line that takes much longer to read than others."""
        return self._tail_length > _LONG_LINE

    def _end_long_line(self, block: bytes) -> bytes:
        """Take in the last line, if it ends here; returns what follows it."""
        end = block.find(b"\n")
        if end < 0:
            return block
        offset, line = self.tail_start, b"".join([*self._tail, block[:end]])
        self._tail = []
        self._add(offset, line)
        self.received += end + 1
        return block[end + 1 :]

    def _feed_lines(self, block: bytes) -> None:
        offset = self.tail_start
        cut = block.rfind(b"\n") + 1
        if cut:
            lines = b"".join([*self._tail, block[:cut]]) if self._tail else block[:cut]
            self._tail = []
            self._add(offset, lines)
        if cut < len(block):
            self._tail.append(block[cut:])
        self.received += len(block)

    def finish(self) -> None:
        """The file ends here, for now: what follows the last newline is a row as well.

        Feeding may go on all the same, if the file turns out to have grown.
        """
        if not self.tail_is_row:
            self._add_tail()
        self.finished_at = self.received

    def _add_tail(self) -> None:
        before = self._rows
        if self._passed_over:
            self._add_passed_over()
        elif self.tail:
            self._add(self.tail_start, self.tail)
        self.tail_is_row = self._rows > before

    def reopen(self) -> None:
        """Take back `finish`: the last line may still go on."""
        if not self.tail_is_row:
            self.finished_at = None
            return
        self.tail_is_row = False
        self._rows -= 1
        self.finished_at = None  # Whoever sees this counts the last line no more.
        for column in self.word_columns():
            column.pop()
        self.blocks.pop()
        self.flags.pop()
        self.spans.pop()
        for name in NUMBERS:
            getattr(self, name).pop()

    @property
    def passed_over(self) -> int:
        """Bytes of the last line so far, where it is too long; else 0."""
        return self._passed_over

    def is_readable(self, row: int) -> bool:
        """Its line is not too long to be read."""
        return self.lengths[row] <= LONGEST_LINE

    def may_have_id(self, row: int) -> bool:
        """A custom_id may be in it, though its place is not known: it is JSON, and can be read."""
        return self.is_readable(row) and not self.flags[row] & NO_JSON

    def readable_length(self, row: int) -> int:
        """Bytes of its line that are read at all."""
        return min(self.lengths[row], LONGEST_LINE)

    def restore(
        self, rows: int, received: int, tail: bytes, *, passed_over: int, tail_is_row: bool
    ) -> None:
        """Go on where an index stood whose columns were taken over."""
        self._rows, self.received, self._passed_over = rows, received, passed_over
        self._tail, self.tail_is_row = [tail] if tail else [], tail_is_row
        self.finished_at = received

    def words(self, field: str) -> NameColumn[str]:
        """The column of one of `WORD_FIELDS`."""
        column: NameColumn[str] = getattr(self, _WORDS[field])
        return column

    def word_columns(self) -> tuple[NameColumn[str], ...]:
        """The columns of one word per row."""
        return tuple(map(self.words, WORD_FIELDS))

    def counts(self, field: str) -> "array[int]":
        """The column of one of `COUNT_FIELDS`."""
        column: array[int] = getattr(self, _COUNTS[field])
        return column

    def _add(self, offset: int, block: bytes) -> None:
        """Add the rows of whole lines.

        What decodes them takes a while to load, and is not needed where an index was saved.
        """
        from batchtui.results.file.lines import read_lines  # noqa: PLC0415

        for start, rows in read_lines(block):
            self._add_rows(offset + start, rows)

    def _add_rows(self, offset: int, rows: "Rows") -> None:
        self.types.extend(rows.types)
        self.error_types.extend(rows.error_types)
        self.stop_reasons.extend(rows.stop_reasons)
        self.models.extend(rows.models)
        self.blocks.extend(rows.block_kinds)
        self.flags += rows.flags
        self.spans.extend(rows.spans)
        self.input_tokens = extended(self.input_tokens, rows.input_tokens)
        self.output_tokens = extended(self.output_tokens, rows.output_tokens)
        self.cache_read = extended(self.cache_read, rows.cache_read)
        self.cache_creation = extended(self.cache_creation, rows.cache_creation)
        self.id_sums.extend(rows.id_sums)
        lengths = [end - start for start, end in zip(rows.starts, rows.ends, strict=True)]
        self.lengths = extended(self.lengths, lengths)
        self.offsets = extended(self.offsets, [offset + start for start in rows.starts])
        self._rows += len(rows.starts)


NUMBERS = (
    "offsets", "lengths", "input_tokens", "output_tokens", "cache_read", "cache_creation",
    "id_sums",
)  # fmt: skip
"""The columns of a `LineIndex` that are plain numbers."""
