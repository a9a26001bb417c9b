"""What the `usage` of one of Anthropic's lines tells beyond its columns."""

from typing import Any, NamedTuple

import msgspec

from batchtui.core.prices import Usage
from batchtui.results.reading.wire import BrokenLineError, Json, decode, list_of, object_of, text_of

_MOST = 2**63 - 1
_OWN = "message"
_COMPACTION = "compaction"


class LineUsage(NamedTuple):
    """What one request took."""

    usage: Usage
    tier: str
    """`service_tier`: `batch` or another; empty where none is told."""
    is_whole: bool
    """Nothing that is billed is missing."""


def usage_of_line(line: bytes) -> LineUsage:
    """What the line of a succeeded request tells.

    Totals leave out what compacting the conversation took, and what other models did within
    the request: the first is added from `iterations`, the second is not known.
    """
    told = _told(line)
    usage = _usage(told)
    is_whole = {"input_tokens", "output_tokens"} <= _numbers(told).keys()
    for iteration in map(object_of, list_of(told.get("iterations"))):
        kind = iteration.get("type")
        if kind == _COMPACTION:
            usage = usage.plus(_usage(iteration))
        elif kind != _OWN:
            is_whole = False
    return LineUsage(usage._replace(requests=1), text_of(told.get("service_tier")), is_whole)


class _Message(msgspec.Struct, gc=False):
    usage: dict[str, Any] | None = None


class _Result(msgspec.Struct, gc=False):
    message: _Message | None = None


class _Line(msgspec.Struct, gc=False):
    result: _Result


_decode = msgspec.json.Decoder(_Line).decode


def _told(line: bytes) -> dict[str, Json]:
    try:
        message = _decode(line).result.message
    except (ValueError, RecursionError):
        return _odd(line)
    return (message and message.usage) or {}


def _odd(line: bytes) -> dict[str, Json]:
    try:
        result = object_of(object_of(decode(line)).get("result"))
    except BrokenLineError:
        return {}
    return object_of(object_of(result.get("message")).get("usage"))


def _usage(told: dict[str, Json]) -> Usage:
    numbers, kept = _numbers(told), _numbers(told.get("cache_creation"))
    an_hour = kept.get("ephemeral_1h_input_tokens", 0)
    parts = an_hour + kept.get("ephemeral_5m_input_tokens", 0)
    written = numbers.get("cache_creation_input_tokens", parts)
    return Usage(
        input_tokens=numbers.get("input_tokens", 0),
        cache_read=numbers.get("cache_read_input_tokens", 0),
        cache_write=written,
        cache_write_1h=min(an_hour, written),
        output_tokens=numbers.get("output_tokens", 0),
        web_searches=_numbers(told.get("server_tool_use")).get("web_search_requests", 0),
    )


def _numbers(value: Json) -> dict[str, int]:
    """The counts of an object, as far as they are any."""
    return {
        key: min(int(number), _MOST)
        for key, number in object_of(value).items()
        if isinstance(number, int | float) and not isinstance(number, bool) and 0 <= number < _MOST
    }
