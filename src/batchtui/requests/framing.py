"""Where in a stream of bytes the requests lie: lines, or the elements of one JSON array.

Only borders are found here; whether what lies between is JSON is for others to say. At most one
request is in memory, and of one that is too long only its head.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from batchtui.requests.findings import Finding, Rule

MAX_REQUEST_BYTES = 32 << 20
"""A longer request is not read. No limit of the protocol: it bounds our memory."""

_HEAD_BYTES = 1 << 10
"""What is kept of a request that is too long."""

_SPACE = b" \t\r\n"

TOO_LONG = Finding(
    Rule.TOO_LONG,
    f"is longer than {MAX_REQUEST_BYTES >> 20} MiB",
    "each line must be one request: JSON without line breaks in it, and one after it",
)


class Piece(NamedTuple):
    """What stands at one place of the source, without the space around it.

    `offset` and `size` are its bytes there, `line` counts from 1.
    """

    raw: bytes
    offset: int
    size: int
    line: int
    fault: Finding | None = None


class _Gatherer:
    """Puts together what the borders of blocks cut; of what is too long it keeps the head."""

    def __init__(self, offset: int, line: int, limit: int) -> None:
        self._offset = offset
        self._line = line
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._newlines = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        self._newlines += part.count(b"\n")
        if self._size <= self._limit:
            self._parts.append(part)
        elif len(self._parts) != 1 or len(self._parts[0]) != _HEAD_BYTES:
            self._parts = [b"".join([*self._parts, part])[:_HEAD_BYTES]]

    def take_line(self) -> Piece:
        """All that was added, white space included."""
        raw, too_long = b"".join(self._parts), self._size > self._limit
        piece = Piece(raw, self._offset, self._size, self._line, TOO_LONG if too_long else None)
        self._pass_over(b"")
        return piece

    def take(self, separator: bytes) -> Piece:
        """All up to a separator, which is passed over, without white space around it."""
        joined = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        body = joined.lstrip(_SPACE)
        blank = len(joined) - len(body)
        raw = body.rstrip(_SPACE)
        line = self._line + joined.count(b"\n", 0, blank)
        too_long = self._size > self._limit
        size = self._size - blank if too_long else len(raw)
        piece = Piece(raw, self._offset + blank, size, line, TOO_LONG if too_long else None)
        self._pass_over(separator)
        return piece

    def _pass_over(self, separator: bytes) -> None:
        self._offset += self._size + len(separator)
        self._line += self._newlines + separator.count(b"\n")
        self._parts, self._size, self._newlines = [], 0, 0


def lines(
    blocks: Iterable[bytes], *, offset: int = 0, limit: int = MAX_REQUEST_BYTES
) -> Iterator[Piece]:
    """The lines that are not blank, from `offset` on. Only a line feed ends one."""
    gathered = _Gatherer(offset, 1, limit)
    for block in blocks:
        start = 0
        while (end := block.find(b"\n", start)) >= 0:
            gathered.add(block[start:end])
            piece = gathered.take(b"\n")
            if piece.raw:
                yield piece
            start = end + 1
        gathered.add(block[start:])
    piece = gathered.take(b"")
    if piece.raw:
        yield piece


def whole_lines(
    blocks: Iterable[bytes], *, offset: int = 0, limit: int = MAX_REQUEST_BYTES
) -> Iterator[Piece]:
    """All lines, each with its white space and its end, as CSV needs them."""
    gathered = _Gatherer(offset, 1, limit)
    for block in blocks:
        start = 0
        while end := block.find(b"\n", start) + 1:
            gathered.add(block[start:end])
            yield gathered.take_line()
            start = end
        gathered.add(block[start:])
    if (piece := gathered.take_line()).raw:
        yield piece


def elements(
    blocks: Iterable[bytes],
    *,
    offset: int = 0,
    line: int = 1,
    closing: bytes = b"",
    limit: int = MAX_REQUEST_BYTES,
) -> Iterator[Piece]:
    """The elements of a JSON array, from after its opening bracket on, at `offset` and `line`.

    `closing` is what else has to follow the array. A last piece with a fault says what is wrong
    with the array itself.
    """
    array = _Array(_Gatherer(offset, line, limit))
    for block in blocks:
        yield from array.feed(block)
    yield from array.finish(closing)


_STRING_REST = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*', re.DOTALL)
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_TO_BORDER = re.compile(rb'(?:[^"{}\[\],]+|' + _STRING + rb")*", re.DOTALL)
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]+|' + _STRING + rb")*", re.DOTALL)
"""Unrolled, so that a string which the block's end cuts is given up in linear time."""

_QUOTE, _COMMA, _BACKSLASH = b'",\\'
_OPENING, _CLOSING, _ARRAY_END = b"{[", b"}]", ord("]")


class _Array:
    """Finds the borders of elements: knows strings, and how deep it is within an element."""

    def __init__(self, gathered: _Gatherer) -> None:
        self._gathered = gathered
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._ended = False
        self._commas = 0

    def feed(self, block: bytes) -> Iterator[Piece]:
        start = at = 0
        while at < len(block) and not self._ended:
            if self._in_string:
                at = self._through_string(block, at)
                continue
            skipped = (_TO_BRACKET if self._depth else _TO_BORDER).match(block, at)
            at = skipped.end() if skipped else at
            if at == len(block):
                break
            border = self._step(block[at])
            if border:
                self._gathered.add(block[start:at])
                yield from self._element(block[at : at + 1])
                start = at + 1
            at += 1
        self._gathered.add(block[start:])

    def _through_string(self, block: bytes, at: int) -> int:
        """Where in the block the string ends, or the block's end where it goes on."""
        if self._escaped:
            self._escaped = False
            return at + 1
        rest = _STRING_REST.match(block, at)
        at = rest.end() if rest else at
        if at == len(block):
            return at
        self._escaped = block[at] == _BACKSLASH
        self._in_string = self._escaped
        return at + 1

    def _step(self, char: int) -> bool:
        """Take in a character that matters; True if it is the border of an element."""
        if char == _QUOTE:
            self._in_string = True
        elif char in _OPENING:
            self._depth += 1
        elif char in _CLOSING and self._depth:
            self._depth -= 1
        elif char == _ARRAY_END:
            self._ended = True
            return True
        return char == _COMMA

    def _element(self, border: bytes) -> Iterator[Piece]:
        piece = self._gathered.take(border)
        if piece.raw:
            yield piece
        elif not self._ended:
            yield piece._replace(fault=_fault("has nothing before a comma"))
        elif self._commas:
            yield piece._replace(fault=_fault("ends in a comma with nothing after it"))
        self._commas += not self._ended

    def finish(self, closing: bytes) -> Iterator[Piece]:
        rest = self._gathered.take(b"")
        if not self._ended:
            yield rest._replace(fault=_fault("is cut off: its array never ends"))
        elif rest.raw != closing or rest.fault:
            yield rest._replace(fault=_fault("goes on after the end of its array"))


def _fault(message: str) -> Finding:
    return Finding(Rule.JSON, message, "the array as a whole has to be JSON")


def on_one_line(raw: bytes) -> bytes:
    """A request as a line: a break in it, which JSON allows between its values, becomes a space.

    JSON has none in strings, so that nothing of it changes. As many bytes as before.
    """
    return raw.replace(b"\n", b" ").replace(b"\r", b" ")
