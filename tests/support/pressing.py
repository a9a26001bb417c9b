"""Keys as a terminal hands them on."""

from textual import events


def burst(app, keys):
    """Press all of these keys at once, as they come in one packet."""
    for char in keys:
        name = {"\r": "enter", "?": "question_mark", "/": "slash"}.get(char, char)
        app.post_message(events.Key(name, char if char.isprintable() else None))
