"""Canceling, deleting and fetching: which batches, the question, the doing, the account of it.

Targets are what they were when the question was put; what arrives meanwhile changes none.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchtui.core.errors import ApiError, BatchtuiError
from batchtui.core.models import BatchEntry, BatchRef, Capabilities
from batchtui.core.rules import Deed, Refusal, why_not
from batchtui.core.text import counted, human_count, one_line, pad, truncate_middle
from batchtui.core.verdict import outcome
from batchtui.tui.cells import Cell, Line
from batchtui.tui.presenters import minutes, name_of, outcome_words, short_name, state_cell
from batchtui.tui.rounds import Rounds
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog, ConfirmDialog, TypedDialog
from batchtui.tui.steering_words import cancel_means, delete_means
from batchtui.tui.ui import Ui

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

Refused = tuple[BatchEntry, Refusal]
"""A batch, and why something cannot be done to it."""

_HIDDEN = Refusal("is left out", "hidden by the filter")

MOST_LISTED = 500
"""Batches a question names one by one; the rest are counted."""


def refusal_of(service: "BatchService", entry: BatchEntry, deed: Deed) -> Refusal | None:
    """Why something cannot be done to a batch; None if it can be tried."""
    return why_not(entry, service.acting(entry.ref, deed), deed)


def refusal_words(entry: BatchEntry, refusal: Refusal) -> str:
    """The same in a line, which begins with the batch and may be cut at its end; safe."""
    parts = (f"{short_name(entry)} {refusal.what}: {refusal.why}", refusal.hint)
    return one_line(" · ".join(part for part in parts if part))


class Steering:
    """The flows that change something. Each runs in a worker of the screen.

    `hidden` are marked batches that are not meant because a filter hides them.
    """

    def __init__(
        self,
        ui: Ui,
        service: "BatchService",
        rounds: Rounds,
        hidden: Sequence[BatchEntry] = (),
    ) -> None:
        self._ui = ui
        self._service = service
        self._rounds = rounds
        self._hidden = hidden

    async def cancel(self, targets: Sequence[BatchEntry]) -> None:
        """Ask, then cancel."""
        fit, unfit = self._sift(
            targets, lambda entry: refusal_of(self._service, entry, Deed.CANCEL)
        )
        if not fit:
            self._ui.say(refusal_words(*unfit[0]), "warn")
            return
        one, means = len(fit) == 1, cancel_means([self._able(entry) for entry in fit])

        def lines() -> list[Line]:
            return self._question(fit, unfit, means, Deed.CANCEL)

        dialog = ConfirmDialog(
            f"Cancel {_these(fit)}?",
            lines(),
            yes="Cancel it" if one else "Cancel them",
            no="Let it run" if one else "Let them run",
        )
        if await self._ui.push_screen_wait(dialog.follow(lines)):
            at_once = all(self._able(entry).cancels_at_once for entry in fit)
            await self._each(fit, self._service.cancel, _CANCEL_AT_ONCE if at_once else _CANCEL)

    async def delete(self, targets: Sequence[BatchEntry]) -> None:
        """Offer a local copy, ask for the name, then delete."""
        fit, unfit = self._sift(
            targets, lambda entry: refusal_of(self._service, entry, Deed.DELETE)
        )
        if not fit:
            self._ui.say(refusal_words(*unfit[0]), "warn")
            return
        bare = [e for e in fit if e.batch.results_available and not e.local_results]
        keep = await self._keep_first(fit, unfit, bare)
        if keep is None or not await self._really(fit, unfit, keep=keep):
            self._ui.say("Nothing was deleted")
            return
        to_keep = {entry.ref for entry in bare} if keep else set()

        async def delete(ref: BatchRef) -> None:
            await self._service.delete(ref, keep_results=ref in to_keep)

        await self._each(fit, delete, _DELETE)

    async def download(self, targets: Sequence[BatchEntry]) -> None:
        """Fetch the results of those that have any and no local copy."""
        fit, unfit = self._sift(targets, self._why_no_download)
        if not fit:
            self._ui.say(refusal_words(*unfit[0]), "warn")
            return
        await self._each(fit, self._service.fetch_results, _FETCH)

    # Who is meant

    def _able(self, entry: BatchEntry) -> Capabilities:
        account = self._service.acting(entry.ref, Deed.DELETE)
        return account.capabilities if account else Capabilities()

    def _sift(
        self, targets: Sequence[BatchEntry], why_not: Callable[[BatchEntry], Refusal | None]
    ) -> tuple[list[BatchEntry], list[Refused]]:
        judged = [(entry, why_not(entry)) for entry in targets]
        fit = [entry for entry, refusal in judged if refusal is None]
        unfit = [(entry, refusal) for entry, refusal in judged if refusal is not None]
        return fit, unfit + [(entry, _HIDDEN) for entry in self._hidden]

    def _why_no_download(self, entry: BatchEntry) -> Refusal | None:
        if entry.local_results:
            return Refusal("is not fetched", "the results are here already", entry.local_results)
        return refusal_of(self._service, entry, Deed.RESULTS)

    # The questions

    def _question(
        self, fit: Sequence[BatchEntry], unfit: Sequence[Refused], means: Sequence[Line], deed: Deed
    ) -> list[Line]:
        """Which batches as they are now, and what it means: a long list last, where it may be cut.

        What could be done when it was asked, and cannot be any more, is said.
        """
        fit = [self._service.entry(entry.ref) or entry for entry in fit]
        now = [(entry, refusal_of(self._service, entry, deed)) for entry in fit]
        changed = [(entry, refusal) for entry, refusal in now if refusal is not None]
        left_out = [*_grouped("Meanwhile", changed), *_grouped("Left out", unfit)]
        if len(fit) == 1:
            return [*self._describe(fit[0]), *left_out, (), *means]
        listed = [self._mention(entry) for entry in fit[:MOST_LISTED]]
        more = len(fit) - MOST_LISTED
        rest: list[Line] = [(Cell(f"and {human_count(more)} more", "muted"),)] if more > 0 else []
        return [*means, *left_out, (), *listed, *rest]

    def _describe(self, entry: BatchEntry) -> list[Line]:
        batch, look = entry.batch, self._ui.look()
        facts = [f"account {one_line(', '.join(entry.accounts))}", outcome_words(batch)]
        if batch.dated:
            facts.append(f"{minutes(look.now - batch.dated)} old")
        state = state_cell(entry, look)
        lines: list[Line] = [(Cell(one_line(entry.label), "strong"),)] if entry.label else []
        return [
            *lines,
            (Cell(f"{one_line(batch.ref.id)}  ", "" if entry.label else "strong"), state),
            (Cell(", ".join(fact for fact in facts if fact), "muted"),),
        ]

    def _mention(self, entry: BatchEntry) -> Line:
        look = self._ui.look()
        state, words = state_cell(entry, look), outcome(entry.batch)
        name = pad(truncate_middle(name_of(entry), 25), 25)
        tail = pad(f"…{one_line(entry.ref.id[-4:])}", 5) if entry.label else " " * 5
        kept = " · kept here" if entry.local_results else ""
        return (
            Cell(look.text(f"{name}  ")),
            Cell(look.text(f"{tail}  "), "muted"),
            Cell(f"{state.text:<12} ", state.tone),
            Cell(f"{words}{kept}", "muted"),
        )

    async def _keep_first(
        self, fit: Sequence[BatchEntry], unfit: Sequence[Refused], bare: Sequence[BatchEntry]
    ) -> bool | None:
        """Whether to fetch results first; None to leave. Not asked where all have copies."""
        if not bare:
            return False
        rows = sum(e.batch.request_counts.total for e in bare if e.batch.request_counts)
        choices = (
            Choice(None, "n", "Delete nothing"),
            Choice(True, "c", "Keep a copy here, then delete", counted(rows, "result")),
            Choice(False, "w", "Delete without a copy", "gone for good"),
        )

        def lines() -> list[Line]:
            return self._question(fit, unfit, [(Cell(_where(fit, bare), "warn"),)], Deed.DELETE)

        dialog = ChoiceDialog(f"Delete {_these(fit)}?", choices, lines()).follow(lines)
        answer = await self._ui.push_screen_wait(dialog)
        return answer if isinstance(answer, bool) else None

    async def _really(
        self, fit: Sequence[BatchEntry], unfit: Sequence[Refused], *, keep: bool
    ) -> bool:
        if len(fit) == 1:
            expected = fit[0].ref.id[-4:]
            prompt = f"Type {one_line(expected)}, the last four of its id:"
        else:
            expected = f"delete {len(fit)}"
            prompt = f"Type {expected!r}:"
        means = delete_means([self._able(entry) for entry in fit], keep=keep)

        def lines() -> list[Line]:
            return self._question(fit, unfit, means, Deed.DELETE)

        dialog = TypedDialog(f"Delete {_these(fit)} at the provider", lines(), expected, prompt)
        sure: bool | None = await self._ui.push_screen_wait(dialog.follow(lines))
        return sure is True

    # The doing

    async def _each(
        self,
        entries: Sequence[BatchEntry],
        act: Callable[[BatchRef], Awaitable[object]],
        words: "_Words",
    ) -> None:
        """Do it to one after the other, until it is stopped; then say how it went."""
        failures: list[tuple[BatchEntry, BatchtuiError]] = []
        this = self._rounds.begin(words.doing, len(entries))
        try:
            for entry in entries:
                self._rounds.step(this, entry.ref)
                try:
                    await act(entry.ref)
                    this.done += 1
                except BatchtuiError as error:
                    failures.append((entry, error))
                if this.stopped:
                    break
        finally:
            self._rounds.step(this, None)
        of = f"{words.done}: {human_count(this.done)} of {human_count(len(entries))}"
        if this.stopped and this.done < len(entries):
            self._ui.say(f"Stopped · {of}", "warn")
        elif failures:
            before = f"{of} · " if len(entries) > 1 else ""
            self._ui.report(failures[0][1], before=f"{before}{words.failure(*failures[0])}: ")
        else:
            self._ui.say(f"{words.done}: {_named(entries)}", "ok")


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said while something is done, and once it is; `deed` is what each batch was not."""

    doing: str
    done: str
    deed: str
    changes: bool = True
    """Something at the provider, so that it matters whether an unanswered call arrived."""

    def failure(self, entry: BatchEntry, error: BatchtuiError) -> str:
        """What became of the batch; without an answer nobody knows."""
        maybe_done = isinstance(error, ApiError) and error.maybe_done
        name, unknown = short_name(entry), self.changes and maybe_done
        return f"{name} may have been {self.deed}" if unknown else f"{name} was not {self.deed}"


_CANCEL_AT_ONCE = _Words("Canceling", "Canceled", "canceled")
_CANCEL = _Words("Canceling", "Cancellation asked for", "canceled")
_DELETE = _Words("Deleting", "Deleted", "deleted")
_FETCH = _Words("Fetching results", "Results fetched", "fetched", changes=False)


def _these(entries: Sequence[BatchEntry]) -> str:
    return "this batch" if len(entries) == 1 else f"these {human_count(len(entries))} batches"


def _where(fit: Sequence[BatchEntry], bare: Sequence[BatchEntry]) -> str:
    """How many of them have results that lie nowhere else."""
    if len(fit) == 1:
        return "Its results are only at the provider."
    if len(fit) == len(bare):
        return "The results of all of them are only at the provider."
    have = "has its results" if len(bare) == 1 else "have their results"
    return f"{human_count(len(bare))} of them {have} only at the provider."


def _grouped(what: str, refused: Sequence[Refused]) -> list[Line]:
    """The reasons, each with the batch, or with how many batches there are."""
    named: dict[str, list[BatchEntry]] = {}
    for entry, refusal in refused:
        named.setdefault(refusal.why.partition(":")[0], []).append(entry)
    return [(Cell(f"{what}: {why} · {_named(entries)}", "warn"),) for why, entries in named.items()]


def _named(entries: Sequence[BatchEntry]) -> str:
    one = len(entries) == 1
    return name_of(entries[0]) if one else counted(len(entries), "batch", "batches")
