"""A new account: its settings, what its server says to them, and then its place in the file."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import ApiError, BatchtuiError, ConfigError
from batchtui.core.text import one_line
from batchtui.tui.cells import Cell, Line
from batchtui.tui.screens.dialogs import LOW, Dialog
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.form import Field, Form
from batchtui.tui.widgets.lines import LinesView

if TYPE_CHECKING:
    from batchtui.config.adding import Wanted
    from batchtui.service.joining import Joining

_FIELDS = (
    Field("kind", "Kind", "anthropic"),
    Field("name", "Name", "as its kind"),
    Field("base_url", "Server", "the usual one of its kind"),
    Field("key", "Key", "the usual variable of its kind"),
)

_TO_TEST, _TO_WRITE = (
    tuple(Cell(key, "muted") for key in keys)
    for keys in (
        ("enter Test", "↑↓ Field", "ctrl+s Write untested", "esc Leave"),
        ("enter Write", "↑↓ Field", "esc Leave"),
    )
)
"""The keys, before a test and after one that went well."""


class AccountForm(Dialog[str | None]):
    """Answers with the name of the account that was written; None if none was.

    The server is asked first. What did not work can be written all the same: it may be down.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "move(1)", show=False),
        Binding("up,shift+tab", "move(-1)", show=False),
        Binding("ctrl+s", "write", show=False),
    ]

    def __init__(self, joining: "Joining") -> None:
        super().__init__("Add an account", _help(), *_TO_TEST)
        self._joining = joining
        self._works: Wanted | None = None
        self._writes = False

    def compose_answers(self) -> ComposeResult:
        """The fields."""
        yield Form(_FIELDS)

    @property
    def answer_rows(self) -> int:
        """The fields, under a blank line where there is room."""
        return len(_FIELDS) + (self.app.size.height >= LOW)

    def on_mount(self) -> None:
        """Ready for typing."""
        super().on_mount()
        self.query_one(Form).go_to("kind")

    def action_move(self, by: int) -> None:
        """Another field."""
        self.query_one(Form).move(by)

    @on(Input.Changed)
    def _doubt(self) -> None:
        """What was tested is not what stands there now."""
        self._take_for_working(None)

    def _take_for_working(self, account: "Wanted | None") -> None:
        self._works = account
        self.query_one("#answers", Bar).show(*(_TO_TEST if account is None else _TO_WRITE))

    @on(Input.Submitted)
    def _go_on(self) -> None:
        """Test it; what has been found to work is written."""
        account = self._account()
        if account is None:
            return
        if account == self._works:
            self._write(account)
        else:
            self._show([(Cell(f"Asking the server of {one_line(account.name)} …"),)])
            self._test(account)

    def action_write(self) -> None:
        """Write it without a test."""
        if account := self._account():
            self._write(account)

    @work(group="test", exclusive=True)
    async def _test(self, account: "Wanted") -> None:
        try:
            tried = await self._joining.test(account)
        except (ApiError, ConfigError) as error:
            self._show(_error_lines(error))
            return
        self._take_for_working(account)
        self._show(
            [
                (Cell("It works: ", "ok"), Cell(tried.words)),
                (),
                (Cell("enter", "accent"), Cell(" writes this to "), Cell(self._file)),
                (),
                *((Cell(one_line(line)),) for line in account.table.splitlines()),
            ]
        )

    @work
    async def _write(self, account: "Wanted") -> None:
        if self._writes:
            return
        self._writes = True
        try:
            await in_daemon_thread(lambda: self._joining.write(account))
        except ConfigError as error:
            self._show(_error_lines(error))
        else:
            self.answer(account.name)
        finally:
            self._writes = False

    def _account(self) -> "Wanted | None":
        from batchtui.config.adding import key_setting, wanted  # noqa: PLC0415  (pydantic)

        values = self.query_one(Form).values
        key = values.pop("key")
        try:
            return wanted(**values, key=key_setting(key))
        except ConfigError as error:
            self._show(_error_lines(error))
        return None

    @property
    def _file(self) -> str:
        return one_line(str(self._joining.paths.config_file))

    def _show(self, lines: Iterable[Line]) -> None:
        self.query_one("#lines", LinesView).show(tuple(lines))


def _help() -> list[Line]:
    from batchtui.config.kinds import KINDS  # noqa: PLC0415  (when it is shown)

    named = [f"{name} ({kind.title})" for name, kind in KINDS.items()]
    dialects = ", ".join(name for name in KINDS["openai"].dialects if name != "openai")
    return [
        (Cell("Kind    ", "muted"), Cell(", ".join(named))),
        (Cell("        "), Cell(f"or {dialects}: servers shaped like OpenAI's")),
        (Cell("Key     ", "muted"), Cell("where it is, never the key itself:")),
        (Cell("        "), Cell("env NAME · command LINE · file PATH · profile NAME · none")),
        (),
        (Cell("Its server is asked for a batch before anything is written.", "muted"),),
    ]


def _error_lines(error: BatchtuiError) -> list[Line]:
    texts = (error.why, error.hint)
    return [
        (Cell(one_line(error.what), "bad"),),
        *((Cell(one_line(text)),) for text in texts if text),
    ]
