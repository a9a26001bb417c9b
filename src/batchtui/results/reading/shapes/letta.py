"""An agent's part in a Letta job: `{agent_id, batch_item_id, messages: [...]}`, oldest first.

The messages begin with the user's. A part without a message of another role is all that the
server tells of an agent that failed.
"""

from collections.abc import Iterator

from batchtui.results.reading.shapes.outcome import (
    ERRORED,
    SUCCEEDED,
    Outcome,
    Piece,
    Shape,
    nested,
)
from batchtui.results.reading.wire import Json, list_of, object_of, text_of

NO_ANSWER = "no_answer"
"""The error type of a part without an answer; ours, since the server has no word for it."""

_ASKING = frozenset({"user", "system", ""})
_REMARK = "The agent gave no answer. The server does not say why."


def _knows(line: dict[str, Json]) -> bool:
    return "agent_id" in line and isinstance(line.get("messages"), list)


def _read(line: dict[str, Json]) -> Outcome:
    messages = [object_of(message) for message in list_of(line["messages"])]
    pieces = tuple(
        piece
        for number, message in enumerate(messages)
        for piece in _message(message, f".messages[{number}]")
    )
    answers = [one for one in messages if text_of(one.get("role")) not in _ASKING]
    models = [text_of(one.get("model")) for one in answers]
    answered = bool(answers)
    return Outcome(
        custom_id=text_of(line.get("agent_id")),
        type=SUCCEEDED if answered else ERRORED,
        pieces=pieces,
        model=next(filter(None, reversed(models)), ""),
        message_id=text_of(answers[-1].get("id")) if answered else "",
        error_type="" if answered else NO_ANSWER,
        error_path=".messages",
        remark="" if answered else _REMARK,
    )


def _message(message: dict[str, Json], path: str) -> Iterator[Piece]:
    role = text_of(message.get("role"))
    if role == "tool" or message.get("tool_returns"):
        yield from _returns(message, path)
        return
    called: set[str] = set()
    content = message.get("content")
    if isinstance(content, str):
        yield _said(role, content, f"{path}.content")
    for number, part in enumerate(map(object_of, list_of(content))):
        if part.get("type") == "tool_call":
            called.add(text_of(part.get("id")))
        yield from _part(part, role, f"{path}.content[{number}]")
    for number, call in enumerate(map(object_of, list_of(message.get("tool_calls")))):
        if text_of(call.get("id")) not in called:
            function = object_of(call.get("function"))
            yield _call(call, function.get("name"), function.get("arguments"),
                        f"{path}.tool_calls[{number}]")  # fmt: skip


def _said(role: str, text: Json, path: str) -> Piece:
    kind = "text" if role in ("assistant", "") else role
    return Piece({"type": kind, "text": text_of(text)}, path)


def _part(part: dict[str, Json], role: str, path: str) -> Iterator[Piece]:
    kind = part.get("type")
    if kind == "text":
        yield _said(role, part.get("text"), path)
    elif kind == "reasoning":
        yield Piece({"type": "thinking", "thinking": text_of(part.get("reasoning"))}, path)
    elif kind == "redacted_reasoning":
        yield Piece({"type": "redacted_thinking", "data": text_of(part.get("data"))}, path)
    elif kind == "omitted_reasoning":
        yield Piece({"type": "thinking", "thinking": ""}, path)
    elif kind == "summarized_reasoning":
        for number, one in enumerate(map(object_of, list_of(part.get("summary")))):
            text = text_of(one.get("text"))
            yield Piece({"type": "thinking", "thinking": text}, f"{path}.summary[{number}]")
    elif kind == "tool_call":
        yield _call(part, part.get("name"), part.get("input"), path)
    elif kind == "tool_return":
        yield _returned(part.get("tool_call_id"), part.get("content"), part.get("is_error"), path)
    else:
        yield Piece(part, path)


def _call(call: dict[str, Json], name: Json, arguments: Json, path: str) -> Piece:
    block: dict[str, Json] = {"type": "tool_use", "id": text_of(call.get("id"))}
    return Piece(block | {"name": text_of(name), "input": nested(arguments)}, path)


def _returns(message: dict[str, Json], path: str) -> Iterator[Piece]:
    """What tools gave back. The parts of the content say the same again, in JSON as a text."""
    returns = [object_of(one) for one in list_of(message.get("tool_returns"))]
    for number, one in enumerate(returns):
        place = f"{path}.tool_returns[{number}]"
        call_id = one.get("tool_call_id") or message.get("tool_call_id")
        failed = one.get("status") == "error"
        yield _returned(call_id, one.get("func_response"), failed, f"{place}.func_response")
        for stream in ("stdout", "stderr"):
            for line, text in enumerate(list_of(one.get(stream))):
                yield _returned(call_id, text, failed, f"{place}.{stream}[{line}]")
    for number, part in enumerate(map(object_of, list_of(message.get("content")))):
        place = f"{path}.content[{number}]"
        if part.get("type") == "text":
            if not returns:
                yield _returned(message.get("tool_call_id"), part.get("text"), None, place)
        elif not (part.get("type") == "tool_return" and returns):
            yield from _part(part, "tool", place)


def _returned(call_id: Json, content: Json, failed: Json, path: str) -> Piece:
    block: dict[str, Json] = {"type": "tool_result", "tool_use_id": text_of(call_id)}
    return Piece(block | {"content": content, "is_error": failed is True}, path)


LETTA = Shape("letta", _knows, _read)
