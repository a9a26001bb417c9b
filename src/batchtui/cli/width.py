"""How wide the terminal is."""

import os

_USUAL = 80


def terminal_columns() -> int:
    """Cells in a line of the terminal: what COLUMNS says, else the terminal itself, else 80.

    As `shutil` has it, which takes a while to load.
    """
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        return os.get_terminal_size().columns or _USUAL
    except OSError:
        return _USUAL
