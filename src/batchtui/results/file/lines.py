"""Reading many lines of results at once: what each is, and where its texts lie.

Lines as the API sends them are decoded a block at a time, and only as far as columns need
it. What the typed decoder refuses is halved until single lines are left; those are read one
by one, whatever state they are in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from batchtui.results.file.columns import ABSENT, counts
from batchtui.results.file.id_sums import NOT_SUMMED, sum_of_id, sum_of_json
from batchtui.results.file.span_finding import Block, BlockSpans, escape_flags, readable
from batchtui.results.file.spans import NO_JSON, ODD, TWICE
from batchtui.results.file.stringsearch import is_accelerated, is_utf8
from batchtui.results.file.typed_lines import (
    Line,
    Message,
    Result,
    Usage,
    decode_error,
    decode_lines,
)
from batchtui.results.reading.row_types import BROKEN, UNKNOWN
from batchtui.results.reading.shapes.choice import outcome_of
from batchtui.results.reading.shapes.outcome import Outcome
from batchtui.results.reading.wire import (
    BrokenLineError,
    Json,
    decode,
    error_of,
    list_of,
    object_of,
    text_of,
)

_NO_RESULT, _NO_MESSAGE, _NO_USAGE = Result(), Message(), Usage()


@dataclass(slots=True)
class Rows:
    """Some neighbouring rows, column by column. Places are bytes from the start of the block."""

    starts: list[int]
    ends: list[int]
    flags: bytearray
    spans: BlockSpans
    types: list[str] = field(default_factory=list)
    error_types: list[str] = field(default_factory=list)
    stop_reasons: list[str] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    block_kinds: list[tuple[str, ...]] = field(default_factory=list)
    input_tokens: list[int] = field(default_factory=list)
    output_tokens: list[int] = field(default_factory=list)
    cache_read: list[int] = field(default_factory=list)
    cache_creation: list[int] = field(default_factory=list)
    id_sums: list[int] = field(default_factory=list)


def read_lines(block: bytes) -> Iterator[tuple[int, Rows]]:
    """The rows of a block of whole lines, and where in the block their bytes are counted from.

    Blank lines are no rows.
    """
    waiting = [(0, block)]
    while waiting:
        offset, piece = waiting.pop()
        starts, ends = _bounds(piece)
        if not starts:
            continue
        rows = _read_typed(piece, starts, ends)
        if rows is not None:
            yield offset, rows
        elif len(starts) == 1:
            yield offset, _read_odd(piece[starts[0] : ends[0]], starts[0])
        else:
            middle = starts[len(starts) // 2]
            waiting.append((offset + middle, piece[middle:]))
            waiting.append((offset, piece[:middle]))


_SPACE = ord(" ")


def _bounds(block: bytes) -> tuple[list[int], list[int]]:
    """Where the lines of a block start and end, blank ones left out."""
    starts, ends, start = [], [], 0
    find, size = block.find, len(block)
    while start < size:
        end = find(b"\n", start)
        if end < 0:
            end = size
        if block[start] > _SPACE or block[start:end].strip():
            starts.append(start)
            ends.append(end)
        start = end + 1
    return starts, ends


def _read_typed(block: bytes, starts: list[int], ends: list[int]) -> Rows | None:
    """The rows, if they are all as the API sends them."""
    try:
        lines = decode_lines(block)
    except (ValueError, RecursionError):
        return None
    if len(lines) != len(starts) or not _one_each(block, starts, ends):
        return None
    if not is_utf8(block):  # The decoder does not look into the strings that it passes over.
        return None
    spans = BlockSpans(block)
    rows = Rows(starts, ends, escape_flags(block, starts, ends), spans)
    rows.id_sums = [sum_of_json(bytes(line.custom_id)) for line in lines]
    results = [line.result or _NO_RESULT for line in lines]
    _add_names(rows, results)
    _add_counts(rows, [(result.message or _NO_MESSAGE).usage or _NO_USAGE for result in results])
    for line, start, end in zip(lines, starts, ends, strict=True):
        _add_spans(spans, line, start, end)
    if UNKNOWN in rows.types:
        for number, line in enumerate(lines):
            if line.result is None:
                _read_other(rows, number, block[starts[number] : ends[number]])
    return rows


def _read_other(rows: Rows, number: int, line: bytes) -> None:
    """Read again a row that is none of Anthropic's: perhaps another protocol's."""
    try:
        value = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        rows.flags[number] |= ODD
        value = _tolerantly(line)
    outcome = None if value is _BROKEN else outcome_of(value)
    if outcome:
        _set_outcome(rows, number, outcome)


def _set_outcome(rows: Rows, number: int, outcome: Outcome) -> None:
    rows.flags[number] |= TWICE
    rows.id_sums[number] = sum_of_id(outcome.custom_id)
    rows.types[number] = outcome.type
    rows.error_types[number] = outcome.error_type
    rows.stop_reasons[number] = outcome.stop_reason
    rows.models[number] = outcome.model
    rows.block_kinds[number] = tuple(text_of(piece.block.get("type")) for piece in outcome.pieces)
    tokens = counts(map(_integer, outcome.tokens))
    rows.input_tokens[number], rows.output_tokens[number] = tokens[:2]
    rows.cache_read[number], rows.cache_creation[number] = tokens[2:]


def _one_each(block: bytes, starts: list[int], ends: list[int]) -> bool:
    """No value goes on in the next line, which the decoder would not mind.

    It cannot where all lines start and end with a brace: nowhere in JSON a closing one is
    followed by an opening one.
    """
    if len(starts) == 1:
        return True
    closing = {block[end - 1] for end in ends}
    if closing == {_RETURN}:
        closing = {block[end - 2] for end in ends}
    return closing == {_CLOSE} and {block[start] for start in starts} == {_OPEN}


_OPEN, _CLOSE, _RETURN = b"{}\r"


def _add_names(rows: Rows, results: Sequence[Result]) -> None:
    messages = [result.message or _NO_MESSAGE for result in results]
    rows.types = [result.type or UNKNOWN for result in results]
    rows.error_types = [_error_type(result.error) if result.error else "" for result in results]
    rows.stop_reasons = [message.stop_reason or "" for message in messages]
    rows.models = [message.model or "" for message in messages]
    rows.block_kinds = [_kinds(message.content) for message in messages]


def _kinds(content: list[Block] | str | None) -> tuple[str, ...]:
    if isinstance(content, list):
        return tuple([block.type or "" for block in content])
    return ("text",) if content else ()


def _error_type(error: msgspec.Raw) -> str:
    try:
        outer = decode_error(error)
    except (ValueError, RecursionError):
        return text_of(error_of(msgspec.json.decode(error)).get("type"))
    inner = outer.error.type if outer.error else None
    return inner or outer.type or ""


def _add_counts(rows: Rows, usages: Sequence[Usage]) -> None:
    rows.input_tokens = counts([usage.input_tokens for usage in usages])
    rows.output_tokens = counts([usage.output_tokens for usage in usages])
    rows.cache_read = counts([usage.cache_read_input_tokens for usage in usages])
    rows.cache_creation = counts([usage.cache_creation_input_tokens for usage in usages])


def _add_spans(spans: BlockSpans, line: Line, start: int, end: int) -> None:
    result = line.result
    if result is None or not is_accelerated():
        spans.add_whole(end - start)
        return
    message = result.message
    if result.type == "succeeded" and message is not None and isinstance(message.content, list):
        values = [value for block in message.content for value in readable(block)]
        values.append(message.stop_details)
        spans.add(start, line.custom_id, values)
    elif result.type == "errored":
        spans.add(start, line.custom_id, (result.error,))
    else:
        spans.add_whole(end - start)


def _read_odd(line: bytes, start: int) -> Rows:
    """The row of a line that the typed decoder refuses: odd types, odd encoding, or broken."""
    rows = Rows(
        [start], [start + len(line)], bytearray([ODD]), BlockSpans(line), id_sums=[NOT_SUMMED]
    )
    rows.spans.add_whole(len(line))
    try:
        value = msgspec.json.decode(line)
        rows.flags = escape_flags(line, [0], [len(line)])
    except (ValueError, RecursionError):
        value = _tolerantly(line)
    if value is _BROKEN:
        rows.flags[0] |= NO_JSON
        _add_names(rows, [Result(type=BROKEN)])
        _add_counts(rows, [_NO_USAGE])
    else:
        _add_odd(rows, object_of(object_of(value).get("result")))
        if outcome := outcome_of(value):
            _set_outcome(rows, 0, outcome)
    return rows


def too_long(length: int, known: int) -> Rows:
    """The row of a line of which the first `known` bytes are looked at, and none decoded."""
    rows = Rows([0], [length], bytearray([ODD]), BlockSpans(b""), id_sums=[NOT_SUMMED])
    rows.spans.add_whole(known)
    _add_names(rows, [Result(type=BROKEN)])
    _add_counts(rows, [_NO_USAGE])
    return rows


_BROKEN = object()


def _tolerantly(line: bytes) -> object:
    try:
        return decode(line)
    except BrokenLineError:
        return _BROKEN


def _add_odd(rows: Rows, result: dict[str, Json]) -> None:
    message = object_of(result.get("message"))
    content = message.get("content")
    rows.types = [text_of(result.get("type")) or UNKNOWN]
    rows.error_types = [text_of(error_of(result.get("error")).get("type"))]
    rows.stop_reasons = [text_of(message.get("stop_reason"))]
    rows.models = [text_of(message.get("model"))]
    kinds = [text_of(object_of(block).get("type")) for block in list_of(content)]
    rows.block_kinds = [("text",) if isinstance(content, str) and content else tuple(kinds)]
    _add_counts(rows, [_odd_usage(object_of(message.get("usage")))])


def _odd_usage(usage: dict[str, Json]) -> Usage:
    return Usage(**{name: _integer(usage.get(name)) for name in Usage.__struct_fields__})


def _integer(value: Json) -> int:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else ABSENT
