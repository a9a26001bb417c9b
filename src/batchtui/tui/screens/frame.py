"""What every full screen has below its own parts: a line for messages and a line of keys."""

import math
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.screen import Screen

from batchtui.tui.cells import Cell
from batchtui.tui.commands import BY_ID, Command, bar_commands, commands
from batchtui.tui.ui import Ui
from batchtui.tui.widgets.bar import Bar

UNREAD = 10.0
"""Seconds for which a message is not replaced by one that nobody asked for."""


class FrameScreen(Screen[None]):
    """Compose your own parts in `compose_body`; say things with `say`; name your areas in `SCOPES`.

    The key bar shows those commands of `SCOPES` and the app that are `useful`.
    """

    SCOPES: ClassVar[tuple[str, ...]] = ()
    AUTO_FOCUS = ""
    _said_at = -math.inf

    @property
    def ui(self) -> Ui:
        """The app, as its screens know it."""
        return cast("Ui", self.app)

    def compose(self) -> ComposeResult:
        """The parts, then the two lines."""
        yield from self.compose_body()
        yield Bar(id="message")
        yield Bar(id="keys")

    def compose_body(self) -> ComposeResult:
        """The screen's own parts."""
        yield from ()

    def on_mount(self) -> None:
        """Fill the key bar."""
        self.show_keys()

    def say(self, text: str, tone: str = "", more: str = "") -> None:
        """Put a message into its line, where it stays until the next one.

        `more` is the text behind it, which is read where the messages are; both are safe.
        """
        self._said_at = self.ui.clock.monotonic() if text else -math.inf
        self._keep(text, tone, more)
        key = self.ui.keymap.shown(BY_ID["app.message"]) if more else ""
        hint = (Cell(f"{key} shows all", "muted"),) if key else ()
        self.query_one("#message", Bar).show(Cell(text, tone), right=hint)

    def tell(self, text: str) -> None:
        """Say what nobody asked for, unless a message is there that may not have been read.

        It can be recalled in either case.
        """
        self._keep(text)
        if self.ui.clock.monotonic() - self._said_at > UNREAD:
            self.query_one("#message", Bar).show(Cell(text))

    def _keep(self, text: str, tone: str = "", more: str = "") -> None:
        self.ui.messages.keep(self.ui.look().now, text, tone, more)

    def allows(self, command: Command) -> bool:
        """Whether a command exists here; dangerous ones do not in read-only mode."""
        return self.ui.allows(command)

    def unfinished(self) -> str:
        """What would be left half done if the program ended now, in words; mostly nothing."""
        return ""

    def available(self) -> list[Command]:
        """The commands of this screen, and of the app, that exist here."""
        return [command for command in commands(*self.SCOPES, "app") if self.allows(command)]

    def useful(self) -> list[Command]:
        """Those of them that could do anything now."""
        return self.available()

    def foremost(self) -> tuple[str, ...]:
        """The ids of those that the key bar shows before all others now."""
        return ()

    def show_keys(self) -> None:
        """Show the keys of what can be done now."""
        keymap = self.ui.keymap
        offered = bar_commands(self.useful(), self.foremost())
        shown = [one for one in offered if keymap.shown(one)]
        cells = [Cell(f"{keymap.shown(one)} {one.label}") for one in shown if one.scope != "app"]
        ever = "  ".join(f"{keymap.shown(one)} {one.label}" for one in shown if one.scope == "app")
        self.query_one("#keys", Bar).show(*cells, right=(Cell(ever),))
