"""A batch from a file of requests: typed, checked, looked at, sent, and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.widgets import Input

from batchtui.core.errors import BatchtuiError, SentBeforeError, UsageError
from batchtui.core.models import BatchRef
from batchtui.core.rules import why_no_create
from batchtui.core.text import human_count, one_line
from batchtui.requests.preflight import CheckStep, Report
from batchtui.service.drafting import listed_models, rules_of_kind
from batchtui.service.submit import check_options
from batchtui.tui import request_presenters as words
from batchtui.tui.bridge import SubmissionHasChanged, SubmitMoved
from batchtui.tui.cells import Cell
from batchtui.tui.commands import BY_ID, bindings
from batchtui.tui.creation import Creation, DraftOf, Outcome, drafter
from batchtui.tui.editing import first_changed
from batchtui.tui.screens.create_view import CreateView, Phase
from batchtui.tui.screens.dialogs import ConfirmDialog
from batchtui.tui.screens.sending_dialog import SentBeforeDialog
from batchtui.tui.wishes import Checking, Sampler, Wish


class CreateScreen(CreateView):
    """Checks and sends. `created` is called with the new batches once this has closed, if any."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("create")]

    def __init__(
        self, wish: Wish, created: Callable[[Sequence[BatchRef]], object] = lambda _refs: None
    ) -> None:
        super().__init__(wish)
        self._created = created
        self._checking: Checking | None = None
        self._sampler = Sampler()
        self._told_to_stop = False
        """What is said of how to stop holds as long as that can be done."""
        self._models: dict[str, Sequence[str] | None] = {}

    # Typing

    @on(Input.Changed, "#field-edits")
    def _look_at_edits(self) -> None:
        self._show_edits()

    @work(group="edits", exclusive=True)
    async def _show_edits(self) -> None:
        """Show what the edits change in the first request."""
        info, typed = self.info, self.form.values
        if self.phase is not Phase.TYPING or info is None:
            return
        if not typed["edits"].strip():
            self.pane.show(self.advice())
            return
        path = self.ui.path_of
        shape = rules_of_kind(info.kind, "", info.dialect).shape
        place = path(typed["template"].strip()) if typed["template"].strip() else None
        try:
            sample = await self._sampler.first(path(typed["file"].strip()), place, shape)
            lines = first_changed(sample, typed["edits"], shape)
        except BatchtuiError as error:
            lines = [(Cell(one_line(str(error)), "warn"),)]
        if self.phase is Phase.TYPING:
            self.pane.show(lines)

    # Checking

    @on(Input.Submitted)
    def action_create_check(self) -> None:
        """Check what was typed; nothing is sent."""
        if self.phase is not Phase.TYPING:
            return
        typed = {name: text.strip() for name, text in self.form.values.items()}
        self.wish = replace(self.wish, **typed)  # type: ignore[arg-type]
        if not self.wish.file:
            self.say("type the path of a file of requests", "warn")
            self.form.go_to("file")
        else:
            self._check()

    @work(group="checking", exclusive=True)
    async def _check(self) -> None:
        before, wish = self.phase, self.wish
        try:
            report = await self._checked(wish)
        except BatchtuiError as error:
            self.enter(Phase.TYPING)
            error.hint = error.hint.replace("--template FILE", "the template")
            self.ui.report(error)
            return
        if report is None:
            self.enter(Phase.TYPING)
            self.say("The check was stopped")
            return
        self.outcome = []
        self.creation = Creation(
            self.service, report, wish.account, self._drafter(report), changed=self._creation_moved
        )
        self.enter(Phase.REPORT)
        self.show_report()
        if before is Phase.TYPING:
            self.pane.scroll_home(animate=False)
        self._say_verdict(report)

    def _drafter(self, report: Report) -> DraftOf:
        return drafter(self.wish, report, self.ui.files.requests_dir, self.ui.clock)

    async def _checked(self, wish: Wish) -> Report | None:
        """The report; None where it was stopped.

        Raises:
            UsageError: the account, or what was typed, cannot be used.
            SubmitError: the file cannot be read.
        """
        info = self.info
        if refusal := why_no_create(info):
            raise UsageError(refusal.what, refusal.why, refusal.hint)
        assert info is not None, "an account that is not configured is refused"
        rules = rules_of_kind(info.kind, wish.version or info.version, info.dialect)
        check_options(wish.options, info.kind)
        edits = wish.changes
        self._checking = Checking(self._tell_step)
        self.enter(Phase.CHECKING)
        self.say("")
        if info.name not in self._models:
            self.show_progress("asking the account for its models")
            self._models[info.name], unknown = await listed_models(self.service, info.name)
            if unknown:
                self.say(one_line(unknown), "warn")
        path = self.ui.path_of
        return await self._checking.run(
            path(wish.file), path(wish.template) if wish.template else None, rules,
            splits=wish.splits, converts=wish.converts, edits=edits,
            models=self._models[info.name],
        )  # fmt: skip

    def _tell_step(self, step: CheckStep) -> None:
        if self.phase is Phase.CHECKING and self.is_attached:
            portion = min(1.0, step.taken / max(1, step.size))
            self.show_progress(f"checking: {human_count(step.requests)} requests ({portion:.0%})")

    def _say_verdict(self, report: Report) -> None:
        if report.ok:
            key = self.ui.keymap.shown(BY_ID["create.send"])
            self.say(f"It can be sent: {key} asks once more" if key else "It can be sent", "ok")
            return
        offers = [
            f"{self.ui.keymap.shown(BY_ID[f'create.{name}'])} {verb}"
            for name, verb in (("split", "makes several batches"), ("convert", "converts"))
            if self.does(name) and words.mends(report, name)
        ]
        self.say(" · ".join(["It cannot be sent as it is", *offers]), "bad")

    def action_create_split(self) -> None:
        """Several batches where one is not enough, or one."""
        self._change("split", splits=not self.wish.splits)

    def action_create_convert(self) -> None:
        """Requests to OpenAI translated, or not."""
        self._change("convert", converts=not self.wish.converts)

    def _change(self, name: str, **choice: bool) -> None:
        if self.phase is Phase.REPORT and self.does(name):
            self.wish = replace(self.wish, **choice)  # type: ignore[arg-type]
            self._check()

    def action_create_keep(self) -> None:
        """A copy of what is sent, or none."""
        if self.creation and self.does("keep"):
            self.wish = replace(self.wish, keeps=not self.wish.keeps)
            self.creation.draft_of = self._drafter(self.creation.report)
            self.show_report()

    # Sending

    @work(group="asking", exclusive=True)
    async def action_create_send(self) -> None:
        """Ask once more, then send."""
        creation, info = self.creation, self.info
        if creation is None or info is None or not self.does("send"):
            return
        label = self.wish.label or creation.report.file.path.name
        title = words.question_title(creation.report, creation.account, len(creation.made))
        lines = words.question_lines(creation.report, self.wish, info, label)
        if await self.app.push_screen_wait(ConfirmDialog(title, lines, "Send", "Not yet")):
            self.say("")
            # A worker of the app: an answer is waited for even where this screen is left.
            self.app.run_worker(self._send(creation), group="creating")

    async def _send(self, creation: Creation) -> None:
        self.enter(Phase.SENDING)
        outcome = await creation.run(self._ask_again)
        if self.is_attached:
            self._end(creation, outcome)

    async def _ask_again(self, before: SentBeforeError) -> bool:
        return await self.app.push_screen_wait(SentBeforeDialog(before))

    def _creation_moved(self) -> None:
        if self.creation is not None and self.phase is Phase.SENDING and self.is_attached:
            self.show_progress(self.creation.words)
            self.show_keys()
            if self._told_to_stop and not self.creation.can_stop:
                self._told_to_stop = False
                self.say("")

    def on_submit_moved(self, message: SubmitMoved) -> None:
        """Bytes went out."""
        if self.creation is not None:
            self.creation.hear_progress(message.event)

    def on_submission_has_changed(self, message: SubmissionHasChanged) -> None:
        """It may be the one that is sent."""
        if self.creation is not None:
            self.creation.hear_submission(message.submission)

    def _end(self, creation: Creation, outcome: Outcome) -> None:
        self.enter(Phase.REPORT)
        if outcome.done and self.is_current:
            self._leave()
            return
        shown = self.ui.keymap.shown
        keys = shown(BY_ID["create.send"]), shown(BY_ID["batches.submissions"])
        self.outcome = [*words.outcome_lines(creation.made, outcome, *keys), ()]
        self.show_report()
        self.pane.scroll_home(animate=False)
        self.say("".join(piece.text for piece in self.outcome[0]), self.outcome[0][0].tone)

    # Leaving

    def action_create_stop(self) -> None:
        """Stop the check, or the sending until its last byte."""
        if self.phase is Phase.CHECKING and self._checking is not None:
            self._checking.stop()
        elif self.phase is Phase.SENDING and self.creation is not None:
            stops = self.creation.stop()
            self.say("Stopping" if stops else "Too late: the last byte has been sent", "warn")

    def action_create_back(self) -> None:
        """To what was typed, then to the list; not in the middle of sending."""
        match self.phase:
            case Phase.TYPING:
                self._leave()
            case Phase.CHECKING:
                self.action_create_stop()
            case Phase.REPORT:
                made = self.creation is not None and self.creation.made
                self._leave() if made else self.enter(Phase.TYPING)
            case Phase.SENDING:
                self._leave_sending()

    def _leave_sending(self) -> None:
        if self.creation is not None and self.creation.all_sent:
            self._leave()
        else:
            key = self.ui.keymap.shown(BY_ID["create.stop"])
            self.say(f"It is being sent: {key} stops it", "warn")
            self._told_to_stop = True

    def _leave(self) -> None:
        made = self.creation.made if self.creation else ()
        refs = [one.ref for one in made if one.ref is not None]
        self.dismiss()
        if refs:
            self._created(refs)
