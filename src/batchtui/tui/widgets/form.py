"""Lines to type in, one under the other, each with its title."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from batchtui.tui.cells import Cell
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.typing_line import typing_line


@dataclass(frozen=True, slots=True)
class Field:
    """One line: its name, its title, and what stands in it while it is empty."""

    name: str
    title: str
    placeholder: str = ""


class Form(Vertical):
    """Fields by name. The arrows are its screen's business."""

    DEFAULT_CSS = """
    Form { height: auto; }
    Form Horizontal { height: 1; }
    Form Bar { width: 15; }
    Form Input { width: 1fr; margin: 0 1 0 0; }
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__()
        self._fields = tuple(fields)
        self._hidden: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """A row for each field."""
        for field in self._fields:
            with Horizontal(id=f"row-{field.name}"):
                yield Bar(id=f"title-{field.name}")
                line = typing_line(f"field-{field.name}", placeholder=field.placeholder)
                line.select_on_focus = False  # else the next letter replaces what stands there
                yield line

    def on_mount(self) -> None:
        """Write the titles."""
        for field in self._fields:
            self.query_one(f"#title-{field.name}", Bar).show(Cell(field.title, "muted"))

    @property
    def values(self) -> dict[str, str]:
        """What stands in each field; nothing in those that are hidden."""
        return {
            field.name: "" if field.name in self._hidden else self._line(field.name).value
            for field in self._fields
        }

    def hide(self, names: Collection[str]) -> None:
        """Show all fields but these."""
        self._hidden = frozenset(names)
        for field in self._fields:
            self.query_one(f"#row-{field.name}").display = field.name not in self._hidden
        if self.current in self._hidden:
            self.go_to(self._fields[0].name)

    def fill(self, values: Mapping[str, str]) -> None:
        """Put texts into fields, the cursor behind each."""
        for name, text in values.items():
            line = self._line(name)
            with line.prevent(Input.Changed):
                line.value = text
            line.cursor_position = len(text)

    @property
    def current(self) -> str:
        """The field that has the keys, or empty."""
        named = (field.name for field in self._fields if self._line(field.name).has_focus)
        return next(named, "")

    def go_to(self, name: str) -> None:
        """Give a field the keys."""
        self._line(name).focus()

    def move(self, by: int) -> None:
        """Give the keys to a field further down, round and round."""
        names = [field.name for field in self._fields if field.name not in self._hidden]
        at = names.index(self.current) if self.current else -by
        self.go_to(names[(at + by) % len(names)])

    def _line(self, name: str) -> Input:
        return self.query_one(f"#field-{name}", Input)
