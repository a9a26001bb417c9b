"""The messages of OpenAI's chat completions as Anthropic's messages and system prompt."""

from collections.abc import Iterator

import msgspec

from batchtui.requests.template import Json

Converted = Iterator[tuple[str, Json]]
"""Params of a request to Anthropic, by name."""

Values = dict[str, Json]


class InTheWayError(Exception):
    """Leaves a conversion; `name` is what has no counterpart."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def messages_of(value: Json) -> Converted:
    """`messages`, and `system` where there is one.

    Raises:
        InTheWayError: a message has no counterpart.
    """
    if not isinstance(value, list):
        raise InTheWayError("messages")
    system: list[Json] = []
    messages: list[Json] = []
    for message in value:
        if not isinstance(message, dict):
            raise InTheWayError("messages")
        if message.get("role") in ("system", "developer"):
            if messages:
                raise InTheWayError("a system message after others")
            system += _system_blocks(message)
        else:
            _append(messages, _message(message))
    if system:
        yield "system", _plain(system)
    yield "messages", messages


def _append(messages: list[Json], message: Values) -> None:
    """Add a message; results of tools that were called together belong into one."""
    last = messages[-1] if messages else None
    if isinstance(last, dict) and _is_of_tools(last) and _is_of_tools(message):
        content, more = last["content"], message["content"]
        assert isinstance(content, list)
        assert isinstance(more, list)
        content += more
    else:
        messages.append(message)


def _is_of_tools(message: Values) -> bool:
    content = message.get("content")
    return isinstance(content, list) and all(
        isinstance(block, dict) and block.get("type") == "tool_result" for block in content
    )


def _system_blocks(message: Values) -> list[Json]:
    _only(message, {"role", "content"})
    content = message.get("content")
    blocks: Json = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not isinstance(blocks, list):
        raise InTheWayError("messages")
    return [_text(block) for block in blocks]


def _plain(system: list[Json]) -> Json:
    """One text as such, several as blocks."""
    only = system[0] if len(system) == 1 else None
    return only["text"] if isinstance(only, dict) else system


def _message(message: Values) -> Values:
    role = message.get("role")
    if role == "user":
        _only(message, {"role", "content"})
        return {"role": "user", "content": _content(message.get("content"))}
    if role == "assistant":
        return _of_assistant(message)
    if role == "tool":
        return _of_tool(message)
    raise InTheWayError(f"messages of role {role}")


def _of_assistant(message: Values) -> Values:
    _only(message, {"role", "content", "tool_calls"})
    content, calls = message.get("content"), message.get("tool_calls")
    if not calls:
        return {"role": "assistant", "content": _content(content)}
    if not isinstance(calls, list):
        raise InTheWayError("tool_calls")
    blocks: list[Json] = []
    if content:
        said = _content(content)
        blocks += [{"type": "text", "text": said}] if isinstance(said, str) else said
    return {"role": "assistant", "content": [*blocks, *map(_tool_use, calls)]}


def _tool_use(call: Json) -> Json:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(call, dict) or not isinstance(function, dict):
        raise InTheWayError("tool_calls")
    arguments = function.get("arguments")
    try:
        given = msgspec.json.decode(arguments) if isinstance(arguments, str) else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise InTheWayError("tool_calls whose arguments are no JSON object")
    return {
        "type": "tool_use",
        "id": call.get("id"),
        "name": function.get("name"),
        "input": given,
    }


def _of_tool(message: Values) -> Values:
    _only(message, {"role", "content", "tool_call_id"})
    result: Values = {
        "type": "tool_result",
        "tool_use_id": message.get("tool_call_id"),
        "content": _content(message.get("content")),
    }
    return {"role": "user", "content": [result]}


def _content(content: Json) -> str | list[Json]:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise InTheWayError("a message without content")
    return [_part(part) for part in content]


def _part(part: Json) -> Json:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text":
        return _text(part)
    if kind == "image_url" and isinstance(part, dict):
        return _image(part.get("image_url"))
    raise InTheWayError(f"content of type {kind}")


def _text(part: Json) -> Values:
    if not isinstance(part, dict) or part.get("type") != "text":
        raise InTheWayError("a system message that is no text")
    _only(part, {"type", "text"})
    return {"type": "text", "text": part.get("text")}


def _image(image: Json) -> Json:
    url = image.get("url") if isinstance(image, dict) else None
    if not isinstance(image, dict) or not isinstance(url, str):
        raise InTheWayError("an image without a URL")
    if image.get("detail", "auto") != "auto":
        raise InTheWayError("the detail of an image")
    if not url.startswith("data:"):
        return {"type": "image", "source": {"type": "url", "url": url}}
    kind, separator, data = url.removeprefix("data:").partition(";base64,")
    if not separator:
        raise InTheWayError("an image that is not in base64")
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}


def _only(members: Values, known: set[str]) -> None:
    for name, value in members.items():
        if name not in known and value is not None:
            raise InTheWayError(f"{name} in a message")
