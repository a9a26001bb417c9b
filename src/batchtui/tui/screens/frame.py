"""What every full screen has below its own parts: a line for messages and a line of keys."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.screen import Screen

from batchtui.tui.commands import Command, bar_commands, commands
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.row_model import Cell

if TYPE_CHECKING:
    from batchtui.tui.app import BatchtuiApp


class FrameScreen(Screen[None]):
    """Compose your own parts in `compose_body`; say things with `say`; name your areas in `SCOPES`.

    The key bar shows those commands of `SCOPES` and the app that `allows` lets through.
    """

    SCOPES: ClassVar[tuple[str, ...]] = ()
    AUTO_FOCUS = ""

    @property
    def ui(self) -> "BatchtuiApp":
        """The app, as what it is."""
        return cast("BatchtuiApp", self.app)

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

    def say(self, text: str, tone: str = "") -> None:
        """Put a message into its line, where it stays until the next one."""
        self.query_one("#message", Bar).show(Cell(text, tone))

    def allows(self, command: Command) -> bool:
        """Whether a command means anything now; dangerous ones do not in read-only mode."""
        return self.ui.allows(command)

    def available(self) -> list[Command]:
        """The commands of this screen, and of the app, that mean anything now."""
        return [command for command in commands(*self.SCOPES, "app") if self.allows(command)]

    def show_keys(self) -> None:
        """Show the keys of what can be done now."""
        keymap = self.ui.keymap
        shown = [one for one in bar_commands(self.available()) if keymap.shown(one)]
        cells = [Cell(f"{keymap.shown(one)} {one.label}") for one in shown if one.scope != "app"]
        ever = "  ".join(f"{keymap.shown(one)} {one.label}" for one in shown if one.scope == "app")
        self.query_one("#keys", Bar).show(*cells, right=(Cell(ever),))
