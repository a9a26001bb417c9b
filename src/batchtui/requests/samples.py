"""A look at a request before it is sent."""

from dataclasses import dataclass

import msgspec

from batchtui.requests.parse import Params, Parsed
from batchtui.requests.rule_set import max_tokens_of, model_of
from batchtui.requests.template import Json
from batchtui.requests.texts import texts_of_content

MAX_TEXT = 2000
"""Characters of a text that a sample holds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one request says; nothing is masked. What it does not say is empty, or None."""

    line: int
    custom_id: str
    model: str
    max_tokens: int | None
    messages: int
    system: str
    prompt: str
    """The last message, as far as it is text."""


def sample_of(parsed: Parsed, line: int) -> Sample:
    """The sample of a request."""
    params = parsed.by_name
    asked = next((value for name in _ASKED if (value := _value(params, name)) is not None), None)
    messages = asked if isinstance(asked, list) else []
    last = messages[-1] if messages else asked
    return Sample(
        line=line,
        custom_id=parsed.custom_id,
        model=model_of(params),
        max_tokens=max_tokens_of(params),
        messages=len(messages),
        system=_system(params, messages),
        prompt=_text(last.get("content") if isinstance(last, dict) else last),
    )


_ASKED = ("messages", "input", "prompt")
"""Where APIs take what is asked: messages, or a text alone."""


def _system(params: Params, messages: list[Json]) -> str:
    """What stands before all that is asked: in a param, or as the first message."""
    told = _value(params, "system") or _value(params, "instructions")
    first = messages[0] if messages else None
    if told is None and isinstance(first, dict) and first.get("role") in ("system", "developer"):
        told = first.get("content")
    return _text(told)


def _value(params: Params, name: str) -> Json:
    try:
        value: Json = msgspec.json.decode(params[name])
    except (KeyError, ValueError, RecursionError):
        return None
    return value


def _text(content: Json) -> str:
    return "\n".join(texts_of_content(content))[:MAX_TEXT]
