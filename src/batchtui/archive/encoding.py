"""How Python values stand in the database: times as microseconds, any text as valid UTF-8."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

SqlValue = str | int | float | None
Params = Mapping[str, SqlValue]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1

_ESCAPE = "\x1a"
_UNSTORABLE = re.compile(f"[\ud800-\udfff{_ESCAPE}]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


def to_micros(moment: datetime) -> int:
    """An aware time as whole microseconds since 1970 in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The time that `to_micros` stored.

    Raises:
        OverflowError: no time that Python knows.
    """
    return _EPOCH + micros * _MICROSECOND


def to_micros_or_none(moment: datetime | None) -> int | None:
    """`to_micros`, with None for None."""
    return None if moment is None else to_micros(moment)


def from_micros_or_none(micros: int | None) -> datetime | None:
    """`from_micros`, with None for None."""
    return None if micros is None else from_micros(micros)


def bounded(number: int) -> int:
    """The nearest number that fits SQLite's 64 bits: JSON integers know no such bound."""
    return max(-_LARGEST, min(number, _LARGEST))


def storable(params: Params) -> dict[str, SqlValue]:
    """Parameters with every text escaped where it must be."""
    return {
        name: escape(value) if isinstance(value, str) else value for name, value in params.items()
    }


def escape(text: str) -> str:
    r"""Text as UTF-8 can hold it, reversibly: JSON's `"\ud800"` is half a character.

    Such halves, and the escape character itself, become the escape character and four hex
    digits. All other text, so nearly all there is, stands in the database as it is.
    """
    if text.isascii() and _ESCAPE not in text:
        return text
    return _UNSTORABLE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def unescape(stored: bytes) -> str:
    """The text that `escape` made storable; damaged UTF-8 shows as replacement characters."""
    text = stored.decode(errors="replace")
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
