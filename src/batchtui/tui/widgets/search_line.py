"""The line to type a search in."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class SearchLine(Horizontal):
    """Hidden until `open`; posts `Typed` at every change, and `Left` when it is left."""

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

    class Left(Message):
        """The line is closed; what was typed last holds."""

    def compose(self) -> ComposeResult:
        """The mark, and the line."""
        yield Static("/", markup=False)
        yield Input(placeholder='words  "a phrase"  -without  type:errored', compact=True)

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

    def give_up(self) -> None:
        """Search for nothing any more, and close."""
        self.post_message(self.Typed(""))
        self._leave()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _leave(self) -> None:
        self.display = False
        self.post_message(self.Left())
