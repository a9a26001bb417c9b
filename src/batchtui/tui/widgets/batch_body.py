"""The batch list with the details beside it or below, or words where there is nothing to list."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Container
from textual.getters import query_one
from textual.widget import Widget

from batchtui.tui.batch_rows import BatchRows
from batchtui.tui.cells import Column, Line
from batchtui.tui.ordering import Filter
from batchtui.tui.presenters import COLUMNS, ROOMY, account_column, wide_columns
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.rows import RowList

BESIDE = 110
"""From this many cells of width the details stand beside the list, else below it."""

ACCOUNTS_BESIDE = 132
"""The same where the list tells the accounts of its batches."""

LOW = 20
"""Under this many lines there is no room for details below the list."""


class BatchBody(Container):
    """Places its three parts as `wide` and `detail` choose, and as there is room for."""

    list = query_one("#list", RowList)
    pane = query_one("#detail", LinesView)
    empty = query_one("#empty", LinesView)

    def __init__(self, rows: BatchRows, *, plain: bool) -> None:
        super().__init__(id="body")
        self.rows = rows
        self.wide = False
        """Every column, and no details."""
        self.detail = True
        """Details, where there is room."""
        self._plain = plain
        self._columns = COLUMNS
        self._width = self._accounts = 0
        self._before: Hashable | None = None
        self._landed: Hashable | None = None

    def compose(self) -> ComposeResult:
        """The parts."""
        yield RowList(COLUMNS, self.rows, plain=self._plain, id="list")
        yield LinesView(id="empty")
        yield LinesView(id="detail")

    @property
    def front(self) -> Widget:
        """What has the keys: the list, or the words that are there instead of it."""
        return self.list if len(self.rows) else self.empty

    @property
    def columns_hidden(self) -> bool:
        """Some of the columns that scroll are out of view."""
        return self.wide and len(self.list.shown_columns) < len(self._columns)

    def place(self, width: int, height: int, *, accounts: int) -> None:
        """Place the parts on a screen of that size; the account is told where there are several."""
        beside = width >= (ACCOUNTS_BESIDE if accounts > 1 else BESIDE)
        self.set_class(beside, "-beside")
        self.set_class(not beside and height < LOW, "-low")
        self._width, self._accounts = width, accounts
        self.show_parts()

    def show_parts(self) -> None:
        """Show the columns as wide as the batches need them; show the details, or not."""
        columns = wide_columns(self._width, labels=self.rows.labelled) if self.wide else COLUMNS
        self._columns = tuple(
            self._fitted(one) for one in columns if one.key != "account" or self._accounts > 1
        )
        self.list.set_columns(self._columns, scrolling=self.wide)
        hidden = self.wide or not self.detail or self.has_class("-low") or not self.rows.total
        self.pane.display = not hidden

    def _fitted(self, column: Column) -> Column:
        """As wide as what stands in it."""
        if column.key == "requests":
            return replace(column, width=max(column.width, self.rows.widest_count))
        if column.key == "account":
            return account_column(column, self.rows.widest_account, roomy=self._width >= ROOMY)
        return column

    def say_instead(self, lines: Sequence[Line]) -> None:
        """Say something where the list would be; the list again for no lines."""
        instead = bool(lines)
        self.empty.show(lines)
        if self.empty.display != instead or self.list.display == instead:
            had_focus = self.list.has_focus or self.empty.has_focus
            self.empty.display, self.list.display = instead, not instead
            if had_focus or self.screen.focused is None:
                (self.empty if instead else self.list).focus(scroll_visible=False)

    @property
    def pane_width(self) -> int:
        """Cells of a line of details below the list, 0 where they are beside it."""
        return 0 if self.has_class("-beside") else max(0, self.size.width - 3)

    def filter(self, kept: Filter) -> None:
        """Show the batches that a filter keeps.

        The cursor goes back to where it was before the filter, once that is shown again, unless
        it was moved meanwhile.
        """
        moved = self.rows.filter and self.list.cursor_id != self._landed
        if moved or not self.rows.filter:
            self._before = self.list.cursor_id
        self.rows.arrange(kept=kept)
        self.list.sync()
        if self._before is not None and self._before != self.list.cursor_id:
            self.list.move_to_id(self._before)
        self._landed = self.list.cursor_id
