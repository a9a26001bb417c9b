"""Dialogs: lines to read, a choice, a question, and a question answered by typing.

The title and what answers are always in view; where there is little room, the lines shrink.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Self, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from batchtui.tui.cells import Cell, Column, Line
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.rows import RowList
from batchtui.tui.widgets.typing_line import typing_line

Answer = TypeVar("Answer")

LOW = 20
"""Under this many lines of the terminal the box has no blank lines and takes all there are."""

FLAT = 9
"""Under this many it has no border either."""


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """A box with a title, a body, and a line that says which keys answer."""

    CSS_PATH = "../styles/dialogs.tcss"
    CAREFUL: ClassVar[bool] = False
    """Whether nothing typed before it was seen may answer it."""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False)]

    def __init__(self, title: str, lines: Iterable[Line], *keys: Cell) -> None:
        super().__init__()
        self._title = title
        self._lines = tuple(lines)
        self._keys = keys
        self._answered = False
        self._follow: Callable[[], Iterable[Line]] | None = None
        self._seen_at = math.inf if self.CAREFUL else -math.inf

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield Bar(id="title")
            yield LinesView(self._lines, id="lines")
            yield from self.compose_answers()
            yield Bar(id="answers")

    def compose_answers(self) -> ComposeResult:
        """What is between the lines and the keys."""
        yield from ()

    @property
    def answer_rows(self) -> int:
        """Rows that `compose_answers` cannot do without."""
        return 0

    def on_mount(self) -> None:
        """Fill the lines."""
        self.query_one("#title", Bar).show(Cell(self._title, "strong"))
        self.query_one("#answers", Bar).show(*self._keys)
        self.call_after_refresh(self._be_seen)
        self._fit(*self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Give the lines what the rest leaves."""
        self._fit(*event.size)

    def _fit(self, width: int, height: int) -> None:  # noqa: ARG002  (a size is both)
        self.set_class(height < LOW, "-low")
        self.set_class(height < FLAT, "-flat")
        border, blanks = 2 * (height >= FLAT), 2 * (height >= LOW)
        outside = height // 10 if height >= LOW else 0
        room = height - outside - border - blanks - 2 - self.answer_rows
        lines = self.query_one("#lines", LinesView)
        lines.display = bool(self._lines) and room > 0
        lines.styles.max_height = max(1, room)

    def follow(self, lines: Callable[[], Iterable[Line]]) -> Self:
        """Ask for the lines anew whenever batches have changed."""
        self._follow = lines
        return self

    def on_store_changed(self) -> None:
        """Batches changed: what is said of them may be otherwise."""
        if self._follow is not None:
            self.query_one("#lines", LinesView).show(self._follow())

    def _be_seen(self) -> None:
        self._seen_at = min(self._seen_at, Message().time)

    def hears(self, press: events.Key | events.Paste) -> bool:
        """Whether it is meant for this dialog. Leaving always is."""
        return press.time > self._seen_at or getattr(press, "key", "") == "escape"

    def answer(self, answer: Answer | None) -> None:
        """Close with an answer: the first one holds, and only while the dialog is on top."""
        if not self._answered and self.is_current:
            self._answered = True
            self.dismiss(answer)

    def action_give_up(self) -> None:
        """Leave without an answer."""
        self.answer(None)


class LinesDialog(Dialog[None]):
    """Lines to read; `wide` ones take the width there is, `keys` say what else can be done."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter", "give_up", show=False)]

    def __init__(
        self, title: str, lines: Iterable[Line], *, wide: bool = False, keys: Sequence[str] = ()
    ) -> None:
        keys = ("esc Close", "j/k Scroll", *keys)
        super().__init__(title, lines, *(Cell(key, "muted") for key in keys))
        self.set_class(wide, "-wide")


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
    """Take one of several, by its key or with the cursor; None if none was taken.

    A choice out of view is not taken by its key: the key brings it into view.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", show=False),
        Binding("q", "give_up", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice], lines: Iterable[Line] = ()) -> None:
        super().__init__(title, lines, Cell("enter Take", "muted"), Cell("esc Leave", "muted"))
        self._choices = tuple(choices)

    def compose_answers(self) -> ComposeResult:
        """The choices."""
        label = max(len(choice.label) for choice in self._choices)
        columns = (
            Column("key", "", 3),
            Column("label", "", label),
            Column("note", "", 8, grow=1, drop=1),
        )
        rows = RowList(columns, _ChoiceRows(self._choices), id="choices")
        rows.styles.height = self.answer_rows
        yield rows

    @property
    def answer_rows(self) -> int:
        """The choices under a blank line."""
        return len(self._choices) + 1

    def _fit(self, width: int, height: int) -> None:
        super()._fit(width, height)
        border = 2 * (height >= FLAT)
        self.query_one(RowList).styles.max_height = max(2, height - border - 2)

    def on_mount(self) -> None:
        """The choices have the keys."""
        super().on_mount()
        self.query_one(RowList).focus()

    def on_key(self, event: events.Key) -> None:
        """Take the choice whose key it is."""
        rows = self.query_one(RowList)
        for index, choice in enumerate(self._choices):
            if choice.key and event.character == choice.key:
                event.stop()
                if index in rows.visible_rows:
                    self.answer(choice.value)
                else:
                    rows.move_to(index)
                return

    @on(RowList.Activated)
    def action_take(self) -> None:
        """Take the choice at the cursor."""
        self.answer(self._choices[self.query_one(RowList).cursor].value)


class ConfirmDialog(Dialog[bool]):
    """A question that only `y` affirms; every other way out means no."""

    CAREFUL = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "affirm", show=False),
        Binding("n,q,enter", "deny", show=False),
    ]

    def __init__(self, title: str, lines: Iterable[Line], yes: str, no: str) -> None:
        keys = (Cell(f"y {yes}", "warn"), Cell(f"n {no}"), Cell("(also esc, enter)", "muted"))
        super().__init__(title, lines, *keys)

    def action_affirm(self) -> None:
        """Yes."""
        self.answer(True)

    def action_deny(self) -> None:
        """No."""
        self.answer(False)

    def action_give_up(self) -> None:
        """No."""
        self.action_deny()


class TypedDialog(Dialog[bool]):
    """A question affirmed by typing `expected` and enter; the arrows scroll the lines."""

    CAREFUL = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_lines(-1)", show=False),
        Binding("down", "scroll_lines(1)", show=False),
        Binding("pageup", "scroll_lines(-8)", show=False),
        Binding("pagedown", "scroll_lines(8)", show=False),
    ]

    def __init__(self, title: str, lines: Iterable[Line], expected: str, prompt: str) -> None:
        keys = (
            Cell("enter Go on, once it is typed"),
            Cell("esc Leave"),
            Cell("↑↓ Scroll", "muted"),
        )
        super().__init__(title, lines, *keys)
        self._expected = expected
        self._prompt = prompt

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
        self.query_one("#prompt", Bar).show(Cell(self._prompt, "warn"))
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on only if it is the same."""
        if event.value.strip() == self._expected:
            self.answer(True)
        else:
            self.query_one("#prompt", Bar).show(Cell(f"That is not it. {self._prompt}", "bad"))

    def action_scroll_lines(self, rows: int) -> None:
        """Scroll what is asked about; the typing goes on."""
        self.query_one("#lines", LinesView).scroll_relative(y=rows, animate=False)

    def action_give_up(self) -> None:
        """No."""
        self.answer(False)
