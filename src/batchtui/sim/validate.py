"""What the API checks when a batch is created, and what only turns out when it is worked on."""

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from batchtui.sim.documents import DocumentReader
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


def requests_of(body: IO[bytes], version: str) -> list[Submitted]:
    """The requests of a create body, read one by one.

    Raises:
        WireError: 400, with the message the API gives: what is wrong is found at once, but for
            the params, which are only checked later.
    """
    reader = DocumentReader(body)
    try:
        if reader.peek() not in {"{", ""}:
            reader.value()
            raise invalid("The request body is not valid JSON: expected an object")
        return _read(reader, version)
    except ValueError as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error


def _read(reader: DocumentReader, version: str) -> list[Submitted]:
    requests: list[Submitted] | None = None
    reader.take("{")
    more = reader.peek() != "}"
    if not more:
        reader.take("}")
    while more:
        key = reader.value()
        reader.take(":")
        if key != "requests":
            raise invalid(f"{key}: Extra inputs are not permitted")
        if reader.peek() != "[":
            raise invalid("requests: Input should be a valid list")
        requests = _requests(reader.elements(), version)
        more = reader.take(",", "}") == ","
    if reader.peek():
        raise ValueError("extra data after the document")
    if requests is None:
        raise invalid("requests: Field required")
    return requests


def _requests(requests: Iterator[Any], version: str) -> list[Submitted]:
    """All of them, read to their end even where they are too many to be kept."""
    submitted: list[Submitted] = []
    seen: set[str] = set()
    count = 0
    for count, request in enumerate(requests, 1):
        if count > MAX_REQUESTS:
            continue
        made = _request(count - 1, request, version)
        if made.custom_id in seen:
            words = f"Duplicate custom_id: {made.custom_id}"
            raise invalid(f"requests.{count - 1}.custom_id: {words}")
        seen.add(made.custom_id)
        submitted.append(made)
    if not count:
        raise invalid("requests: List should have at least 1 item after validation, not 0")
    if count > MAX_REQUESTS:
        raise invalid(
            f"requests: List should have at most {MAX_REQUESTS} items after validation, not {count}"
        )
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
