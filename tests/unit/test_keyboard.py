"""Keys that wait for their turn."""

from textual import events

from batchtui.tui.keyboard import Keyboard


def keys(*names):
    return [events.Key(name, name if len(name) == 1 else None) for name in names]


def typed(*names):
    """A keyboard to which these are offered, one after the other."""
    keyboard, presses = Keyboard(), keys(*names)
    assert keyboard.offer(presses[0]) is presses[0]
    assert not any(map(keyboard.offer, presses[1:]))
    return keyboard, presses


def test_characters_that_wait_are_one_paste_for_a_line_to_type_in():
    keyboard, presses = typed("a", "b", " ", "enter", "c")
    paste = keyboard.join_text()
    assert isinstance(paste, events.Paste)
    assert (paste.text, paste.time) == ("ab ", presses[0].time)
    assert keyboard.skip() is presses[3]


def test_a_character_alone_and_a_key_that_types_none_stay_as_they_are():
    keyboard, presses = typed("enter", "a", "left", "b")
    for press in presses:
        assert keyboard.join_text() is press
        keyboard.skip()
    assert keyboard.join_text() is None


def test_a_key_that_comes_while_joined_characters_are_on_their_way_waits():
    keyboard, _ = typed("a", "b")
    keyboard.join_text()
    (later,) = keys("x")
    assert keyboard.offer(later) is None
    assert keyboard.skip() is later
