"""What an error answer says, read from whatever shape its server uses."""

import json
import re
from dataclasses import dataclass

MESSAGE_LENGTH = 300
"""Longer messages are cut: some servers put kilobytes of SQL into theirs."""

_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A server's words: all may be empty, none is masked."""

    message: str = ""
    type: str = ""
    """The wire's error type, e.g. `rate_limit_error`."""
    code: str = ""
    """The finer `details.error_code`, e.g. `enforced_spend_limit_reached`."""
    request_id: str = ""
    appeal_url: str = ""
    is_html: bool = False


def read_complaint(body: bytes) -> Complaint:
    """Read an error body: nested or flat envelope, `detail`, HTML, plain text or nothing."""
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        return _from_html(text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Complaint(_short(text))
    return _from_object(document) if isinstance(document, dict) else Complaint(_words(document))


def _from_html(text: str) -> Complaint:
    title = _TITLE.search(text)
    return Complaint(_short(title[1]) if title else "", is_html=True)


def _from_object(document: dict[str, object]) -> Complaint:
    error = document.get("error")
    inner = error if isinstance(error, dict) else {}
    details = inner.get("details")
    details = details if isinstance(details, dict) else {}
    message = (
        inner.get("message")
        or inner.get("detail")
        or (error if isinstance(error, str) else None)
        or document.get("detail")
        or document.get("message")
    )
    return Complaint(
        message=_words(message),
        type=_word(inner.get("type")),
        code=_word(details.get("error_code")) or _word(inner.get("code")),
        request_id=_word(document.get("request_id")),
        appeal_url=_word(details.get("appeal_url")),
    )


def _word(value: object) -> str:
    return _short(value) if isinstance(value, str) else ""


def _words(value: object) -> str:
    if value is None:
        return ""
    return _short(value if isinstance(value, str) else json.dumps(value))


def _short(text: str) -> str:
    text = text.strip().encode("utf-8", "replace").decode()  # JSON can spell half a character
    return text if len(text) <= MESSAGE_LENGTH else text[: MESSAGE_LENGTH - 1] + "…"
