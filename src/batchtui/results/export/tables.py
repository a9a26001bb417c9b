"""Results as tables: CSV, SQLite, Parquet. Written group by group."""

import contextlib
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from batchtui.core.errors import ResultsError
from batchtui.results.export.fields import Field, FieldKind, Value
from batchtui.results.export.rows import RowGroup
from batchtui.results.export.target import Sink, write_text
from batchtui.results.file.disk import free_bytes

WriteGroup = Callable[[RowGroup], object]
"""Appends a group's rows to a table."""

SQLITE_TABLE = "results"

_SPECIAL = re.compile(r'[",\r\n]')
_FORMULA_HEADS = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters of cells that spreadsheets take for formulas, or skip before one."""


def csv_writer(
    out: Sink, fields: Sequence[Field], mask: Callable[[str], str] | None = None
) -> WriteGroup:
    """Writes CSV as RFC 4180 has it, in UTF-8, the heading first.

    A text that a spreadsheet would execute as a formula gets an apostrophe before it. `mask`
    passes over all that is written: `core.text.safe` for a terminal.
    """
    known_names = _NameCells()

    def write(rows: Iterable[Iterable[str]]) -> None:
        text = "".join([",".join(row) + "\r\n" for row in rows])
        out.write((mask(text) if mask else text).encode("utf-8", "backslashreplace"))

    def write_row(group: RowGroup) -> None:
        for number, field in enumerate(fields):
            [cell] = _cells(field, field.read(group), known_names)
            write_text(out, "," * bool(number) + cell, mask)
        write_text(out, "\r\n", mask)

    def write_group(group: RowGroup) -> None:
        if len(group.rows) == 1:
            write_row(group)
            return
        columns = (_cells(field, field.read(group), known_names) for field in fields)
        write(zip(*columns, strict=True))

    write([[text_cell(field.name) for field in fields]])
    return write_group


class _NameCells(dict[str, str]):
    """The cells of texts of which there are a few different ones, each made once."""

    def __missing__(self, text: str) -> str:
        made = self[text] = text_cell(text)
        return made


_LONG = 100
"""A text of more characters is quoted without a look whether it need be."""


def _cells(field: Field, values: Sequence[Value], known_names: _NameCells) -> list[str]:
    if field.kind is FieldKind.INTEGER:
        return ["" if value is None else str(value) for value in values]
    texts = [value if isinstance(value, str) else "" for value in values]
    if field.kind is FieldKind.NAME:
        return [known_names[text] for text in texts]
    return [text_cell(text) for text in texts]


def text_cell(text: str) -> str:
    """A text as a CSV cell that no spreadsheet executes."""
    if text[:1] in _FORMULA_HEADS:
        text = f"'{text}"
    if len(text) > _LONG or _SPECIAL.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextlib.contextmanager
def sqlite_writer(path: Path, fields: Sequence[Field], name: Path) -> Iterator[WriteGroup]:
    """Writes a new SQLite database with the table `results`; complete when the block is left.

    `name` is what it is to be called in the end.

    Raises:
        ResultsError: the disk is full, or failed.
    """
    import sqlite3  # noqa: PLC0415  (seldom needed)

    types = {FieldKind.INTEGER: "INTEGER"}
    columns = ", ".join(
        f"{_quoted(field.name)} {types.get(field.kind, 'TEXT')}" for field in fields
    )
    places = ", ".join("?" * len(fields))
    insert = f"INSERT INTO {SQLITE_TABLE} VALUES ({places})"  # noqa: S608  (a constant)
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            # Long texts waste less room in large pages.
            database.execute("PRAGMA page_size = 16384")
            # Nobody sees the file before it is complete: it needs no journal of its own.
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute(f"CREATE TABLE {SQLITE_TABLE} ({columns})")
            database.execute("BEGIN")

            def write_group(group: RowGroup) -> None:
                values = (field.read(group) for field in fields)
                database.executemany(insert, zip(*values, strict=True))

            yield write_group
            database.execute("COMMIT")
    except sqlite3.Error as error:
        raise _sqlite_error(error, name) from error


def _sqlite_error(error: Exception, path: Path) -> ResultsError:
    what = f"cannot write {path}"
    hint = ""
    if "full" in str(error) or free_bytes(path.parent) == 0:
        hint = "make room there, then try again"
    elif "I/O" in str(error):  # What SQLite says of a full quota, too.
        hint = "see whether the disk or a quota is full"
    return ResultsError(what, str(error), hint)


@contextlib.contextmanager
def parquet_writer(out: BinaryIO, fields: Sequence[Field]) -> Iterator[WriteGroup]:
    """Writes Parquet, compressed with zstd; complete when the block is left.

    Raises:
        ResultsError: pyarrow, the extra `parquet`, is not installed.
    """
    arrow, parquet = _arrow()
    types = {FieldKind.INTEGER: arrow.int64()}
    schema = arrow.schema([(field.name, types.get(field.kind, arrow.string())) for field in fields])
    names = [field.name for field in fields if field.kind is FieldKind.NAME]
    # Of long texts, the least and the greatest would be kept in memory and written again.
    counted = [field.name for field in fields if field.kind is not FieldKind.TEXT]
    writing = parquet.ParquetWriter(
        out, schema, compression="zstd", use_dictionary=names, write_statistics=counted
    )
    with writing as writer:

        def write_group(group: RowGroup) -> None:
            arrays = [
                _array(arrow, field.read(group), schema.field(field.name)) for field in fields
            ]
            group.forget()
            writer.write_batch(arrow.record_batch(arrays, schema=schema))

        yield write_group


def _array(arrow: Any, values: Sequence[Value], column: Any) -> Any:  # noqa: ANN401  (untyped)
    [*_, last] = values
    if len(values) > 1 or not isinstance(last, str) or len(last) < _LONG_TEXT:
        return arrow.array(values, type=column.type)
    # By itself a long text would be in memory four times.
    data = last.encode()
    places = arrow.py_buffer(array("i", [0, len(data)]))
    return arrow.StringArray.from_buffers(1, places, arrow.py_buffer(data))


_LONG_TEXT = 1 << 20
"""Characters of a text that is handed over without copies of it."""


def _arrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ResultsError(
            "Parquet cannot be written here",
            "pyarrow is not installed",
            "install the extra: batchtui[parquet]; or choose csv or sqlite",
        ) from error
