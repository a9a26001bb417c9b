"""Reading lines of results into records: what Anthropic's mean is known here."""

from batchtui.results.reading.blocks import Block, BlockStyle
from batchtui.results.reading.content import read_blocks
from batchtui.results.reading.record import Record, UsageLine
from batchtui.results.reading.row_types import BROKEN, UNKNOWN
from batchtui.results.reading.shapes.choice import outcome_of
from batchtui.results.reading.shapes.outcome import SUCCEEDED, Outcome
from batchtui.results.reading.wire import (
    BrokenLineError,
    Json,
    decode,
    error_of,
    line_text,
    list_of,
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

_RESULT = ".result"
_MESSAGE = ".result.message"
_ERROR = ".result.error"


def parse_record(line: bytes, *, most: int | None = None) -> Record:
    """Read a line of results. Never fails: what cannot be understood is shown as it is.

    Of more than `most` content blocks, the others are only counted.
    """
    try:
        value = decode(line)
    except BrokenLineError as error:
        return _broken(line, error)
    result = object_of(value).get("result")
    if outcome := outcome_of(value):
        return _of_outcome(outcome, line, most)
    if not isinstance(result, dict):
        block = Block(UNKNOWN, "not a batch result", pretty(value), BlockStyle.JSON, path=".")
        return Record(text_of(object_of(value).get("custom_id")), UNKNOWN, (block,), line)
    custom_id = text_of(object_of(value).get("custom_id"))
    kind = text_of(result.get("type")) or UNKNOWN
    if kind == "succeeded" and isinstance(result.get("message"), dict):
        return _succeeded(custom_id, object_of(result["message"]), line, most)
    if kind == "errored":
        return _errored(custom_id, result.get("error"), line)
    return Record(custom_id, kind, (_other(kind, result),), line)


def _of_outcome(outcome: Outcome, line: bytes, most: int | None) -> Record:
    shown = outcome.pieces[:most]
    blocks = read_blocks([piece.block for piece in shown], paths=[piece.path for piece in shown])
    if len(shown) < len(outcome.pieces):
        blocks += (_left_out(len(outcome.pieces) - len(shown), "."),)
    if outcome.type != SUCCEEDED:
        blocks += _failure(outcome)
    if outcome.rest:
        blocks += (_details(outcome.rest, outcome.rest_path),)
    return Record(
        outcome.custom_id,
        outcome.type,
        blocks,
        line,
        answer=_answer(outcome.content),
        model=outcome.model,
        message_id=outcome.message_id,
        stop_reason=outcome.stop_reason,
        usage=tuple(_usage_lines("", outcome.usage)),
        error_type=outcome.error_type,
        error_message=outcome.error_message or outcome.remark,
        request_id=outcome.request_id,
    )


def _failure(outcome: Outcome) -> tuple[Block, ...]:
    words = outcome.error_message or outcome.remark
    blocks = _error_blocks(outcome.error_type, words, outcome.error, outcome.error_path)
    return blocks if outcome.error is not None else blocks[:1]


def _left_out(number: int, path: str) -> Block:
    words = f"{number:,} more blocks are not shown."
    return Block("rest", "", words, BlockStyle.MUTED, path=path)


def _details(rest: Json, path: str) -> Block:
    return Block("details", "details", pretty(rest), BlockStyle.JSON, fold=True, path=path)


def _error_blocks(error_type: str, message: str, error: Json, path: str) -> tuple[Block, ...]:
    words = message or "No message."
    whole, fold = pretty(error), bool(message)
    return (
        Block("error", error_type or "error", words, BlockStyle.ERROR, path=path),
        Block("details", "the whole error", whole, BlockStyle.JSON, fold=fold, path=path),
    )


def _broken(line: bytes, error: BrokenLineError) -> Record:
    title = str(error) if error.is_json else f"not JSON: {error}"
    block = Block(BROKEN, title, line_text(line), BlockStyle.ERROR)
    return Record("", BROKEN, (block,), line, is_json=error.is_json)


def _other(kind: str, result: dict[str, Json]) -> Block:
    body = _WITHOUT_ANSWER.get(kind)
    if body and len(result) == 1:
        return Block(kind, kind, body, BlockStyle.MUTED, path=_RESULT)
    return Block(kind, kind, pretty(result), BlockStyle.JSON, path=_RESULT)


def _succeeded(custom_id: str, message: dict[str, Json], line: bytes, most: int | None) -> Record:
    content = message.get("content")
    shown = content[:most] if isinstance(content, list) else content
    blocks = read_blocks(shown, f"{_MESSAGE}.content")
    if isinstance(content, list) and isinstance(shown, list) and len(shown) < len(content):
        blocks += (_left_out(len(content) - len(shown), f"{_MESSAGE}.content"),)
    blocks += _refusal(message.get("stop_details"))
    rest: Json = {key: value for key, value in message.items() if key not in _SHOWN_KEYS and value}
    if rest:
        blocks += (_details(rest, _MESSAGE),)
    return Record(
        custom_id,
        "succeeded",
        blocks,
        line,
        answer=_answer(message.get("content")),
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
    path = f"{_MESSAGE}.stop_details"
    return (Block("refusal", title or "stopped", body, BlockStyle.ERROR, path=path),)


def _errored(custom_id: str, error: Json, line: bytes) -> Record:
    inner = error_of(error)
    error_type = text_of(inner.get("type"))
    message = text_of(inner.get("message")) or text_of(error)
    request_id = text_of(object_of(error).get("request_id")) or text_of(inner.get("request_id"))
    return Record(
        custom_id,
        "errored",
        _error_blocks(error_type, message, error, _ERROR),
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


def _answer(content: Json) -> str:
    if isinstance(content, str):
        return content
    texts = [block for block in map(object_of, list_of(content)) if block.get("type") == "text"]
    cited = any(block.get("citations") for block in texts)
    return ("" if cited else "\n\n").join(text_of(block.get("text")) for block in texts)
