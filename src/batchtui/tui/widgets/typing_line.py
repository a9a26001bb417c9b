"""The one kind of line to type in."""

from textual.widgets import Input


def typing_line(name: str, *, placeholder: str = "") -> Input:
    """Its cursor does not blink: each blink is traffic over SSH."""
    line = Input(placeholder=placeholder, id=name, compact=True)
    line.cursor_blink = False
    return line
