"""What is typed and shown of a batch that is to be created. Nothing here checks or sends."""

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.getters import query_one

from batchtui.core.models import AccountInfo
from batchtui.core.rules import why_no_create
from batchtui.core.text import human_count, one_line
from batchtui.requests.preflight import Report
from batchtui.tui import request_presenters as words
from batchtui.tui.cells import Cell, Line
from batchtui.tui.commands import BY_ID, Command
from batchtui.tui.editing import EXAMPLE
from batchtui.tui.result_export import completed
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.form import Field, Form
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.wishes import Wish

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService
    from batchtui.tui.creation import Creation

FIELDS = (
    Field("file", "File", "JSON lines, a JSON array, or rows for a template"),
    Field("template", "Template", "none: params with {{column}} in them, to fill with rows"),
    Field("edits", "Set", f"nothing: changes in all requests, {EXAMPLE}"),
    Field("label", "Label", "the file's name"),
    Field("betas", "Betas", "those of the account"),
    Field("version", "API version", "that of the account"),
    Field("user_profile", "User profile", "none"),
    Field("headers", "Headers", "none: 'Name: value; Name: value', remembered with the batch"),
)
_PATHS = ("file", "template")
_ANTHROPIC_ONLY = ("betas", "version", "user_profile")
_MOST_RECENT = 9
_MOST_NAMED = 40


class Phase(Enum):
    """What the screen is about."""

    TYPING = "typing"
    CHECKING = "checking"
    REPORT = "report"
    SENDING = "sending"


class CreateView(FrameScreen):
    """Fields to type in, or what is said of them, by the phase."""

    SCOPES = ("create",)
    DEFAULT_CSS = """
    CreateScreen Form { padding: 1 0 1 1; }
    CreateScreen LinesView { padding: 0 1; }
    CreateScreen #progress { background: $surface; display: none; }
    """

    form = query_one(Form)
    pane = query_one(LinesView)

    def __init__(self, wish: Wish) -> None:
        super().__init__()
        self.phase = Phase.TYPING
        self.wish = wish
        """What is to be sent, as it was typed when it was checked last."""
        self.creation: Creation | None = None
        """What was checked, and is sent."""
        self.outcome: list[Line] = []
        """What became of it when it was sent last."""

    def compose_body(self) -> ComposeResult:
        """What is typed, and below it what is said of it."""
        yield Bar(id="head")
        yield Form(FIELDS)
        yield LinesView(id="report")
        yield Bar(id="progress")

    def on_mount(self) -> None:
        """Ready for typing."""
        super().on_mount()
        self.form.fill({field.name: getattr(self.wish, field.name) for field in FIELDS})
        self.enter(Phase.TYPING)

    @property
    def service(self) -> "BatchService":
        """The service: without it there is no such screen."""
        assert self.ui.service is not None, "opened from the list of a service"
        return self.ui.service

    @property
    def info(self) -> AccountInfo | None:
        """The account it goes to."""
        return self.service.account(self.wish.account)

    def does(self, name: str) -> bool:
        """Whether a command of this screen could do anything now."""
        return name in self.useful_now()

    @property
    def report(self) -> Report | None:
        """What the last check found, while it is shown."""
        return self.creation.report if self.creation else None

    def useful(self) -> list[Command]:
        """See `FrameScreen.useful`."""
        useful = self.useful_now()
        return [
            one
            for one in self.available()
            if one.scope != "create" or one.id.partition(".")[2] in useful
        ]

    def useful_now(self) -> set[str]:
        """The verbs of this screen's commands that could do anything now."""
        report, made = self.report, self.creation.made if self.creation else ()
        match self.phase:
            case Phase.TYPING:
                several = len(self.service.accounts) > 1
                more = {"account"} if several else set()
                return {"check", "complete", "next", "previous", "recent", "back"} | more
            case Phase.CHECKING:
                return {"stop", "back"}
            case Phase.SENDING:
                stops = self.creation is not None and self.creation.can_stop
                return {"stop"} if stops else {"back"}
        stale = self.creation is not None and self.creation.stale
        able = {"back"} | ({"send"} if report and report.ok and not stale else set())
        if report and not made:
            able |= {"keep"} if report.ok else set()
            able |= {"split"} if self.wish.splits or words.can_split(report) else set()
            able |= {"convert"} if self.wish.converts or report.convertible else set()
        return able

    def unfinished(self) -> str:
        """See `FrameScreen.unfinished`."""
        creation = self.creation
        return creation.words if creation and not creation.all_sent else ""

    # Showing

    def enter(self, phase: Phase) -> None:
        """Go to a phase: what belongs to it is shown, and has the keys."""
        self.phase = phase
        self.form.display = phase in (Phase.TYPING, Phase.CHECKING)
        if phase is Phase.TYPING:
            self.creation, self.outcome = None, []
            self.say("")
            self.pane.show(self.advice())
            self.form.go_to(self.form.current or "file")
        else:
            self.pane.focus()
        self.show_head()
        self.show_progress("")
        self.show_keys()

    def show_head(self) -> None:
        """Say where it goes."""
        account = one_line(self.wish.account)
        takes_all = self.info is None or self.info.kind == "anthropic"
        self.form.hide(() if takes_all else _ANTHROPIC_ONLY)
        where: tuple[Cell, ...] = ()
        if len(self.service.accounts) > 1 and self.phase is Phase.TYPING:
            key = self.ui.keymap.shown(BY_ID["create.account"])
            where = (Cell(f"{key} chooses another account", "muted"),)
        self.query_one("#head", Bar).show(
            Cell("Create a batch", "accent"), Cell(f"in {account}"), right=where
        )

    def advice(self) -> list[Line]:
        """What is said before anything was checked."""
        lines: list[Line] = [
            (Cell("enter checks the file and shows the report; nothing is sent."),)
        ]
        recent = self._recent()
        if recent:
            key = self.ui.keymap.shown(BY_ID["create.recent"])
            lines += [(), (Cell(f"Sent before ({key} chooses one):", "muted"),)]
            lines += [(Cell(f"  {one_line(path)}", "muted"),) for path in recent]
        return lines

    def _recent(self) -> list[str]:
        files = (one.file for one in self.service.submissions.recent())
        return list(dict.fromkeys(file for file in files if file != "-"))[:_MOST_RECENT]

    def show_report(self) -> None:
        """What became of it, and what the check found."""
        if self.report is not None:
            width = self.size.width - 3
            lines = words.report_lines(self.report, self.wish, width, self._hint_keys())
            self.pane.show([*self.outcome, *lines])

    def _hint_keys(self) -> dict[str, str]:
        shown = self.ui.keymap.shown
        return {f"--{name}": shown(BY_ID[f"create.{name}"]) for name in ("split", "convert")}

    def show_progress(self, text: str) -> None:
        """Show how far it is, in a line that is there only while there is something to say."""
        bar = self.query_one("#progress", Bar)
        bar.display = bool(text)
        stop = self.ui.keymap.shown(BY_ID["create.stop"]) if self.does("stop") else ""
        bar.show(Cell(text, "busy"), right=(Cell(f"{stop} stops" if stop else "", "muted"),))

    def on_resize(self) -> None:
        """Tables and texts fit the width."""
        self.show_report()

    # Typing

    def action_create_next(self) -> None:
        """The next field."""
        if self.phase is Phase.TYPING:
            self.form.move(1)

    def action_create_previous(self) -> None:
        """The previous field."""
        if self.phase is Phase.TYPING:
            self.form.move(-1)

    def action_create_complete(self) -> None:
        """Complete the path, and show how it could go on; elsewhere, the next field."""
        if self.phase is not Phase.TYPING:
            return
        name = self.form.current
        text = self.form.values.get(name, "")
        if name not in _PATHS or not text:
            self.form.move(1)
            return
        longer, names = completed(text, self.ui.path_of)
        self.form.fill({name: longer})
        if not names:
            self.say("nothing begins like this", "warn")
        elif longer == text and len(names) == 1 and not text.endswith("/"):
            self.form.move(1)
        else:
            more = len(names) - _MOST_NAMED
            rest = [f"and {human_count(more)} more"] if more > 0 else []
            shown = [one_line(one) for one in names[:_MOST_NAMED]] + rest
            self.pane.show([(Cell("  ".join(shown), "muted"),)] if len(names) > 1 else [])

    @work(group="menu", exclusive=True)
    async def action_create_recent(self) -> None:
        """Choose a file that was sent before."""
        recent = self._recent()
        if self.phase is not Phase.TYPING:
            return
        if not recent:
            self.say("No file has been sent from here yet")
            return
        choices = [Choice(path, str(n), one_line(path)) for n, path in enumerate(recent, 1)]
        path = await self.app.push_screen_wait(ChoiceDialog("Files that were sent", choices))
        if isinstance(path, str):
            self.form.fill({"file": path})

    @work(group="menu", exclusive=True)
    async def action_create_account(self) -> None:
        """Choose the account."""
        if not self.does("account"):
            return
        choices = []
        for number, info in enumerate(self.service.accounts, 1):
            refusal = why_no_create(info)
            note = f"{info.kind}: {refusal.why}" if refusal else info.kind
            choices.append(Choice(info.name, str(number), one_line(info.name), one_line(note)))
        name = await self.app.push_screen_wait(ChoiceDialog("Account", choices))
        if isinstance(name, str):
            self.wish = replace(self.wish, account=name)
            self.show_head()
