"""One result, decoded whole, in a form for reading."""

from dataclasses import dataclass
from typing import NamedTuple

from batchtui.results.blocks import Block, BlockStyle
from batchtui.results.content import read_blocks
from batchtui.results.index import BROKEN, UNKNOWN
from batchtui.results.wire import (
    BrokenLineError,
    Json,
    decode,
    error_of,
    line_text,
    object_of,
    pretty,
    text_of,
)

_SHOWN_KEYS = frozenset(
    {
        "id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details",
        "usage",
    }
)  # fmt: skip
"""Keys of a message that a record shows in a place of their own."""

_WITHOUT_ANSWER = {
    "canceled": "The batch was canceled before this request was processed. It is not billed.",
    "expired": "The batch expired before this request was processed. It is not billed.",
}


_MAX_USAGE_DEPTH = 6


class UsageLine(NamedTuple):
    """One number of a message's `usage`, named by its path: `cache_creation.ephemeral_5m_…`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """A result. Texts are the wire's own: mask them before a terminal.

    `blocks` tell all of it, errors and refusals included, from top to bottom; the other
    fields are for a margin or a head. Texts are empty where the result has none.
    """

    custom_id: str
    type: str
    blocks: tuple[Block, ...]
    raw: bytes
    """The line as it is in the file."""
    model: str = ""
    message_id: str = ""
    stop_reason: str = ""
    stop_sequence: str = ""
    usage: tuple[UsageLine, ...] = ()
    error_type: str = ""
    error_message: str = ""
    request_id: str = ""
    """The provider's id of the failed request, for its support."""

    @property
    def answer(self) -> str:
        """What the model said: its text blocks, without citation marks."""
        return _answer(self.raw)

    @property
    def json_text(self) -> str:
        """The line as indented JSON; a broken line as it is."""
        try:
            return pretty(decode(self.raw))
        except BrokenLineError:
            return line_text(self.raw)


def parse_record(line: bytes) -> Record:
    """Read a line of results. Never fails: what cannot be understood is shown as it is."""
    try:
        value = decode(line)
    except BrokenLineError as error:
        return _broken(line, error)
    result = object_of(value).get("result")
    if not isinstance(result, dict):
        block = Block(UNKNOWN, "not a batch result", pretty(value), BlockStyle.JSON)
        return Record(text_of(object_of(value).get("custom_id")), UNKNOWN, (block,), line)
    custom_id = text_of(object_of(value).get("custom_id"))
    kind = text_of(result.get("type")) or UNKNOWN
    if kind == "succeeded" and isinstance(result.get("message"), dict):
        return _succeeded(custom_id, object_of(result["message"]), line)
    if kind == "errored":
        return _errored(custom_id, result.get("error"), line)
    return Record(custom_id, kind, (_other(kind, result),), line)


def _broken(line: bytes, error: BrokenLineError) -> Record:
    title = f"not JSON: {error}"
    return Record("", BROKEN, (Block(BROKEN, title, line_text(line), BlockStyle.ERROR),), line)


def _other(kind: str, result: dict[str, Json]) -> Block:
    body = _WITHOUT_ANSWER.get(kind)
    if body and len(result) == 1:
        return Block(kind, kind, body, BlockStyle.MUTED)
    return Block(kind, kind, pretty(result), BlockStyle.JSON)


def _succeeded(custom_id: str, message: dict[str, Json], line: bytes) -> Record:
    blocks = read_blocks(message.get("content"))
    blocks += _refusal(message.get("stop_details"))
    rest: Json = {key: value for key, value in message.items() if key not in _SHOWN_KEYS and value}
    if rest:
        blocks += (Block("details", "details", pretty(rest), BlockStyle.JSON, fold=True),)
    return Record(
        custom_id,
        "succeeded",
        blocks,
        line,
        model=text_of(message.get("model")),
        message_id=text_of(message.get("id")),
        stop_reason=text_of(message.get("stop_reason")),
        stop_sequence=text_of(message.get("stop_sequence")),
        usage=tuple(_usage_lines("", object_of(message.get("usage")))),
    )


def _refusal(details: Json) -> tuple[Block, ...]:
    """Why the model stopped, where it says more than a stop reason."""
    stop = object_of(details)
    if not stop:
        return ()
    words = [text_of(stop.get(key)) for key in ("type", "category")]
    title = " · ".join(word for word in words if word)
    lines = [text_of(stop.get("explanation"))]
    if model := text_of(stop.get("recommended_model")):
        lines.append(f"Recommended model: {model}")
    body = "\n\n".join(filter(None, lines)) or "No explanation is given."
    return (Block("refusal", title or "stopped", body, BlockStyle.ERROR),)


def _errored(custom_id: str, error: Json, line: bytes) -> Record:
    inner = error_of(error)
    error_type = text_of(inner.get("type"))
    message = text_of(inner.get("message")) or text_of(error)
    request_id = text_of(object_of(error).get("request_id")) or text_of(inner.get("request_id"))
    blocks = (
        Block("error", error_type or "error", message or "No message.", BlockStyle.ERROR),
        Block("details", "the whole error", pretty(error), BlockStyle.JSON, fold=bool(message)),
    )
    return Record(
        custom_id,
        "errored",
        blocks,
        line,
        error_type=error_type,
        error_message=message,
        request_id=request_id,
    )


def _usage_lines(prefix: str, usage: dict[str, Json]) -> list[UsageLine]:
    """The numbers and words of `usage`, without nulls and without zeros below the first level."""
    lines = []
    for key, value in usage.items():
        if prefix.count(".") > _MAX_USAGE_DEPTH:
            lines.append(UsageLine(prefix + key, "…"))
        elif isinstance(value, dict):
            lines += _usage_lines(f"{prefix}{key}.", value)
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                lines += _usage_lines(f"{prefix}{key}.{number}.", object_of(item))
        elif value is not None and not (prefix and value == 0):
            lines.append(UsageLine(prefix + key, str(value)))
    return lines


def _answer(line: bytes) -> str:
    try:
        result = object_of(object_of(decode(line)).get("result"))
    except BrokenLineError:
        return ""
    content = object_of(result.get("message")).get("content")
    if isinstance(content, str):
        return content
    blocks = [object_of(block) for block in content] if isinstance(content, list) else []
    texts = [block for block in blocks if block.get("type") == "text"]
    cited = any(block.get("citations") for block in texts)
    return ("" if cited else "\n\n").join(text_of(block.get("text")) for block in texts)
