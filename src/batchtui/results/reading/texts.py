"""The texts of a result as a person reads them: what a search looks at.

The custom_id, texts, thinking, citations, tool names, the string values of tool inputs, what
tools gave back, error messages; never keys, punctuation or escapes of the JSON, nor ids of
blocks and encrypted data. The whole text of a broken line, and the strings of a line that
is no result.
"""

from collections.abc import Iterator

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
    strings_in,
    text_of,
)

_NOT_READ = frozenset(
    {
        "type", "id", "tool_use_id", "caller", "signature", "encrypted_content",
        "encrypted_index", "encrypted_stdout", "media_type", "input_schema",
    }
)  # fmt: skip
"""Keys of content blocks whose strings nobody reads."""

_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


def texts_of_line(line: bytes) -> Iterator[str]:
    """The texts of a line of results, each by itself."""
    try:
        value = decode(line)
    except BrokenLineError:
        yield line_text(line)
        return
    result = object_of(value).get("result")
    if isinstance(result, dict):
        yield from strings_in(object_of(value).get("custom_id"))
        yield from _of_result(result)
    elif outcome := outcome_of(value):
        yield from _of_outcome(outcome)
    else:
        yield from strings_in(value)


def _of_outcome(outcome: Outcome) -> Iterator[str]:
    yield from strings_in(outcome.custom_id or None)
    yield from _of_content([block for block in outcome.content if _is_read(block)])
    yield from strings_in(outcome.error)


def _is_read(block: Json) -> bool:
    """Of an embedding, nobody reads the numbers."""
    return object_of(block).get("type") != "embedding"


def _of_result(result: dict[str, Json]) -> Iterator[str]:
    kind = result.get("type")
    message = object_of(result.get("message"))
    if kind == "succeeded" and message:
        yield from _of_content(message.get("content"))
        yield from strings_in(message.get("stop_details"), _NOT_READ)
    elif kind == "errored":
        yield from _of_error(result.get("error"))
    else:
        yield from strings_in({key: value for key, value in result.items() if key != "type"})


def _of_error(error: Json) -> Iterator[str]:
    inner = error_of(error)
    yield from strings_in(inner or error)


def _of_content(content: Json) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for item in list_of(content):
        block = object_of(item)
        kind = text_of(block.get("type"))
        if kind == "redacted_thinking":
            continue
        if kind in _CALLS:
            yield from strings_in([block.get("name"), block.get("server_name")])
            yield from strings_in(block.get("input"))
        elif kind == "web_fetch_tool_result":
            yield from _of_fetched(object_of(block.get("content")))
        elif block:
            yield from strings_in(block, _NOT_READ)
        else:
            yield from strings_in(item)


def _of_fetched(content: dict[str, Json]) -> Iterator[str]:
    document = object_of(content.get("content"))
    source = object_of(document.get("source"))
    hidden = _NOT_READ if source.get("type") == "text" else _NOT_READ | {"data"}
    yield from strings_in(content, hidden)
