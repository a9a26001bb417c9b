"""What is seen of batches: totals, the list, the details, the state of the accounts."""

from collections.abc import Coroutine, Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.getters import query_one

from batchtui.core.models import AccountHealth, BatchEntry, BatchRef
from batchtui.core.progress import stalled
from batchtui.core.submissions import SubmissionState
from batchtui.core.text import counted, human_count, one_line, truncate
from batchtui.core.verdict import verdict
from batchtui.tui.batch_rows import BatchRows
from batchtui.tui.bridge import (
    ArchiveHasFailed,
    ArchiveHasRecovered,
    BatchHasEnded,
    DownloadMoved,
    HealthHasChanged,
    LeftOpenFound,
    ServiceFailed,
    StoreChanged,
    SubmissionHasChanged,
)
from batchtui.tui.cells import Cell, Line
from batchtui.tui.commands import BY_ID
from batchtui.tui.costs import Costs
from batchtui.tui.detail_presenters import detail_lines, wide_lines
from batchtui.tui.health_presenters import (
    empty_lines,
    failure_lines,
    health_cell,
    no_hits_lines,
    trouble,
)
from batchtui.tui.kinship import kin_of, sent_words
from batchtui.tui.ordering import Order
from batchtui.tui.presenters import Look, name_of, outcome_words, totals
from batchtui.tui.request_words import submission_words
from batchtui.tui.rounds import Rounds
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.batch_body import BESIDE, BatchBody
from batchtui.tui.widgets.filter_bar import FilterBar
from batchtui.tui.widgets.rows import RowList

if TYPE_CHECKING:
    from batchtui.core.errors import BatchtuiError

WIDE_DETAIL = 72
"""From this many cells of width the details stand in two columns."""

SMALL = (60, 15)
"""A terminal smaller than this is told so."""

MINUTE = 60.0

_FOUND_OUT = (SubmissionState.UNKNOWN, SubmissionState.ADOPTED, SubmissionState.ABSENT)

ROOM_FOR_COUNTS = 24
"""Cells of the head that the counts of batches keep where many accounts are in trouble."""


class BatchView(FrameScreen):
    """Lists batches and tells all about the one at the cursor. Nothing here changes any."""

    SCOPES = ("batches", "list")
    CSS_PATH = "../styles/batches.tcss"

    body = query_one(BatchBody)
    filter_bar = query_one(FilterBar)

    def __init__(self) -> None:
        super().__init__()
        self.rows = BatchRows(self._look)
        self.rounds = Rounds(self.show_progress)
        self.costs = Costs(lambda: self.ui.clock, self._add_up, self.show_detail)
        self._trouble = ""
        self._failed: BatchtuiError | None = None
        self._progress_shown = 0.0
        self._awaited: BatchRef | None = None

    def compose_body(self) -> ComposeResult:
        """Totals, the list and the details, the filter, and what is to be noticed."""
        yield Bar(id="head")
        yield BatchBody(self.rows, plain=self.ui.settings.ascii)
        yield FilterBar(lambda: self.body.front, id="filter")
        yield Bar(id="notice")
        yield Bar(id="progress")

    def on_mount(self) -> None:
        """Take what was remembered; look at the clock each minute."""
        super().on_mount()
        remembered = self.ui.remembered
        self.rows.order = Order.remembered(
            remembered.sort,
            descending=remembered.descending,
            active_first=remembered.active_first,
        )
        self.body.detail = remembered.detail
        self.body.wide = self.ui.settings.wide
        self.show_sort()
        self.batch_list.focus()
        self.set_interval(MINUTE, self.show_all)
        self.show_notices(self.ui.notices)
        self.arrange_panes()
        self.show_all()

    @property
    def batch_list(self) -> RowList:
        """The list."""
        return self.body.list

    @property
    def current(self) -> BatchEntry | None:
        """The batch at the cursor."""
        return self.rows.get(self.batch_list.cursor_id)

    @property
    def targets(self) -> list[BatchEntry]:
        """The batches an action means: the marked ones in the list, else the one at the cursor.

        With marks it never means the cursor's, even where a filter hides all that are marked.
        """
        marks, current = self.batch_list.marks, self.current
        if not marks:
            return [current] if current else []
        return [entry for ref in self.rows.shown if ref in marks and (entry := self.rows.get(ref))]

    @property
    def hidden(self) -> list[BatchEntry]:
        """The marked batches that the filter hides."""
        lost = (ref for ref in self.batch_list.marks if self.rows.index_of(ref) is None)
        return [entry for ref in lost if (entry := self.rows.get(ref))]

    # What the service tells

    def on_service_opened(self) -> None:
        """Show what the archive remembers."""
        service = self.ui.service
        if service is None:
            return
        names, account = [info.name for info in service.accounts], self.ui.remembered.account
        self.rows.account = account if account in names and len(names) > 1 else ""
        self.rows.replace(service.entries())
        if service.archive_error is not None:
            self.ui.report(service.archive_error)
        self.arrange_panes()
        self.show_all()

    def on_service_failed(self, message: ServiceFailed) -> None:
        """Say why nothing can be shown."""
        self._failed = message.error
        self.show_all()

    def on_store_changed(self, message: StoreChanged) -> None:
        """Show what changed, and nothing else."""
        self.rows.apply(message.diff)
        self.show_all()
        if self._awaited is not None and self.batch_list.move_to_id(self._awaited):
            self._awaited = None

    def select_soon(self, ref: BatchRef) -> None:
        """Move to a batch: now, or once it is in the list."""
        service = self.ui.service
        entry = service.entry(ref) if service else None
        ref = entry.ref if entry else ref
        if self.rows.account not in ("", *(entry.accounts if entry else (ref.account,))):
            self.show_account("")
        self._awaited = None if self.batch_list.move_to_id(ref) else ref

    def show_account(self, name: str) -> None:
        """List the batches of one account, or of all for no name; no other stays marked."""
        self.rows.account = name
        self.rows.arrange()
        marks = self.batch_list.marks
        self.batch_list.set_marks({ref for ref in marks if not name or self._is_of(ref, name)})
        self.arrange_panes()
        self.show_all()

    def _is_of(self, ref: Hashable, name: str) -> bool:
        entry = self.rows.get(ref)
        return entry is not None and name in entry.accounts

    def on_submission_has_changed(self, message: SubmissionHasChanged) -> None:
        """Say what became of one that got no answer."""
        if message.submission.state in _FOUND_OUT:
            self.say(submission_words(message.submission), "warn")

    def on_left_open_found(self, message: LeftOpenFound) -> None:
        """Say what programs that ended have left behind, until it is put away."""
        sent, calls = message.event.submissions, message.event.calls
        key = self.ui.keymap.shown(BY_ID["batches.submissions"])
        notices = [f"A {one.verb} of …{one_line(one.ref.id[-4:])} got no answer" for one in calls]
        if sent:
            left = counted(len(sent), "submission")
            notices.insert(0, f"{left} of a program that ended: being looked for · {key} shows it")
        self.show_notices(notices, "esc hides")

    def on_batch_has_ended(self, message: BatchHasEnded) -> None:
        """Say so."""
        entry = message.entry
        words = outcome_words(entry.batch)
        self.tell(f"{name_of(entry)} ended: {verdict(entry.batch)}{words and f' · {words}'}")

    def on_health_has_changed(self, _: HealthHasChanged) -> None:
        """Show how the accounts are doing."""
        self.show_all()

    def on_archive_has_failed(self, message: ArchiveHasFailed) -> None:
        """Say that nothing is kept."""
        self.ui.report(message.error)

    def on_archive_has_recovered(self, _: ArchiveHasRecovered) -> None:
        """Say that all is kept again."""
        self.say("The archive is used again: what was seen meanwhile is kept", "ok")

    def on_download_moved(self, message: DownloadMoved) -> None:
        """Show how far a download is."""
        self.rounds.hear(message.event)

    # Showing

    def _look(self) -> Look:
        return replace(self.ui.look(), words=self.rows.filter.words)

    def show_all(self) -> None:
        """Bring everything up to date; only what looks different is painted."""
        look, service = self._look(), self.ui.service
        healths = service.health() if service else ()
        self.body.say_instead(self._instead())
        self.body.show_parts()
        self.batch_list.sync()
        self.show_detail()
        self._show_head(look, healths)
        self._show_trouble(*(trouble(healths) if self.rows.total else ("", "")))
        self.filter_bar.show_count(len(self.rows), self.rows.total)
        self.show_keys()

    def _show_head(self, look: Look, healths: Sequence[AccountHealth]) -> None:
        width = self.size.width
        marks = (*self._account_cells(), *self._marks_cells())
        title = Cell("batchtui", "accent")
        room = width - len(title.text) - 6 - sum(len(cell.text) + 2 for cell in marks)
        health = health_cell(healths, look, short=width < BESIDE, room=room - ROOM_FOR_COUNTS)
        if width < SMALL[0] or self.size.height < SMALL[1]:
            title = Cell(f"needs {SMALL[0]}x{SMALL[1]}", "warn")
            health = health._replace(text=health.text[:1])
        counts = totals(self.rows.standings, look, room - len(health.text))
        self.query_one("#head", Bar).show(title, *marks, *counts, right=(health,))

    def _account_cells(self) -> tuple[Cell, ...]:
        account = self.rows.account
        return (Cell(f"only {truncate(one_line(account), 16)}", "accent"),) if account else ()

    def _marks_cells(self) -> tuple[Cell, ...]:
        marks, hidden = len(self.batch_list.marks), len(self.hidden)
        if not marks:
            return ()
        words = f"{human_count(marks)} marked"
        return (Cell(f"{words} ({human_count(hidden)} hidden)" if hidden else words, "accent"),)

    def _show_trouble(self, text: str, whole: str) -> None:
        """A failing account is said once, and unsaid when it is well again."""
        if text != self._trouble:
            self._trouble = text
            self.say(text, "bad", whole)

    def _instead(self) -> Sequence[Line]:
        """What to say where there is no batch to list; nothing if there is one."""
        service, total = self.ui.service, self.rows.total
        if total:
            key = self.ui.keymap.shown(BY_ID["batches.back"])
            return () if len(self.rows) else no_hits_lines(self.rows.filter, total, key)
        if self._failed is not None:
            return failure_lines(self._failed)
        if service is None:
            return [(Cell("Opening …", "muted"),)]
        only = self.rows.account
        healths = [one for one in service.health() if not only or one.account == only]
        return empty_lines([a for a in service.accounts if not only or a.name == only], healths)

    def show_detail(self) -> None:
        """Show the batch at the cursor."""
        entry, service, pane = self.current, self.ui.service, self.body.pane
        if pane.display and entry is not None and service is not None:
            pane.show(self.details_of(entry, self.body.pane_width))
        else:
            pane.show([(Cell("No batch is selected.", "muted"),)] if self.rows.total else ())

    def details_of(self, entry: BatchEntry, width: int) -> list[Line]:
        """All about a batch, for a pane of that width; in one column for width 0."""
        service, look = self.ui.service, self._look()
        assert service is not None, "details are asked for once the service is there"
        healths = {health.account: health for health in service.health()}
        account = service.acting(entry.ref)
        doubt = stalled(entry.batch, look.now, account.capabilities) if account else ""
        sent, cost = sent_words(service, entry), self.costs.words(service, entry)
        facts = {"May be stuck": doubt, "Requests": sent, "Cost": cost}
        more = [*((name, text) for name, text in facts.items() if text), *kin_of(service, entry)]
        known = (
            entry,
            service.progress(entry.ref),
            healths.get(account.name if account else ""),
            look,
            more,
        )
        return wide_lines(*known, width) if width >= WIDE_DETAIL else detail_lines(*known)

    def _add_up(self, work: Coroutine[None, None, None]) -> None:
        self.run_worker(work, group="costs")

    def show_notices(self, notices: Sequence[str], how: str = "? shows all · esc hides") -> None:
        """Show what is wrong with the settings, or was left open, until it is put away."""
        bar = self.query_one("#notice", Bar)
        bar.display = bool(notices)
        if notices:
            more = f" (and {len(notices) - 1} more)" if len(notices) > 1 else ""
            bar.show(Cell(f"{notices[0]}{more}", "warn"), right=(Cell(how, "muted"),))

    def show_progress(self) -> None:
        """Show what is under way; of downloads alone, once a second."""
        now, bar = self.ui.clock.monotonic(), self.query_one_optional("#progress", Bar)
        if bar is None:  # the screen is being closed in the middle of a round
            return
        words, key = self.rounds.words, self.ui.keymap.shown(BY_ID["batches.stop"])
        if words and bar.display and not self.rounds.running and now - self._progress_shown < 1.0:
            return
        self._progress_shown = now
        if bar.display != bool(words):
            bar.display = bool(words)
            self.show_keys()
        end = "stopping" if self.rounds.stopping else f"{key} stops" if key else ""
        bar.show(Cell(words, "busy"), right=(Cell(end, "muted"),))

    # Panes

    def on_resize(self) -> None:
        """Place everything anew."""
        self.arrange_panes()
        self.call_after_refresh(self.show_all)

    def arrange_panes(self) -> None:
        """Place the panes and columns as was chosen, and as there is room for."""
        service = self.ui.service
        accounts = len(service.accounts) if service and not self.rows.account else 0
        self.body.place(*self.size, accounts=accounts)
        self.call_after_refresh(self.show_detail)

    @on(RowList.Highlighted, "#list")
    def _look_at(self, message: RowList.Highlighted) -> None:
        self.show_detail()
        self.body.pane.scroll_to(y=0, animate=False)
        self.show_keys()
        ref = message.row_id
        self.ui.attend(ref if isinstance(ref, BatchRef) else None)

    def show_sort(self) -> None:
        """Mark the column sorted by."""
        order = self.rows.order
        self.batch_list.show_sort(order.key, descending=order.descending)

    @on(FilterBar.Changed)
    def _filter(self, message: FilterBar.Changed) -> None:
        self.body.filter(message.kept)
        self.show_all()

    @on(FilterBar.Left)
    def _to_list(self) -> None:
        self.call_after_refresh(self.show_all)
