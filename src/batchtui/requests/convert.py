"""Requests to OpenAI's chat completions as requests to Anthropic, where nothing is lost.

What cannot be said in the other API is never dropped in silence: each field in the way is named,
and the request stays unconverted.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from batchtui.requests.convert_messages import Converted, InTheWayError, messages_of
from batchtui.requests.findings import FaultyRequestError, Finding, Rule
from batchtui.requests.shapes import CHAT_URL
from batchtui.requests.template import Json

Values = dict[str, Json]

_SAME = ("model", "temperature", "top_p")
_MEANINGLESS = ("store", "stream_options")
"""They change nothing of the answer to a request in a batch."""

_NEUTRAL: Values = {
    "n": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logprobs": False,
    "stream": False,
    "logit_bias": {},
    "response_format": {"type": "text"},
    "modalities": ["text"],
    "service_tier": "auto",
}
"""Values that ask for what happens anyway."""


class _Line(NamedTuple):
    custom_id: Json
    body: Values
    url: Json


def converted(raw: bytes) -> bytes:
    """A request to OpenAI as one to Anthropic; anything else as it is.

    Raises:
        FaultyRequestError: something in it has no counterpart; each such field is a finding.
    """
    line = _openai_line(raw)
    if line is None:
        return raw
    in_the_way = [] if line.url == CHAT_URL else [f"url {line.url}"]
    params = _params(line.body, in_the_way)
    if in_the_way:
        custom_id = line.custom_id if isinstance(line.custom_id, str) else ""
        raise FaultyRequestError(*map(_finding, in_the_way), custom_id=custom_id)
    return msgspec.json.encode({"custom_id": line.custom_id, "params": params})


def _finding(name: str) -> Finding:
    hint = "take it out, or write the request for Anthropic"
    return Finding(Rule.NOT_CONVERTIBLE, f"has {name}, which Anthropic has nothing for", hint)


def _openai_line(raw: bytes) -> _Line | None:
    """The parts of a request to OpenAI, None if it is not one."""
    try:
        value = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or "params" in value or "custom_id" not in value:
        return None
    body = value.get("body")
    if not isinstance(body, dict):
        return None
    return _Line(value["custom_id"], body, value.get("url", CHAT_URL))


def _params(body: Values, in_the_way: list[str]) -> Values:
    params: Values = {}
    for name, value in body.items():
        if value is None or name in _MEANINGLESS or value == _NEUTRAL.get(name, _NOTHING):
            continue
        convert = _CONVERTERS.get(name)
        if convert is None:
            in_the_way.append(name)
            continue
        try:
            for key, made in convert(value):
                params[key] = _together(params.get(key), made)
        except InTheWayError as error:
            in_the_way.append(error.name)
    return _with_tool_choice(params)


def _together(known: Json, made: Json) -> Json:
    """A param that two fields have a say in."""
    if isinstance(known, dict) and isinstance(made, dict):
        return {**known, **made}
    return made


_NOTHING = object()

Converter = Callable[[Json], Iterator[tuple[str, Json]]]


def _same(name: str) -> Converter:
    def convert(value: Json) -> Iterator[tuple[str, Json]]:
        if name == "temperature" and isinstance(value, (int, float)) and value > 1:
            raise InTheWayError("a temperature above 1")
        yield name, value

    return convert


def _max_tokens(value: Json) -> Converted:
    yield "max_tokens", value


def _stop(value: Json) -> Converted:
    yield "stop_sequences", [value] if isinstance(value, str) else value


def _user(value: Json) -> Converted:
    yield "metadata", {"user_id": value}


def _tools(value: Json) -> Converted:
    if not isinstance(value, list):
        raise InTheWayError("tools")
    yield "tools", [_tool(tool) for tool in value]


def _tool(tool: Json) -> Json:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(tool, dict) or tool.get("type") != "function":
        raise InTheWayError("a tool that is no function")
    if not isinstance(function, dict) or not function.keys() <= _OF_FUNCTION:
        raise InTheWayError("tools")
    made: Values = {"name": function.get("name")}
    if function.get("description") is not None:
        made["description"] = function["description"]
    made["input_schema"] = function.get("parameters") or {"type": "object", "properties": {}}
    if function.get("strict"):
        raise InTheWayError("strict tools")
    return made


_OF_FUNCTION = frozenset({"name", "description", "parameters", "strict"})
_CHOICES = {"auto": "auto", "none": "none", "required": "any"}


def _tool_choice(value: Json) -> Converted:
    if isinstance(value, str) and value in _CHOICES:
        yield "tool_choice", {"type": _CHOICES[value]}
        return
    function = value.get("function") if isinstance(value, dict) else None
    if not isinstance(function, dict):
        raise InTheWayError("tool_choice")
    yield "tool_choice", {"type": "tool", "name": function.get("name")}


def _parallel(value: Json) -> Converted:
    if value is False:
        yield "tool_choice", {"disable_parallel_tool_use": True}


def _with_tool_choice(params: Values) -> Values:
    """A choice that is only narrowed is the automatic one."""
    choice = params.get("tool_choice")
    if isinstance(choice, dict) and "type" not in choice:
        params["tool_choice"] = {"type": "auto", **choice}
    return params


_CONVERTERS: dict[str, Converter] = {
    **{name: _same(name) for name in _SAME},
    "max_tokens": _max_tokens,
    "max_completion_tokens": _max_tokens,
    "messages": messages_of,
    "stop": _stop,
    "user": _user,
    "tools": _tools,
    "tool_choice": _tool_choice,
    "parallel_tool_calls": _parallel,
}
