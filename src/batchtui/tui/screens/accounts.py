"""How each account is doing, exactly."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType

from batchtui.tui.cells import Cell, Line
from batchtui.tui.health_presenters import account_lines
from batchtui.tui.screens.dialogs import LinesDialog
from batchtui.tui.widgets.lines import LinesView

if TYPE_CHECKING:
    from batchtui.tui.ui import Ui


class AccountsDialog(LinesDialog):
    """Each account with its state, times and whole error; follows what changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "ask", show=False),
        Binding("p", "pause", show=False),
    ]

    def __init__(self) -> None:
        super().__init__("Accounts", [(Cell("…", "muted"),)])

    def on_mount(self) -> None:
        """Fill it."""
        super().on_mount()
        self._refresh_lines()

    def action_ask(self) -> None:
        """Ask now."""
        if service := cast("Ui", self.app).service:
            service.poke()

    def action_pause(self) -> None:
        """Stop asking, or go on."""
        if service := cast("Ui", self.app).service:
            service.pause(paused=not service.paused)
            self._refresh_lines()

    def on_health_has_changed(self) -> None:
        """An account is doing differently."""
        self._refresh_lines()

    def _refresh_lines(self) -> None:
        ui = cast("Ui", self.app)
        service = ui.service
        if service is None:
            return
        healths = {health.account: health for health in service.health()}
        lines: list[Line] = []
        for info in service.accounts:
            lines += [*account_lines(info, healths.get(info.name), ui.look()), ()]
        lines.append((Cell("r asks all again now, p pauses or goes on", "muted"),))
        self.query_one(LinesView).show(lines)
