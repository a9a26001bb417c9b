"""What OpenAI's Batch API checks in an uploaded file, once a batch is made of it."""

import json

from batchtui.sim.lives import Submitted
from batchtui.sim.wire import Json


def read_file(content: bytes, endpoint: str) -> tuple[list[Submitted], tuple[Json, ...]]:
    """The requests of an uploaded file, and what is wrong with it, as `errors.data`."""
    requests: list[Submitted] = []
    names: set[str] = set()
    faults: list[Json] = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            request = _request(json.loads(line), endpoint, names)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            faults.append(_fault(number, error))
        else:
            requests.append(request)
            names.add(request.custom_id)
    if not requests and not faults:
        faults.append({"code": "empty_file", "line": None, "message": "The file is empty."})
    return requests, tuple(faults)


def _fault(number: int, error: Exception) -> Json:
    code = "invalid_json_line" if isinstance(error, json.JSONDecodeError) else "invalid_request"
    message = f"This line is not parseable as a request: {error}"
    return {"code": code, "line": number, "message": message, "param": None}


def _request(line: Json, endpoint: str, names: set[str]) -> Submitted:
    custom_id, body = line["custom_id"], line["body"]
    if line.get("url", endpoint) != endpoint:
        raise ValueError("its url is not the endpoint of the batch")
    if not isinstance(custom_id, str) or custom_id in names:
        raise ValueError(f"the custom_id {custom_id!r} is not unique")
    model = body.get("model")
    return Submitted(custom_id, model if isinstance(model, str) else "", _problem(body))


def _problem(body: Json) -> tuple[str, str] | None:
    """Why the request is going to fail: error type and message; None if it is not."""
    if not body.get("model"):
        return "invalid_request_error", "you must provide a model parameter"
    warmth = body.get("temperature", 1)
    if not isinstance(warmth, (int, float)) or not 0 <= warmth <= 2:
        words = f"Invalid 'temperature': expected a value from 0 to 2, but got {warmth} instead."
        return "invalid_request_error", words
    return None
