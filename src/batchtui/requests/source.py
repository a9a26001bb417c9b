"""Opening a file of requests: JSON lines, a JSON array, an API body, or rows and a template."""

import os
import re
import stat
from dataclasses import replace
from pathlib import Path

from batchtui.core.disk import disk_words
from batchtui.core.errors import SubmitError
from batchtui.requests.reading import Form, Reading, RequestFile, open_file, unusable
from batchtui.requests.rows import RowPiece, json_rows
from batchtui.requests.shapes import ANTHROPIC, Shape, shape_of
from batchtui.requests.template import Json, Template, read_template

_HEAD_BYTES = 64 << 10
_BOM = b"\xef\xbb\xbf"
_TABLES = (".csv", ".tsv")


def open_requests(
    path: Path, template: Path | None = None, *, shape: Shape = ANTHROPIC
) -> RequestFile:
    """Look at a file of requests of a shape; its first bytes tell how they stand in it.

    Raises:
        SubmitError: it cannot be read, is empty, or is nothing that requests can be read from.
    """
    descriptor = open_file(path)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise unusable(path, "it is no ordinary file", "hand a pipe in as standard input: -")
        head = os.read(descriptor, _HEAD_BYTES)
    except OSError as error:
        raise SubmitError(*disk_words(error, path, "read")) from error
    finally:
        os.close(descriptor)
    _check_head(path, head)
    file = replace(_looked_at(path, head, status.st_size), shape=shape)
    if template is None:
        return _without_template(file)
    return _with_template(file, read_template(template))


def open_by_look(path: Path) -> RequestFile:
    """Look at a file of requests of whatever shape; raises as `open_requests`."""
    return open_requests(path, shape=shape_by_look(path) or ANTHROPIC)


def shape_by_look(path: Path) -> Shape | None:
    """The shape of a file's first request; None where that is of no known one.

    Raises:
        SubmitError: see `open_requests`.
    """
    first = _first_row(open_requests(path))
    return shape_of(first.values) if first else None


_PACKED = {
    b"\x1f\x8b": ("it is compressed with gzip", "unpack it: gunzip -k"),
    b"\x28\xb5\x2f\xfd": ("it is compressed with zstd", "unpack it: unzstd"),
    b"PK\x03\x04": ("it is a zip archive or a spreadsheet", "unpack it, or export it as CSV"),
    b"\xff\xfe": ("it is UTF-16", "convert it: iconv -f UTF-16 -t UTF-8"),
    b"\xfe\xff": ("it is UTF-16", "convert it: iconv -f UTF-16 -t UTF-8"),
    b"PAR1": ("it is a Parquet file", "export it as JSON lines or CSV"),
    b"SQLite format 3": ("it is a SQLite database", "export it as JSON lines or CSV"),
}


def _check_head(path: Path, head: bytes) -> None:
    if not head.removeprefix(_BOM).strip():
        raise unusable(path, "it is empty" if len(head) < _HEAD_BYTES else "it begins with blanks")
    for magic, (why, hint) in _PACKED.items():
        if head.startswith(magic):
            raise unusable(path, why, hint)
    if b"\0" in head:
        utf16 = head.count(b"\0") > len(head) // 4
        why = "it is UTF-16 or the like" if utf16 else "it is a binary file"
        raise unusable(path, why, "requests are read from JSON or CSV, in UTF-8")


_BODY = re.compile(rb'\s*\{\s*"requests"\s*:\s*\[')
_ARRAY = re.compile(rb"\s*\[")
_OBJECT = re.compile(rb"\s*\{")


def _looked_at(path: Path, head: bytes, size: int) -> RequestFile:
    mark = len(_BOM) if head.startswith(_BOM) else 0
    if path.suffix.lower() in _TABLES:
        return RequestFile(path, Form.CSV, size, mark)
    for pattern, closing in ((_BODY, b"}"), (_ARRAY, b"")):
        if found := pattern.match(head, mark):
            line = 1 + head.count(b"\n", 0, found.end())
            return RequestFile(path, Form.ARRAY, size, found.end(), line, closing)
    form = Form.LINES if _OBJECT.match(head, mark) else Form.CSV
    return RequestFile(path, form, size, mark)


def _without_template(file: RequestFile) -> RequestFile:
    if file.form is not Form.CSV:
        return file
    if file.path.suffix.lower() in _TABLES:
        hint = "--template FILE says what the params of each row are"
        raise unusable(file.path, "a table alone makes no requests", hint)
    hint = f"each line is a request: {file.shape.example}"
    raise unusable(file.path, "it is no JSON", hint)


def _with_template(file: RequestFile, document: Json) -> RequestFile:
    if file.form is not Form.CSV:
        template = Template(document, has_id_column=_first_has_id(file), shape=file.shape)
        return replace(file, template=template)
    with Reading(file) as reading:
        rows = reading.csv_rows()
    has_id_column = file.shape.id_field in rows.columns
    template = Template(document, has_id_column=has_id_column, shape=file.shape)
    template.check_columns(rows.columns)
    return replace(file, template=template, columns=tuple(rows.columns), delimiter=rows.delimiter)


def _first_row(file: RequestFile) -> RowPiece | None:
    with Reading(file) as reading:
        return next(json_rows(reading.json_pieces()), None)


def _first_has_id(file: RequestFile) -> bool:
    first = _first_row(file)
    return first is not None and file.shape.id_field in first.values
