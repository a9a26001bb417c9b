"""The help: every key of a screen, from the declarations of the commands."""

from collections.abc import Iterator, Sequence

from batchtui.tui.commands import Command, commands
from batchtui.tui.keymap import Keymap, key_name
from batchtui.tui.screens.dialogs import LinesDialog
from batchtui.tui.widgets.row_model import Cell, Line

_TITLES = {"list": "Moving", "app": "Everywhere", "record": "Reading a record"}


def help_screen(available: Sequence[Command], scopes: Sequence[str], keymap: Keymap) -> LinesDialog:
    """The keys of these areas, those first that are the screen's own."""
    return LinesDialog("Keys", help_lines(available, scopes, keymap))


def help_lines(
    available: Sequence[Command], scopes: Sequence[str], keymap: Keymap
) -> Iterator[Line]:
    """A line for each command, with its id for the key map."""
    areas = [scope for scope in scopes if scope not in ("list", "app")]
    for scope in (*areas, "list", "app"):
        yield (Cell(_TITLES.get(scope, scope.capitalize()), "accent"),)
        for command in commands(scope):
            if command in available or scope == "list":
                yield _line(command, keymap)
        yield ()
    yield (Cell("Tab goes to the details and back.", "muted"),)
    yield (Cell("With the mouse off, or with shift held, the terminal selects text.", "muted"),)
    yield (Cell("Other keys: [ui.keymap] in the configuration, by the ids above.", "muted"),)


def _line(command: Command, keymap: Keymap) -> Line:
    keys = " ".join(key_name(key) for key in keymap.of(command)) or "-"
    return (Cell(f"{keys:<14}"), Cell(f"{command.id:<26}", "muted"), Cell(command.help))
