"""Commands and key maps: every key means one thing, and a wrong map is told, not swallowed."""

import pytest

from batchtui.core.models import Capabilities
from batchtui.tui.commands import BY_ID, COMMANDS, SURFACES, bindings, commands, split_keys
from batchtui.tui.keymap import check_keymap, is_key, key_name


def test_ids_are_unique():
    assert len(BY_ID) == len(COMMANDS)


@pytest.mark.parametrize("surface", SURFACES)
def test_within_a_surface_a_key_means_one_thing(surface):
    keys = [key for command in commands(*SURFACES[surface]) for key in split_keys(command.keys)]
    assert sorted(keys) == sorted(set(keys))


def test_every_default_key_can_be_sent():
    assert [key for c in COMMANDS for key in split_keys(c.keys) if not is_key(key)] == []


def test_dangerous_commands_are_on_no_key_that_moves():
    moves = {key for command in commands("list", "record") for key in split_keys(command.keys)}
    dangerous = {key for c in COMMANDS if c.dangerous for key in split_keys(c.keys)}
    assert dangerous == {"X", "D", "c", "s"}
    assert not dangerous & moves


def test_what_a_command_needs_is_a_capability():
    assert all(hasattr(Capabilities(), command.needs) for command in COMMANDS if command.needs)


def test_bindings_carry_the_id_for_the_key_map():
    assert {binding.id for binding in bindings("list")} == {c.id for c in commands("list")}


def test_a_good_map_changes_the_keys():
    keymap = check_keymap({"batches.refresh": "u, f5", "batches.filter": "?", "app.help": "f1"})
    assert keymap.warnings == ()
    assert keymap.of(BY_ID["batches.refresh"]) == ("u", "f5")
    assert keymap.keys["batches.filter"] == "question_mark"
    assert keymap.shown(BY_ID["batches.filter"]) == "?"


def test_an_empty_value_unbinds():
    keymap = check_keymap({"batches.cancel": ""})
    assert keymap.of(BY_ID["batches.cancel"]) == ()
    assert keymap.shown(BY_ID["batches.cancel"]) == ""
    assert keymap.keys["batches.cancel"]


def test_two_commands_can_be_unbound():
    assert check_keymap({"batches.cancel": "", "batches.delete": ""}).warnings == ()


def test_an_unknown_command_is_told_with_the_nearest():
    keymap = check_keymap({"batches.cancle": "x"})
    assert keymap.keys == {}
    assert "did you mean batches.cancel?" in keymap.warnings[0]


def test_a_wrong_key_is_told_and_the_default_stays():
    keymap = check_keymap({"batches.refresh": "pagedwon", "batches.pause": "u"})
    assert "did you mean pagedown?" in keymap.warnings[0]
    assert keymap.of(BY_ID["batches.refresh"]) == ("r",)
    assert keymap.of(BY_ID["batches.pause"]) == ("u",)


def test_a_collision_falls_back_to_the_defaults():
    keymap = check_keymap({"batches.refresh": "p"})
    assert keymap.keys == {}
    assert "p is both" in keymap.warnings[0]
    assert keymap.warnings[-1] == "the default keys are used"


def test_a_dangerous_command_cannot_take_a_key_that_moves():
    keymap = check_keymap({"batches.delete": "j", "list.down": "down"})
    assert "must not change batches" in keymap.warnings[0]
    assert keymap.of(BY_ID["batches.delete"]) == ("D",)


@pytest.mark.parametrize(
    ("key", "good"),
    [("a", True), ("ctrl+a", True), ("f5", True), ("?", True), ("ctlr+a", False), ("ctrl+", False),
     ("shift+tab", True), ("banana", False), ("+", True)],
)  # fmt: skip
def test_key_names(key, good):
    assert is_key(key) is good


@pytest.mark.parametrize(
    ("key", "shown"), [("question_mark", "?"), ("ctrl+p", "ctrl+p"), ("space", "space"), ("D", "D")]
)
def test_keys_are_shown_as_people_write_them(key, shown):
    assert key_name(key) == shown
