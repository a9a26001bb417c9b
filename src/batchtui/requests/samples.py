"""A look at a request before it is sent."""

from dataclasses import dataclass

import msgspec

from batchtui.requests.parse import Params, Parsed
from batchtui.requests.rules import max_tokens_of, model_of
from batchtui.requests.template import Json
from batchtui.requests.texts import texts_of_content

MAX_TEXT = 2000
"""Characters of a text that a sample holds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one request says; nothing is masked."""

    line: int
    custom_id: str
    model: str
    max_tokens: int
    messages: int
    system: str
    prompt: str
    """The last message, as far as it is text."""


def sample_of(parsed: Parsed, line: int) -> Sample:
    """The sample of a request."""
    params = parsed.by_name
    messages = _value(params, "messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    return Sample(
        line=line,
        custom_id=parsed.custom_id,
        model=model_of(params),
        max_tokens=max_tokens_of(params),
        messages=len(messages) if isinstance(messages, list) else 0,
        system=_text(_value(params, "system")),
        prompt=_text(last.get("content")) if isinstance(last, dict) else "",
    )


def _value(params: Params, name: str) -> Json:
    try:
        value: Json = msgspec.json.decode(params[name])
    except (KeyError, ValueError, RecursionError):
        return None
    return value


def _text(content: Json) -> str:
    return "\n".join(texts_of_content(content))[:MAX_TEXT]
