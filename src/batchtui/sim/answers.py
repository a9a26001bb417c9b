"""Responses that are not about batches: errors, and what faults put in the place of an answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from batchtui.sim.distort import HOSTILE, hostile_places
from batchtui.sim.faults import Fault
from batchtui.sim.messages import encode
from batchtui.sim.wire import Json, WireError

_KINDS = {
    400: ("invalid_request_error", "The request is not valid."),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "There is a problem with your billing or payment information."),
    403: ("permission_error", "Your API key does not have permission to use this resource."),
    404: ("not_found_error", "Not found"),
    409: ("conflict_error", "The request conflicts with another one."),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    500: ("api_error", "Internal server error"),
    504: ("timeout_error", "Request timed out"),
    529: ("overloaded_error", "Overloaded"),
}

_GATEWAY_PAGE = """<html>
<head><title>{status} Bad Gateway</title></head>
<body><center><h1>{status} Bad Gateway</h1></center><hr><center>cloudflare</center></body>
</html>
"""


def json_response(shape: Json, *, headers: dict[str, str] | None = None) -> Response:
    """A 200 with raw UTF-8 JSON."""
    return Response(encode(shape), media_type="application/json", headers=headers)


def error_response(
    error: WireError,
    request_id: str,
    faults: tuple[Fault, ...] = (),
    body: Callable[[WireError, str], Json] = WireError.body,
) -> Response:
    """An error in the envelope of a protocol."""
    if "errors" in hostile_places(faults):
        error = replace(error, message=error.message + HOSTILE)
    return JSONResponse(body(error, request_id), error.status, headers=dict(error.headers))


def failure(fault: Fault, status: int, now: datetime) -> WireError | Response:
    """What a status fault answers: an error, or a gateway's page."""
    headers = _retry_headers(fault, now)
    if "html" in fault.args or status in {502, 503}:
        return HTMLResponse(_GATEWAY_PAGE.format(status=status), status, headers)
    kind, message = _KINDS.get(status, _KINDS[400] if status < 500 else _KINDS[500])
    kind = fault.args.get("type", kind)
    message = fault.args.get("message", message)
    if "spend-limit" in fault.args:
        message = fault.args.get("message", "You have reached your monthly spend limit.")
        details = {"error_code": "enforced_spend_limit_reached"}
        return WireError(status, kind, message, headers, details)
    return WireError(status, kind, message, headers)


def _retry_headers(fault: Fault, now: datetime) -> dict[str, str]:
    names = ("retry-after", "retry-after-ms", "x-should-retry")
    headers = {name: fault.args[name] for name in names if name in fault.args}
    if "retry-date" in fault.args:
        when = now + timedelta(seconds=fault.number("retry-date", 0))
        headers["retry-after"] = format_datetime(when, usegmt=True)
    return headers


def redirect(fault: Fault, request: Request) -> Response:
    """The same path on another origin."""
    query = f"?{request.url.query}" if request.url.query else ""
    target = fault.args["to"].rstrip("/") + request.url.path + query
    return Response(status_code=int(fault.number("status", 307)), headers={"location": target})
