"""What faults do to the bodies: to batches, and to the lines of results."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from batchtui.sim.faults import Fault
from batchtui.sim.messages import encode
from batchtui.sim.wire import Json

HOSTILE: Final = (
    "\x1b[31mred\x1b[0m\x1b]52;c;aGFja2Vk\x07\x1b]0;title\x07\x9b2J[bold]m[/] [@click=app.quit]q[/]"
    "\u202eesrever\u202c\u2066\u200b\u2028\u2029\x85\x00\r\n\t\x08"
)
"""Escape codes, a clipboard write, markup, bidi controls, line separators, NUL."""

HOSTILE_ID: Final = "\x1b[7m\x1b]52;c;aGFja2Vk\x07[red]\u202e\u2028\x00"
"""What hostile ids end in; it has no slash, so that they still make a path."""

_SEPARATORS: Final = "\u2028first\u2029second\u0085third "
_WHERE: Final = "ids+custom_ids+texts+errors"


def hostile_places(faults: Sequence[Fault]) -> frozenset[str]:
    """Where hostile text goes: of ids, custom_ids, texts, errors."""
    wheres = [fault.args.get("in", _WHERE) for fault in faults if fault.kind == "hostile"]
    return frozenset(place for where in wheres for place in where.split("+"))


def batch(shape: Json, faults: Sequence[Fault]) -> Json:
    """A MessageBatch, as the faults leave it."""
    if "ids" in hostile_places(faults):
        shape["id"] += HOSTILE_ID
    for fault in faults:
        if fault.kind == "status":
            shape["processing_status"] = fault.args.get("value", "finalizing")
        elif fault.kind in {"foreign-url", "relative-url"} and shape["results_url"]:
            path = shape["results_url"].partition("://")[2].partition("/")[2]
            shape["results_url"] = f"{fault.args.get('to', '').rstrip('/')}/{path}"
    return without_nulls(shape, faults)


def without_nulls(shape: Json, faults: Sequence[Fault]) -> Json:
    """The shape, without what is null if a fault wants that."""
    if not any(fault.kind == "omit-nulls" for fault in faults):
        return shape
    return {key: value for key, value in shape.items() if value is not None}


def body_lines(lines: Iterator[Json], faults: Sequence[Fault]) -> Iterator[bytes]:
    """The results as bytes, line by line with their ends; the last line has none."""
    end = b"\r\n" if any(fault.kind == "crlf" for fault in faults) else b"\n"
    broken = {int(f.args.get("row", "1")) for f in faults if f.kind == "malformed"}
    places = hostile_places(faults)
    separated = any(fault.kind == "separators" for fault in faults)
    before = b""
    for number, line in enumerate(lines, 1):
        if places or separated:
            _distort(line, places, separated=separated)
        data = encode(line)
        yield before + (data[: len(data) // 2] if number in broken else data)
        before = end


def _distort(line: Json, places: frozenset[str], *, separated: bool) -> None:
    extra = (HOSTILE if "texts" in places else "") + (_SEPARATORS if separated else "")
    result: dict[str, Any] = line["result"]
    if "custom_ids" in places:
        line["custom_id"] += HOSTILE
    if "errors" in places and "error" in result:
        error = result["error"].get("error", result["error"])
        error["message"] += HOSTILE
    for block in result.get("message", {}).get("content", ()):
        for key in ("text", "thinking"):
            if key in block:
                block[key] = extra + block[key]
