"""What somebody writes on a batch: a label, tags, a note."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from batchtui.core.models import BatchEntry
from batchtui.core.text import one_line
from batchtui.tui.cells import Cell
from batchtui.tui.screens.dialogs import LOW, Dialog
from batchtui.tui.widgets.form import Field, Form

BREAK = "⏎"
"""Stands for a line break of a note."""

_FIELDS = (
    Field("label", "Label", "none: its id is shown"),
    Field("tags", "Tags", "words, with spaces between them"),
    Field("note", "Note", "free text"),
)


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is written on a batch from now on."""

    label: str
    tags: tuple[str, ...]
    note: str


class RemarkDialog(Dialog[Remarks | None]):
    """Answers with all remarks as they are to be; None where nothing is to change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,tab", "move(1)", show=False),
        Binding("up,shift+tab", "move(-1)", show=False),
    ]

    def __init__(self, entry: BatchEntry) -> None:
        lines = [(Cell(one_line(entry.ref.id), "muted"),)]
        keys = ("enter Write", "↑↓ Field", "esc Leave")
        super().__init__("Label, tags and note", lines, *(Cell(key, "muted") for key in keys))
        self._entry = entry

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
        entry, form = self._entry, self.query_one(Form)
        note = entry.note.replace("\n", BREAK)
        form.fill({"label": entry.label, "tags": " ".join(entry.tags), "note": note})
        form.go_to("label")

    def action_move(self, by: int) -> None:
        """Another field."""
        self.query_one(Form).move(by)

    @on(Input.Submitted)
    def _write(self) -> None:
        values = self.query_one(Form).values
        tags = (tag.removeprefix("#") for tag in values["tags"].replace(",", " ").split())
        note = values["note"].replace(BREAK, "\n").strip()
        self.answer(Remarks(values["label"].strip(), tuple(filter(None, tags)), note))
