"""How each account is doing, exactly."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.binding import Binding, BindingType

from batchtui.core.text import one_line
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
        Binding("n", "add", show=False),
    ]

    def __init__(self) -> None:
        keys = ("n Add one", "r Ask now", "p Pause")
        super().__init__("Accounts", [(Cell("…", "muted"),)], keys=keys)

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

    @work(group="adding", exclusive=True)
    async def action_add(self) -> None:
        """Another account."""
        await add_account(cast("Ui", self.app))

    def on_service_opened(self) -> None:
        """There are other accounts now."""
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
        self.query_one(LinesView).show(lines[:-1])


async def add_account(ui: "Ui") -> None:
    """Let the user add an account, and watch it from then on."""
    joining = ui.joining
    if joining is None:
        ui.say("No account can be added here", "muted")
        return
    if busy := ui.unfinished():
        ui.say(f"No account is added in the middle of this: {busy}", "warn")
        return
    from batchtui.tui.screens.account_form import AccountForm  # noqa: PLC0415  (made when needed)

    name = await ui.push_screen_wait(AccountForm(joining))
    if name is not None:
        ui.reopen()
        ui.say(f"Account {one_line(name)} is added", "ok")
