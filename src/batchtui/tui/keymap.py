"""A user's key map, checked: Textual itself takes any nonsense in silence."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from textual.keys import Keys

from batchtui.core.text import nearest, one_line
from batchtui.tui.commands import BY_ID, COMMANDS, SURFACES, Command, split_keys

_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_UNBOUND = "f24"
"""Stands for no key: Textual ignores an empty one, and no keyboard sends this."""

_NAMED = frozenset(key.value for key in Keys)
_SIGNS = {
    "?": "question_mark", "/": "slash", ":": "colon", " ": "space", ",": "comma", ".": "full_stop",
    "-": "minus", "+": "plus", ";": "semicolon", "!": "exclamation_mark", "@": "at",
    "#": "number_sign", "*": "asterisk", "=": "equals_sign", "<": "less_than_sign",
    ">": "greater_than_sign", "[": "left_square_bracket", "]": "right_square_bracket",
}  # fmt: skip
_SHOWN = {name: sign for sign, name in _SIGNS.items()} | {
    "space": "space", "escape": "esc", "pagedown": "pgdn", "pageup": "pgup",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "backspace": "bksp",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keys by command id, as far as they differ from the defaults; and what was wrong."""

    keys: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    def of(self, command: Command) -> tuple[str, ...]:
        """The keys of a command; none if it was unbound."""
        keys = split_keys(self.keys.get(command.id, command.keys))
        return tuple(key for key in keys if key != _UNBOUND)

    def shown(self, command: Command) -> str:
        """Its first key as people write it, or empty."""
        return key_name(next(iter(self.of(command)), ""))


def key_name(key: str) -> str:
    """A Textual key name as people write it."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    return "+".join((*modifiers, _SHOWN.get(last, last)))


def check_keymap(wanted: Mapping[str, str]) -> Keymap:
    """Take the good entries of a user's map; with a collision, the defaults altogether."""
    keys: dict[str, str] = {}
    warnings: list[str] = []
    for command_id, value in wanted.items():
        problem = _problem(command_id, value)
        if problem:
            warnings.append(problem)
        else:
            keys[command_id] = ",".join(map(_canonical, split_keys(value))) or _UNBOUND
    collisions = list(_collisions(keys))
    if collisions:
        return Keymap({}, (*warnings, *collisions, "the default keys are used"))
    return Keymap(keys, tuple(warnings))


def _problem(command_id: str, value: str) -> str:
    if command_id not in BY_ID:
        near = nearest(command_id, BY_ID)
        hint = f"; did you mean {near}?" if near else ""
        return f"keymap: there is no command {one_line(command_id)!r}{hint}"
    wrong = next((key for key in split_keys(value) if not is_key(key)), None)
    if wrong is not None:
        near = nearest(wrong, _NAMED)
        hint = f"; did you mean {near}?" if near else ""
        return f"keymap: {command_id}: {one_line(wrong)!r} is no key{hint}"
    if command_id == "app.quit" and not split_keys(value):
        return "keymap: app.quit needs a key, so that there is a way out: ctrl+q stays"
    command = BY_ID[command_id]
    moves = {key for move in COMMANDS if move.scope == "list" for key in split_keys(move.keys)}
    if command.dangerous and moves & set(map(_canonical, split_keys(value))):
        return f"keymap: {command_id}: a key that moves must not change batches"
    return ""


def is_key(key: str) -> bool:
    """Whether Textual can ever send a key of this name."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if any(modifier not in _MODIFIERS for modifier in modifiers):
        return False
    return len(last) == 1 or last in _NAMED or last in _SIGNS.values()


def _canonical(key: str) -> str:
    return _SIGNS.get(key, key)


def _collisions(keys: Mapping[str, str]) -> Iterator[str]:
    for surface, scopes in SURFACES.items():
        owners: dict[str, list[str]] = defaultdict(list)
        for command in COMMANDS:
            if command.scope in scopes:
                for key in split_keys(keys.get(command.id, command.keys)):
                    owners[key].append(command.id)
        for key, ids in owners.items():
            if len(ids) > 1 and key != _UNBOUND:
                yield f"keymap: {key_name(key)} is both {' and '.join(ids)} ({surface})"
