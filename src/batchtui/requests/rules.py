"""What an API asks of a batch and its requests, as data: limits, and rules for the params.

A further provider kind is a further `RequestRules`. Facts are those of the Message Batches
reference: its limits, its list of what batches do not support, and the migration notes of
version 2026-10-21.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from batchtui.core.text import nearest
from batchtui.requests.findings import Finding, Rule, Severity
from batchtui.requests.parse import Params

ParamRule = Callable[[Params], Iterable[Finding]]
"""Says what is wrong with the params of one request."""


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What one API asks. Sizes are those of the whole body, in bytes."""

    kind: str
    max_requests: int
    max_bytes: int
    id_pattern: re.Pattern[str]
    id_words: str
    """The pattern in words, for people."""
    max_id_length: int
    param_rules: tuple[ParamRule, ...]

    def of_custom_id(self, custom_id: str) -> Finding | None:
        """What is wrong with a custom_id."""
        if self.id_pattern.fullmatch(custom_id):
            return None
        if not custom_id:
            return Finding(Rule.CUSTOM_ID, "has an empty custom_id", self.id_words)
        if len(custom_id) > self.max_id_length:
            message = f"has a custom_id of more than {self.max_id_length} characters"
            return Finding(Rule.CUSTOM_ID, message, self.id_words, f"it has {len(custom_id)}")
        wrong = next((c for c in custom_id if not self.id_pattern.fullmatch(c)), "")
        message = "has a custom_id with characters that are not allowed"
        return Finding(Rule.CUSTOM_ID, message, self.id_words, f"{wrong!r} in it")

    def of_params(self, params: Params) -> Iterator[Finding]:
        """What is wrong with the params of a request."""
        for rule in self.param_rules:
            yield from rule(params)


def rules_for(kind: str, *, version: str = "") -> RequestRules:
    """The rules of a provider kind, under a version of its API where that matters.

    Raises:
        KeyError: batches of this kind cannot be created from a file.
    """
    return _RULES[kind](version)


def _anthropic(version: str) -> RequestRules:
    strict = version >= STRICT_VERSION
    of_version: tuple[ParamRule, ...] = (_sampling, _documents_and_citations) if strict else ()
    return RequestRules(
        kind="anthropic",
        max_requests=100_000,
        max_bytes=256_000_000,  # "256 MB": should it mean MiB, this errs on the safe side.
        id_pattern=re.compile(r"[a-zA-Z0-9_-]{1,64}"),
        id_words="1 to 64 of the characters a-z A-Z 0-9 _ -",
        max_id_length=64,
        param_rules=(_required, _types, _forbidden, _unknown, *of_version),
    )


_RULES: dict[str, Callable[[str], RequestRules]] = {"anthropic": _anthropic}

STRICT_VERSION = "2026-10-21"
"""From this `anthropic-version` on, every request with a sampling parameter fails."""

_REQUIRED = ("model", "max_tokens", "messages")

_FORBIDDEN = frozenset(
    {
        "speed",
        "store",
        "previous_thread_event_id",
        "cache_hint",
        "context_hint",
        "research_preview_2026_02",
        "fallbacks",
    }
)
_SAMPLING = ("temperature", "top_p", "top_k")

KNOWN_PARAMS = frozenset(
    {
        *_REQUIRED,
        *_SAMPLING,
        "cache_control",
        "container",
        "context_management",
        "diagnostics",
        "fallback_credit_token",
        "inference_geo",
        "mcp_servers",
        "metadata",
        "output_config",
        "output_format",
        "service_tier",
        "stop_sequences",
        "stream",
        "system",
        "thinking",
        "tool_choice",
        "tools",
    }
)
"""The params of a message, betas included, as the API's own description lists them."""


def _required(params: Params) -> Iterator[Finding]:
    for name in _REQUIRED:
        if name not in params:
            hint = "--set max_tokens=1024 sets it for all" if name == "max_tokens" else ""
            yield Finding(Rule.MISSING_PARAM, f"has no {name} in its params", hint)


_NO_CITATIONS = re.compile(rb"|null|\[\s*\]")
_EMPTY_ARRAY = re.compile(rb"\[\s*\]")


def _types(params: Params) -> Iterator[Finding]:
    if "model" in params and not model_of(params):
        yield Finding(Rule.INVALID_PARAM, "has a model that is no name")
    if "max_tokens" in params:
        yield from _of_max_tokens(bytes(params["max_tokens"]))
    if "messages" in params:
        messages = memoryview(params["messages"])
        if messages[0] != ord("["):
            yield Finding(Rule.INVALID_PARAM, "has messages that are no array")
        elif _EMPTY_ARRAY.fullmatch(messages):
            yield Finding(Rule.INVALID_PARAM, "has no messages", "messages is an empty array")


def _of_max_tokens(value: bytes) -> Iterator[Finding]:
    if not value.isdigit() and not (value[:1] == b"-" and value[1:].isdigit()):
        yield Finding(Rule.INVALID_PARAM, "has max_tokens that are no whole number")
    elif not value.strip(b"-0"):
        yield Finding(Rule.FORBIDDEN_PARAM, "has max_tokens 0", "batches need at least 1")
    elif value[:1] == b"-":
        yield Finding(Rule.INVALID_PARAM, "has max_tokens below zero")


def _forbidden(params: Params) -> Iterator[Finding]:
    if "stream" in params and bytes(params["stream"]) not in (b"false", b"null"):
        yield Finding(Rule.FORBIDDEN_PARAM, "asks for stream", "batches do not stream: take it out")
    if not _FORBIDDEN.isdisjoint(params):
        for name in sorted(_FORBIDDEN.intersection(params)):
            yield Finding(
                Rule.FORBIDDEN_PARAM, f"has {name}", "the API does not take it in batches"
            )


def _unknown(params: Params) -> Iterator[Finding]:
    if params.keys() <= KNOWN_PARAMS:
        return
    for name in params:
        if name not in KNOWN_PARAMS and name not in _FORBIDDEN:
            yield _unknown_param(name)


@lru_cache(256)
def _unknown_param(name: str) -> Finding:
    near = nearest(name, KNOWN_PARAMS, cutoff=0.75)
    hint = f"did you mean {near}?" if near else "no parameter of that name is known here"
    message = f"has a param {name}, which is unknown"
    return Finding(Rule.UNKNOWN_PARAM, message, hint, severity=Severity.WARNING)


def _sampling(params: Params) -> Iterator[Finding]:
    for name in _SAMPLING:
        if name in params:
            hint = f"--unset {name}, or an anthropic_version before {STRICT_VERSION}"
            yield Finding(
                Rule.VERSION_PARAM, f"has {name}, which version {STRICT_VERSION} rejects", hint
            )


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    citations: msgspec.Raw = msgspec.Raw()


class _Message(msgspec.Struct, gc=False):
    role: str = ""
    content: list[_Block] | str = ""


_decode_messages = msgspec.json.Decoder(list[_Message]).decode
_decode_text = msgspec.json.Decoder(str).decode


def _documents_and_citations(params: Params) -> Iterator[Finding]:
    raw = bytes(params.get("messages", b""))
    if b'"document"' not in raw and b'"citations"' not in raw:
        return
    try:
        messages = _decode_messages(raw)
    except msgspec.MsgspecError:
        return
    blocks = [(m.role, b) for m in messages if not isinstance(m.content, str) for b in m.content]
    if any(role == "assistant" and block.type == "document" for role, block in blocks):
        yield Finding(
            Rule.VERSION_PARAM,
            f"has a document of the assistant, which version {STRICT_VERSION} rejects",
        )
    if any(role == "user" and _cites(block) for role, block in blocks):
        yield Finding(
            Rule.VERSION_PARAM,
            f"has citations on text of the user, which version {STRICT_VERSION} rejects",
        )


def _cites(block: _Block) -> bool:
    return block.type == "text" and not _NO_CITATIONS.fullmatch(block.citations)


def model_of(params: Params) -> str:
    """The model that a request names; empty where it is no text."""
    raw = params.get("model")
    if raw is None:
        return ""
    try:
        return _decode_text(raw)
    except msgspec.MsgspecError:
        return ""


def max_tokens_of(params: Params) -> int:
    """The greatest number of tokens that a request may be answered with; 0 where it says none."""
    value = bytes(params.get("max_tokens", b""))
    return int(value) if value.isdigit() and len(value) < 19 else 0
