"""A file of requests as a stream, whatever its form.

Nothing is held but the request at hand. Every pass over the file says what it read: its size
and sha256, by which a later pass knows whether it is still the same.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self

from batchtui.core.disk import disk_words
from batchtui.core.errors import SubmitError
from batchtui.requests import framing
from batchtui.requests.convert import converted
from batchtui.requests.edits import Edit, EditTally, edited
from batchtui.requests.findings import FaultyRequestError, Finding
from batchtui.requests.framing import Piece
from batchtui.requests.parse import Request, parse
from batchtui.requests.rows import CsvRows, RowPiece, csv_record, csv_row, json_row, json_rows
from batchtui.requests.shapes import ANTHROPIC, Shape
from batchtui.requests.template import Template

BLOCK_BYTES = 256 << 10


class Form(StrEnum):
    """How requests stand in a file."""

    LINES = "JSON lines"
    ARRAY = "JSON array"
    CSV = "CSV"


class Stamp(NamedTuple):
    """What tells a file from another, and from itself at another time."""

    size: int
    mtime_ns: int
    sha256: str


class Element(NamedTuple):
    """One request as it is sent, and where in the source it comes from.

    `raw` is without value where there are `findings`: the request could not be made. `offset` and
    `size` are bytes of the source, `line` and `number` count from 1.
    """

    raw: bytes
    number: int
    line: int
    offset: int
    size: int
    findings: tuple[Finding, ...] = ()
    custom_id: str = ""
    """Of a faulty request, where it could be read."""


@dataclass(frozen=True, slots=True)
class RequestFile:
    """Where requests come from, and what is done to each of them on the way."""

    path: Path
    form: Form
    size: int
    start: int
    """The offset at which the requests begin: after a byte order mark, or an array's bracket."""
    first_line: int = 1
    closing: bytes = b""
    """What follows the array: a brace where the file is a whole API body."""
    shape: Shape = ANTHROPIC
    """Of its requests; a table's, once the template has made them."""
    template: Template | None = None
    columns: tuple[str, ...] = ()
    """Of a CSV file."""
    delimiter: str = ""
    edits: tuple[Edit, ...] = ()
    converts: bool = False
    """Requests to OpenAI are translated."""
    only: range | None = None
    """The places, from 0, of those that `requests` gives; None for all."""

    def changed(self, *, edits: Sequence[Edit] = (), converts: bool = False) -> "RequestFile":
        """The same file with other things done to its requests."""
        return replace(self, edits=tuple(edits), converts=converts)

    def part(self, start: int, stop: int) -> "RequestFile":
        """The requests of one batch, where the file was split into several."""
        return replace(self, only=range(start, stop))

    @property
    def is_changed(self) -> bool:
        """What is sent is not what stands in the file."""
        return bool(self.template or self.edits or self.converts)

    def read(self, tally: EditTally | None = None) -> "Reading":
        """Start a pass over the file; `tally` counts what the edits change."""
        return Reading(self, tally)

    def requests(self) -> Iterator[Request]:
        """The requests that are some, in the order of the file; of a part, those of the part.

        Raises:
            SubmitError: the file cannot be read.
        """
        with self.read() as reading:
            for element in reading:
                if self.only is not None and element.number - 1 not in self.only:
                    continue
                try:
                    if not element.findings:
                        yield self.request_of(element)
                except FaultyRequestError:
                    continue

    def element(self, row: RowPiece | Piece, number: int, tally: EditTally | None) -> Element:
        """What becomes of a piece of the file, the `number`th."""
        piece = row.piece if isinstance(row, RowPiece) else row
        place = (number, piece.line, piece.offset, piece.size)
        if piece.fault:
            return Element(b"", *place, (piece.fault,))
        try:
            raw = piece.raw
            if isinstance(row, RowPiece) and self.template:
                raw = self.template.fill(row.values, number)
            if self.converts:
                raw = converted(raw)
            if self.edits:
                raw = edited(raw, self.edits, tally, self.shape)
        except FaultyRequestError as fault:
            return Element(b"", *place, fault.findings, fault.custom_id)
        return Element(raw, *place)

    def element_at(self, source: bytes, number: int, line: int, offset: int) -> Element:
        """As `element`, from the bytes of the source that a pass has told of before."""
        piece = Piece(source, offset, len(source), line)
        if self.form is Form.CSV:
            row = csv_row(csv_record(source, self.delimiter), list(self.columns), piece)
            return self.element(row, number, None)
        return self.element(json_row(piece) if self.template else piece, number, None)

    def request_of(self, element: Element) -> Request:
        """An element as a request.

        Raises:
            FaultyRequestError: it is none.
        """
        if element.findings:
            raise FaultyRequestError(*element.findings, custom_id=element.custom_id)
        parsed = parse(element.raw, self.shape)
        return Request(
            parsed.custom_id, bytes(parsed.params), element.line, element.number, element.raw
        )


class Reading:
    """One pass over a file of requests. A context, which closes the file.

    Raises, also from its iteration: SubmitError where the file cannot be read.
    """

    def __init__(self, file: RequestFile, tally: EditTally | None = None) -> None:
        self._file = file
        self._tally = tally
        self._hash = hashlib.sha256()
        self.taken = 0
        """Bytes of the file that have been read."""
        self._descriptor = open_file(file.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def __iter__(self) -> Iterator[Element]:
        """All requests, good or bad."""
        pieces: Iterator[Piece | RowPiece] = self._pieces()
        for number, piece in enumerate(pieces, 1):
            yield self._file.element(piece, number, self._tally)

    def stamp(self) -> Stamp:
        """What was read; reads what is left of the file first."""
        while self._block():
            pass
        status = os.fstat(self._descriptor)
        return Stamp(self.taken, status.st_mtime_ns, self._hash.hexdigest())

    def csv_rows(self) -> CsvRows:
        """The rows of a CSV file; nothing may have been read before."""
        return CsvRows(framing.whole_lines(self._blocks(), offset=self._file.start))

    def json_pieces(self) -> Iterator[Piece]:
        """The lines or elements of a JSON file; nothing may have been read before."""
        file, blocks = self._file, self._blocks()
        if file.form is Form.LINES:
            return framing.lines(blocks, offset=file.start)
        return framing.elements(
            blocks, offset=file.start, line=file.first_line, closing=file.closing
        )

    def _pieces(self) -> Iterator[Piece | RowPiece]:
        if self._file.form is Form.CSV:
            return iter(self.csv_rows())
        pieces = self.json_pieces()
        return json_rows(pieces) if self._file.template else pieces

    def _blocks(self) -> Iterator[bytes]:
        """The file from where its requests begin."""
        to_skip = self._file.start
        while block := self._block():
            yield block[to_skip:]
            to_skip = max(0, to_skip - len(block))

    def _block(self) -> bytes:
        try:
            block = os.read(self._descriptor, BLOCK_BYTES)
        except OSError as error:
            raise SubmitError(*disk_words(error, self._file.path, "read")) from error
        self._hash.update(block)
        self.taken += len(block)
        return block


def open_file(path: Path) -> int:
    """The descriptor of a file to read from, which the caller closes.

    Raises:
        SubmitError: it is a folder, or cannot be opened.
    """
    try:
        # A pipe without a writer must not make us wait: it is refused all the same.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError):
            raise unusable(path, str(error)) from error
        raise SubmitError(*disk_words(error, path, "read")) from error
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise unusable(path, "it is a folder", "name a file of requests")
    return descriptor


def unusable(path: Path, why: str, hint: str = "") -> SubmitError:
    """The error to raise for a file that no requests can be read from."""
    return SubmitError(f"cannot read requests from {path}", why, hint)
