"""Dialogs: lines to read, a choice, a question, and a question answered by typing."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.row_model import Cell, Column, Line
from batchtui.tui.widgets.rows import RowList
from batchtui.tui.widgets.typing_line import typing_line

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """A box with a title, a body, and a line that says which keys answer."""

    CSS_PATH = "../styles/dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False)]

    def __init__(self, title: str, *keys: Cell) -> None:
        super().__init__()
        self._title = title
        self._keys = keys

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield Bar(id="title")
            with Vertical(id="body"):
                yield from self.compose_body()
            yield Bar(id="answers")

    def compose_body(self) -> ComposeResult:
        """What is between the title and the keys."""
        yield from ()

    def on_mount(self) -> None:
        """Fill the lines."""
        self.query_one("#title", Bar).show(Cell(self._title, "strong"))
        self.query_one("#answers", Bar).show(*self._keys)

    def action_give_up(self) -> None:
        """Leave without an answer."""
        self.dismiss(None)


class LinesDialog(Dialog[None]):
    """Lines to read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter", "give_up", show=False)]

    def __init__(self, title: str, lines: Iterable[Line]) -> None:
        super().__init__(title, Cell("esc Close", "muted"), Cell("j/k Scroll", "muted"))
        self._lines = tuple(lines)

    def compose_body(self) -> ComposeResult:
        """The lines."""
        yield LinesView(self._lines, id="lines")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: the key that takes it at once, and what it says."""

    value: Hashable
    key: str
    label: str
    note: str = ""


class _ChoiceRows:
    """Choices as rows."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.choices = choices

    def __len__(self) -> int:
        return len(self.choices)

    def row_id(self, index: int) -> int:
        return index

    def index_of(self, row_id: Hashable) -> int | None:
        return row_id if isinstance(row_id, int) and row_id < len(self.choices) else None

    def cells(self, index: int) -> Mapping[str, Cell]:
        choice = self.choices[index]
        return {
            "key": Cell(choice.key, "accent"),
            "label": Cell(choice.label),
            "note": Cell(choice.note, "muted"),
        }


class ChoiceDialog(Dialog[Hashable]):
    """Take one of several, by its key or with the cursor; None if none was taken."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", show=False),
        Binding("q", "give_up", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], lines: Iterable[Line] = ()) -> None:
        super().__init__(title, Cell("enter Take", "muted"), Cell("esc Leave", "muted"))
        self._choices = tuple(choices)
        self._lines = tuple(lines)

    def compose_body(self) -> ComposeResult:
        """Lines, if any, and the choices."""
        if self._lines:
            yield LinesView(self._lines, id="lines")
        label = max(len(choice.label) for choice in self._choices)
        columns = (
            Column("key", "", 3),
            Column("label", "", label),
            Column("note", "", 8, grow=1),
        )
        rows = RowList(columns, _ChoiceRows(self._choices), id="choices")
        rows.styles.height = len(self._choices) + 1
        yield rows

    def on_mount(self) -> None:
        """The choices have the keys."""
        super().on_mount()
        self.query_one(RowList).focus()

    def on_key(self, event: events.Key) -> None:
        """Take the choice whose key it is."""
        for choice in self._choices:
            if choice.key and event.character == choice.key:
                event.stop()
                self.dismiss(choice.value)
                return

    @on(RowList.Activated)
    def action_take(self) -> None:
        """Take the choice at the cursor."""
        self.dismiss(self._choices[self.query_one(RowList).cursor].value)


class ConfirmDialog(Dialog[bool]):
    """A question that only `y` affirms; every other way out means no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "affirm", show=False),
        Binding("n,q,enter", "deny", show=False),
    ]

    def __init__(self, title: str, lines: Iterable[Line], yes: str, no: str) -> None:
        super().__init__(title, Cell(f"y {yes}", "warn"), Cell(f"n {no} (also esc, enter)"))
        self._lines = tuple(lines)

    def compose_body(self) -> ComposeResult:
        """What is asked."""
        yield LinesView(self._lines, id="lines")

    def action_affirm(self) -> None:
        """Yes."""
        self.dismiss(True)

    def action_deny(self) -> None:
        """No."""
        self.dismiss(False)

    def action_give_up(self) -> None:
        """No."""
        self.action_deny()


class TypedDialog(Dialog[bool]):
    """A question affirmed by typing `expected` and enter."""

    def __init__(self, title: str, lines: Iterable[Line], expected: str, prompt: str) -> None:
        super().__init__(title, Cell("enter Go on, once it is typed"), Cell("esc Leave"))
        self._lines = tuple(lines)
        self._expected = expected
        self._prompt = prompt

    def compose_body(self) -> ComposeResult:
        """What is asked, and the place to type."""
        yield LinesView(self._lines, id="lines")
        yield Bar(id="prompt")
        yield typing_line("typed")

    def on_mount(self) -> None:
        """Ready for typing."""
        super().on_mount()
        self.query_one("#prompt", Bar).show(Cell(self._prompt, "warn"))
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on only if it is the same."""
        if event.value.strip() == self._expected:
            self.dismiss(True)
        else:
            self.query_one("#prompt", Bar).show(Cell(f"That is not it. {self._prompt}", "bad"))

    def action_give_up(self) -> None:
        """No."""
        self.dismiss(False)
