"""Canceling, deleting and fetching: which batches, the question, the doing, the account of it.

Targets are what they were when the question was put; what arrives meanwhile changes none.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from batchtui.core.errors import BatchtuiError
from batchtui.core.models import BatchEntry, BatchRef, BatchState, Presence
from batchtui.core.text import human_count, one_line, pad, truncate_middle
from batchtui.core.verdict import outcome
from batchtui.tui.presenters import has_results, minutes, name_of, state_cell
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog, ConfirmDialog, TypedDialog
from batchtui.tui.widgets.row_model import Cell, Line

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService
    from batchtui.tui.app import BatchtuiApp

MOST_LISTED = 8
"""Batches a question names one by one; the rest are counted."""


class Steering:
    """The flows that change something. Each runs in a worker of the screen."""

    def __init__(self, app: "BatchtuiApp", service: "BatchService") -> None:
        self._app = app
        self._service = service

    async def cancel(self, targets: Sequence[BatchEntry]) -> None:
        """Ask, then cancel."""
        fit, unfit = self._sift(targets, self._why_no_cancel)
        if not fit:
            self._app.say(unfit[0][1], "warn")
            return
        title = f"Cancel {_these(fit)}?"
        lines = [*self._list(fit), *_left_out(unfit), (), *_CANCEL_MEANS]
        if await self._app.push_screen_wait(
            ConfirmDialog(title, lines, yes="Cancel it" if len(fit) == 1 else "Cancel them",
                          no="Let it run" if len(fit) == 1 else "Let them run")
        ):  # fmt: skip
            await self._each(fit, self._service.cancel, "Cancellation asked for")

    async def delete(self, targets: Sequence[BatchEntry]) -> None:
        """Offer a local copy, ask for the name, then delete."""
        fit, unfit = self._sift(targets, self._why_no_delete)
        if not fit:
            self._app.say(unfit[0][1], "warn")
            return
        keep = await self._keep_first(fit)
        if keep is None or not await self._really(fit, unfit, keep=keep):
            self._app.say("Nothing was deleted")
            return
        bare = {entry.ref for entry in fit if not entry.local_results}

        async def delete(ref: BatchRef) -> None:
            await self._service.delete(ref, keep_results=keep and ref in bare)

        await self._each(fit, delete, "Deleted")

    async def download(self, targets: Sequence[BatchEntry]) -> None:
        """Fetch the results of those that have any and no local copy."""
        fit, unfit = self._sift(targets, _why_no_download)
        if not fit:
            self._app.say(unfit[0][1], "warn")
            return
        await self._each(fit, self._service.fetch_results, "Results fetched")

    # Who is meant

    def _sift(
        self, targets: Sequence[BatchEntry], why_not: Callable[[BatchEntry], str]
    ) -> tuple[list[BatchEntry], list[tuple[BatchEntry, str]]]:
        reasons = [(entry, why_not(entry)) for entry in targets]
        fit = [entry for entry, reason in reasons if not reason]
        return fit, [(entry, reason) for entry, reason in reasons if reason]

    def _why_no_cancel(self, entry: BatchEntry) -> str:
        name = name_of(entry)
        if entry.batch.state is BatchState.CANCELING:
            return f"{name} is being canceled already"
        if entry.batch.state.is_final:
            return f"{name} has ended: there is nothing to cancel"
        return self._why_no_change(entry, "can_cancel", "cancel")

    def _why_no_delete(self, entry: BatchEntry) -> str:
        if not entry.batch.state.is_final:
            return f"{name_of(entry)} has not ended: cancel it first, delete it when it has"
        return self._why_no_change(entry, "can_delete", "delete")

    def _why_no_change(self, entry: BatchEntry, capability: str, verb: str) -> str:
        name = name_of(entry)
        if entry.presence is not Presence.LISTED:
            return f"{name} is not at the provider any more"
        account = next((a for a in self._service.accounts if a.name == entry.ref.account), None)
        if account is None:
            return f"the account of {name} is not configured"
        if account.read_only:
            return f"account {one_line(account.name)} is read-only"
        if not getattr(account.capabilities, capability):
            return f"{account.kind} batches cannot be {verb}d"
        return ""

    # The questions

    def _list(self, entries: Sequence[BatchEntry]) -> list[Line]:
        """Which batches: one with all that tells it apart, several in a line each."""
        if len(entries) == 1:
            return self._describe(entries[0])
        lines = [self._mention(entry) for entry in entries[:MOST_LISTED]]
        more = len(entries) - MOST_LISTED
        return [*lines, (Cell(f"and {more} more", "muted"),)] if more > 0 else lines

    def _describe(self, entry: BatchEntry) -> list[Line]:
        batch, look = entry.batch, self._app.look()
        words = outcome(batch)
        facts = [f"account {one_line(batch.ref.account)}", f"{words} requests" if words else ""]
        facts.append(f"{minutes(look.now - batch.created_at)} old")
        state = state_cell(entry, look)
        lines: list[Line] = [(Cell(one_line(entry.label), "strong"),)] if entry.label else []
        return [
            *lines,
            (Cell(f"{one_line(batch.ref.id)}  ", "" if entry.label else "strong"), state),
            (Cell(", ".join(fact for fact in facts if fact), "muted"),),
        ]

    def _mention(self, entry: BatchEntry) -> Line:
        look = self._app.look()
        state, words = state_cell(entry, look), outcome(entry.batch)
        name = pad(truncate_middle(name_of(entry), 30), 30)
        tail = pad(f"…{one_line(entry.ref.id[-4:])}", 7) if entry.label else " " * 7
        return (
            Cell(f"{name}  "),
            Cell(look.text(tail), "muted"),
            Cell(f"{state.text:<13}", state.tone),
            Cell(words, "muted"),
        )

    async def _keep_first(self, fit: Sequence[BatchEntry]) -> bool | None:
        """Whether to fetch results first; None to leave. Not asked where all have copies."""
        bare = [e for e in fit if e.batch.results_available and not e.local_results]
        if not bare:
            return False
        rows = sum(e.batch.request_counts.total for e in bare if e.batch.request_counts)
        choices = (
            Choice(None, "n", "Delete nothing"),
            Choice(True, "k", "Keep a copy here, then delete", f"{human_count(rows)} results"),
            Choice(False, "w", "Delete without a copy", "the results are gone for good"),
        )
        lines = [*self._list(bare), (Cell("Their results are only at the provider.", "warn"),), ()]
        answer = await self._app.push_screen_wait(
            ChoiceDialog(f"Delete {_these(fit)}?", choices, lines)
        )
        return answer if isinstance(answer, bool) else None

    async def _really(
        self, fit: Sequence[BatchEntry], unfit: Sequence[tuple[BatchEntry, str]], *, keep: bool
    ) -> bool:
        if len(fit) == 1:
            expected = fit[0].ref.id[-4:]
            prompt = f"Type the last four characters of its id ({one_line(expected)}):"
        else:
            expected = f"delete {len(fit)}"
            prompt = f"Type {expected!r}:"
        copy = (
            "Results that are not here yet are fetched first; where that fails, nothing is deleted."
        )
        means = copy if keep else "A deleted batch cannot be brought back."
        lines = [*self._list(fit), *_left_out(unfit), (), (Cell(means),)]
        dialog = TypedDialog(f"Delete {_these(fit)} at the provider", lines, expected, prompt)
        sure: bool | None = await self._app.push_screen_wait(dialog)
        return sure is True

    # The doing

    async def _each(
        self, entries: Sequence[BatchEntry], act: Callable[[BatchRef], Awaitable[object]], done: str
    ) -> None:
        failures: list[BatchtuiError] = []
        for entry in entries:
            try:
                await act(entry.ref)
            except BatchtuiError as error:
                failures.append(error)
        good = len(entries) - len(failures)
        if failures:
            before = f"{done} for {good} of {len(entries)}; " if len(entries) > 1 else ""
            self._app.report(failures[0], before=before)
        else:
            name = name_of(entries[0]) if len(entries) == 1 else f"{len(entries)} batches"
            self._app.say(f"{done}: {name}", "ok")


_CANCEL_MEANS: tuple[Line, ...] = (
    (Cell("Requests under way may still finish, and keep their results. The rest is canceled."),),
    (Cell("What has been processed is paid for. A canceled batch cannot be resumed."),),
)


def _why_no_download(entry: BatchEntry) -> str:
    name, batch = name_of(entry), entry.batch
    if entry.local_results:
        return f"{name}: the results are here already: {one_line(entry.local_results)}"
    if not batch.state.is_final:
        return f"{name} has not ended: its results come with the end"
    if not has_results(entry):
        return f"{name}: the provider has no results (any more)"
    return ""


def _these(entries: Sequence[BatchEntry]) -> str:
    return "this batch" if len(entries) == 1 else f"these {len(entries)} batches"


def _left_out(unfit: Sequence[tuple[BatchEntry, str]]) -> list[Line]:
    lines: list[Line] = [(Cell(f"Left out: {reason}", "warn"),) for _, reason in unfit[:3]]
    more = len(unfit) - 3
    return [*lines, (Cell(f"Left out: {more} more", "warn"),)] if more > 0 else lines
