"""The formats that rows are written in, and what the name of a file says of them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from batchtui.core.errors import UsageError
from batchtui.results.export.fields import CSV_FIELDS, TABLE_FIELDS, Field, choose
from batchtui.results.file.compression import Compression
from batchtui.results.query.inputs import Inputs


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
        """It cannot be written to a pipe, nor be compressed on the way."""
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
_PACKED_SUFFIXES = {".gz": Compression.GZIP, ".zst": Compression.ZSTD}
_UNKNOWN_PACKED_SUFFIXES = (".zip", ".bz2", ".xz", ".lz4", ".7z")


def compression_for(path: Path) -> Compression:
    """What a file is compressed with while it is written, as its last extension says."""
    return _PACKED_SUFFIXES.get(path.suffix.lower(), Compression.NONE)


def unpacked_name(path: Path) -> Path:
    """The path without an extension that only says what the file is compressed with."""
    return path.with_suffix("") if compression_for(path) else path


def format_of(path: Path) -> ExportFormat:
    """The format that a file's extension names: `jsonl` for all unknown ones."""
    return _SUFFIXES.get(unpacked_name(path).suffix.lower(), ExportFormat.JSONL)


def names_format(path: Path) -> bool:
    """The file's extension is a known one, or it has none."""
    suffix = unpacked_name(path).suffix.lower()
    return suffix in _SUFFIXES or suffix in _LINES_SUFFIXES


def check_name(path: Path, form: ExportFormat) -> None:
    """See to it that a file's name says nothing of what is written that is not so.

    Raises:
        UsageError: it is that of a file compressed as we cannot.
    """
    suffix = path.suffix.lower()
    if suffix in _UNKNOWN_PACKED_SUFFIXES:
        why = f"{suffix} cannot be written"
        raise UsageError(f"cannot write {path}", why, "name it .gz or .zst")
    if compression_for(path) and form.needs_file:
        hint = f"name it {path.with_suffix('').name}"
        raise UsageError(f"cannot write {path}", f"{form} cannot be compressed", hint)


def fields_for(
    form: ExportFormat, names: Iterable[str] | None = None, inputs: Inputs | None = None
) -> tuple[Field, ...]:
    """The columns of these names; the format's usual ones for None. `inputs` as in `choose`.

    Raises:
        UsageError: a name is unknown, or the format has no columns.
    """
    if not form.has_fields:
        if names is None:
            return ()
        why = "it holds whole results"
        raise UsageError(f"fields cannot be chosen for {form}", why, "choose csv, sqlite, parquet")
    return choose(usual_fields(form) if names is None else names, inputs)


def usual_fields(form: ExportFormat, joined: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns of a table unless others are chosen, with those `joined` behind the id."""
    names = CSV_FIELDS if form is ExportFormat.CSV else TABLE_FIELDS
    at = names.index("custom_id") + 1
    return (*names[:at], *joined, *names[at:])
