"""What is seen of batches: totals, the list, the details, the state of the accounts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container

from batchtui.core.models import AccountHealth, BatchEntry, BatchRef
from batchtui.core.text import human_bytes, human_count
from batchtui.core.verdict import outcome, verdict
from batchtui.tui.bridge import (
    ArchiveHasFailed,
    BatchHasEnded,
    DownloadMoved,
    HealthHasChanged,
    ServiceFailed,
    StoreChanged,
)
from batchtui.tui.detail_presenters import detail_lines, wide_lines
from batchtui.tui.health_presenters import empty_lines, failure_lines, health_cell, trouble
from batchtui.tui.ordering import Order
from batchtui.tui.presenters import COLUMNS, WIDE_COLUMNS, Look, name_of, totals
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.batch_rows import BatchRows
from batchtui.tui.widgets.filter_bar import FilterBar
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.row_model import Cell, Line
from batchtui.tui.widgets.rows import RowList

if TYPE_CHECKING:
    from batchtui.core.errors import BatchtuiError

BESIDE = 110
"""From this many cells of width the details stand beside the list, else below it."""

WIDE_DETAIL = 72
"""From this many cells of width the details stand in two columns."""

LOW = 20
"""Under this many lines there is no room for details below the list."""

SMALL = (60, 15)
"""A terminal smaller than this is told so."""

MINUTE = 60.0


class BatchView(FrameScreen):
    """Lists batches and tells all about the one at the cursor. Nothing here changes any."""

    SCOPES = ("batches", "list")
    CSS_PATH = "../styles/batches.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.rows = BatchRows(self._look)
        self.wide = False
        self.detail = True
        self._trouble = ""
        self._failed: BatchtuiError | None = None
        self._said_progress = 0.0

    def compose_body(self) -> ComposeResult:
        """Totals, the list and the details, the filter."""
        yield Bar(id="head")
        with Container(id="body"):
            yield RowList(COLUMNS, self.rows, plain=self.ui.settings.ascii, id="list")
            yield LinesView(id="empty")
            yield LinesView(id="detail")
        yield FilterBar(id="filter")

    def on_mount(self) -> None:
        """Take what was remembered; look at the clock each minute."""
        super().on_mount()
        remembered = self.ui.remembered
        self.rows.order = Order(remembered.sort, remembered.descending, remembered.active_first)
        self.detail = remembered.detail
        self.wide = self.ui.settings.wide
        self.show_sort()
        self.batch_list.focus()
        self.set_interval(MINUTE, self.tick)
        if self.ui.keymap.warnings:
            self.say("; ".join(self.ui.keymap.warnings), "warn")
        self.show_all()

    @property
    def batch_list(self) -> RowList:
        """The list."""
        return self.query_one("#list", RowList)

    @property
    def current(self) -> BatchEntry | None:
        """The batch at the cursor."""
        return self.rows.get(self.batch_list.cursor_id)

    @property
    def targets(self) -> list[BatchEntry]:
        """The batches an action means: the marked ones, else the one at the cursor."""
        marked = [entry for ref in self.rows.shown if ref in self.batch_list.marks
                  and (entry := self.rows.get(ref))]  # fmt: skip
        current = self.current
        return marked or ([current] if current else [])

    # What the service tells

    def on_service_opened(self) -> None:
        """Show what the archive remembers."""
        service = self.ui.service
        if service is None:
            return
        self.rows.replace(service.entries())
        if service.archive_error is not None:
            self.ui.report(service.archive_error)
        self.arrange_panes()
        self.show_all()
        self.show_keys()

    def on_service_failed(self, message: ServiceFailed) -> None:
        """Say why nothing can be shown."""
        self._failed = message.error
        self.show_all()

    def on_store_changed(self, message: StoreChanged) -> None:
        """Show what changed, and nothing else."""
        self.rows.apply(message.diff)
        self.show_all()

    def on_batch_has_ended(self, message: BatchHasEnded) -> None:
        """Say so."""
        entry = message.entry
        words = outcome(entry.batch)
        told = f" · {words} requests" if words else ""
        self.say(f"{name_of(entry)} ended: {verdict(entry.batch)}{told}")

    def on_health_has_changed(self, _: HealthHasChanged) -> None:
        """Show how the accounts are doing."""
        self.show_all()

    def on_archive_has_failed(self, message: ArchiveHasFailed) -> None:
        """Say that nothing is kept."""
        self.ui.report(message.error)

    def on_download_moved(self, message: DownloadMoved) -> None:
        """Say how far a download is, once a second."""
        event, now = message.event, self.ui.clock.monotonic()
        if event.done or event.error or now - self._said_progress < 1.0:
            return
        self._said_progress = now
        of = f" of {human_count(event.expected_rows)}" if event.expected_rows else ""
        self.say(
            f"Fetching {event.ref.id}: {human_count(event.rows)}{of} rows, "
            f"{human_bytes(event.received)}, {human_bytes(event.rate)}/s"
        )

    def tick(self) -> None:
        """Time went on: bring ages up to date where their text differs."""
        self.show_all()

    # Showing

    def _look(self) -> Look:
        return replace(self.ui.look(), words=self.rows.filter.words)

    def show_all(self) -> None:
        """Bring everything up to date; only what looks different is painted."""
        look, service = self._look(), self.ui.service
        healths = service.health() if service else ()
        self._show_empty()
        self.batch_list.sync()
        self._show_detail()
        self._show_head(look, healths)
        self._show_trouble(trouble(healths))
        self.query_one(FilterBar).show_count(len(self.rows), self.rows.total)

    def _show_head(self, look: Look, healths: Sequence[AccountHealth]) -> None:
        width = self.size.width
        title, health = Cell("batchtui", "accent"), health_cell(healths, look, short=width < BESIDE)
        room = width - len(title.text) - len(health.text) - 6
        counts = totals(self.rows.standings, look, room)
        self.query_one("#head", Bar).show(title, *counts, right=(health,))

    def _show_trouble(self, text: str) -> None:
        """A failing account is said once, and unsaid when it is well again."""
        if text != self._trouble:
            self._trouble = text
            self.say(text, "bad")

    def _show_empty(self) -> None:
        empty, nothing = self.query_one("#empty", LinesView), not self.rows.total
        empty.display = nothing
        self.batch_list.display = not nothing
        if nothing:
            empty.show(self._empty_lines())
        self._show_panes()

    def _empty_lines(self) -> Sequence[Line]:
        service = self.ui.service
        if self._failed is not None:
            return failure_lines(self._failed)
        if service is None:
            return [(Cell("Opening …", "muted"),)]
        return empty_lines(service.accounts, service.health())

    def _show_detail(self) -> None:
        entry, service = self.current, self.ui.service
        pane = self.query_one("#detail", LinesView)
        if entry is None or service is None or not pane.display:
            pane.show(())
        else:
            below = self.has_class("-below")
            pane.show(self.details_of(entry, self.size.width - 3 if below else 0))

    def details_of(self, entry: BatchEntry, width: int) -> list[Line]:
        """All about a batch, for a pane of that width; in one column for width 0."""
        service, look = self.ui.service, self._look()
        assert service is not None, "details are asked for once the service is there"
        healths = {health.account: health for health in service.health()}
        facts = (entry, service.progress(entry.ref), healths.get(entry.ref.account), look)
        return wide_lines(*facts, width) if width >= WIDE_DETAIL else detail_lines(*facts)

    # Panes

    def on_resize(self, event: events.Resize) -> None:
        """Place the details beside the list, below it, or nowhere."""
        width, height = event.size
        self.set_class(width >= BESIDE, "-beside")
        self.set_class(width < BESIDE, "-below")
        self.set_class(width < BESIDE and height < LOW, "-low")
        if width < SMALL[0] or height < SMALL[1]:
            self.say(f"Small terminal: {SMALL[0]}x{SMALL[1]} and more show all", "warn")
        self.arrange_panes()

    def arrange_panes(self) -> None:
        """Place the panes and columns as was chosen, and as there is room for."""
        service = self.ui.service
        columns = WIDE_COLUMNS if self.wide else COLUMNS
        if service is not None and len(service.accounts) < 2:
            columns = tuple(column for column in columns if column.key != "account")
        self.batch_list.set_columns(columns)
        self._show_panes()
        self.call_after_refresh(self._show_detail)

    def _show_panes(self) -> None:
        hidden = self.wide or not self.detail or self.has_class("-low") or not self.rows.total
        self.query_one("#detail").display = not hidden

    @on(RowList.Highlighted, "#list")
    def _look_at(self, message: RowList.Highlighted) -> None:
        self._show_detail()
        self.query_one("#detail", LinesView).scroll_to(y=0, animate=False)
        ref = message.row_id
        self.ui.attend(ref if isinstance(ref, BatchRef) else None)

    def show_sort(self) -> None:
        """Mark the column sorted by."""
        order = self.rows.order
        self.batch_list.show_sort(order.key, descending=order.descending)

    @on(FilterBar.Changed)
    def _filter(self, message: FilterBar.Changed) -> None:
        self.rows.arrange(kept=message.kept)
        self.show_all()

    @on(FilterBar.Left)
    def _to_list(self) -> None:
        self.batch_list.focus()
        self.call_after_refresh(self.show_all)
