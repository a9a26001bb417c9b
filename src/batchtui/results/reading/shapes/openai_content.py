"""What the bodies of OpenAI's answers hold: chat completions, responses, embeddings."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from batchtui.results.reading.shapes.outcome import Piece, nested
from batchtui.results.reading.wire import Json, list_of, object_of, text_of


class Content(NamedTuple):
    """The blocks of a body, and why the model stopped; empty where it does not say."""

    pieces: tuple[Piece, ...]
    stop_reason: str = ""


def content_of(body: dict[str, Json], path: str) -> Content:
    """The content of a body, which stands at `path`."""
    if isinstance(body.get("choices"), list):
        return _completion(list_of(body["choices"]), f"{path}.choices")
    if isinstance(body.get("output"), list):
        return _response(body, path)
    if isinstance(body.get("content"), list):
        blocks = enumerate(list_of(body["content"]))
        pieces = (Piece(_object(one), f"{path}.content[{at}]") for at, one in blocks)
        return Content(tuple(pieces), text_of(body.get("stop_reason")))
    data = [object_of(item) for item in list_of(body.get("data"))]
    if data and all("embedding" in item for item in data):
        return Content(tuple(_embedding(one, f"{path}.data[{n}]") for n, one in enumerate(data)))
    return Content((Piece(body, path),))


def _completion(choices: list[Json], path: str) -> Content:
    pieces: list[Piece] = []
    for number, choice in enumerate(map(object_of, choices)):
        place = f"{path}[{number}]"
        if isinstance(choice.get("text"), str):
            pieces.append(_text(choice["text"], f"{place}.text"))
        pieces += _message(object_of(choice.get("message")), f"{place}.message")
    reasons = [text_of(object_of(choice).get("finish_reason")) for choice in choices]
    return Content(tuple(pieces), reasons[0] if reasons else "")


def _message(message: dict[str, Json], path: str) -> Iterator[Piece]:
    for key in ("reasoning_content", "reasoning"):
        if text := text_of(message.get(key)):
            yield Piece({"type": "thinking", "thinking": text}, f"{path}.{key}")
            break
    content = message.get("content")
    if isinstance(content, str) and content:
        yield _text(content, f"{path}.content", message.get("annotations"))
    for number, part in enumerate(list_of(content)):
        yield _part(_object(part), f"{path}.content[{number}]")
    if text := text_of(message.get("refusal")):
        yield _refusal(text, f"{path}.refusal")
    for number, call in enumerate(map(object_of, list_of(message.get("tool_calls")))):
        yield _tool_call(call, f"{path}.tool_calls[{number}]")
    if function := object_of(message.get("function_call")):
        yield _call("", function.get("name"), function.get("arguments"), f"{path}.function_call")
    if audio := object_of(message.get("audio")):
        yield _text(audio.get("transcript"), f"{path}.audio.transcript")


def _text(text: Json, path: str, annotations: Json = None) -> Piece:
    block: dict[str, Json] = {"type": "text", "text": text_of(text)}
    notes = [object_of(note) for note in list_of(annotations)]
    cited: list[Json] = [object_of(note.get("url_citation")) or note for note in notes]
    return Piece(block | {"citations": cited} if cited else block, path)


def _refusal(text: str, path: str) -> Piece:
    return Piece({"type": "refusal", "refusal": text}, path)


def _part(part: dict[str, Json], path: str) -> Piece:
    """A part of a message's content; one of an unknown kind as it is."""
    kind = part.get("type")
    if kind in ("text", "output_text") and isinstance(part.get("text"), str):
        return _text(part["text"], f"{path}.text", part.get("annotations"))
    if kind == "refusal":
        return _refusal(text_of(part.get("refusal")), f"{path}.refusal")
    if kind in ("reasoning_text", "summary_text"):
        return Piece({"type": "thinking", "thinking": text_of(part.get("text"))}, f"{path}.text")
    return Piece(part, path)


def _tool_call(call: dict[str, Json], path: str) -> Piece:
    function = object_of(call.get("function"))
    if not function:
        function = object_of(call.get("custom"))
    arguments = function.get("arguments", function.get("input"))
    return _call(call.get("id"), function.get("name"), arguments, path)


def _call(call_id: Json, name: Json, arguments: Json, path: str) -> Piece:
    """A call of a tool, whose arguments are JSON as a text."""
    block: dict[str, Json] = {"type": "tool_use", "id": text_of(call_id), "name": text_of(name)}
    return Piece(block | {"input": nested(arguments)}, path)


def _response(body: dict[str, Json], path: str) -> Content:
    pieces: list[Piece] = []
    for number, item in enumerate(map(_object, list_of(body.get("output")))):
        reader = _ITEMS.get(text_of(item.get("type")), _other_item)
        pieces += reader(item, f"{path}.output[{number}]")
    reason = text_of(object_of(body.get("incomplete_details")).get("reason"))
    return Content(tuple(pieces), reason or text_of(body.get("status")))


def _item_message(item: dict[str, Json], path: str) -> Iterator[Piece]:
    content = item.get("content")
    if isinstance(content, str):
        yield _text(content, f"{path}.content")
    for number, part in enumerate(list_of(content)):
        yield _part(_object(part), f"{path}.content[{number}]")


def _item_reasoning(item: dict[str, Json], path: str) -> Iterator[Piece]:
    for key in ("summary", "content"):
        for number, part in enumerate(list_of(item.get(key))):
            yield _part(_object(part), f"{path}.{key}[{number}]")
    if not (item.get("summary") or item.get("content")):
        yield Piece({"type": "thinking", "thinking": ""}, path)


def _item_call(item: dict[str, Json], path: str) -> Iterator[Piece]:
    arguments = item.get("arguments", item.get("input"))
    yield _call(item.get("call_id"), item.get("name"), arguments, path)


def _item_output(item: dict[str, Json], path: str) -> Iterator[Piece]:
    block: dict[str, Json] = {"type": "tool_result", "tool_use_id": text_of(item.get("call_id"))}
    yield Piece(block | {"content": item.get("output")}, path)


def _other_item(item: dict[str, Json], path: str) -> Iterator[Piece]:
    yield Piece(item, path)


_ITEMS: dict[str, Callable[[dict[str, Json], str], Iterator[Piece]]] = {
    "message": _item_message,
    "reasoning": _item_reasoning,
    "function_call": _item_call,
    "custom_tool_call": _item_call,
    "function_call_output": _item_output,
    "custom_tool_call_output": _item_output,
}


def _embedding(item: dict[str, Json], path: str) -> Piece:
    return Piece({"type": "embedding", "embedding": item.get("embedding")}, f"{path}.embedding")


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {"value": value}
