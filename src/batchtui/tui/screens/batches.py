"""The batch list with what can be done to batches: the first screen."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType

from batchtui.core.models import BatchEntry
from batchtui.tui.commands import Command, bindings
from batchtui.tui.detail_presenters import raw_lines
from batchtui.tui.ordering import Order
from batchtui.tui.presenters import has_results
from batchtui.tui.screens import batch_menus as menus
from batchtui.tui.screens.accounts import AccountsDialog
from batchtui.tui.screens.batch_view import BatchView
from batchtui.tui.screens.dialogs import LinesDialog
from batchtui.tui.steering import Steering
from batchtui.tui.widgets.filter_bar import FilterBar
from batchtui.tui.widgets.rows import RowList


class BatchesScreen(BatchView):
    """Starts what is done to batches: opening, fetching, copying, canceling, deleting."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("batches")]

    # Filter, order, panes

    def action_batches_filter(self) -> None:
        """Type words."""
        self.query_one(FilterBar).begin()

    def action_batches_failures(self) -> None:
        """Only those with failed requests, or all."""
        self.query_one(FilterBar).toggle_failures()

    def action_batches_back(self) -> None:
        """Clear the filter, then the marks."""
        bar = self.query_one(FilterBar)
        if bar.kept or bar.typing:
            bar.clear()
            self.batch_list.focus()
            self.call_after_refresh(self.show_all)
        else:
            self.batch_list.set_marks(())
            self.say("")

    @work(group="menu", exclusive=True)
    async def action_batches_sort(self) -> None:
        """Choose the column to sort by."""
        key = await self.app.push_screen_wait(menus.sort_menu(self.rows.order))
        if key == menus.ACTIVE:
            self.action_batches_active_first()
        elif isinstance(key, str):
            self._reorder(menus.resorted(self.rows.order, key))

    def action_batches_active_first(self) -> None:
        """Unfinished ones on top, or not."""
        order = self.rows.order
        self._reorder(replace(order, active_first=not order.active_first))
        self.say("Unfinished batches first" if self.rows.order.active_first else "In one order")

    @on(RowList.HeaderClicked, "#list")
    def _sort_by_column(self, message: RowList.HeaderClicked) -> None:
        self._reorder(menus.resorted(self.rows.order, message.key))

    def _reorder(self, order: Order) -> None:
        self.rows.arrange(order)
        self.show_sort()
        self.show_all()
        self.ui.remember(
            sort=order.key, descending=order.descending, active_first=order.active_first
        )

    def action_batches_wide(self) -> None:
        """Every column, or the details again."""
        self.wide = not self.wide
        self.arrange_panes()

    def action_batches_detail(self) -> None:
        """Show or hide the details."""
        self.wide, self.detail = False, not self.detail or self.wide
        self.ui.remember(detail=self.detail)
        self.arrange_panes()

    def action_batches_raw(self) -> None:
        """The batch as the provider sent it."""
        entry = self.current
        if entry is not None:
            title = f"{entry.batch.ref.id}, as the provider sent it"
            self.app.push_screen(LinesDialog(title, raw_lines(entry.batch)))

    # Marks

    def action_batches_mark(self) -> None:
        """Mark the batch and go on to the next."""
        if self.current is not None:
            self.batch_list.toggle_mark(self.current.ref)
            self.batch_list.action_list_down()

    def action_batches_mark_all(self) -> None:
        """Mark all shown, or none if they all are."""
        shown = frozenset(self.rows.shown)
        self.batch_list.set_marks(
            self.batch_list.marks - shown if shown <= self.batch_list.marks else shown
        )

    @on(RowList.MarksChanged, "#list")
    def _count_marks(self) -> None:
        marks = len(self.batch_list.marks)
        self.say(f"{marks} marked: actions mean all of them · esc unmarks" if marks else "")

    # Polling

    def action_batches_refresh(self) -> None:
        """Ask now."""
        if self.ui.service is not None:
            self.ui.service.poke()
            self.say("Asking the providers")

    def action_batches_pause(self) -> None:
        """Stop asking, or go on."""
        service = self.ui.service
        if service is not None:
            service.pause(paused=not service.paused)
            key = self.ui.keymap.shown(menus.PAUSE)
            self.say(f"Paused · {key} goes on" if service.paused else "Asking again")
            self.show_all()

    def action_batches_accounts(self) -> None:
        """How each account is doing."""
        if self.ui.service is not None:
            self.app.push_screen(AccountsDialog())

    # Results

    def action_batches_open(self) -> None:
        """The results, or all details while there are none."""
        entry = self.current
        if entry is None:
            return
        if has_results(entry):
            self._view(entry)
        else:
            self.app.push_screen(LinesDialog("Batch", self.details_of(entry, 0)))

    @on(RowList.Activated, "#list")
    def _open(self) -> None:
        self.action_batches_open()

    def action_batches_results(self) -> None:
        """The results, or why there are none."""
        entry = self.current
        if entry is None:
            return
        if has_results(entry):
            self._view(entry)
        else:
            self.say(menus.why_no_results(entry), "warn")

    def _view(self, entry: BatchEntry) -> None:
        from batchtui.tui.screens.results import ResultsScreen  # noqa: PLC0415  (made when needed)

        self.app.push_screen(ResultsScreen(entry.ref))

    @work(group="copy", exclusive=True)
    async def action_batches_copy(self) -> None:
        """Choose what to copy."""
        entry = self.current
        if entry is None:
            return
        details = ("".join(piece.text for piece in line) for line in self.details_of(entry, 0))
        texts = menus.copy_texts(entry) | {menus.DETAILS: "\n".join(details)}
        what = await self.app.push_screen_wait(menus.copy_menu(texts))
        if isinstance(what, str):
            await self.ui.send_to_clipboard(texts[what], what)

    # What changes something

    def action_batches_download(self) -> None:
        """Fetch the results."""
        self._steer(lambda steering, targets: steering.download(targets))

    def action_batches_cancel(self) -> None:
        """Cancel, after a question."""
        self._steer(lambda steering, targets: steering.cancel(targets))

    def action_batches_delete(self) -> None:
        """Delete, after questions."""
        self._steer(lambda steering, targets: steering.delete(targets))

    def _steer(self, act: Callable[[Steering, Sequence[BatchEntry]], Awaitable[None]]) -> None:
        service, targets = self.ui.service, self.targets
        if service is None or not targets:
            self.say("There is no batch here", "warn")
            return
        self._run(act, Steering(self.ui, service), targets)

    @work(group="steering")
    async def _run(
        self,
        act: Callable[[Steering, Sequence[BatchEntry]], Awaitable[None]],
        steering: Steering,
        targets: Sequence[BatchEntry],
    ) -> None:
        await act(steering, targets)

    def allows(self, command: Command) -> bool:
        """Dangerous commands need an account that can be changed that way."""
        service = self.ui.service
        if not super().allows(command):
            return False
        if not command.needs or service is None:
            return True
        return any(getattr(info.capabilities, command.needs) for info in service.accounts)

    def action_batches_quit(self) -> None:
        """Leave the program."""
        self.ui.action_app_quit()
