"""Which batches are shown, in what order and with what beside them, and which are marked."""

from dataclasses import replace

from textual import on, work

from batchtui.tui.detail_presenters import raw_lines
from batchtui.tui.ordering import Order
from batchtui.tui.screens import batch_menus as menus
from batchtui.tui.screens.batch_view import BatchView
from batchtui.tui.screens.dialogs import LinesDialog
from batchtui.tui.widgets.rows import RowList


class ArrangedBatches(BatchView):
    """What changes the look of the list, and nothing of the batches."""

    # Filter, order, panes

    def action_batches_filter(self) -> None:
        """Type words."""
        self.filter_bar.begin()

    def action_batches_failures(self) -> None:
        """Only those with failed requests, or all."""
        self.filter_bar.toggle_failures()

    def action_batches_back(self) -> None:
        """Clear the filter, then the marks, then what is said."""
        if self.filter_bar.kept or self.filter_bar.typing:
            self.filter_bar.clear()
            self.batch_list.focus()
            self.call_after_refresh(self.show_all)
        elif self.batch_list.marks:
            self.batch_list.set_marks(())
        else:
            self.show_notices(())
            self.say("")

    @work(group="menu", exclusive=True)
    async def action_batches_account(self) -> None:
        """Choose the account to show."""
        service = self.ui.service
        if service is None or len(service.accounts) < 2:
            self.say("There is no other account", "muted")
            return
        names = [info.name for info in service.accounts]
        name = await self.app.push_screen_wait(menus.account_menu(names, self.rows))
        if isinstance(name, str):
            self.show_account(name)
            self.ui.remember(account=name)

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
        self.body.wide = not self.body.wide
        self.arrange_panes()
        self.call_after_refresh(self._tell_columns)

    def action_batches_next_columns(self) -> None:
        """Columns further right."""
        self.batch_list.scroll_columns(1)
        self._tell_columns()

    def action_batches_previous_columns(self) -> None:
        """Columns further left."""
        self.batch_list.scroll_columns(-1)
        self._tell_columns()

    def _tell_columns(self) -> None:
        self.show_keys()
        if self.body.columns_hidden:
            self.say("← and → show the columns that there is no room for", "muted")

    def action_batches_detail(self) -> None:
        """Show or hide the details."""
        self.body.wide, self.body.detail = False, not self.body.detail or self.body.wide
        self.ui.remember(detail=self.body.detail)
        self.arrange_panes()
        self.show_keys()

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
        self.show_all()
