"""What the API checks when a batch is created, and what only turns out when it is worked on."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from batchtui.sim.lives import Submitted
from batchtui.sim.wire import invalid

MAX_REQUESTS: Final = 100_000
MAX_BODY: Final = 256 * 1024 * 1024

_CUSTOM_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_FORBIDDEN: Final = (
    "speed",
    "store",
    "previous_thread_event_id",
    "cache_hint",
    "context_hint",
    "research_preview_2026_02",
    "fallbacks",
)
_SAMPLING: Final = ("temperature", "top_p", "top_k")


def requests_of(body: bytes, version: str) -> list[Submitted]:
    """The requests of a create body.

    Raises:
        WireError: 400, with the message the API gives: what is wrong is found at once, but for
            the params, which are only checked later.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise invalid("The request body is not valid JSON: expected an object")
    for key in document.keys() - {"requests"}:
        raise invalid(f"{key}: Extra inputs are not permitted")
    return _requests(document.get("requests"), version)


def _requests(requests: object, version: str) -> list[Submitted]:
    if requests is None:
        raise invalid("requests: Field required")
    if not isinstance(requests, list):
        raise invalid("requests: Input should be a valid list")
    if not requests:
        raise invalid("requests: List should have at least 1 item after validation, not 0")
    if len(requests) > MAX_REQUESTS:
        raise invalid(
            f"requests: List should have at most {MAX_REQUESTS} items after validation, "
            f"not {len(requests)}"
        )
    submitted = [_request(n, request, version) for n, request in enumerate(requests)]
    seen: set[str] = set()
    for n, request in enumerate(submitted):
        if request.custom_id in seen:
            raise invalid(f"requests.{n}.custom_id: Duplicate custom_id: {request.custom_id}")
        seen.add(request.custom_id)
    return submitted


def _request(n: int, request: object, version: str) -> Submitted:
    if not isinstance(request, dict):
        raise invalid(f"requests.{n}: Input should be an object")
    for key in ("custom_id", "params"):
        if key not in request:
            raise invalid(f"requests.{n}.{key}: Field required")
    for key in request.keys() - {"custom_id", "params"}:
        raise invalid(f"requests.{n}.{key}: Extra inputs are not permitted")
    params = request["params"]
    if not isinstance(params, dict):
        raise invalid(f"requests.{n}.params: Input should be an object")
    model = params.get("model")
    return Submitted(
        _custom_id(n, request["custom_id"]),
        model if isinstance(model, str) else "",
        problem(params, version),
    )


def _custom_id(n: int, custom_id: object) -> str:
    where = f"requests.{n}.custom_id"
    if not isinstance(custom_id, str):
        raise invalid(f"{where}: Input should be a valid string")
    if not custom_id:
        raise invalid(f"{where}: String should have at least 1 character")
    if len(custom_id) > 64:
        raise invalid(f"{where}: String should have at most 64 characters")
    if not _CUSTOM_ID.fullmatch(custom_id):
        raise invalid(f"{where}: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
    return custom_id


def problem(params: Mapping[str, Any], version: str) -> tuple[str, str] | None:
    """Why a request is going to fail: error type and message; None if it is not."""
    words = _missing(params) or _not_allowed(params, version)
    if words is not None:
        return "invalid_request_error", words
    model = params["model"]
    if not (isinstance(model, str) and model.startswith("claude")):
        return "not_found_error", f"model: {model}"
    return None


def _missing(params: Mapping[str, Any]) -> str | None:
    for key in ("model", "max_tokens", "messages"):
        if key not in params:
            return f"{key}: Field required"
    max_tokens, messages = params["max_tokens"], params["messages"]
    if not isinstance(max_tokens, int) or isinstance(max_tokens, bool):
        return "max_tokens: Input should be a valid integer"
    if max_tokens < 1:
        return "max_tokens: Input should be greater than or equal to 1"
    if not isinstance(messages, list):
        return "messages: Input should be a valid list"
    return None if messages else "messages: at least one message is required"


def _not_allowed(params: Mapping[str, Any], version: str) -> str | None:
    if params.get("stream"):
        return "stream: streaming is not supported in Message Batches"
    for key in _FORBIDDEN:
        if key in params:
            return f"{key}: not supported in Message Batches"
    if version >= "2026-10-21":
        for key in _SAMPLING:
            if key in params:
                return f"{key}: Extra inputs are not permitted"
    return None
