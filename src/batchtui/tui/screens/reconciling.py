"""The results of a batch against its requests: where those are, how far it is, what came of it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import BatchtuiError, SubmitError
from batchtui.core.models import BatchEntry
from batchtui.core.text import counted, human_count, one_line
from batchtui.requests.reading import RequestFile
from batchtui.results.compare.reconcile import Reconciliation
from batchtui.results.store.cache import escaped
from batchtui.service.answers import effective_results
from batchtui.service.reconciling import compared, first_of, reconciled, write_problems
from batchtui.tui.cells import Cell, Line
from batchtui.tui.kinship import has_kin
from batchtui.tui.presenters import short_name
from batchtui.tui.reconcile_presenters import ids_off, reconciled_lines
from batchtui.tui.rounds import Rounds
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog, LinesDialog
from batchtui.tui.screens.path_to_write import path_to_write
from batchtui.tui.screens.resending import named_requests
from batchtui.tui.ui import Ui

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

_LISTED = 5000
"""Ids of a kind that are listed; a file has them all."""

_GLIMPSED = 3
"""Ids of a kind that are shown at once."""

_OWN, _ALL = "own", "all"
_FILE, _COUNTS, _LIST, _WRITE, _LEAVE = "file", "counts", "list", "write", "leave"


async def reconcile_batch(
    ui: Ui, service: "BatchService", rounds: Rounds, entry: BatchEntry
) -> None:
    """Compare, and show what came of it. Call it in a worker."""
    try:
        which = await _which(ui, service, entry)
        if which is None:
            return
        flow = _Flow(ui, service, rounds, entry, effective=which == _ALL)
        await flow.run()
    except BatchtuiError as error:
        ui.report(error)


async def _which(ui: Ui, service: "BatchService", entry: BatchEntry) -> object:
    """Whether the answers of its retries count: asked where there are any."""
    if not has_kin(service, entry):
        return _OWN
    choices = [
        Choice(_OWN, "o", "Its own results", "told in its verdict"),
        Choice(_ALL, "a", "All answers", "of it and its retries"),
    ]
    return await ui.push_screen_wait(ChoiceDialog("Compare with the requests", choices))


@dataclass(frozen=True, slots=True)
class _Against:
    """What results are compared with; `requests` is None for the counts alone."""

    requests: RequestFile | None
    is_own: bool = True
    """Nothing speaks against that they are the batch's."""


@dataclass(frozen=True)
class _Flow:
    """One comparison from its first question to its end."""

    ui: Ui
    service: "BatchService"
    rounds: Rounds
    entry: BatchEntry
    effective: bool

    @property
    def _asked(self) -> BatchEntry:
        """The batch whose requests they are."""
        return first_of(self.service, self.entry) if self.effective else self.entry

    async def run(self) -> None:
        """Everything."""
        with self.rounds.going(f"comparing {short_name(self.entry)}", self.entry.ref):
            copy = await self._copy()
        against = await self._known()
        while against is not None:
            found = await self._found(copy, against)
            if found is None:
                self.ui.say("Stopped: nothing was compared", "warn")
                return
            answer = await self._answered(found)
            while answer in (_LIST, _WRITE):
                await (self._list(found) if answer == _LIST else self._write(found, copy))
                answer = await self._answered(found)
            against = await self._named() if answer == _FILE else None

    async def _copy(self) -> Path:
        if self.effective:
            return await effective_results(self.service, self.entry.ref)
        return await self.service.fetch_results(self.entry.ref)

    async def _known(self) -> _Against | None:
        """The requests, asked about where they are not known; None where that was left."""
        try:
            return _Against(await self.service.lineage.requests(self._asked.ref))
        except SubmitError as error:
            why: Line = (Cell(one_line(f"{error.what}: {error.why}")),)
        choices = [
            Choice(_FILE, "f", "Name the file that has the requests"),
            Choice(_COUNTS, "c", "Compare with the counts only"),
        ]
        answer = await self.ui.push_screen_wait(ChoiceDialog("Compare with what?", choices, [why]))
        if answer == _FILE:
            return await self._named()
        return _Against(None) if answer == _COUNTS else None

    async def _named(self) -> _Against | None:
        requests = await named_requests(self.ui, self.service, self._asked)
        return _Against(requests.file, not requests.doubt) if requests else None

    async def _found(self, copy: Path, against: _Against) -> Reconciliation | None:
        """What came of it; None where it was stopped."""
        ref, loop, requests = self.entry.ref, asyncio.get_running_loop(), against.requests
        with self.rounds.going(f"comparing {short_name(self.entry)}", ref) as this:

            def tell(ids: int) -> None:
                this.note = f"{this.doing}: {human_count(ids)} ids"
                loop.call_soon_threadsafe(self.rounds.step, this, ref)

            def stopped() -> bool:
                return this.stopped

            if self.effective:
                return await in_daemon_thread(lambda: compared(copy, None, requests, stopped, tell))
            entry = self.service.entry(ref) or self.entry
            return await reconciled(
                self.service,
                entry,
                copy,
                requests,
                cancel=stopped,
                tell=tell,
                remembers=against.is_own,
            )

    async def _answered(self, found: Reconciliation) -> object:
        """Show what came of it; what is to be done then."""
        choices = [Choice(_LEAVE, "q", "Close")]
        if off := ids_off(found):
            choices.append(Choice(_LIST, "i", "List the ids", counted(off, "id")))
            choices.append(Choice(_WRITE, "w", "Write them to a file", "JSON lines"))
        choices.append(Choice(_FILE, "f", "Compare with another file of requests"))
        title = f"Requests and results of {short_name(self.entry)}"
        return await self.ui.push_screen_wait(
            ChoiceDialog(title, choices, reconciled_lines(found, _GLIMPSED))
        )

    async def _list(self, found: Reconciliation) -> None:
        lines = reconciled_lines(found, _LISTED)
        await self.ui.push_screen_wait(LinesDialog("Requests and results", lines, wide=True))

    async def _write(self, found: Reconciliation, copy: Path) -> None:
        name, about = f"reconcile-{escaped(self.entry.ref.id)}.jsonl", "JSON lines, an id each"
        path = await path_to_write(self.ui, "Write the ids to", name, about, copy)
        if path is not None:
            await in_daemon_thread(lambda: write_problems(path, found))
            self.ui.say(f"{counted(ids_off(found), 'id')} in {one_line(str(path))}", "ok")
