"""The terminal face put together: service, key map, theme, messages, and the way out."""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import App, SuspendNotSupported
from textual.binding import BindingType
from textual.filter import Monochrome, NoColor
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerCancelled, WorkerFailed

from batchtui.config.paths import expand_home, home_folder
from batchtui.core.clock import Clock, SystemClock
from batchtui.core.errors import BatchtuiError, whole_answer
from batchtui.core.text import nearest, one_line, safe
from batchtui.tui.cells import Cell
from batchtui.tui.clipboard import Clipboard
from batchtui.tui.commands import BY_ID, Command, bindings, by_action
from batchtui.tui.keymap import check_keymap
from batchtui.tui.messages import Messages
from batchtui.tui.plain import can_encode
from batchtui.tui.screens.frame import FrameScreen
from batchtui.tui.settings import Files, OpenService, UiSettings
from batchtui.tui.terminal import Terminal, heed_signals
from batchtui.tui.typing_app import TypingApp
from batchtui.tui.ui_state import UiState, load_state, save_state
from batchtui.tui.widgets.ascii_filter import AsciiFilter
from batchtui.tui.widgets.scrolling import PLAIN

if TYPE_CHECKING:
    from batchtui.core.models import BatchRef
    from batchtui.service.joining import Joining
    from batchtui.service.manager import BatchService
    from batchtui.tui.presenters import Look

COLLECTING: Final = (700, 10, 100)
"""Python's own thresholds of garbage collection, but that the oldest objects are looked through
once where it would be ten times: that takes nearly ten milliseconds, each time."""


class BatchtuiApp(TypingApp):
    """Watches batches, or shows one results file where `open_service` is None.

    `first` makes the first screen, the batch list unless given. `env` is the environment.
    """

    TITLE = "batchtui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMAND_PALETTE_BINDING = "ctrl+p"
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        open_service: OpenService | None,
        ui: UiSettings,
        files: Files,
        *,
        env: Mapping[str, str],
        clock: Clock | None = None,
        first: Callable[[], Screen[None]] | None = None,
        open_joining: "Callable[[], Joining] | None" = None,
    ) -> None:
        # The style sheet of the screen itself would not be loaded for the first one.
        own = "batches" if first is None else "results"
        super().__init__(clock or SystemClock(), ["styles/app.tcss", f"styles/{own}.tcss"])
        self.service: BatchService | None = None
        self.settings = ui
        self.files = files
        self.terminal = Terminal.of(env)
        self.keymap = check_keymap(ui.keymap)
        self.remembered = load_state(files.ui_state_file)
        self.mouse_on = self.terminal.mouse(ui.mouse)
        self.set_class(ui.ascii, PLAIN)
        self._env = env
        self._open_service = open_service
        self._open_joining = open_joining
        self._serving: Worker[None] | None = None
        self._attended: BatchRef | None = None
        self._first = first or _batches
        self.messages = Messages()
        self.notices: tuple[str, ...] = self.keymap.warnings
        self._begin_with_theme(self.terminal.theme(self._known_theme(ui.theme)))
        self._clipboard_sender = Clipboard(env, self._send, files.state / "clipboard.txt")

    def _known_theme(self, wish: str | None) -> str:
        """The theme wished for, else the one chosen last; what is no theme is noticed."""
        if wish and wish not in self.available_themes:
            near = nearest(wish, self.available_themes)
            hint = f"; did you mean {near}?" if near else ""
            self.notices += (f"theme: there is no theme {one_line(wish)!r}{hint}",)
            wish = None
        return wish or self.remembered.theme

    def _begin_with_theme(self, name: str) -> None:
        """Take a theme before the first painting; a later change would paint all twice.

        Without colours Textual makes greys, which an ANSI theme's colours turn into black.
        """
        if name in self.available_themes:
            self.set_reactive(App.theme, name)
            self.stylesheet.set_variables(self.get_css_variables())
        self._filters = [NoColor() if isinstance(one, Monochrome) else one for one in self._filters]
        if self.settings.ascii:
            foreign = not can_encode(getattr(sys.stderr, "encoding", None))
            self._filters.append(AsciiFilter(foreign=foreign))
        self._refresh_truecolor_filter(self.ansi_theme)

    def get_default_screen(self) -> Screen[None]:
        """The first screen."""
        return self._first()

    def on_mount(self) -> None:
        """Take theme and keys; hear signals; open the service once the first screen is painted."""
        self.set_keymap(dict(self.keymap.keys))
        self.app_resume_signal.subscribe(self, lambda _: self._paint_anew())
        if not self.is_headless:
            heed_signals(asyncio.get_running_loop(), lambda code: self.exit(return_code=code))
            self.call_after_refresh(_collect_from_now_on)
        if self._open_service is not None:
            self.call_after_refresh(self._begin_to_serve)

    def _paint_anew(self) -> None:
        """The shell has written over the screen: nothing that was painted is still there."""
        for screen in self.screen_stack:
            for widget in screen.walk_children(with_self=True):
                if isinstance(widget, Widget):
                    widget.refresh()

    def _begin_to_serve(self) -> None:
        self._serving = self._serve()

    @property
    def joining(self) -> "Joining | None":
        """Adds accounts; None where none can be added."""
        return self._open_joining() if self._open_joining else None

    @work(group="reopening", exclusive=True)
    async def reopen(self) -> None:
        """Open the service again, with the accounts that are configured now."""
        if self._serving is not None:
            self._serving.cancel()
            with suppress(WorkerCancelled, WorkerFailed):
                await self._serving.wait()
        self._begin_to_serve()

    @work(group="service", exclusive=True)
    async def _serve(self) -> None:
        from batchtui.tui.bridge import run_service  # noqa: PLC0415  (not needed for a file)

        assert self._open_service is not None
        await run_service(self._open_service, self)

    # What the bridge asks for

    def hear(self, make: Callable[[], Message]) -> None:
        """Hand a new message to each screen."""
        for screen in self.screen_stack:
            screen.post_message(make())

    def unfinished(self) -> str:
        """What is under way and would be left half done, in words; empty where nothing is."""
        frames = (one for one in self.screen_stack if isinstance(one, FrameScreen))
        return " · ".join(words for one in frames if (words := one.unfinished()))

    def take_service(self, service: "BatchService | None") -> None:
        """The service is open, or closed again."""
        self.service = service

    # What screens ask for

    def look(self) -> "Look":
        """How to present things now."""
        from batchtui.tui.presenters import Look  # noqa: PLC0415  (not needed for a file)

        return Look(self.clock.now().astimezone(), plain=self.settings.ascii)

    @property
    def read_only(self) -> bool:
        """No account may be changed."""
        service = self.service
        return service is not None and all(info.read_only for info in service.accounts)

    def allows(self, command: Command) -> bool:
        """Whether a command exists at all here: dangerous ones do not in read-only mode."""
        return not (command.dangerous and self.read_only)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Actions of commands that are not allowed do not exist."""
        command = by_action(action)
        return command is None or self.allows(command)

    def attend(self, ref: "BatchRef | None") -> None:
        """A batch is looked at, or none: it is asked for more often."""
        self._attended = ref
        self._tell_attention()

    def on_app_focus(self) -> None:
        """Somebody looks."""
        self._tell_attention()

    def on_app_blur(self) -> None:
        """Nobody looks: poll less."""
        self._tell_attention(attended=False)

    def _tell_attention(self, *, attended: bool = True) -> None:
        if self.service is not None:
            self.service.set_attention(self._attended, attended=attended)

    def say(self, text: str, tone: str = "", more: str = "") -> None:
        """Put a message on the top screen's message line. Text must be safe or our own."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, FrameScreen):
                screen.say(one_line(text), tone, more)
                return

    def report(self, error: BatchtuiError, *, before: str = "") -> None:
        """Say what went wrong, once: the reason first, since it is the end that is cut."""
        parts = [error.why, error.what, error.hint]
        words = before + " · ".join(one_line(part) for part in parts if part)
        self.say(words, "bad", safe(whole_answer(error)))

    async def send_to_clipboard(self, text: str, what: str) -> None:
        """Send text to the clipboard and say what became of it; `what` names it, capitalised."""
        try:
            self.say(await self._clipboard_sender.send(text, what))
        except OSError as error:
            self.say(f"{what} could not be written: {error.strerror}", "bad")

    async def read_outside(self, text: Iterable[str], suffix: str, *, editor: bool) -> None:
        """Let the user read a text in the pager or the editor; say what became of that."""
        from batchtui.tui.outside import Outside  # noqa: PLC0415  (not needed to start)

        outside = Outside(self._env, self.files.state / "reading", self._lend)
        try:
            self.say(await outside.show(text, suffix, editor=editor), "muted")
        except SuspendNotSupported:
            self.say("this terminal cannot be lent to another program: y copies instead", "warn")
        except OSError as error:
            self.say(f"no other program can be started here: {error.strerror}", "bad")
        except BatchtuiError as error:
            self.report(error)

    @contextmanager
    def _lend(self) -> Iterator[None]:
        """Give the terminal away; nothing is painted meanwhile."""
        with self.suspend(), self.batch_update():
            yield

    def _send(self, data: str) -> None:
        if self._driver is not None:
            self._driver.write(data)

    def remember(self, **choices: object) -> None:
        """Keep choices for the next run."""
        state = {name: getattr(self.remembered, name) for name in UiState.__slots__} | choices
        self.remembered = UiState(**state)
        save_state(self.files.ui_state_file, self.remembered)

    def path_of(self, text: str) -> Path:
        """A path that somebody typed; `~` is their home."""
        return expand_home(text, home_folder(self._env))

    def choose_theme(self, name: str) -> None:
        """Use a theme if there is one of that name."""
        if name in self.available_themes:
            self.theme = name

    # Commands that mean the same everywhere

    def action_app_help(self) -> None:
        """Show every key of this screen."""
        from batchtui.tui.screens.help import help_screen  # noqa: PLC0415  (not needed to start)

        screen = self.screen
        if isinstance(screen, FrameScreen):
            self.push_screen(
                help_screen(
                    screen.available(), screen.SCOPES, self.keymap,
                    look=self.look(), width=self.size.width, notices=self.notices,
                )
            )  # fmt: skip

    def action_app_palette(self) -> None:
        """Find a command by its name."""
        from batchtui.tui.palette import palette  # noqa: PLC0415  (not needed to start)

        screen = self.screen
        if isinstance(screen, FrameScreen):
            self.push_screen(palette(screen, self.keymap))

    def action_app_message(self) -> None:
        """Show the last messages, whole."""
        from batchtui.tui.screens.dialogs import LinesDialog  # noqa: PLC0415  (not needed to start)

        if lines := self.messages.lines():
            self.push_screen(LinesDialog("Messages, the newest first", lines))
        else:
            self.say("Nothing has been said yet", "muted")

    def action_help_quit(self) -> None:
        """Somebody tried to leave with ctrl+c."""
        self.say(f"ctrl+c does not leave: {self.keymap.shown(BY_ID['app.quit'])} does")

    def action_app_theme(self) -> None:
        """Choose the colours."""
        from batchtui.tui.palette import theme_palette  # noqa: PLC0415  (not needed to start)

        self.push_screen(theme_palette(self.screen, self._keep_theme))

    def _keep_theme(self, name: str) -> None:
        self.choose_theme(name)
        self.remember(theme=name)

    def action_app_mouse(self) -> None:
        """Turn the mouse on or off."""
        self.mouse_on = not self.mouse_on
        mode = "h" if self.mouse_on else "l"
        self._send("".join(f"\x1b[?{number}{mode}" for number in (1000, 1003, 1015, 1006)))
        self.say("Mouse on" if self.mouse_on else "Mouse off: the terminal selects text by itself")

    def action_app_suspend(self) -> None:
        """Go back to the shell, where the terminal is as it was."""
        self.action_suspend_process()

    @work(group="quit", exclusive=True)
    async def action_app_quit(self) -> None:
        """Leave the program; ask first where something would be left half done."""
        if unfinished := self.unfinished():
            from batchtui.tui.screens.dialogs import ConfirmDialog  # noqa: PLC0415  (as above)

            lines = [(Cell(unfinished, "warn"),), (Cell("What is not done yet stays as it is."),)]
            question = ConfirmDialog("Leave in the middle of this?", lines, "Leave", "Go on")
            if not await self.push_screen_wait(question):
                return
        self.exit(return_code=0)

    # The last net

    @property
    def defect(self) -> BaseException | None:
        """What nobody expected and has ended the app."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def _fatal_error(self) -> None:
        """Leave it to the caller to tell of a defect."""
        self._close_messages_no_wait()


def _collect_from_now_on() -> None:
    """What is there now stays: looking through all of it again would hold up keys."""
    gc.freeze()
    gc.set_threshold(*COLLECTING)
    gc.enable()


def _batches() -> Screen[None]:
    from batchtui.tui.screens.batches import BatchesScreen  # noqa: PLC0415  (made when needed)

    return BatchesScreen()
