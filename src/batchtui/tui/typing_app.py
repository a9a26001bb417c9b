"""An app in which each key takes effect before the next one is handed on."""

import asyncio
import math

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.types import CSSPathType
from textual.widgets import Input

from batchtui.core.background import ANSWERS
from batchtui.core.clock import Clock
from batchtui.tui.keyboard import Handled, Hearing, Keyboard, Press


class TypingApp(App[None]):
    """Hands keys and pastes on in turn; `clock` is the one of the program."""

    def __init__(self, clock: Clock, css_path: CSSPathType) -> None:
        super().__init__(css_path=css_path)
        self.clock = clock
        self.closed_at = -math.inf
        """When a screen was closed last, by the clock."""
        self._keyboard = Keyboard()

    async def on_event(self, event: events.Event) -> None:
        """Hand on what is typed when it is its turn, everything else at once."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            ANSWERS.take()
            await self._hand_on(self._keyboard.offer(event))
        else:
            await super().on_event(event)

    def post_display_hook(self) -> None:
        """Something was painted: what was typed has been answered."""
        ANSWERS.leave()

    async def _hand_on(self, press: Press | None) -> None:
        while (
            press is not None and isinstance(self.screen, Hearing) and not self.screen.hears(press)
        ):
            press = self._keyboard.skip()
        if press is not None:
            screen = self.screen
            target = self.focused or screen
            if isinstance(target, Input):
                press = self._keyboard.join_text() or press
            await super().on_event(press)
            self._keyboard.sent(target, screen)

    async def on_keyboard_handled(self, message: Handled) -> None:
        """The next in turn, once a worker has put its question and a widget has the focus."""
        await asyncio.sleep(0)
        self.call_later(self._settle, message)

    async def _settle(self, message: Handled) -> None:
        if message.screen is self.screen:
            await self._hand_on(self._keyboard.settled(message))
        elif self._keyboard.awaits(message):
            self._keyboard.sent(self.screen, self.screen)

    def pop_screen(self) -> AwaitComplete:
        """Close the top screen."""
        closing = super().pop_screen()
        self._keyboard.closed()
        self.closed_at = self.clock.monotonic()
        return closing
