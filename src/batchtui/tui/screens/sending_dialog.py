"""Sending in a dialog: how far it is, stopped until the last byte; and what was sent before."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from batchtui.core.errors import SentBeforeError
from batchtui.core.text import one_line
from batchtui.tui.bridge import SubmissionHasChanged, SubmitMoved
from batchtui.tui.cells import Cell, Line
from batchtui.tui.creation import Creation, Outcome
from batchtui.tui.screens.dialogs import ConfirmDialog, Dialog
from batchtui.tui.ui import Ui
from batchtui.tui.widgets.lines import LinesView


class SentBeforeDialog(ConfirmDialog):
    """Whether to send what was sent before."""

    def __init__(self, before: SentBeforeError) -> None:
        lines = [(Cell(one_line(text)),) for text in (before.why, before.hint) if text]
        title = one_line(f"{before.what[:1].upper()}{before.what[1:]}")
        super().__init__(title, lines, "Send them again", "Send nothing")


class SendingDialog(Dialog[None]):
    """Follows a creation until it ends; can be left once all is sent."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "stop", show=False)]

    def __init__(self, title: str, make: Callable[[Callable[[], object]], Creation]) -> None:
        keys = (Cell("x Stop", "warn"), Cell("until the last byte is sent", "muted"))
        super().__init__(title, [(Cell("…"),)], *keys)
        self.creation = make(self._moved)
        """What is sent: `make` is given what it calls when it moves."""
        self._said = ""
        self._ended = False
        self._shown = asyncio.Event()

    async def run(self, ui: Ui, ask_again: Callable[[SentBeforeError], Awaitable[bool]]) -> Outcome:
        """Send while this is shown; how it went. In workers only."""
        sending = asyncio.create_task(self._run(ask_again))
        try:
            await ui.push_screen_wait(self)
            return await sending
        finally:
            sending.cancel()

    async def _run(self, ask_again: Callable[[SentBeforeError], Awaitable[bool]]) -> Outcome:
        await self._shown.wait()
        try:
            return await self.creation.run(ask_again)
        finally:
            self._ended = True
            self.answer(None)

    def on_screen_resume(self) -> None:
        """It is seen: now it can be sent; or it has ended under another dialog."""
        self._shown.set()
        if self._ended:
            self.answer(None)

    def _moved(self) -> None:
        if self.is_attached and self.is_mounted:
            self.query_one("#lines", LinesView).show(self._words())

    def _words(self) -> list[Line]:
        lines: list[Line] = [(Cell(one_line(self.creation.words) or "…", "busy"),)]
        return [*lines, (Cell(self._said, "warn"),)] if self._said else lines

    def on_submit_moved(self, message: SubmitMoved) -> None:
        """Bytes went out."""
        self.creation.hear_progress(message.event)

    def on_submission_has_changed(self, message: SubmissionHasChanged) -> None:
        """It may be the one that is sent."""
        self.creation.hear_submission(message.submission)

    def action_stop(self) -> None:
        """Stop, if the last byte has not gone."""
        stops = self.creation.stop()
        self._said = "stopping" if stops else "too late: the last byte has been sent"
        self._moved()

    def action_give_up(self) -> None:
        """Leave once all is sent: the answer is waited for all the same."""
        if self.creation.all_sent:
            self.answer(None)
        else:
            self._said = "it is being sent: x stops it"
            self._moved()
