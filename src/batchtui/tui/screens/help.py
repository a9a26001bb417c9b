"""The help: every key of a screen, from the declarations of the commands."""

from collections.abc import Iterator, Sequence

from batchtui.core.text import one_line
from batchtui.tui.cells import Cell, Line
from batchtui.tui.commands import Command, commands
from batchtui.tui.keymap import Keymap, key_name
from batchtui.tui.presenters import Look, legend
from batchtui.tui.screens.dialogs import LinesDialog

_TITLES = {"list": "Moving", "app": "Everywhere", "record": "Reading a record"}

WITH_IDS = 112
"""From this many cells of the terminal there is room for the ids."""

_SAYS = 64
"""Cells of what a command does, where its id follows."""


def help_screen(
    available: Sequence[Command],
    scopes: Sequence[str],
    keymap: Keymap,
    *,
    look: Look,
    width: int,
    notices: Sequence[str] = (),
) -> LinesDialog:
    """The keys of these areas, those first that are the screen's own; the ids where it is wide."""
    ids = width >= WITH_IDS
    warned: list[Line] = [(Cell(one_line(notice), "warn"),) for notice in notices]
    lines = [*warned, *([()] if warned else []), *help_lines(available, scopes, keymap, ids=ids)]
    if "batches" in scopes:
        lines += [(), (Cell("Glyphs", "accent"),), *_rows_of(legend(look))]
    return LinesDialog("Keys", lines, wide=ids)


def help_lines(
    available: Sequence[Command], scopes: Sequence[str], keymap: Keymap, *, ids: bool
) -> Iterator[Line]:
    """A line for each command, with its id for the key map if it is wanted."""
    areas = [scope for scope in scopes if scope not in ("list", "app")]
    for scope in (*areas, "list", "app"):
        yield (Cell(_TITLES.get(scope, scope.capitalize()), "accent"),)
        for command in commands(scope):
            if command in available or scope == "list":
                yield _line(command, keymap, ids=ids)
        yield ()
    yield (Cell("Tab goes to the details and back.", "muted"),)
    yield (Cell("With the mouse off, or with shift held, the terminal selects text.", "muted"),)
    where = "the ids on the right" if ids else "ids, which a wider terminal shows here"
    yield (Cell(f"Other keys: [ui.keymap] in the configuration, by {where}.", "muted"),)


def _line(command: Command, keymap: Keymap, *, ids: bool) -> Line:
    keys = " ".join(key_name(key) for key in keymap.of(command)) or "-"
    if not ids:
        return (Cell(f"{keys:<14}"), Cell(command.help))
    return (Cell(f"{keys:<14}"), Cell(f"{command.help:<{_SAYS}}"), Cell(command.id, "muted"))


def _rows_of(cells: Sequence[Cell], across: int = 4) -> Iterator[Line]:
    for start in range(0, len(cells), across):
        row = cells[start : start + across]
        yield tuple(cell._replace(text=f"{cell.text:<14}") for cell in row)
