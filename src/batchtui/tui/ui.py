"""What screens and flows may ask of the app, so that none of them needs to know it. Types only."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from textual.screen import Screen

from batchtui.core.clock import Clock
from batchtui.core.errors import BatchtuiError
from batchtui.tui.commands import Command
from batchtui.tui.keymap import Keymap
from batchtui.tui.messages import Messages
from batchtui.tui.settings import Files, UiSettings
from batchtui.tui.ui_state import UiState

if TYPE_CHECKING:
    from batchtui.core.models import BatchRef
    from batchtui.service.joining import Joining
    from batchtui.service.manager import BatchService
    from batchtui.tui.presenters import Look

Answer = TypeVar("Answer")


class Ui(Protocol):
    """The app, as far as its screens know it."""

    settings: UiSettings
    files: Files
    clock: Clock
    keymap: Keymap
    remembered: UiState
    closed_at: float
    """When a screen closed last, by the monotonic clock."""
    messages: Messages
    """What was said, on whichever screen."""
    notices: tuple[str, ...]
    """What is wrong with the settings, in words; safe."""
    service: "BatchService | None"

    @property
    def joining(self) -> "Joining | None":
        """Adds accounts; None where none can be added."""
        ...

    def unfinished(self) -> str:
        """What is under way and would be left half done, in words; empty where nothing is."""
        ...

    def reopen(self) -> None:
        """Open the service again, with the accounts that are configured now."""
        ...

    def look(self) -> "Look":
        """How to present things now."""
        ...

    def allows(self, command: Command) -> bool:
        """Whether a command exists at all here."""
        ...

    def attend(self, ref: "BatchRef | None") -> None:
        """A batch is looked at, or none."""
        ...

    def say(self, text: str, tone: str = "", more: str = "") -> None:
        """Put a message on the top screen's message line; `more` is the text behind it."""
        ...

    def report(self, error: BatchtuiError, *, before: str = "") -> None:
        """Say what went wrong, why, and what to do."""
        ...

    async def send_to_clipboard(self, text: str, what: str) -> None:
        """Send text to the clipboard and say what became of it."""
        ...

    def path_of(self, text: str) -> Path:
        """A path that somebody typed; `~` is their home."""
        ...

    async def read_outside(self, text: Iterable[str], suffix: str, *, editor: bool) -> None:
        """Let the user read a text in the pager or the editor."""
        ...

    def remember(self, **choices: object) -> None:
        """Keep choices for the next run."""
        ...

    def action_app_quit(self) -> object:
        """Leave the program, unless something is unfinished and the user stays."""
        ...

    async def push_screen_wait(self, screen: Screen[Answer]) -> Answer:
        """Show a screen and wait for its answer. In workers only."""
        ...

    def call_after_refresh(self, callback: Callable[[], object]) -> bool:
        """Call back once what is due has been drawn."""
        ...
