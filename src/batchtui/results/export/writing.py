"""Rows out of a results file, written to a file that is there whole or not at all."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from batchtui.core.errors import ResultsError, UsageError
from batchtui.core.streams import CancelCheck, never
from batchtui.results.export.fields import Field, rows_at_once
from batchtui.results.export.formats import (
    ExportFormat,
    check_name,
    compression_for,
    fields_for,
    format_of,
)
from batchtui.results.export.rows import GROUP_BYTES, row_groups
from batchtui.results.export.stream import Progress, RowStream, write_groups
from batchtui.results.export.tables import WriteGroup, parquet_writer, sqlite_writer
from batchtui.results.export.target import Sink, WriteBehind, atomic_file, atomic_path
from batchtui.results.file.compression import packing
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.inputs import Inputs

_PARQUET_GROUP = 16 << 20
"""Bytes of the file per row group: small ones compress badly and are slow to query."""


def export_file(
    file: ResultsFile,
    path: Path,
    form: ExportFormat | None = None,
    *,
    rows: Iterable[int] | None = None,
    fields: Sequence[str] | None = None,
    inputs: Inputs | None = None,
    cancel: CancelCheck = never,
    progress: Progress | None = None,
) -> int:
    """Write rows to a file, all if None, in the given order; returns how many.

    The format, and what the file is compressed with, is that of its extension by itself. It takes
    the place of an older one only when all is written and on the disk.

    Raises:
        UsageError: the fields or the name do not fit, or it is the file itself.
        ResultsError: a file cannot be read or written, `pyarrow` is missing, or it was cancelled.
    """
    form = form or format_of(path)
    columns = fields_for(form, fields, inputs)
    if file.data.is_at(path):
        raise UsageError(f"cannot write {path}", "it is the file that is read", "name another one")
    check_name(path, form)
    if form.needs_file:
        size = _PARQUET_GROUP if form is ExportFormat.PARQUET else GROUP_BYTES
        with _table(path, form, columns) as write_group:
            groups = row_groups(file, rows, size, rows_at_once(columns))
            written = write_groups(groups, write_group, cancel, progress)
            _check_not_stopped(cancel, path)
        return written
    with _packed_file(path) as out:
        stream = RowStream(file, out, form, columns)
        if rows is None:
            stream.write_new(cancel=cancel, progress=progress)
        else:
            stream.write(rows, cancel=cancel, progress=progress)
        _check_not_stopped(cancel, path)
    return stream.written


def _check_not_stopped(cancel: CancelCheck, path: Path) -> None:
    if cancel():
        raise ResultsError("the export was stopped", f"{path} is as it was")


@contextlib.contextmanager
def _packed_file(path: Path) -> Iterator[Sink]:
    """A new file, compressed as its name says, beside making what is written to it."""
    with (
        atomic_file(path) as out,
        packing(out, compression_for(path)) as packed,
        WriteBehind(packed) as behind,
    ):
        yield behind


@contextlib.contextmanager
def _table(path: Path, form: ExportFormat, columns: Sequence[Field]) -> Iterator[WriteGroup]:
    if form is ExportFormat.SQLITE:
        with atomic_path(path) as temporary, sqlite_writer(temporary, columns, path) as write:
            yield write
        return
    out: BinaryIO
    with atomic_file(path) as out, parquet_writer(out, columns) as write:
        yield write
