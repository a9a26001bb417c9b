"""Lines of OpenAI's Batch API, and of the servers shaped like it.

`{id, custom_id, response: {status_code, request_id, body} | null, error: {code, message} | null}`;
some servers write the body as a JSON text.
"""

from batchtui.results.reading.shapes.openai_content import content_of
from batchtui.results.reading.shapes.outcome import (
    CANCELED,
    ERRORED,
    EXPIRED,
    SUCCEEDED,
    Outcome,
    Shape,
    Tokens,
    nested,
)
from batchtui.results.reading.wire import Json, error_of, object_of, text_of

_CODES = {
    "batch_expired": EXPIRED,
    "batch_cancelled": CANCELED,
    "batch_canceled": CANCELED,
}
"""What codes of errors say of a request that was never processed."""

_FIRST_FAILURE = 400

_SHOWN_KEYS = frozenset(
    {
        "id",
        "object",
        "model",
        "choices",
        "output",
        "data",
        "content",
        "usage",
        "error",
        "stop_reason",
    }
)
"""Keys of a body that a record shows in a place of their own."""


def _knows(line: dict[str, Json]) -> bool:
    if "custom_id" not in line:
        return False
    response = line.get("response")
    if isinstance(response, dict):
        return "status_code" in response
    return isinstance(line.get("error"), dict) or {"response", "error"} <= line.keys()


def _read(line: dict[str, Json]) -> Outcome:
    response = object_of(line.get("response"))
    given = response.get("body")
    body = object_of(nested(given))
    is_text = isinstance(given, str) and bool(body)
    path = "(.response.body | fromjson)" if is_text else ".response.body"
    failure, where = _failure(line, response, body, path)
    if where:
        return _failed(line, failure, where)
    content = content_of(body, path) if body else content_of({"value": given}, path)
    return Outcome(
        custom_id=text_of(line.get("custom_id")),
        type=SUCCEEDED,
        pieces=content.pieces,
        model=text_of(body.get("model")),
        message_id=text_of(body.get("id")),
        stop_reason=content.stop_reason,
        usage=object_of(body.get("usage")),
        tokens=_tokens(object_of(body.get("usage"))),
        request_id=text_of(response.get("request_id")),
        rest={key: one for key, one in body.items() if key not in _SHOWN_KEYS and one},
        rest_path=path,
    )


def _failure(
    line: dict[str, Json], response: dict[str, Json], body: dict[str, Json], path: str
) -> tuple[Json, str]:
    """The error and where it stands; no place where there is none."""
    if line.get("error"):
        return line["error"], ".error"
    if not response:
        return None, "."
    if error := body.get("error"):
        return error, f"{path}.error"
    status = response.get("status_code")
    if isinstance(status, int) and status >= _FIRST_FAILURE:
        return body or response.get("body"), path if body else ".response.body"
    return None, ""


def _failed(line: dict[str, Json], failure: Json, where: str) -> Outcome:
    response = object_of(line.get("response"))
    inner = error_of(failure)
    code = inner.get("code")
    words = text_of(inner.get("message")) or text_of(inner.get("detail")) or text_of(failure)
    status = response.get("status_code")
    return Outcome(
        custom_id=text_of(line.get("custom_id")),
        type=_CODES.get(code, ERRORED) if isinstance(code, str) else ERRORED,
        error=failure,
        error_type=text_of(inner.get("type"))
        or (str(code) if isinstance(code, str | int) else "")
        or (f"http_{status}" if status else "no_response"),
        error_message=words,
        error_path=where,
        request_id=text_of(response.get("request_id")),
    )


def _tokens(usage: dict[str, Json]) -> Tokens:
    """The counts of a chat completion, or of a response, or in Anthropic's words."""
    given = _first(usage, "prompt_tokens", "input_tokens")
    details = _first(usage, "prompt_tokens_details", "input_tokens_details")
    cached = object_of(details).get("cached_tokens")
    fresh = given
    if isinstance(given, int) and isinstance(cached, int):
        fresh = max(0, given - cached)
    return Tokens(
        input=fresh,
        output=_first(usage, "completion_tokens", "output_tokens"),
        cache_read=cached if cached is not None else usage.get("cache_read_input_tokens"),
        cache_creation=usage.get("cache_creation_input_tokens"),
    )


def _first(usage: dict[str, Json], *keys: str) -> Json:
    return next((usage[key] for key in keys if usage.get(key) is not None), None)


OPENAI = Shape("openai", _knows, _read)
