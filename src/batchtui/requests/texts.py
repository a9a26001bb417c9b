"""The texts of a request as a person reads them."""

from collections.abc import Iterator, Sequence

import msgspec

Json = object

SPOKEN = ("system", "instructions", "messages", "input", "prompt")
"""Params that hold what is said to the model, in the APIs that take batches."""

_NOT_READ = frozenset(
    {"type", "id", "tool_use_id", "role", "media_type", "data", "signature", "cache_control"}
)
"""Keys of messages and blocks whose strings nobody reads."""


def texts_of(params: bytes) -> list[str]:
    """All that is said in the params of a request; of params that are no JSON, all of them."""
    fields = _spoken(params)
    if fields is None:
        return [params.decode("utf-8", "replace")]
    return list(_strings([fields[name] for name in SPOKEN if name in fields]))


def prompt_of(params: bytes) -> str:
    """The text of the last message of the user; blocks that are no text by their kinds."""
    fields = _spoken(params) or {}
    messages = fields.get("messages", fields.get("input", fields.get("prompt")))
    if isinstance(messages, str):
        return messages
    for message in reversed(messages) if isinstance(messages, list) else ():
        if isinstance(message, dict) and message.get("role") == "user":
            return "\n\n".join(texts_of_content(message.get("content")))
    return ""


def param_of(params: bytes, path: Sequence[str]) -> str:
    """The value at a path, in which places of arrays count from 0; empty where there is none.

    A text is as it is, all else as the JSON that stands there.
    """
    value = params
    try:
        for name in path:
            value = bytes(_inside(value, name))
        if value.startswith(b'"'):
            return msgspec.json.decode(value, type=str)
        return value.decode("utf-8", "replace")
    except (ValueError, LookupError, RecursionError):
        return ""


def _inside(value: bytes, name: str) -> msgspec.Raw:
    if not value.startswith(b"["):
        return msgspec.json.decode(value, type=dict[str, msgspec.Raw])[name]
    if not name.isdecimal():
        raise LookupError(name)
    return msgspec.json.decode(value, type=list[msgspec.Raw])[int(name)]


def texts_of_content(content: Json) -> Iterator[str]:
    """The texts of a message; other blocks by their kinds, such as `[image]`."""
    if isinstance(content, str):
        yield content
    for block in content if isinstance(content, list) else ():
        text = block.get("text") if isinstance(block, dict) else None
        kind = block.get("type") if isinstance(block, dict) else block
        yield text if isinstance(text, str) else f"[{kind}]"


def _spoken(params: bytes) -> dict[str, Json] | None:
    try:
        fields = msgspec.json.decode(params, type=dict[str, msgspec.Raw])
        return {name: msgspec.json.decode(fields[name]) for name in SPOKEN if name in fields}
    except (ValueError, RecursionError):
        return None


def _strings(values: list[Json]) -> Iterator[str]:
    """The strings in JSON that somebody reads, in their order."""
    waiting = values[::-1]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting += value[::-1]
        elif isinstance(value, dict):
            read = [item for key, item in value.items() if key not in _NOT_READ]
            waiting += read[::-1]
