"""Rows for a template: CSV, or JSON objects."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from batchtui.core.errors import SubmitError
from batchtui.requests.findings import Finding, Rule
from batchtui.requests.framing import Piece
from batchtui.requests.template import Row

_decode_row = msgspec.json.Decoder(dict[str, Any]).decode

DELIMITERS = ",;\t"
"""Of these, the heading has most of the one that separates cells."""

MAX_RECORD_BYTES = 8 << 20
"""A longer record is taken for one with a quote that never closes."""


class RowPiece(NamedTuple):
    """A row and where it stands; without values where it has a fault."""

    values: Row
    piece: Piece


def json_rows(pieces: Iterable[Piece]) -> Iterator[RowPiece]:
    """A row of each piece."""
    for piece in pieces:
        yield json_row(piece)


def json_row(piece: Piece) -> RowPiece:
    """The row that a JSON object is."""
    if piece.fault:
        return RowPiece({}, piece)
    try:
        return RowPiece(_decode_row(piece.raw), piece)
    except (ValueError, RecursionError) as error:
        fault = Finding(Rule.JSON, "is no JSON object", detail=str(error))
        return RowPiece({}, piece._replace(fault=fault))


class CsvRows:
    """The rows of a CSV file, from its lines with their ends. The first record is the heading.

    Raises:
        SubmitError: the heading cannot be read.
    """

    def __init__(self, lines: Iterator[Piece]) -> None:
        first = next(lines, None)
        if first is None:
            raise SubmitError("cannot read the heading of the CSV file", "the file is empty")
        self.delimiter = max(DELIMITERS, key=lambda char: first.raw.count(char.encode()))
        self._feed = _Feed(chain([first], lines))
        self._reader = _reader(self._feed, self.delimiter)
        try:
            self.columns = next(self._reader, [])
        except (csv.Error, UnicodeDecodeError) as error:
            why = _fault(error)
            raise SubmitError(
                "cannot read the heading of the CSV file", why.detail or why.message, why.hint
            ) from error

    def __iter__(self) -> Iterator[RowPiece]:
        """Each record; one that cannot be read is the last, since nothing after it can be."""
        while True:
            self._feed.begin()
            try:
                cells = next(self._reader, None)
            except (csv.Error, UnicodeDecodeError) as error:
                yield RowPiece({}, self._feed.taken(_fault(error)))
                return
            if cells is None:
                return
            if cells:
                yield csv_row(cells, self.columns, self._feed.taken())


def csv_row(cells: list[str], columns: list[str], piece: Piece) -> RowPiece:
    """The row of a record."""
    if len(cells) == len(columns):
        return RowPiece(dict(zip(columns, cells, strict=True)), piece)
    message = f"does not have {len(columns)} cells as the heading has"
    hint = "a cell with the delimiter or a line break in it stands in quotes"
    fault = Finding(Rule.CSV, message, hint, f"it has {len(cells)}")
    return RowPiece({}, piece._replace(fault=fault))


def csv_record(raw: bytes, delimiter: str) -> list[str]:
    """The cells of one record, as it was found to stand in a file."""
    lines = StringIO(str(raw, "utf-8"), newline="\n")
    return next(_reader(lines, delimiter), [])


def _reader(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_RECORD_BYTES)
    return csv.reader(lines, delimiter=delimiter, strict=True)


class _Feed:
    """Hands lines to the CSV reader, and knows where the record began that they belong to."""

    def __init__(self, lines: Iterable[Piece]) -> None:
        self._lines = iter(lines)
        self._first: Piece | None = None
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        piece = next(self._lines)
        self._first = self._first or piece
        self._size += piece.size
        if self._size > MAX_RECORD_BYTES:
            raise csv.Error(_TOO_LONG)
        return str(piece.raw, "utf-8")

    def begin(self) -> None:
        self._first, self._size = None, 0

    def taken(self, fault: Finding | None = None) -> Piece:
        """Where the record stands in the file; its bytes are not kept."""
        first = self._first or Piece(b"", 0, 0, 0)
        return Piece(b"", first.offset, self._size, first.line, fault)


_TOO_LONG = f"it is longer than {MAX_RECORD_BYTES >> 20} MiB; is there a quote that never closes?"


def _fault(error: Exception) -> Finding:
    if isinstance(error, UnicodeDecodeError):
        return Finding(Rule.ENCODING, "is not UTF-8", "save the file as UTF-8")
    hint = "nothing after it could be read; a quote within a quoted cell is doubled"
    return Finding(Rule.CSV, "is no CSV", hint, str(error))
