"""JSON indented for reading straight from its bytes: never decoded, so of any size and depth.

Keys keep their order and their doubles, numbers their spelling. In strings, escapes of
characters that can be shown become those characters.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PIECE: Final = 1 << 14
"""Bytes that one step takes."""
_DEEPEST: Final = 40
"""Levels that are indented; what is nested deeper stands below each other."""
_LONGEST_ESCAPE: Final = 12
"""Characters of a surrogate pair in escapes."""

_PLAIN: Final = re.compile(r'[^"\\]+')
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_OUTSIDE: Final = re.compile(r'[^\s"{}\[\],:]+|[{}\[\],:"]')


@dataclass(frozen=True, slots=True)
class IndentedJson:
    """The text of a line of JSON, in pieces. Iterate as often as you like."""

    line: bytes

    def __iter__(self) -> Iterator[str]:
        """Pieces of some kilobytes."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        writer = _Writer()
        view = memoryview(self.line.removeprefix(codecs.BOM_UTF8))
        rest = ""
        for start in range(0, len(view), PIECE):
            is_last = start + PIECE >= len(view)
            text = rest + decoder.decode(view[start : start + PIECE], final=is_last)
            used = writer.write(text, is_last=is_last)
            rest = text[used:]
            yield writer.take()


@dataclass(frozen=True, slots=True)
class BytesText:
    """A line that is no JSON, in pieces: bytes that are no text as escapes."""

    line: bytes

    def __iter__(self) -> Iterator[str]:
        """Pieces of some kilobytes."""
        decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        for start in range(0, len(self.line), PIECE):
            piece = self.line[start : start + PIECE]
            yield decoder.decode(piece, final=start + PIECE >= len(self.line))


class _Writer:
    def __init__(self) -> None:
        self._out: list[str] = []
        self._depth = 0
        self._in_string = False
        self._is_empty = False
        """Nothing has come since the bracket that was opened last."""

    def take(self) -> str:
        """What was written since the last call."""
        text = "".join(self._out)
        self._out.clear()
        return text

    def write(self, text: str, *, is_last: bool) -> int:
        """Write as much of a text as can be told already; returns how much that is."""
        at = 0
        while at < len(text):
            if self._in_string:
                end = self._string(text, at, is_last=is_last)
                if end == at:
                    return at
                at = end
            elif found := _OUTSIDE.search(text, at):
                self._token(found[0])
                at = found.end()
            else:
                return len(text)
        return at

    def _string(self, text: str, at: int, *, is_last: bool) -> int:
        if text[at] == '"':
            self._out.append('"')
            self._in_string = False
            return at + 1
        if plain := _PLAIN.match(text, at):
            self._out.append(plain[0])
            return plain.end()
        if not is_last and len(text) - at < _LONGEST_ESCAPE:
            return at
        escape = _ESCAPE.match(text, at)
        self._out.append(_shown(escape[0]) if escape else text[at])
        return escape.end() if escape else at + 1

    def _token(self, sign: str) -> None:
        if sign in "}]":
            self._close(sign)
            return
        if self._is_empty:
            self._break()
            self._is_empty = False
        self._out.append(sign)
        if sign == '"':
            self._in_string = True
        elif sign in "{[":
            self._depth += 1
            self._is_empty = True
        elif sign == ",":
            self._break()
        elif sign == ":":
            self._out.append(" ")

    def _close(self, bracket: str) -> None:
        self._depth = max(0, self._depth - 1)
        if not self._is_empty:
            self._break()
        self._is_empty = False
        self._out.append(bracket)

    def _break(self) -> None:
        self._out.append("\n" + "  " * min(self._depth, _DEEPEST))


def _shown(escape: str) -> str:
    r"""An escape as the character it stands for, if that is one to be seen; `\n` stays."""
    if escape == r"\/":
        return "/"
    if escape[1] != "u":
        return escape
    char: str = json.loads(f'"{escape}"')
    return char if char.isprintable() and char not in '"\\' else escape
