"""What OpenAI's Batch API, and servers shaped like it, ask of a batch and its requests.

Facts are those of OpenAI's API description and batch guide; the dialects', of the servers' own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from batchtui.core.text import nearest
from batchtui.requests.findings import Finding, Rule, Severity
from batchtui.requests.parse import Parsed
from batchtui.requests.rule_set import (
    OUTPUT_LIMITS,
    Alike,
    RequestRule,
    RequestRules,
    max_tokens_of,
    missing_param,
    model_of,
    of_messages,
    of_model,
    of_number,
    of_stream,
    text_of,
)
from batchtui.requests.shapes import CHAT_URL, OPENAI

ENDPOINTS = (
    "/v1/responses",
    CHAT_URL,
    "/v1/embeddings",
    "/v1/completions",
    "/v1/moderations",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/videos",
)
"""Those of which OpenAI makes batches."""

_NEEDED: Mapping[str, tuple[str, ...]] = {
    CHAT_URL: ("model", "messages"),
    "/v1/embeddings": ("model", "input"),
    "/v1/completions": ("model", "prompt"),
    "/v1/moderations": ("input",),
}
"""The params without which an endpoint answers nothing."""

_WITHOUT_TEXT = frozenset(ENDPOINTS) - {"/v1/responses", CHAT_URL, "/v1/completions"}
"""Endpoints that generate no tokens."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """In what a server asks for something else."""

    seller: str = ""
    endpoint: str = ""
    """That of requests which name none; empty where each has to."""
    one_model: bool = False
    """All requests of a batch have to be for one model."""
    lists_models: bool = True


_DIALECTS: Mapping[str, _Dialect] = {
    "openai": _Dialect("openai", one_model=True),
    # Requests name deployments there, and models are listed.
    "azure": _Dialect("azure", one_model=True, lists_models=False),
    "groq": _Dialect("groq"),
    "together": _Dialect("together", endpoint=CHAT_URL),
    "ogx": _Dialect(),
    "litellm": _Dialect(),
}


def openai_rules(dialect: str) -> RequestRules:
    """What a server of a dialect asks; by itself, what OpenAI does."""
    asks = _DIALECTS[dialect or "openai"]
    alike = [Alike("url", lambda parsed: _url(parsed) or asks.endpoint, "a batch has one endpoint")]
    if asks.one_model:
        alike.append(
            Alike("model", lambda parsed: model_of(parsed.by_name), "a batch is for one model")
        )
    return RequestRules(
        shape=OPENAI,
        max_requests=50_000,
        max_bytes=200_000_000,  # "200 MB": should it mean MiB, this errs on the safe side.
        rules=(_of_line(asks), _of_body),
        max_output=_max_output,
        seller=asks.seller,
        alike=tuple(alike),
        lists_models=asks.lists_models,
    )


def _url(parsed: Parsed) -> str:
    return text_of(parsed.fields, "url")


def _of_line(asks: _Dialect) -> RequestRule:
    def rule(parsed: Parsed) -> Iterator[Finding]:
        url = _url(parsed)
        if not url and not asks.endpoint:
            hint = f'the endpoint that it is for: "url": "{CHAT_URL}"'
            yield Finding(Rule.MISSING_FIELD, "has no url", hint)
        elif url and not _is_known(url):
            yield _unknown_endpoint(url)
        yield from _of_method(parsed, needed=not asks.endpoint)
        for name in parsed.fields:
            if name not in OPENAI.fields:
                yield _unknown_field(name)

    return rule


def _of_method(parsed: Parsed, *, needed: bool) -> Iterator[Finding]:
    if "method" not in parsed.fields:
        if needed:
            yield Finding(Rule.MISSING_FIELD, "has no method", 'it has to be "method": "POST"')
    elif text_of(parsed.fields, "method") != "POST":
        detail = bytes(parsed.fields["method"])[:40].decode("utf-8", "replace")
        yield Finding(Rule.INVALID_PARAM, "has a method that is not POST", detail=detail)


def _is_known(url: str) -> bool:
    """Azure's are known without the version, too."""
    return url in ENDPOINTS or f"/v1{url}" in ENDPOINTS


@lru_cache(256)
def _unknown_endpoint(url: str) -> Finding:
    near = nearest(url, ENDPOINTS)
    hint = f"did you mean {near}?" if near else "no such endpoint is known to take batches"
    message = f"has the url {url}, which is unknown"
    return Finding(Rule.UNKNOWN_ENDPOINT, message, hint, severity=Severity.WARNING)


@lru_cache(256)
def _unknown_field(name: str) -> Finding:
    near = nearest(name, OPENAI.fields)
    hint = f"did you mean {near}?" if near else "parameters of the model belong into body"
    message = f"has a field {name}, which is unknown"
    return Finding(Rule.UNKNOWN_FIELD, message, hint, severity=Severity.WARNING)


def _of_body(parsed: Parsed) -> Iterator[Finding]:
    params = parsed.by_name
    for name in _NEEDED.get(_url(parsed), ()):
        if name not in params:
            yield missing_param(name, OPENAI)
    yield from of_model(params)
    yield from of_messages(params)
    for name in OUTPUT_LIMITS:
        yield from of_number(params, name, may_be_null=True)
    yield from of_stream(params)


def _max_output(parsed: Parsed) -> int | None:
    most = max_tokens_of(parsed.by_name)
    if most is None:
        return 0 if _url(parsed) in _WITHOUT_TEXT else None
    choices = bytes(parsed.by_name.get("n", b"1"))
    return most * int(choices) if choices.isdigit() and len(choices) < 5 else most
