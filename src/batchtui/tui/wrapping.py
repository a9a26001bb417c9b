"""Lines of pieces wrapped to a width, at words. Pure."""

from batchtui.core.text import cell_width, safe
from batchtui.tui.cells import Cell, Line


def wrap(line: Line, width: int) -> list[Line]:
    """A line as rows of at most `width` cells; its last piece wraps at words, under itself."""
    if not line:
        return [()]
    *head, last = line
    indent = sum(cell_width(piece.text) for piece in head)
    room = width - indent
    if room < 8:
        indent, room = 2, width - 2
    pieces = [row for part in safe(last.text).split("\n") for row in _wrap_text(part, room)]
    first, *others = [last._replace(text=piece, spans=()) for piece in pieces]
    return [(*head, first), *((Cell(" " * indent), piece) for piece in others)]


def _wrap_text(text: str, width: int) -> list[str]:
    rows: list[str] = []
    row, *words = text.split(" ")
    row = _break(row, width, rows)
    for word in words:
        if cell_width(row) + 1 + cell_width(word) <= width:
            row += f" {word}"
        else:
            rows.append(row)
            row = _break(word, width, rows)
    return [*rows, row]


def _break(word: str, width: int, rows: list[str]) -> str:
    """Put what is too long of a word into rows of its own; returns the rest."""
    while cell_width(word) > width:
        cut = _fitting(word, width)
        rows.append(word[:cut])
        word = word[cut:]
    return word


def _fitting(text: str, width: int) -> int:
    """How many characters fit into `width` cells; one at least."""
    used = 0
    for count, char in enumerate(text):
        used += cell_width(char)
        if used > width:
            return max(1, count)
    return len(text)
