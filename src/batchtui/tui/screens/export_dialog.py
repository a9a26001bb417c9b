"""Where rows are written to: which of them, into which file, in which format."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from batchtui.core.text import one_line
from batchtui.tui.cells import Cell, Line
from batchtui.tui.result_export import (
    ExportPlan,
    Selection,
    completed,
    offered_suffixes,
    refusal,
    with_next_suffix,
)
from batchtui.tui.screens.dialogs import LOW, Dialog
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.typing_line import typing_line

_MOST_NAMED = 30

_JOINS: Mapping[tuple[str, ...], str] = {
    (): "puts what was asked beside the answers",
    ("input",): "also the last message of the user: input",
    ("input", "request"): "also that, and all params of the request: input, request",
}
"""Columns of the requests that a table can have as well, in words."""


class ExportDialog(Dialog[ExportPlan | None]):
    """Answers with a plan, which can be carried out; None if none is wanted.

    `labels` are the selections to choose from. `name` gives a
    file name for a selection, `expand` makes a path of what was typed. `source` is the file
    that is read, which is never written. `problem` is why what was answered before could not be
    done.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "select(-1)", show=False),
        Binding("down", "select(1)", show=False),
        Binding("tab", "complete", show=False),
        Binding("ctrl+t", "next_format", show=False),
        Binding("ctrl+r", "join", show=False),
    ]

    def __init__(
        self,
        labels: Mapping[Selection, str],
        selected: Selection,
        name: Callable[[Selection], str],
        *,
        expand: Callable[[str], Path],
        source: Path | None,
        path: str = "",
        joined: tuple[str, ...] = (),
        problem: str = "",
    ) -> None:
        keys = ("enter Write", "↑↓ Rows", "tab Complete", "ctrl+t Format", "esc Leave")
        super().__init__("Export rows", (), *(Cell(key, "muted") for key in keys))
        self._labels = labels
        self._offered = list(labels)
        self._selected = selected
        self._name_for = name
        self._expand = expand
        self._source = source
        self._path = path or name(selected)
        self._joined = joined
        self._problem = problem
        self._lines = tuple(self._selection_lines())
        self._suffixes = offered_suffixes()
        self._formats = Cell(f"Extensions: {' '.join(self._suffixes)}; .gz .zst compress", "muted")

    def _selection_lines(self) -> list[Line]:
        lines: list[Line] = []
        for one in self._offered:
            here = one is self._selected
            mark = Cell("▸ " if here else "  ", "accent")
            lines.append((mark, Cell(self._labels[one], "strong" if here else "muted")))
        tone = "accent" if self._joined else "muted"
        lines += [(), (Cell(f"  ctrl+r {_JOINS[self._joined]}", tone),)]
        return lines

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
        problem = Cell(one_line(self._problem), "bad")
        self._prompt(problem if self._problem else self._formats)
        self._put(self._path)
        self.query_one(Input).focus()

    def _prompt(self, *cells: Cell) -> None:
        self.query_one("#prompt", Bar).show(*cells)

    def _put(self, text: str) -> None:
        line = self.query_one(Input)
        with line.prevent(Input.Changed):
            line.value = text
        line.cursor_position = len(text)

    def action_select(self, by: int) -> None:
        """Choose other rows; a name that was not changed says which."""
        line = self.query_one(Input)
        unchanged = line.value == self._name_for(self._selected)
        place = self._offered.index(self._selected) + by
        self._selected = self._offered[place % len(self._offered)]
        self._show_choice()
        if unchanged:
            self._put(self._name_for(self._selected))

    def _show_choice(self) -> None:
        self.query_one("#lines", LinesView).show(self._selection_lines())

    def action_join(self) -> None:
        """Have columns of the requests in the table as well, then more of them, then none."""
        ways = list(_JOINS)
        self._joined = ways[(ways.index(self._joined) + 1) % len(ways)]
        self._show_choice()
        self._prompt(self._formats)

    def action_complete(self) -> None:
        """Complete the path, and show how it could go on."""
        line = self.query_one(Input)
        text, names = completed(line.value, self._expand)
        self._put(text)
        if not names:
            self._prompt(Cell("nothing begins like this", "warn"))
        elif len(names) > 1:
            self._prompt(*(Cell(one_line(name), "muted") for name in names[:_MOST_NAMED]))

    def action_next_format(self) -> None:
        """Put the extension of the next format."""
        self._put(with_next_suffix(self.query_one(Input).value, self._suffixes))

    def on_input_changed(self) -> None:
        """What was said about the path is over."""
        self._prompt(self._formats)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer, if it can be written."""
        if not event.value.strip():
            self._prompt(Cell("type the name of a file", "warn"))
            return
        plan = ExportPlan(self._selected, self._expand(event.value), self._joined)
        if problem := refusal(plan, self._source):
            self._prompt(Cell(problem, "bad"))
        else:
            self.answer(plan)
