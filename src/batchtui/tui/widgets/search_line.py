"""The line to type a search in."""

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class _Box(Input):
    """Tells at once that Enter was pressed: what is typed right after it is for another widget."""

    async def action_submit(self) -> None:
        """Textual: Enter was pressed."""
        if isinstance(line := self.parent, SearchLine):
            line.entered(self.value)


class SearchLine(Horizontal):
    """Hidden until `open`, and after `close`; posts `Typed` at every change.

    `entered` is called with what was typed, at once: the next key may be for another widget.
    """

    DEFAULT_CSS = """
    SearchLine {
        display: none;
        height: 1;
        background: $surface;
        & > Static { width: 2; padding: 0 0 0 1; color: $text-accent; }
        & > Input { width: 1fr; height: 1; padding: 0; background: $surface; }
    }
    """

    class Typed(Message):
        """There is another text in the line."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, entered: Callable[[str], None]) -> None:
        super().__init__()
        self.entered = entered

    def compose(self) -> ComposeResult:
        """The mark, and the line."""
        yield Static("/", markup=False)
        yield _Box(placeholder='words  "a phrase"  -without  type:errored', compact=True)

    def on_mount(self) -> None:
        """A cursor that blinks writes to the terminal all the time."""
        self.query_one(Input).cursor_blink = False

    def open(self, text: str) -> None:
        """Let the user type, beginning with this text."""
        box = self.query_one(Input)
        with box.prevent(Input.Changed):
            box.value = text
        box.cursor_position = len(text)
        self.display = True
        box.focus()

    def close(self) -> None:
        """Take the line away."""
        self.display = False

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self.post_message(self.Typed(event.value))
