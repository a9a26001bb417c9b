"""The batch list with what can be done to batches: the first screen."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from textual import on, work
from textual.binding import BindingType

from batchtui.core.errors import BatchtuiError
from batchtui.core.models import BatchEntry, BatchRef
from batchtui.core.rules import Deed, why_no_create
from batchtui.core.text import one_line
from batchtui.tui.commands import Command, bindings
from batchtui.tui.kinship import answers_name, has_kin
from batchtui.tui.offers import Situation, of_use
from batchtui.tui.screens import batch_menus as menus
from batchtui.tui.screens.accounts import AccountsDialog, add_account
from batchtui.tui.screens.batches_arranged import ArrangedBatches
from batchtui.tui.screens.dialogs import LinesDialog
from batchtui.tui.steering import Steering, refusal_of, refusal_words
from batchtui.tui.widgets.rows import RowList

if TYPE_CHECKING:
    from batchtui.tui.wishes import Wish

HASTE: Final = 0.5
"""Seconds after a screen has closed in which the key to quit may still mean that screen."""

ASKED: Final = 500
"""Of more marked batches than this, not each is asked for what could be done to it."""

Act: TypeAlias = Callable[[Steering, Sequence[BatchEntry]], Awaitable[None]]
"""Something to do to batches."""


class BatchesScreen(ArrangedBatches):
    """Starts what is done to batches: opening, fetching, copying, canceling, deleting."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("batches")]

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
        """How each account is doing; where there is none, another."""
        if self.ui.service is not None:
            self.app.push_screen(AccountsDialog())
        else:
            self.run_worker(add_account(self.ui), group="menu", exclusive=True)

    # Results

    @on(RowList.Activated, "#list")
    def action_batches_open(self) -> None:
        """The results, or all details while there are none."""
        self._open(lambda entry, _: self._show_all_of(entry))

    def action_batches_results(self) -> None:
        """The results, or why there are none."""
        self._open(lambda _, why_not: self.say(why_not, "warn"))

    def _open(self, otherwise: Callable[[BatchEntry, str], None]) -> None:
        entry, service = self.current, self.ui.service
        if entry is None or service is None:
            return
        refusal = refusal_of(service, entry, Deed.RESULTS)
        if refusal is None:
            self._view(entry)
        else:
            otherwise(entry, refusal_words(entry, refusal))

    def _show_all_of(self, entry: BatchEntry) -> None:
        self.app.push_screen(LinesDialog("Batch", self.details_of(entry, 0)))

    def _view(self, entry: BatchEntry) -> None:
        from batchtui.tui.screens.results import ResultsScreen  # noqa: PLC0415  (made when needed)

        self.app.push_screen(ResultsScreen(entry.ref))

    @work(group="answers", exclusive=True)
    async def action_batches_answers(self) -> None:
        """The answers of a batch and its retries as one file."""
        service, entry = self.ui.service, self.current
        if service is None or entry is None or not self._retried:
            return
        from batchtui.service.answers import effective_results  # noqa: PLC0415  (when asked for)
        from batchtui.tui.screens.results import ResultsScreen  # noqa: PLC0415  (as above)

        try:
            answers = await effective_results(service, entry.ref)
        except BatchtuiError as error:
            self.ui.report(error)
        else:
            self.app.push_screen(ResultsScreen(answers, name=answers_name(service, entry)))

    @work(group="reconciling", exclusive=True)
    async def action_batches_reconcile(self) -> None:
        """Compare the results with the requests."""
        service, entry = self.ui.service, self.current
        if service is None or entry is None:
            return
        if refusal := refusal_of(service, entry, Deed.RESULTS):
            self.say(refusal_words(entry, refusal), "warn")
            return
        from batchtui.tui.screens.reconciling import reconcile_batch  # noqa: PLC0415  (as above)

        await reconcile_batch(self.ui, service, self.rounds, entry)

    # Creating, and what is written on batches

    @work(group="creating", exclusive=True)
    async def action_batches_submissions(self) -> None:
        """What was sent from here, and what is to be decided of it."""
        service = self.ui.service
        if service is None:
            return
        from batchtui.tui.screens.submissions import review_submissions  # noqa: PLC0415  (as above)

        try:
            answer = await review_submissions(self.ui, service)
        except BatchtuiError as error:
            self.ui.report(error)
            return
        if isinstance(answer, BatchRef):
            self.select_soon(answer)
        elif answer is not None:
            self._create(answer)

    def action_batches_create(self) -> None:
        """Type what to send, check it, send it."""
        service = self.ui.service
        if service is None:
            return
        able = [info.name for info in service.accounts if why_no_create(info) is None]
        if not able:
            refusal = why_no_create(service.accounts[0])
            self.say(f"{refusal.what}: {refusal.why}" if refusal else "", "warn")
            return
        current = self.current.ref.account if self.current else ""
        from batchtui.tui.wishes import Wish  # noqa: PLC0415  (as above)

        self._create(Wish(account=current if current in able else able[0]))

    def _create(self, wish: "Wish") -> None:
        from batchtui.tui.screens.create import CreateScreen  # noqa: PLC0415  (as above)

        self.app.push_screen(CreateScreen(wish, self._show_created))

    def _show_created(self, refs: Sequence[BatchRef]) -> None:
        self.select_soon(refs[-1])
        some = f"{len(refs)} batches" if len(refs) > 1 else one_line(refs[0].id)
        hidden = " · hidden by the filter" if any(map(self._is_filtered_out, refs)) else ""
        self.say(f"Created: {some}{hidden}", "ok")

    def _is_filtered_out(self, ref: BatchRef) -> bool:
        entry = self.ui.service.entry(ref) if self.ui.service else None
        return entry is not None and not self.rows.filter.keeps(entry)

    @work(group="remark", exclusive=True)
    async def action_batches_remark(self) -> None:
        """Write on the batch at the cursor."""
        entry, service = self.current, self.ui.service
        if entry is None or service is None:
            return
        from batchtui.tui.screens.remark_dialog import RemarkDialog  # noqa: PLC0415  (as above)

        new = await self.app.push_screen_wait(RemarkDialog(entry))
        if new is None:
            return
        try:
            service.labels.set_tags(entry.ref, new.tags)
            service.labels.set_label(entry.ref, new.label)
            service.labels.set_note(entry.ref, new.note)
        except BatchtuiError as error:
            self.ui.report(error)

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

    def _steer(self, act: Act) -> None:
        service, targets = self.ui.service, self.targets
        if service is None or not targets:
            self.say(menus.no_targets(len(self.hidden), self.ui.keymap.shown(menus.BACK)), "warn")
            return
        self._run(act, Steering(self.ui, service, self.rounds, self.hidden), targets)

    @work(group="steering")
    async def _run(self, act: Act, steering: Steering, targets: Sequence[BatchEntry]) -> None:
        await act(steering, targets)

    @work(group="stopping")
    async def action_batches_stop(self) -> None:
        """Stop what is done to several batches after the present one, and all downloads."""
        service = self.ui.service
        if service is None or not self.rounds:
            self.say("Nothing is under way")
            return
        for ref in self.rounds.stop():
            try:
                (await service.start_download(ref)).cancel()
            except BatchtuiError as error:
                self.ui.report(error)

    def unfinished(self) -> str:
        """See `FrameScreen.unfinished`."""
        return " · ".join(one.words for one in self.rounds.unfinished)

    def allows(self, command: Command) -> bool:
        """Dangerous commands need an account that can be changed that way."""
        service = self.ui.service
        if not super().allows(command):
            return False
        if not command.needs or service is None:
            return True
        return any(getattr(info.capabilities, command.needs) for info in service.accounts)

    def useful(self) -> list[Command]:
        """See `FrameScreen.useful`."""
        now = Situation(
            batch=self.current is not None,
            shown=len(self.rows) > 0,
            known=self.rows.total > 0,
            service=self.ui.service is not None,
            several_accounts=len(self.ui.service.accounts) > 1 if self.ui.service else False,
            columns_hidden=self.body.columns_hidden,
            retried=self._retried,
            under_way=bool(self.rounds),
            possible=self._possible,
        )
        return [command for command in self.available() if of_use(command, now)]

    @property
    def _retried(self) -> bool:
        service, entry = self.ui.service, self.current
        return service is not None and entry is not None and has_kin(service, entry)

    def _possible(self, deed: Deed) -> bool:
        service = self.ui.service
        return service is not None and any(
            refusal_of(service, entry, deed) is None for entry in self.targets[:ASKED]
        )

    def action_batches_quit(self) -> None:
        """Leave the program, unless the key may have been meant for what has just closed."""
        if self.ui.clock.monotonic() - self.ui.closed_at < HASTE:
            self.say(f"{self.ui.keymap.shown(menus.QUIT)} again leaves the program")
        else:
            self.ui.action_app_quit()
