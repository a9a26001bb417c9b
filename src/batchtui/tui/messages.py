"""What was said, kept for whoever looked away: the last messages, with their times. Pure."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from batchtui.tui.cells import Cell, Line

KEPT: Final = 20
"""How many messages can be recalled."""


class Said(NamedTuple):
    """A message: when, in which zone, in which tone, and the text behind it; all safe."""

    at: datetime
    text: str
    tone: str
    more: str = ""


class Messages:
    """The last of them. Hints about keys, which are muted, are none."""

    def __init__(self) -> None:
        self._said: deque[Said] = deque(maxlen=KEPT)

    def keep(self, at: datetime, text: str, tone: str, more: str = "") -> None:
        """Keep a message; one that is said again takes the place of itself."""
        if not text.strip() or tone == "muted":
            return
        if self._said and self._said[-1][1:3] == (text, tone):
            self._said.pop()
        self._said.append(Said(at, text, tone, more))

    def lines(self) -> list[Line]:
        """Time and whole text of each, and what is behind it, the newest first."""
        return [line for said in reversed(self._said) for line in _lines_of(said)]


def _lines_of(said: Said) -> Iterator[Line]:
    yield (Cell(f"{said.at:%H:%M:%S}  ", "muted"), Cell(said.text, said.tone))
    yield from more_lines(said.more)


def more_lines(text: str) -> list[Line]:
    """What is behind a message, in lines that stand below it; `text` is safe."""
    return [(Cell(f"  {line}", "muted"),) for line in text.strip().split("\n")] if text else []
