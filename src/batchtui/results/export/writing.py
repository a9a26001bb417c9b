"""Rows out of a results file: byte-exact lines, text for reading, or tables.

`export_file` writes a file that is there whole or not at all; `export_stream` what can be
written to a pipe. Both take all rows (`rows` is None) or some, in the given order.
"""

import contextlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from batchtui.core.errors import ResultsError, UsageError
from batchtui.core.streams import CancelCheck
from batchtui.results.export.fields import CSV_FIELDS, TABLE_FIELDS, Field, choose
from batchtui.results.export.rows import WINDOW_BYTES, Window, windows
from batchtui.results.export.tables import (
    WriteWindow,
    csv_writer,
    parquet_writer,
    sqlite_writer,
)
from batchtui.results.export.target import Sink, WriteBehind, atomic_file, atomic_path, write_text
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.inputs import Inputs
from batchtui.results.reading.blocks import Block
from batchtui.results.reading.record import Record
from batchtui.results.reading.records import parse_record

__all__ = [
    "ExportFormat",
    "atomic_file",
    "check_name",
    "export_file",
    "export_jsonl",
    "export_stream",
    "export_text",
    "fields_for",
    "format_of",
    "names_format",
    "record_text",
]

_BLOCK = 1 << 20
_PARQUET_WINDOW = 16 << 20
"""Bytes of the file per row group: small ones compress badly and are slow to query."""

Progress = Callable[[int], object]
"""Is called with the number of rows written so far, at most once per window."""


class ExportFormat(StrEnum):
    """What rows are written as."""

    JSONL = "jsonl"
    """The lines, byte for byte."""
    TEXT = "text"
    CSV = "csv"
    SQLITE = "sqlite"
    PARQUET = "parquet"

    @property
    def has_fields(self) -> bool:
        """It is a table, whose columns can be chosen."""
        return self in (ExportFormat.CSV, ExportFormat.SQLITE, ExportFormat.PARQUET)

    @property
    def needs_file(self) -> bool:
        """It cannot be written to a pipe."""
        return self in (ExportFormat.SQLITE, ExportFormat.PARQUET)


_SUFFIXES = {
    ".txt": ExportFormat.TEXT,
    ".text": ExportFormat.TEXT,
    ".csv": ExportFormat.CSV,
    ".sqlite": ExportFormat.SQLITE,
    ".sqlite3": ExportFormat.SQLITE,
    ".db": ExportFormat.SQLITE,
    ".parquet": ExportFormat.PARQUET,
    ".pq": ExportFormat.PARQUET,
}


_LINES_SUFFIXES = ("", ".jsonl", ".ndjson")
_COMPRESSED_SUFFIXES = (".gz", ".zst", ".zip", ".bz2", ".xz")


def format_of(path: Path) -> ExportFormat:
    """The format that a file's extension names: `jsonl` for all unknown ones."""
    return _SUFFIXES.get(path.suffix.lower(), ExportFormat.JSONL)


def names_format(path: Path) -> bool:
    """The file's extension is a known one, or it has none."""
    suffix = path.suffix.lower()
    return suffix in _SUFFIXES or suffix in _LINES_SUFFIXES


def check_name(path: Path) -> None:
    """See to it that a file's name says nothing of what is written that is not so.

    Raises:
        UsageError: it is that of a compressed file.
    """
    if path.suffix.lower() in _COMPRESSED_SUFFIXES:
        why = "nothing is compressed while it is written"
        hint = f"write {path.with_suffix('').name}, then compress it"
        raise UsageError(f"cannot write {path}", why, hint)


def fields_for(
    form: ExportFormat, names: Iterable[str] | None = None, inputs: Inputs | None = None
) -> tuple[Field, ...]:
    """The columns of these names; the format's usual ones for None. `inputs` as in `choose`.

    Raises:
        UsageError: a name is unknown, or the format has no columns.
    """
    if names is not None and not form.has_fields:
        why = "it holds whole results"
        raise UsageError(f"fields cannot be chosen for {form}", why, "choose csv, sqlite, parquet")
    if names is None:
        names = CSV_FIELDS if form is ExportFormat.CSV else TABLE_FIELDS
    return choose(names, inputs)


def _ignore(_: int) -> None:
    pass


def export_file(
    file: ResultsFile,
    path: Path,
    form: ExportFormat | None = None,
    *,
    rows: Iterable[int] | None = None,
    fields: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    cancel: CancelCheck = lambda: False,
    progress: Progress = _ignore,
) -> int:
    """Write rows to a file, in the format of its extension by itself; returns how many.

    It takes the place of an older one only when all is written and on the disk.

    Raises:
        UsageError: the fields or the name do not fit, or it is the file itself.
        ResultsError: a file cannot be read or written, `pyarrow` is missing, or it was cancelled.
    """
    form = form or format_of(path)
    columns = fields_for(form, fields, inputs) if form.has_fields or fields is not None else ()
    if file.data.is_at(path):
        raise UsageError(f"cannot write {path}", "it is the file that is read", "name another one")
    check_name(path)
    with _opened(path, form, columns) as (out, write_window):
        if write_window is None:
            assert out is not None, "formats without a writer go to a file object"
            written = _write_stream(file, out, form, rows, cancel, progress)
        else:
            size = _PARQUET_WINDOW if form is ExportFormat.PARQUET else WINDOW_BYTES
            written = _write(windows(file, rows, size), write_window, cancel, progress)
        if cancel():
            raise ResultsError("the export was stopped", f"{path} is as it was")
    return written


@contextlib.contextmanager
def _opened(
    path: Path, form: ExportFormat, columns: Sequence[Field]
) -> Iterator[tuple[Sink | None, WriteWindow | None]]:
    """A file to write to, and for tables the way to do so."""
    if form is ExportFormat.SQLITE:
        with atomic_path(path) as temporary, sqlite_writer(temporary, columns) as write:
            yield None, write
        return
    with atomic_file(path) as out:
        if form is ExportFormat.PARQUET:
            with parquet_writer(out, columns) as write:
                yield out, write
            return
        with WriteBehind(out) as behind:
            yield behind, csv_writer(behind, columns) if form is ExportFormat.CSV else None


def export_stream(
    file: ResultsFile,
    out: Sink,
    form: ExportFormat,
    *,
    rows: Iterable[int] | None = None,
    fields: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    mask: Callable[[str], str] | None = None,
    cancel: CancelCheck = lambda: False,
    progress: Progress = _ignore,
) -> int:
    """Write rows to an open stream; returns how many. `mask` passes over text and CSV.

    Raises:
        UsageError: the format needs a file, or the fields do not fit.
        ResultsError: the results cannot be read.
        OSError: `out` cannot be written, a closed pipe included.
    """
    if form.needs_file:
        raise UsageError(f"{form} cannot be written to a stream", hint="name a file: -o FILE")
    columns = fields_for(form, fields, inputs) if form.has_fields or fields is not None else ()
    if form is ExportFormat.CSV:
        write_window = csv_writer(out, columns, mask)
        return _write(windows(file, rows), write_window, cancel, progress)
    return _write_stream(file, out, form, rows, cancel, progress, mask or str)


def _write_stream(
    file: ResultsFile,
    out: Sink,
    form: ExportFormat,
    rows: Iterable[int] | None,
    cancel: CancelCheck,
    progress: Progress,
    mask: Callable[[str], str] = str,
) -> int:
    if form is ExportFormat.TEXT:
        return export_text(file, rows, out, mask=mask, cancel=cancel, progress=progress)
    return export_jsonl(file, rows, out, cancel=cancel, progress=progress)


def _write(
    parts: Iterable[Window], write_window: WriteWindow, cancel: CancelCheck, progress: Progress
) -> int:
    written = 0
    for window in parts:
        if cancel():
            break
        write_window(window)
        written += len(window.rows)
        progress(written)
    return written


def export_jsonl(
    file: ResultsFile,
    rows: Iterable[int] | None,
    out: Sink,
    *,
    cancel: CancelCheck = lambda: False,
    progress: Progress = _ignore,
) -> int:
    """Write rows as the lines they are, each with one newline; returns how many were written.

    All rows (`rows` is None) are the whole file, byte for byte; of one that still arrives, up to
    the end of its last whole line.

    Raises:
        ResultsError: the file cannot be read.
        OSError: `out` cannot be written, a closed pipe included.
    """
    if rows is None:
        return _copy(file, out, cancel, progress)

    def write_window(window: Window) -> None:
        out.write(b"".join([line + b"\n" for line in window.lines]))

    return _write(windows(file, rows), write_window, cancel, progress)


def _copy(file: ResultsFile, out: Sink, cancel: CancelCheck, progress: Progress) -> int:
    position, end = 0, file.index.rows_end
    rows = bisect_left(file.index.offsets, end)
    while position < end and not cancel():
        out.write(file.data.read_exactly(position, min(_BLOCK, end - position)))
        position += _BLOCK
        progress(min(rows, bisect_left(file.index.offsets, position)))
    return rows


def export_text(
    file: ResultsFile,
    rows: Iterable[int] | None,
    out: Sink,
    *,
    mask: Callable[[str], str] = str,
    cancel: CancelCheck = lambda: False,
    progress: Progress = _ignore,
) -> int:
    """Write rows as text for reading, an empty line between two; returns how many were written.

    `mask` passes over each text before it is written: `core.text.safe` for a terminal. What
    UTF-8 cannot hold (lone surrogates) is written as an escape.

    Raises: as `export_jsonl`.
    """
    separator = b""

    def write_window(window: Window) -> None:
        nonlocal separator
        if len(window.rows) == 1:
            [line] = window.lines
            window.forget()
            out.write(separator)
            for part in _record_parts(parse_record(line), window.rows[0]):
                write_text(out, part, mask)
                write_text(out, "\n", mask)
            separator = b"\n"
            return
        numbered = zip(window.rows, window.lines, strict=True)
        texts = [mask(record_text(parse_record(line), row)) for row, line in numbered]
        out.write(separator + "\n".join(texts).encode("utf-8", "backslashreplace"))
        separator = b"\n"

    return _write(windows(file, rows), write_window, cancel, progress)


def record_text(record: Record, number: int) -> str:
    """A record as text, ending in a newline. Not masked."""
    return "\n".join([*_record_parts(record, number), ""])


def _record_parts(record: Record, number: int) -> Iterator[str]:
    """Its lines, and its blocks as they are, each without a newline at the end."""
    head = [record.custom_id or f"row {number + 1}", record.type]
    head += [part for part in (record.stop_reason, record.model, record.request_id) if part]
    yield f"── {' · '.join(head)}"
    yield from map(_block_text, record.blocks)
    if record.usage:
        yield "usage: " + ", ".join(f"{name} {value}" for name, value in record.usage)


def _block_text(block: Block) -> str:
    notes = (
        "  ".join(filter(None, (f"[{note.mark}]", note.title, note.source)))
        for note in block.footnotes
    )
    title = f"[{block.title}]" if block.title else ""
    return "\n".join(filter(None, (title, block.body.rstrip("\n"), *notes)))
