"""Rows on their way out of a results file: in groups of bounded size, decoded at most once.

A decoded line holds only what a table of results has columns for; all else is skipped
undecoded, which makes it several times as fast as a whole `Record`.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import msgspec

from batchtui.core.errors import ResultsError
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.reading.shapes.choice import outcome_of
from batchtui.results.reading.shapes.outcome import Outcome
from batchtui.results.reading.wire import (
    BrokenLineError,
    Json,
    decode,
    error_of,
    line_text,
    list_of,
    object_of,
    text_of,
)

GROUP_BYTES = 4 << 20
"""How much of the file a group holds, unless a single line is longer."""

GROUP_ROWS = 10_000

_NO_JSON = msgspec.Raw(b"")


class ContentBlock(msgspec.Struct, gc=False):
    """A content block, as far as a table shows it. `input` and `citations` are JSON, or empty."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = _NO_JSON
    citations: msgspec.Raw = _NO_JSON


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    content: list[ContentBlock] | str | None = None


class _InnerError(msgspec.Struct, gc=False):
    type: str | None = None
    message: str | None = None


class _Error(msgspec.Struct, gc=False):
    error: _InnerError | None = None
    message: str | None = None
    request_id: str | None = None


class _Result(msgspec.Struct, gc=False):
    message: _Message | None = None
    error: _Error | None = None


class _Line(msgspec.Struct, gc=False):
    custom_id: str | None = None
    result: _Result | None = None


_DECODER = msgspec.json.Decoder(_Line)


class Answer:
    """What one line says. Texts are empty where it does not say it, and fit into UTF-8."""

    __slots__ = ("_content", "custom_id", "error_message", "message_id", "request_id")

    def __init__(self, line: bytes) -> None:
        try:
            value = _DECODER.decode(line)
        except (ValueError, RecursionError):
            value = _odd_line(line)
        else:
            value = value if value.result else _odd_line(line)
        result = value.result or _NO_RESULT
        message, error = result.message or _NO_MESSAGE, result.error or _NO_ERROR
        self.custom_id = value.custom_id or ""
        self.message_id = message.id or ""
        self.request_id = error.request_id or ""
        inner = error.error
        self.error_message = (inner.message if inner else error.message) or ""
        self._content = message.content

    @property
    def blocks(self) -> Sequence[ContentBlock]:
        """Its content blocks."""
        return self._content if isinstance(self._content, list) else ()

    @property
    def text(self) -> str:
        """Its text blocks; the API cuts a text at its citations, so such ones are one text."""
        if isinstance(self._content, str):
            return self._content
        texts = [block for block in self.blocks if block.type == "text"]
        if len(texts) == 1:
            return texts[0].text or ""
        cited = any(bytes(block.citations) not in _NOTHING for block in texts)
        return ("" if cited else "\n\n").join(block.text or "" for block in texts)


_NO_RESULT, _NO_MESSAGE, _NO_ERROR = _Result(), _Message(), _Error()
_NOTHING = (b"", b"null", b"[]")


def _odd_line(line: bytes) -> _Line:
    """A line that the typed decoder refuses: odd types or encoding. A broken one is all text."""
    try:
        value = object_of(decode(line))
    except BrokenLineError:
        return _Line(result=_Result(message=_Message(content=line_text(line))))
    if outcome := outcome_of(value):
        return _line_of(outcome)
    result = object_of(value.get("result"))
    message = object_of(result.get("message"))
    error = error_of(result.get("error"))
    content = message.get("content")
    return _Line(
        _storable(value.get("custom_id")),
        _Result(
            _Message(
                _storable(message.get("id")),
                _storable(content) or [_odd_block(object_of(item)) for item in list_of(content)],
            ),
            _Error(
                message=_storable(error.get("message")) or _storable(result.get("error")),
                request_id=_storable(object_of(result.get("error")).get("request_id")),
            ),
        ),
    )


def _line_of(outcome: Outcome) -> _Line:
    blocks = [_odd_block(object_of(block)) for block in outcome.content]
    error = _Error(
        message=_storable(outcome.error_message or outcome.remark),
        request_id=_storable(outcome.request_id),
    )
    message = _Message(_storable(outcome.message_id), blocks)
    return _Line(_storable(outcome.custom_id), _Result(message, error))


def _odd_block(block: dict[str, Json]) -> ContentBlock:
    texts = {key: _storable(block.get(key)) for key in ("type", "text", "thinking", "id", "name")}
    return ContentBlock(
        **texts, input=_odd_json(block.get("input")), citations=_odd_json(block.get("citations"))
    )


def _odd_json(value: Json) -> msgspec.Raw:
    try:
        return _NO_JSON if value is None else msgspec.Raw(msgspec.json.encode(value))
    except (ValueError, RecursionError):
        return _NO_JSON


def _storable(value: Json) -> str:
    return storable(text_of(value))


def storable(text: str) -> str:
    """The text with what UTF-8 cannot hold (lone surrogates) as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


class RowGroup:
    """Some rows of a file; their lines and answers are read when first asked for."""

    def __init__(self, file: ResultsFile, rows: Sequence[int]) -> None:
        self.file = file
        self.rows = rows

    @cached_property
    def lines(self) -> list[bytes]:
        """The bytes of each row.

        Raises:
            ResultsError: the file cannot be read, was cut since, or its last line goes on.
        """
        try:
            return self._read_lines()
        except IndexError as error:
            raise _taken_back(self.file, self.rows[-1]) from error

    def _read_lines(self) -> list[bytes]:
        file, rows = self.file, self.rows
        first, last = rows[0], rows[-1]
        if not self._is_dense(first, last):
            return [file.line(row) for row in rows]
        lines = file.lines(first, last + 1)
        if len(lines[-1]) < file.index.lengths[last]:
            file.line(last)
        return lines if len(lines) == len(rows) else [lines[row - first] for row in rows]

    def _is_dense(self, first: int, last: int) -> bool:
        """Reading all from the first to the last row reads little that is not wanted."""
        rows, index = self.rows, self.file.index
        if any(later <= row for row, later in pairwise(rows)):
            return False
        wanted = sum(index.lengths[row] for row in rows)
        return index.offsets[last] + index.lengths[last] - index.offsets[first] <= 2 * wanted + 4096

    @cached_property
    def answers(self) -> list[Answer]:
        """What each row says. Raises as `lines`."""
        answers = [Answer(line) for line in self.lines]
        if len(answers) == 1:
            self.forget()
        return answers

    def forget(self) -> None:
        """Keep what was read no more: a single row may be as large as all of a group."""
        self.__dict__.pop("lines", None)
        self.__dict__.pop("answers", None)


def row_groups(
    file: ResultsFile,
    rows: Iterable[int] | None,
    group_bytes: int = GROUP_BYTES,
    group_rows: int = GROUP_ROWS,
) -> Iterator[RowGroup]:
    """All rows of the file (`rows` is None) or some, in the given order.

    Raises:
        ResultsError: the file's last line goes on, so that it is no row any more.
    """
    gathered: list[int] = []
    size = 0
    for row in range(len(file)) if rows is None else rows:
        length = _length(file, row)
        if gathered and (size + length > group_bytes or len(gathered) >= group_rows):
            yield RowGroup(file, gathered)
            gathered, size = [], 0
        gathered.append(row)
        size += length
    if gathered:
        yield RowGroup(file, gathered)


def _length(file: ResultsFile, row: int) -> int:
    try:
        return file.index.lengths[row]
    except IndexError as error:
        raise _taken_back(file, row) from error


def _taken_back(file: ResultsFile, row: int) -> ResultsError:
    what = f"cannot read row {row + 1} of {file.path}"
    return ResultsError(what, "its line had no end and goes on", "try it again")
