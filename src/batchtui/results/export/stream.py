"""Rows written to an open stream: byte-exact lines, text for reading, CSV."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from batchtui.core.errors import UsageError
from batchtui.core.streams import CancelCheck, never
from batchtui.results.export.fields import Field, rows_at_once
from batchtui.results.export.formats import ExportFormat
from batchtui.results.export.rows import RowGroup, row_groups
from batchtui.results.export.tables import WriteGroup, csv_writer
from batchtui.results.export.target import Sink
from batchtui.results.export.text import text_writer
from batchtui.results.file.results_file import ResultsFile

_BLOCK = 1 << 20

Progress = Callable[[int], object]
"""Is called with the number of rows written so far, at most once per group."""


class RowStream:
    """Writes rows of a file, those of each call behind the ones before.

    `columns` are those of a table (see `fields_for`). `mask` passes over text and CSV:
    `core.text.safe` for a terminal.

    Raises:
        UsageError: the format needs a file.
    """

    def __init__(
        self,
        file: ResultsFile,
        out: Sink,
        form: ExportFormat,
        columns: Sequence[Field] = (),
        *,
        mask: Callable[[str], str] = str,
    ) -> None:
        if form.needs_file:
            raise UsageError(f"{form} cannot be written to a stream", hint="name a file: -o FILE")
        self.written = 0
        """Rows so far."""
        self._file = file
        self._out = out
        self._form = form
        self._at_once = rows_at_once(columns)
        self._copied = 0
        """Bytes of the file that were written as they are."""
        if form is ExportFormat.CSV:
            self._write_group = csv_writer(out, columns, mask)
        elif form is ExportFormat.TEXT:
            self._write_group = text_writer(out, mask)
        else:
            self._write_group = _line_writer(out)

    def write(
        self, rows: Iterable[int], *, cancel: CancelCheck = never, progress: Progress | None = None
    ) -> None:
        """Write some rows, in the given order; none any more once cancelled.

        Raises:
            ResultsError: the file cannot be read.
            OSError: the stream cannot be written, a closed pipe included.
        """
        before = self.written

        def tell(written: int) -> None:
            self.written = before + written
            if progress:
                progress(self.written)

        groups = row_groups(self._file, rows, group_rows=self._at_once)
        write_groups(groups, self._write_group, cancel, tell)

    def write_new(self, *, cancel: CancelCheck = never, progress: Progress | None = None) -> None:
        """Write all rows that there are behind those that the call before wrote.

        As lines they are the file, byte for byte; where it still arrives, up to the end of its
        last whole line. Raises as `write`.
        """
        if self._form is ExportFormat.JSONL:
            self._copy(cancel, progress)
        else:
            self.write(range(self.written, len(self._file)), cancel=cancel, progress=progress)

    def _copy(self, cancel: CancelCheck, progress: Progress | None) -> None:
        file, end = self._file, self._file.index.rows_end
        while self._copied < end and not cancel():
            size = min(_BLOCK, end - self._copied)
            self._out.write(file.data.read_exactly(self._copied, size))
            self._copied += size
            self.written = bisect_left(file.index.offsets, self._copied)
            if progress:
                progress(self.written)


def write_groups(
    parts: Iterable[RowGroup],
    write_group: WriteGroup,
    cancel: CancelCheck = never,
    progress: Progress | None = None,
) -> int:
    """Write rows group by group; returns how many."""
    written = 0
    for group in parts:
        if cancel():
            break
        write_group(group)
        written += len(group.rows)
        if progress:
            progress(written)
    return written


def _line_writer(out: Sink) -> WriteGroup:
    """Writes rows as the lines they are, each with one newline."""

    def write_group(group: RowGroup) -> None:
        out.write(b"".join([line + b"\n" for line in group.lines]))

    return write_group
