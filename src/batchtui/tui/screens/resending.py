"""Sending requests again from the results viewer: the questions, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchtui.core.errors import BatchtuiError, SentBeforeError, StateError, SubmitError
from batchtui.core.models import BatchEntry
from batchtui.core.rules import Deed, why_no_create
from batchtui.core.text import counted, one_line
from batchtui.core.twins import seen_through
from batchtui.requests.edits import Edit
from batchtui.requests.shapes import Shape
from batchtui.requests.source import open_requests
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.store.cache import escaped
from batchtui.service.request_files import BatchRequests
from batchtui.tui import retrying
from batchtui.tui.cells import Cell, Line
from batchtui.tui.commands import BY_ID
from batchtui.tui.creation import Creation, Outcome
from batchtui.tui.editing import EXAMPLE, first_changed, parse_changes
from batchtui.tui.request_presenters import outcome_lines, question_title
from batchtui.tui.result_export import completed
from batchtui.tui.retrying import Retrying
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog, ConfirmDialog, LinesDialog
from batchtui.tui.screens.line_dialog import LineDialog
from batchtui.tui.screens.path_to_write import path_to_write
from batchtui.tui.screens.sending_dialog import SendingDialog, SentBeforeDialog
from batchtui.tui.ui import Ui

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

_UNANSWERED, _SHOWN, _MARKED = "unanswered", "shown", "marked"
_SEND, _WRITE = "send", "write"


@dataclass(frozen=True, slots=True)
class RowsToChoose:
    """The rows of the viewer as they are when it is asked; `shown` is None where all are."""

    file: ResultsFile
    shown: Sequence[int] | None
    marked: Sequence[int]


async def send_again(
    ui: Ui, service: "BatchService", parent: BatchEntry, rows: RowsToChoose
) -> None:
    """Ask which requests, what to change, and where to; then do it. Call it in a worker."""
    parent = seen_through(parent, service.acting(parent.ref, Deed.CREATE))
    flow = _Flow(ui, service, parent, rows)
    try:
        requests = await requests_of(ui, service, parent)
        if requests is not None:
            with TemporaryDirectory(prefix="batchtui-retry-") as folder:
                await flow.run(requests, Path(folder) / "requests.jsonl")
    except BatchtuiError as error:
        ui.report(error)


async def requests_of(ui: Ui, service: "BatchService", batch: BatchEntry) -> BatchRequests | None:
    """Where the requests of a batch are: known, or named now; None if that was left.

    Raises:
        SubmitError: no requests can be read from the file that was named.
    """
    try:
        return BatchRequests(await service.lineage.requests(batch.ref))
    except SubmitError as error:
        unknown = error
    return await named_requests(ui, service, batch, f"{unknown.what}: {unknown.why}")


async def named_requests(
    ui: Ui, service: "BatchService", batch: BatchEntry, why: str = ""
) -> BatchRequests | None:
    """The file of a batch's requests that somebody names now; None if that was left.

    A doubt whether it is the batch's is told.

    Raises:
        SubmitError: no requests can be read from it.
    """
    lines: list[Line] = [(Cell(one_line(why)),)] if why else []
    dialog = LineDialog(
        "Which file has the requests?",
        lambda _: lines,
        "the file that the batch was created from",
        complete=lambda text: completed(text, ui.path_of),
    )
    name = await ui.push_screen_wait(dialog)
    if not name:
        return None
    found = await service.lineage.name_requests(batch.ref, ui.path_of(name))
    if found.doubt:
        said: list[Line] = [(Cell(one_line(found.doubt)),)]
        said.append((Cell("It is taken for this once, and not remembered.", "muted"),))
        await ui.push_screen_wait(LinesDialog("These may be other requests", said))
    return found


@dataclass(frozen=True)
class _Flow:
    """One retry from its first question to its end. Each step gives None where it was left."""

    ui: Ui
    service: "BatchService"
    parent: BatchEntry
    rows: RowsToChoose

    async def run(self, requests: BatchRequests, spool: Path) -> None:
        """Everything after that."""
        plan = Retrying(
            self.service, self.parent, requests, self.ui.files.requests_dir, self.ui.clock
        )
        chosen = await self._chosen(plan)
        if chosen is None:
            return
        which, ids = chosen
        written = await plan.write_chosen(ids, spool)
        edits = await self._edits(written.requests, spool, requests.file.shape)
        if edits is None:
            return
        way = await self._way(written.requests)
        if way == _WRITE:
            await self._write(plan, written.requests, spool, edits)
        elif way == _SEND:
            await self._send(plan, spool, edits, resends=which == _UNANSWERED)

    async def _chosen(self, plan: Retrying) -> tuple[str, set[str]] | None:
        """Which requests: asked about where there is a choice."""
        unanswered, why_none = set[str](), ""
        try:
            unanswered = await plan.unanswered()
        except StateError as error:
            why_none = f"{error.what}: {error.why}"
        choices = []
        if unanswered:
            words = f"{counted(len(unanswered), 'request')} without an answer"
            note = "errored, expired, canceled, missing"
            choices.append(Choice(_UNANSWERED, "u", words, note))
        if self.rows.marked:
            choices.append(Choice(_MARKED, "m", f"{counted(len(self.rows.marked), 'row')}, marked"))
        if self.rows.shown:
            choices.append(Choice(_SHOWN, "s", f"{counted(len(self.rows.shown), 'row')}, shown"))
        if not choices:
            self.ui.say(
                one_line(why_none) or "Every request has its answer; mark rows to send", "warn"
            )
            return None
        lines: list[Line] = [(Cell(one_line(why_none), "warn"),)] if why_none else []
        which = await self.ui.push_screen_wait(
            ChoiceDialog("Send again, or write: which requests?", choices, lines)
        )
        if which == _UNANSWERED:
            return _UNANSWERED, unanswered
        rows = {_MARKED: self.rows.marked, _SHOWN: self.rows.shown}.get(str(which))
        return (str(which), await plan.ids_of(self.rows.file, rows)) if rows else None

    async def _edits(self, count: int, spool: Path, shape: Shape) -> tuple[Edit, ...] | None:
        """What to change in each of them."""
        sample = next(open_requests(spool, shape=shape).requests(), None)
        if sample is None:
            return None

        def look(text: str) -> list[Line]:
            return first_changed(sample, text, shape, count)

        text = await self.ui.push_screen_wait(
            LineDialog("Change something?", look, f"for example {EXAMPLE}")
        )
        return None if text is None else parse_changes(text)

    async def _way(self, count: int) -> object:
        account = self.parent.ref.account
        info = next((one for one in self.service.accounts if one.name == account), None)
        choices = [Choice(_WRITE, "w", "Write them to a file")]
        if why_no_create(info) is None:
            choices.insert(0, Choice(_SEND, "s", f"Send them to {one_line(account)}", "asks first"))
        title = f"{counted(count, 'request')}: what is to be done?"
        return await self.ui.push_screen_wait(ChoiceDialog(title, choices))

    async def _write(
        self, plan: Retrying, count: int, spool: Path, edits: tuple[Edit, ...]
    ) -> None:
        path = await path_to_write(
            self.ui,
            "Write requests to",
            f"retry-{escaped(self.parent.ref.id)}.jsonl",
            "JSON lines, a request each, as `create` takes them",
            self.rows.file.path,
            plan.requests.path,
        )
        if path is not None:
            await plan.write(spool, edits, path)
            self.ui.say(f"{counted(count, 'request')} in {one_line(str(path))}", "ok")

    async def _send(
        self, plan: Retrying, spool: Path, edits: tuple[Edit, ...], *, resends: bool
    ) -> None:
        report = await plan.checked(spool, edits)
        lines = retrying.question_lines(report, self.parent)
        if not report.ok:
            await self.ui.push_screen_wait(LinesDialog("These cannot be sent", lines))
            return
        title = question_title(report, self.parent.ref.account)
        if not await self.ui.push_screen_wait(ConfirmDialog(title, lines, "Send", "Send nothing")):
            self.ui.say("Nothing was sent")
            return
        dialog = SendingDialog(
            "Sending again", lambda moved: plan.creation(report, resends=resends, changed=moved)
        )
        outcome = await dialog.run(self.ui, self._ask_again)
        await self._tell(dialog.creation, outcome)

    async def _ask_again(self, before: SentBeforeError) -> bool:
        return await self.ui.push_screen_wait(SentBeforeDialog(before))

    async def _tell(self, creation: Creation, outcome: Outcome) -> None:
        """Say what became of it; what did not go well is not to be missed."""
        shown = self.ui.keymap.shown
        keys = shown(BY_ID["results.send_again"]), shown(BY_ID["batches.submissions"])
        lines = outcome_lines(creation.made, outcome, *keys)
        if not outcome.done and (outcome.error or outcome.submission):
            await self.ui.push_screen_wait(LinesDialog("Sending again", lines))
        self.ui.say("".join(piece.text for piece in lines[0]), lines[0][0].tone)
