"""Keys and pastes, one after the other: each falls on what the one before it has brought about.

Textual hands a key to the widget that has the focus at that moment, and takes the next one while
the first still bubbles up to the command it means. Of `/q` in one packet the `q` would be a
command of the list, and so would every letter typed while a dialog opens.
"""

from collections import deque
from typing import Protocol, TypeAlias, runtime_checkable

from textual import events
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen

Press: TypeAlias = events.Key | events.Paste
"""What somebody types."""


@runtime_checkable
class Hearing(Protocol):
    """A screen that does not take everything that is typed."""

    def hears(self, press: Press) -> bool:
        """Whether it is meant for this screen."""
        ...


LOST = 1.0
"""Seconds after which a press whose end is not told holds up no other."""


class Handled(Message, namespace="keyboard"):
    """Takes the way of a press right behind it: where it arrives, the press has been handled."""

    def __init__(self, press: Press, screen: Screen[object]) -> None:
        super().__init__()
        self.press = press
        self.screen = screen
        """The top screen when this was sent."""


class Keyboard:
    """Whose turn it is. Times are those of Textual's messages, in seconds."""

    def __init__(self) -> None:
        self._current: Press | None = None
        self._waiting: deque[Press] = deque()
        self._closed = 0.0

    def offer(self, press: Press) -> Press | None:
        """Take a press; returns the one to hand on now, if any.

        One that was typed before a screen closed was meant for that screen, and is dropped.
        """
        if press.time <= self._closed:
            return None
        self._waiting.append(press)
        if self._current is not None and press.time - self._current.time < LOST:
            return None
        return self.skip()

    def sent(self, target: MessagePump, screen: Screen[object]) -> None:
        """The present one is on its way to `target`: learn when it has been handled."""
        if self._current is not None and not target.post_message(Handled(self._current, screen)):
            self._current = None

    def settled(self, handled: Handled) -> Press | None:
        """The present one has been handled; returns the next one to hand on, if any."""
        return self.skip() if self.awaits(handled) else None

    def awaits(self, handled: Handled) -> bool:
        """Whether this tells of the present one."""
        return handled.press is self._current

    def closed(self) -> None:
        """A screen closed: what was typed so far is over."""
        self._current = None
        self._waiting.clear()
        self._closed = Message().time

    def skip(self) -> Press | None:
        """Be done with the present one; returns the next one, if any."""
        self._current = self._waiting.popleft() if self._waiting else None
        return self._current

    def join_text(self) -> Press | None:
        """The present one with the characters that wait right behind it, as one paste.

        For a line to type in: it takes them in one go, and is laid out once.
        """
        first, text = self._current, _character(self._current)
        if first is None or not text:
            return first
        while self._waiting and (more := _character(self._waiting[0])):
            self._waiting.popleft()
            text += more
        if len(text) > 1:
            self._current = events.Paste(text)
            self._current.time = first.time
        return self._current


def _character(press: Press | None) -> str:
    """What a key types; empty where it is none that does."""
    if isinstance(press, events.Key) and press.is_printable:
        return press.character or ""
    return ""
