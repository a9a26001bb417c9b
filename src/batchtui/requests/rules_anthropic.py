"""What Anthropic asks of a batch and its requests.

Facts are those of the Message Batches reference: its limits, its list of what batches do not
support, and the migration notes of version 2026-10-21.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from batchtui.core.text import nearest
from batchtui.requests.findings import Finding, Rule, Severity
from batchtui.requests.parse import Params, Parsed
from batchtui.requests.rule_set import (
    NOTHING,
    RequestRules,
    max_tokens_of,
    missing_param,
    of_messages,
    of_model,
    of_number,
    of_stream,
)
from batchtui.requests.shapes import ANTHROPIC


def anthropic_rules(version: str) -> RequestRules:
    """What the Message Batches API asks, under a version of it."""
    return RequestRules(
        shape=ANTHROPIC,
        max_requests=100_000,
        max_bytes=256_000_000,  # "256 MB": should it mean MiB, this errs on the safe side.
        rules=(_of_strict_version, _of_request) if version >= STRICT_VERSION else (_of_request,),
        max_output=lambda parsed: max_tokens_of(parsed.by_name) or 0,
        seller="anthropic",
        id_pattern=re.compile(r"[a-zA-Z0-9_-]{1,64}"),
        id_words="1 to 64 of the characters a-z A-Z 0-9 _ -",
        max_id_length=64,
    )


STRICT_VERSION = "2026-10-21"
"""From this `anthropic-version` on, every request with a sampling parameter fails."""

_REQUIRED_IN_ORDER = ("model", "max_tokens", "messages")
_REQUIRED = frozenset(_REQUIRED_IN_ORDER)

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


def _of_request(parsed: Parsed) -> Iterable[Finding]:
    params = parsed.by_name
    return (
        *_required(params),
        *of_model(params),
        *of_number(params, "max_tokens"),
        *of_messages(params),
        *of_stream(params),
        *_forbidden(params),
        *_unknown(params),
    )


def _of_strict_version(parsed: Parsed) -> Iterator[Finding]:
    yield from _sampling(parsed.by_name)
    yield from _documents_and_citations(parsed.by_name)


def _required(params: Params) -> Iterable[Finding]:
    if params.keys() >= _REQUIRED:
        return NOTHING
    return [_missing(name) for name in _REQUIRED_IN_ORDER if name not in params]


def _missing(name: str) -> Finding:
    hint = "--set max_tokens=1024 sets it for all" if name == "max_tokens" else ""
    return missing_param(name, ANTHROPIC, hint)


def _forbidden(params: Params) -> Iterable[Finding]:
    if _FORBIDDEN.isdisjoint(params):
        return NOTHING
    why = "the API does not take it in batches"
    names = sorted(_FORBIDDEN.intersection(params))
    return [Finding(Rule.FORBIDDEN_PARAM, f"has {name}", why) for name in names]


def _unknown(params: Params) -> Iterable[Finding]:
    if params.keys() <= KNOWN_PARAMS:
        return NOTHING
    names = (name for name in params if name not in KNOWN_PARAMS and name not in _FORBIDDEN)
    return map(_unknown_param, names)


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


_NO_CITATIONS = re.compile(rb"null|\[\s*\]")


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    citations: msgspec.Raw = msgspec.Raw()


class _Message(msgspec.Struct, gc=False):
    role: str = ""
    content: list[_Block] | str = ""


_decode_messages = msgspec.json.Decoder(list[_Message]).decode


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
