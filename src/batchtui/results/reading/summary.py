"""What a list shows of a row that no column holds: its custom_id and the head of its text."""

import json
import re
from typing import NamedTuple

from batchtui.results.reading.shapes.choice import id_of_line, outcome_of
from batchtui.results.reading.shapes.outcome import SUCCEEDED, Outcome
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

_PATTERNS = tuple(
    re.compile(rb'"%s"\s*:\s*"((?:[^"\\]|\\u[0-9a-fA-F]{4}|\\["\\/bfnrt]){1,2000})' % key)
    for key in (b"text", b"message", b"thinking", b"content")
)
"""The heads of texts in JSON, the most telling first."""

_ID = re.compile(
    rb'\A\s*\{(?:\s*"\w+"\s*:\s*(?:"[^"\\]*"|null)\s*,)*?'
    rb'\s*"(?:custom_id|agent_id)"\s*:\s*("(?:[^"\\]|\\.)*")'
)
"""An id with nothing but short values before it, as all servers write it."""

_TEXT_FIELDS = {
    "text": "text",
    "thinking": "thinking",
    "compaction": "content",
    "refusal": "refusal",
}


class Summary(NamedTuple):
    """Neither text is masked; `preview` is on one line."""

    custom_id: str
    preview: str


def summarize(line: bytes, limit: int) -> Summary:
    """The custom_id of a line and at most `limit` characters of what it says."""
    try:
        value = object_of(decode(line))
    except BrokenLineError:
        return Summary("", _head(line_text(line[: 4 * limit]), limit))
    if outcome := outcome_of(value):
        return Summary(outcome.custom_id, _head(_of_outcome(outcome), limit))
    result = object_of(value.get("result"))
    text = _of_message(object_of(result.get("message"))) or _of_error(result.get("error"))
    if not result:
        text = line_text(line[: 4 * limit])
    return Summary(text_of(value.get("custom_id")), _head(text, limit))


def preview_of(head: bytes, limit: int) -> str:
    """At most `limit` characters of what a long line says, as far as its head tells."""
    for pattern in _PATTERNS:
        if match := pattern.search(head):
            quoted = match[1].decode("utf-8", "ignore")
            return _head(json.loads(f'"{quoted}"', strict=False), limit)
    return _head(line_text(head[: 4 * limit]), limit)


def id_of_head(head: bytes) -> str:
    """The id of a long line, if its head tells; else empty."""
    match = _ID.match(head)
    return id_of_line(b'{"custom_id":%s}' % match[1]) if match else ""


def _head(text: str, limit: int) -> str:
    return " ".join(text.lstrip()[:limit].split())


def _of_outcome(outcome: Outcome) -> str:
    if outcome.type != SUCCEEDED:
        return outcome.error_message or outcome.remark or outcome.error_type
    return _of_message({"content": outcome.content})


def _of_message(message: dict[str, Json]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    blocks = [object_of(block) for block in list_of(content)]
    for kind in (
        "text",
        "refusal",
        "tool_use",
        "server_tool_use",
        "mcp_tool_use",
        "thinking",
        "compaction",
    ):
        for block in blocks:
            text = _of_block(block) if block.get("type") == kind else ""
            if text.strip():
                return text
    return _of_stop(object_of(message.get("stop_details")))


def _of_block(block: dict[str, Json]) -> str:
    field = _TEXT_FIELDS.get(text_of(block.get("type")))
    if field:
        return text_of(block.get(field))
    try:
        arguments = json.dumps(block.get("input", {}), ensure_ascii=False)
    except RecursionError:
        arguments = "{…}"
    return f"{text_of(block.get('name'))} {arguments}"


def _of_stop(details: dict[str, Json]) -> str:
    return text_of(details.get("explanation")) or text_of(details.get("category"))


def _of_error(error: Json) -> str:
    inner = error_of(error)
    return text_of(inner.get("message")) or text_of(inner.get("type")) or text_of(error)
