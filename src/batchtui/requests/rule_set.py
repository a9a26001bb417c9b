"""What an API asks of a batch and its requests, as data; and what several of them ask alike."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from batchtui.requests.findings import Finding, Rule
from batchtui.requests.parse import Params, Parsed
from batchtui.requests.shapes import Shape

RequestRule = Callable[[Parsed], Iterable[Finding]]
"""Says what is wrong with one request."""

ANY_ID = re.compile(r".+", re.DOTALL)
"""Ids of which no more is known than that there has to be one."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Something that has to be the same in all requests of a batch."""

    name: str
    of: Callable[[Parsed], str]
    """It in one request; empty where that names none, which fits all."""
    hint: str


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What one API asks. Sizes are those of the whole document, in bytes."""

    shape: Shape
    max_requests: int
    max_bytes: int
    rules: tuple[RequestRule, ...]
    max_output: Callable[[Parsed], int | None]
    """Tokens that an answer may have at most; None where the request does not bound it."""
    seller: str = ""
    """Whose prices hold; empty where nobody knows."""
    id_pattern: re.Pattern[str] = ANY_ID
    id_words: str = "any text but an empty one"
    """The pattern in words, for people."""
    max_id_length: int = 1 << 20
    alike: tuple[Alike, ...] = ()
    lists_models: bool = True
    """Models go by the names that the account lists."""
    twice: str = "answers are told apart by it alone: each needs its own"
    """What to do about an id that stands twice."""
    no_estimate: str = ""
    """Why nobody can tell what requests take before they are answered; empty where one can."""

    @property
    def kind(self) -> str:
        """The provider kind."""
        return self.shape.kind

    def of_custom_id(self, custom_id: str) -> Finding | None:
        """What is wrong with the id of a request."""
        if self.id_pattern.fullmatch(custom_id):
            return None
        name = self.shape.id_field
        if not custom_id:
            return Finding(Rule.CUSTOM_ID, f"has an empty {name}", self.id_words)
        if len(custom_id) > self.max_id_length:
            message = f"has a {name} of more than {self.max_id_length} characters"
            return Finding(Rule.CUSTOM_ID, message, self.id_words, f"it has {len(custom_id)}")
        wrong = next((c for c in custom_id if not self.id_pattern.fullmatch(c)), "")
        message = f"has a {name} with characters that are not allowed"
        return Finding(Rule.CUSTOM_ID, message, self.id_words, f"{wrong!r} in it")

    def of_request(self, parsed: Parsed) -> Iterator[Finding]:
        """What is wrong with a request, its id aside."""
        for rule in self.rules:
            yield from rule(parsed)


def missing_param(name: str, shape: Shape, hint: str = "") -> Finding:
    """A param that has to be there."""
    return Finding(Rule.MISSING_PARAM, f"has no {name} in {shape.params_words}", hint)


NOTHING: tuple[Finding, ...] = ()
"""What nearly every look at a request finds; looks are no generators, since there are so many."""


def of_model(params: Params) -> tuple[Finding, ...]:
    """What is wrong with `model`, where there is one."""
    if "model" not in params or model_of(params):
        return NOTHING
    return (Finding(Rule.INVALID_PARAM, "has a model that is no name"),)


_EMPTY_ARRAY = re.compile(rb"\[\s*\]")


def of_messages(params: Params) -> tuple[Finding, ...]:
    """What is wrong with `messages`, where there are some."""
    if "messages" not in params:
        return NOTHING
    messages = memoryview(params["messages"])
    if messages[0] != ord("["):
        return (Finding(Rule.INVALID_PARAM, "has messages that are no array"),)
    if _EMPTY_ARRAY.fullmatch(messages):
        return (Finding(Rule.INVALID_PARAM, "has no messages", "messages is an empty array"),)
    return NOTHING


_MOST_DIGITS = 18
"""Of a number that every server can hold."""


def of_number(params: Params, name: str, *, may_be_null: bool = False) -> tuple[Finding, ...]:
    """What is wrong with a param that has to be a whole number above zero, where it is there."""
    value = bytes(params.get(name, b"1"))
    if value == b"null" and may_be_null:
        return NOTHING
    if not value.isdigit() and not (value[:1] == b"-" and value[1:].isdigit()):
        return (Finding(Rule.INVALID_PARAM, f"has {name} that are no whole number"),)
    if not value.strip(b"-0"):
        return (Finding(Rule.FORBIDDEN_PARAM, f"has {name} 0", "batches need at least 1"),)
    if value[:1] == b"-":
        return (Finding(Rule.INVALID_PARAM, f"has {name} below zero"),)
    if len(value) > _MOST_DIGITS:
        return (Finding(Rule.INVALID_PARAM, f"has {name} beyond all bounds"),)
    return NOTHING


def of_stream(params: Params) -> tuple[Finding, ...]:
    """Nothing streams in a batch."""
    if "stream" not in params or bytes(params["stream"]) in (b"false", b"null"):
        return NOTHING
    hint = "batches do not stream: take it out"
    return (Finding(Rule.FORBIDDEN_PARAM, "asks for stream", hint),)


_decode_text = msgspec.json.Decoder(str).decode


def text_of(members: Params, name: str) -> str:
    """A member that is text; empty where there is none."""
    raw = members.get(name)
    if raw is None:
        return ""
    try:
        return _decode_text(raw)
    except msgspec.MsgspecError:
        return ""


def model_of(params: Params) -> str:
    """The model that a request names; empty where it is no text."""
    return text_of(params, "model")


OUTPUT_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""The params by which APIs bound the length of an answer."""


def max_tokens_of(params: Params) -> int | None:
    """The greatest number of tokens that a request may be answered with; None if it says none."""
    for name in OUTPUT_LIMITS:
        value = bytes(params.get(name, b""))
        if value.isdigit() and len(value) <= _MOST_DIGITS:
            return int(value)
    return None
