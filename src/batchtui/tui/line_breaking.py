"""Where a line of text may be broken: by cells, at words, never between a letter and its accent."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.cells import cell_len

_EMOJI_STYLE: Final = "\ufe0f"
_MOST_ACCENTS: Final = 16


def chunks(text: str | Iterable[str], size: int) -> Iterator[str]:
    """Pieces of about `size` characters, none of which parts a CRLF or a letter from its accent."""
    if not isinstance(text, str):
        for piece in text:
            yield from chunks(piece, size)
        return
    start = 0
    while start < len(text):
        end = start + size
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        end = _past_accents(text, end)
        yield text[start:end]
        start = end


def _past_accents(text: str, end: int) -> int:
    """Where the letter before `end` is complete with its accents, of which few are enough."""
    last = min(len(text), end + _MOST_ACCENTS)
    while end < last and text[end] > "\x7f" and cell_len(text[end]) == 0:
        end += 1
    return end


def break_line(line: str, width: int, *, words: bool) -> list[str]:
    """One line of safe text in rows of at most `width` cells; there is at least one row.

    A space that a row breaks at stays at its end and may stand beyond the edge.
    """
    if len(line) <= width and line.isascii():
        return [line]
    rows, start = [], 0
    while True:
        end = _row_end(line, start, width, words=words)
        rows.append(line[start:end])
        if end >= len(line):
            return rows
        start = end


def _row_end(line: str, start: int, width: int, *, words: bool) -> int:
    window = line[start : start + width]
    end = start + (len(window) if window.isascii() else _fitting(window, width))
    end = _past_accents(line, end)
    if end >= len(line) or not words:
        return end
    if line[end] == " ":
        return end + 1
    space = line.rfind(" ", start, end)
    # A word that leaves most of the row empty is cut instead.
    return space + 1 if space - start > (end - start) // 3 else end


def _fitting(window: str, width: int) -> int:
    """How many characters of a window fit; one at least, or wrapping would never end."""
    if cell_len(window) <= width:
        return len(window)
    used = 0
    for at, char in enumerate(window):
        used += 1 if char == _EMOJI_STYLE else cell_len(char)
        if used > width:
            return max(at, 1)
    return len(window)
