"""What was said, kept for whoever looked away: the last messages, with their times. Pure."""

from collections import deque
from datetime import datetime
from typing import Final, NamedTuple

from batchtui.tui.cells import Cell, Line

KEPT: Final = 20
"""How many messages can be recalled."""


class Said(NamedTuple):
    """A message: when, in which zone, in which tone."""

    at: datetime
    text: str
    tone: str


class Messages:
    """The last of them. Hints about keys, which are muted, are none."""

    def __init__(self) -> None:
        self._said: deque[Said] = deque(maxlen=KEPT)

    def keep(self, at: datetime, text: str, tone: str) -> None:
        """Keep a message; one that is said again takes the place of itself."""
        if not text.strip() or tone == "muted":
            return
        if self._said and self._said[-1][1:] == (text, tone):
            self._said.pop()
        self._said.append(Said(at, text, tone))

    def lines(self) -> list[Line]:
        """Time and whole text of each, the newest first."""
        newest = reversed(self._said)
        return [(Cell(f"{at:%H:%M:%S}  ", "muted"), Cell(text, tone)) for at, text, tone in newest]
