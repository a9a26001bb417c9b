"""The columns that a table of results can have."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import NamedTuple

import msgspec

from batchtui.core.errors import UsageError
from batchtui.core.text import nearest
from batchtui.results.export.rows import GROUP_ROWS, Answer, ContentBlock, RowGroup, storable
from batchtui.results.file.line_index import ABSENT
from batchtui.results.query.inputs import Inputs
from batchtui.results.reading.wire import line_text

Value = str | int | None

INPUT = "input"
"""The column of prompts. `input.max_tokens` is that of a param, by its path below the params."""

REQUEST = "request"
"""The column of all params, as JSON."""


class FieldKind(Enum):
    """What the values of a column are."""

    TEXT = "text"
    NAME = "name"
    """Text, one out of a few different ones."""
    INTEGER = "integer"


class Field(NamedTuple):
    """A column: `read` gives its values for a group, one per row."""

    name: str
    kind: FieldKind
    meaning: str
    read: Callable[[RowGroup], Sequence[Value]]


def choose(names: Iterable[str], inputs: Inputs | None = None) -> tuple[Field, ...]:
    """The columns of these names, in their order; `inputs` are what is read for `input`.

    Raises:
        UsageError: there is no such column, it is named twice, or none is named.
    """
    chosen: dict[str, Field] = {}
    for name in names:
        field = _of_requests(name, inputs) if is_of_requests(name) else FIELDS.get(name)
        if field is None:
            known = (*FIELDS, INPUT, REQUEST)
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(known)}"
            raise UsageError(f"there is no field {name!r}", hint=hint)
        if name in chosen:
            raise UsageError(f"the field {name} is named twice")
        chosen[name] = field
    if not chosen:
        raise UsageError("no field is named", hint=f"there are: {', '.join(FIELDS)}")
    return tuple(chosen.values())


def is_of_requests(name: str) -> bool:
    """It is a column of what was asked, which needs the requests."""
    path = name.split(".")
    return name == REQUEST or (path[0] == INPUT and all(path))


def rows_at_once(columns: Iterable[Field]) -> int:
    """Into how many rows a group may go: few of them where each has a request, of any size."""
    return _ASKED_ROWS if any(is_of_requests(one.name) for one in columns) else GROUP_ROWS


_ASKED_ROWS = 500


def _of_requests(name: str, inputs: Inputs | None) -> Field:
    """What was asked; empty where there are no requests, not this one, or no such param."""
    path = tuple(name.split(".")[1:])

    def read(answer: Answer) -> str:
        if inputs is None:
            return ""
        if name == INPUT:
            return storable(inputs.prompt(answer.custom_id))
        return storable(inputs.param(answer.custom_id, path))

    return _text(name, "what was asked, from the request", read)


def _text(name: str, meaning: str, read: Callable[[Answer], str]) -> Field:
    def values(group: RowGroup) -> list[str]:
        return [read(answer) for answer in group.answers]

    return Field(name, FieldKind.TEXT, meaning, values)


def _name(name: str, column: str, meaning: str) -> Field:
    def values(group: RowGroup) -> list[str]:
        names = group.file.index.words(column)
        found = [names[row] for row in group.rows]
        stored = {name: storable(name) for name in set(found)}
        return [stored[name] for name in found]

    return Field(name, FieldKind.NAME, meaning, values)


def _tokens(name: str, column: str, meaning: str) -> Field:
    def values(group: RowGroup) -> list[int | None]:
        counts = group.file.index.counts(column)
        found = (counts[row] for row in group.rows)
        return [None if count == ABSENT else count for count in found]

    return Field(name, FieldKind.INTEGER, meaning, values)


def _row_numbers(group: RowGroup) -> list[int]:
    return [row + 1 for row in group.rows]


def _lengths(group: RowGroup) -> list[int]:
    return [group.file.index.lengths[row] for row in group.rows]


def _raw_lines(group: RowGroup) -> list[str]:
    return [line_text(line) for line in group.lines]


def _thinking(answer: Answer) -> str:
    return "\n\n".join(block.thinking for block in answer.blocks if block.thinking)


def _block_kinds(answer: Answer) -> str:
    return ",".join(dict.fromkeys(block.type or "" for block in answer.blocks))


def _tool_calls(answer: Answer) -> str:
    calls = [_call(block) for block in answer.blocks if (block.type or "").endswith("tool_use")]
    return msgspec.json.encode(calls).decode() if calls else ""


def _call(block: ContentBlock) -> dict[str, object]:
    given = bytes(block.input)
    arguments = msgspec.Raw(given) if given else None
    return {"type": block.type, "id": block.id, "name": block.name, "input": arguments}


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("row", FieldKind.INTEGER, "the row's number in the file, from 1", _row_numbers),
        _text("custom_id", "your own id of the request", lambda answer: answer.custom_id),
        _name("type", "type", "succeeded, errored, canceled, expired; broken if it is not JSON"),
        _name("error_type", "error", "the kind of error"),
        _text("error_message", "the error's message", lambda answer: answer.error_message),
        _text("request_id", "the failed request, for support", lambda answer: answer.request_id),
        _name("stop_reason", "stop", "why the model stopped"),
        _name("model", "model", "the model that answered"),
        _text("message_id", "the provider's id of the message", lambda answer: answer.message_id),
        _tokens("input_tokens", "in", "without those of the cache"),
        _tokens("output_tokens", "out", "with those of thinking"),
        _tokens("cache_read_input_tokens", "cache_read", "read from the cache"),
        _tokens("cache_creation_input_tokens", "cache_write", "written to the cache"),
        _text("blocks", "the kinds of content blocks, with commas between", _block_kinds),
        _text("text", "the answer's text; of a broken line all of it", lambda answer: answer.text),
        _text("thinking", "what the model thought", _thinking),
        _text("tool_calls", "a JSON array of type, id, name and input", _tool_calls),
        Field("bytes", FieldKind.INTEGER, "the length of the line", _lengths),
        Field("raw", FieldKind.TEXT, "the line itself, invalid UTF-8 replaced", _raw_lines),
    )
}
"""All columns, by name, in their usual order."""

CSV_FIELDS = (
    "custom_id", "type", "error_type", "error_message", "stop_reason", "model", "input_tokens",
    "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "text",
)  # fmt: skip
"""Columns of a CSV file unless others are chosen: those a spreadsheet is opened for."""

TABLE_FIELDS = tuple(name for name in FIELDS if name != "raw")
"""Columns of a database or Parquet file unless others are chosen."""
