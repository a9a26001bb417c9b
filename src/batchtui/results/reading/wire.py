"""Decoding one line of results, whatever state it is in."""

import codecs
import json
import re
from collections.abc import Iterator

import msgspec

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
"""A decoded JSON value."""

_MAX_DIGITS = 4000
"""Python refuses to make an int of more digits than 4300."""


class BrokenLineError(ValueError):
    """A line that is not JSON; the text says why, and may quote none of it."""

    is_json = False
    """It may be JSON for all that can be told: it is nested too deeply to be decoded."""


class _TooDeepError(BrokenLineError):
    is_json = True


def decode(line: bytes) -> Json:
    """The JSON value of a line.

    What strict decoders refuse but people can still read passes: a byte order mark, invalid
    UTF-8 (as U+FFFD), lone surrogate escapes, raw control characters in strings.

    Raises:
        BrokenLineError: it is no JSON even so, or nested too deeply.
    """
    try:
        value: Json = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return _decode_tolerantly(line)
    return value


_VALUE = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*[{\["0-9tfnNI-]')
"""How a line begins that may be JSON to a tolerant decoder."""
_HEAD = 4096


def _decode_tolerantly(line: bytes) -> Json:
    if not _VALUE.match(line):
        line = line[:_HEAD]  # Of garbage, however much, no text is made.
    try:
        value: Json = json.loads(line_text(line), strict=False, parse_int=_integer)
    except ValueError as error:
        raise BrokenLineError(str(error)) from error
    except RecursionError as error:
        raise _TooDeepError("nested too deeply") from error
    return value


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def line_text(line: bytes) -> str:
    """A line as text: without a byte order mark, invalid UTF-8 as U+FFFD."""
    return line.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def pretty(value: Json) -> str:
    """JSON for reading: indented, characters as themselves."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except RecursionError:
        return "[nested too deeply to be indented]"


def text_of(value: Json) -> str:
    """The value where it is a string, else empty."""
    return value if isinstance(value, str) else ""


def object_of(value: Json) -> dict[str, Json]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Json) -> list[Json]:
    """The value where it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def error_of(error: Json) -> dict[str, Json]:
    """The object that holds an errored result's `type` and `message`.

    Anthropic nests it (`error.error`); several compatible servers do not.
    """
    outer = object_of(error)
    return object_of(outer.get("error")) or outer


def strings_in(value: Json, skipped_keys: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every string value inside, in reading order; never a key, nothing below a skipped one."""
    waiting: list[Json] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            kept = [inner for key, inner in item.items() if key not in skipped_keys]
            waiting.extend(reversed(kept))
