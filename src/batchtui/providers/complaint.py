"""What an error answer says, read from whatever shape its server uses."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

MESSAGE_LENGTH = 300
"""Longer messages are cut to their first line, and that too: some servers put kilobytes of SQL
into theirs.
"""

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


Clean = Callable[[str], str]
"""Takes out of a text what must not be shown."""


def read_complaint(body: bytes, clean: Clean = str) -> Complaint:
    """Read an error body: nested or flat envelope, `detail`, HTML, plain text or nothing.

    Its words are cleaned once they are decoded, and before they are cut.
    """
    text = body.decode("utf-8", "replace").strip()
    if text.startswith("<"):
        title = _TITLE.search(text)
        return Complaint(_short(title[1], clean) if title else "", is_html=True)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return Complaint(_short(text, clean))
    if isinstance(document, dict):
        return _from_object(document, clean)
    return Complaint(_words(document, clean))


def _from_object(document: dict[str, object], clean: Clean) -> Complaint:
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
        message=_words(message, clean),
        type=_word(inner.get("type"), clean),
        code=_word(details.get("error_code"), clean) or _word(inner.get("code"), clean),
        request_id=_word(document.get("request_id"), clean),
        appeal_url=_word(details.get("appeal_url"), clean),
    )


def _word(value: object, clean: Clean) -> str:
    return _short(value, clean) if isinstance(value, str) else ""


def _words(value: object, clean: Clean) -> str:
    if value is None:
        return ""
    return _short(value if isinstance(value, str) else json.dumps(value), clean)


def _short(text: str, clean: Clean) -> str:
    # JSON can spell half a character.
    text = clean(text.strip().encode("utf-8", "replace").decode())
    if len(text) <= MESSAGE_LENGTH:
        return text
    return text.partition("\n")[0][: MESSAGE_LENGTH - 1] + "…"
