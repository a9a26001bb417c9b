"""Finding the spans and the flags of lines, as `spans` has them, in blocks that were decoded."""

import re
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from batchtui.results.file.spans import (
    ESCAPES,
    ESCAPES_ASCII,
    ESCAPES_FOLDING,
    ESCAPES_SLASH,
    FOLDING,
    NESTED,
    NO_ID,
    TEXT,
)
from batchtui.results.file.stringsearch import Placer, find

_QUOTE = ord('"')
_OPENERS = b"{["


class Block(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """The fields of content blocks that are known; blocks with others are odd, for our purpose."""

    type: str | None = None
    text: msgspec.Raw = msgspec.Raw()
    citations: msgspec.Raw = msgspec.Raw()
    thinking: msgspec.Raw = msgspec.Raw()
    signature: msgspec.Raw = msgspec.Raw()
    id: msgspec.Raw = msgspec.Raw()
    name: msgspec.Raw = msgspec.Raw()
    input: msgspec.Raw = msgspec.Raw()
    caller: msgspec.Raw = msgspec.Raw()
    tool_use_id: msgspec.Raw = msgspec.Raw()
    content: msgspec.Raw = msgspec.Raw()
    is_error: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()
    server_name: msgspec.Raw = msgspec.Raw()
    toolset_name: msgspec.Raw = msgspec.Raw()
    encrypted_content: msgspec.Raw = msgspec.Raw()


def readable(block: Block) -> tuple[msgspec.Raw, ...]:
    """What of a content block is read, as `reading.texts` has it; some of it may be absent."""
    kind = block.type
    if kind == "text" and not (block.thinking or block.content or block.data or block.name):
        return block.text, block.citations, block.input, block.server_name, block.toolset_name
    if kind == "redacted_thinking":
        return ()
    if kind in _CALLS:
        return block.name, block.server_name, block.input
    if kind == "web_fetch_tool_result":
        return (block.content,)
    return (
        block.text, block.citations, block.thinking, block.name, block.input, block.content,
        block.data, block.server_name, block.toolset_name,
    )  # fmt: skip


_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


class BlockSpans:
    """Collects the spans of the rows of one block of bytes."""

    def __init__(self, block: bytes) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.kinds = bytearray()
        self.bounds: list[int] = []
        self.ids = bytearray()
        self._block = block
        self._place = Placer(block)

    def add(self, line_start: int, custom_id: msgspec.Raw, values: Sequence[msgspec.Raw]) -> None:
        """Add a row's: the values that are read, in any order, absent ones among them."""
        first, place, block = len(self.starts), self._place, self._block
        starts, ends, kinds = self.starts, self.ends, self.kinds
        id_place = latest = -1
        in_order = True
        for value in (custom_id, *values):
            if not value:
                continue
            start = place(value)
            head = block[start]
            if head == _QUOTE:
                ends.append(start + len(value) - 1 - line_start)
                kinds.append(TEXT)
                start += 1
            elif head in _OPENERS:
                ends.append(start + len(value) - line_start)
                kinds.append(NESTED)
            else:
                continue
            starts.append(start - line_start)
            in_order &= start > latest
            latest = start
            if value is custom_id and head == _QUOTE:
                id_place = start - line_start
        if not in_order:
            self._sort(first)
        self._end_row(first, id_place)

    def _sort(self, first: int) -> None:
        """Keys come in any order, and custom_id may be the last."""
        spans = sorted(zip(self.starts[first:], self.ends[first:], self.kinds[first:], strict=True))
        for number, (start, end, kind) in enumerate(spans, first):
            self.starts[number], self.ends[number], self.kinds[number] = start, end, kind

    def _end_row(self, first: int, id_place: int) -> None:
        self.bounds.append(len(self.starts))
        number = self.starts.index(id_place, first) - first if id_place >= 0 else NO_ID
        self.ids.append(min(number, NO_ID))

    def add_whole(self, length: int) -> None:
        """Add a row of which nothing is known but its length."""
        self.starts.append(0)
        self.ends.append(length)
        self.kinds.append(NESTED)
        self._end_row(len(self.starts), -1)


def escape_flags(block: bytes, starts: Sequence[int], ends: Sequence[int]) -> bytearray:
    r"""The flags of lines at these places of a block, `ODD` left out."""
    flags = bytearray(len(starts))
    if find(block, b"\\", 0, len(block)) < 0:
        return flags
    for spelling in (rb"\u", rb"\/"):
        place = find(block, spelling, 0, len(block))
        while place >= 0:
            row = bisect_right(starts, place) - 1
            start, end = starts[row], ends[row]
            slash = spelling == rb"\/"
            flags[row] |= ESCAPES_SLASH if slash else _unicode_flags(block, start, end)
            place = find(block, spelling, end, len(block))
    return flags


def _unicode_flags(block: bytes, start: int, end: int) -> int:
    flags = ESCAPES
    if _SPECIAL_ESCAPE.search(block, start, end):
        if _ASCII_ESCAPE.search(block, start, end):
            flags |= ESCAPES_ASCII
        if _FOLDING_ESCAPE.search(block, start, end):
            flags |= ESCAPES_FOLDING
    return flags


_ASCII_ESCAPE = re.compile(rb"\\u00[2-7]")
_FOLDING_ESCAPE = re.compile(
    rb"\\u(?:%s)" % b"|".join(sorted(b"%04x" % ord(char) for char in FOLDING)), re.IGNORECASE
)
_SPECIAL_ESCAPE = re.compile(rb"\\u(?:00(?:[2-7]|[Dd][Ff])|01[347Ff]|1[Ee]9|212|[Ff][Bb]0)")
"""Either of both, or nearly so, in one quick pass."""
