"""Values of wire objects, read as far as they can be read: what cannot is unknown, not an error.

Servers leave null fields out, send numbers as text and times in several ways. Whatever has an id
is a batch; a field that makes no sense must not hide it, let alone the others of its list.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeGuard

from batchtui.core.models import UNDATED

MOST = 10**12
"""No batch has as many requests: a greater number is no count, and no database could keep it."""

_LEAST_MILLISECONDS = 1e11
"""As seconds, it is in the year 5138; as milliseconds, in 1973."""

_DIGITS = 16
"""No number that is meant has more of them."""

_LAST_YEAR = 9998
"""Times after it leave the calendar as soon as they are moved to another zone."""


def object_of(item: object) -> Mapping[str, Any]:
    """A decoded JSON value as an object.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(item, dict):
        raise ValueError("not an object")  # noqa: TRY004  (a server's fault, not the caller's)
    return item


def batch_id(item: Mapping[str, Any]) -> str:
    """The id by which a batch can be asked for.

    Raises:
        ValueError: it has none. The text says why.
    """
    found = item.get("id")
    if not isinstance(found, str) or not found:
        raise ValueError("it has no id")
    try:
        found.encode()
    except UnicodeEncodeError:  # JSON can spell half a character
        raise ValueError("its id is no text") from None
    return found


def word(value: object) -> str:
    """A text, or empty."""
    return storable(value) if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """An aware time in UTC, from RFC 3339; one without a zone is UTC. None where there is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if UNDATED.year <= found.year <= _LAST_YEAR else None


def moment_or_seconds(value: object) -> datetime | None:
    """An aware time in UTC, from RFC 3339 or Unix time; None where there is none.

    Unix time is in seconds or milliseconds, as a number or in digits.
    """
    if _is_digits(value):
        value = int(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return moment(value)
    if value > _LEAST_MILLISECONDS:
        value /= 1000
    try:
        found = datetime.fromtimestamp(value, UTC) if value > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found and found.year <= _LAST_YEAR else None


def count(value: object) -> int | None:
    """A number of requests; one that is left out is 0, and one that makes no sense None.

    Some servers write a whole number as `10.0`, or as text.
    """
    if value is None:
        return 0
    if _is_digits(value) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    if type(value) is int and 0 <= value <= MOST:
        return value
    return None


def _is_digits(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def json_text(item: Mapping[str, Any]) -> str:
    """The object as JSON text for display; empty for one nested too deeply to be shown."""
    try:
        return storable(_encode(item))
    except RecursionError:
        return "{}"


def storable(text: str) -> str:
    """Text with half characters, which JSON can spell and nothing else can keep, replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
