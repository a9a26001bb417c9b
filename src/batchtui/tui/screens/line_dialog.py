"""A question answered by a line, about which something is said while it is typed."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from batchtui.core.errors import UsageError
from batchtui.core.text import one_line
from batchtui.tui.cells import Cell, Line
from batchtui.tui.screens.dialogs import LOW, Dialog
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.typing_line import typing_line

Complete = Callable[[str], tuple[str, list[str]]]
Look = Callable[[str], Iterable[Line]]
"""The lines to show for what is typed; raises UsageError where it cannot be taken."""

_MOST_NAMED = 30


class LineDialog(Dialog[str | None]):
    """Answers with what was typed, once `look` does not mind it; None if it was left.

    `prompt` says what to type, `complete` goes on with what was typed, on tab.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", show=False)]

    def __init__(
        self,
        title: str,
        look: Look,
        prompt: str,
        *,
        text: str = "",
        complete: Complete | None = None,
    ) -> None:
        tab = (Cell("tab Complete", "muted"),) if complete else ()
        keys = (Cell("enter Go on", "muted"), *tab, Cell("esc Leave", "muted"))
        super().__init__(title, look(text), *keys)
        self._look = look
        self._asks = prompt
        self._text = text
        self._complete = complete

    def compose_answers(self) -> ComposeResult:
        """The place to type."""
        yield Bar(id="prompt")
        yield typing_line("typed")

    @property
    def answer_rows(self) -> int:
        """The prompt, a blank line where there is room, and the line to type in."""
        return 2 if self.app.size.height < LOW else 3

    def on_mount(self) -> None:
        """Ready for typing."""
        super().on_mount()
        self._say(Cell(self._asks, "muted"))
        self._put(self._text)
        self.query_one(Input).focus()

    def _say(self, *cells: Cell) -> None:
        self.query_one("#prompt", Bar).show(*cells)

    def _put(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    def action_complete(self) -> None:
        """Go on with what was typed, and show how it could end."""
        if self._complete is None:
            return
        text, names = self._complete(self.query_one(Input).value)
        with self.query_one(Input).prevent(Input.Changed):
            self._put(text)
        if not names:
            self._say(Cell("nothing begins like this", "warn"))
        elif len(names) > 1:
            self._say(*(Cell(one_line(name), "muted") for name in names[:_MOST_NAMED]))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what it means, where it means something already."""
        try:
            lines = tuple(self._look(event.value))
        except UsageError:
            return
        self._say(Cell(self._asks, "muted"))
        self.query_one("#lines", LinesView).show(lines)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, or say why that is no answer."""
        try:
            self._look(event.value)
        except UsageError as error:
            self._say(Cell(one_line(" · ".join(filter(None, (str(error), error.hint)))), "bad"))
        else:
            self.answer(event.value)
