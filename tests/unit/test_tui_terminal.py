"""What the face makes of its terminal, and what it remembers."""

import pytest

from batchtui.core.errors import UsageError
from batchtui.tui import run
from batchtui.tui.terminal import Terminal, refusal
from batchtui.tui.ui_state import UiState, load_state, save_state


class Tty:
    def __init__(self, yes):
        self.yes = yes

    def isatty(self):
        return self.yes


@pytest.mark.parametrize(
    ("stdin", "stderr", "term", "why"),
    [
        (True, True, "xterm", ""),
        (False, True, "xterm", "standard input is not a terminal"),
        (True, False, "xterm", "standard error, on which the program draws, is not a terminal"),
        (True, True, "dumb", "the terminal cannot be drawn on (TERM=dumb)"),
        (True, True, "", "the terminal cannot be drawn on (TERM=unset)"),
    ],
)
def test_it_refuses_what_it_cannot_draw_on(stdin, stderr, term, why):
    assert refusal(Tty(stdin), Tty(stderr), {"TERM": term}) == why


def test_closed_streams_are_no_terminals():
    assert refusal(None, None, {"TERM": "xterm"})


def test_the_tui_refuses_politely(monkeypatch):
    monkeypatch.setattr("sys.stdin", Tty(yes=False))
    with pytest.raises(UsageError) as caught:
        run.run_tui(None, None, None, env={"TERM": "xterm"})
    assert "batchtui ls" in caught.value.hint


def test_the_mouse_is_off_over_ssh_unless_wished():
    ssh = Terminal.of({"SSH_CONNECTION": "1"})
    assert (ssh.mouse(None), ssh.mouse(True)) == (False, True)
    assert Terminal.of({}).mouse(None) is True


@pytest.mark.parametrize(
    ("env", "wish", "theme"),
    [
        ({}, None, "textual-dark"),
        ({}, "nord", "nord"),
        ({"COLORFGBG": "0;15"}, None, "textual-light"),
        ({"NO_COLOR": "1"}, "nord", "ansi-dark"),
        ({"NO_COLOR": "1", "COLORFGBG": "0;15"}, None, "ansi-light"),
    ],
)
def test_the_theme_suits_the_terminal(env, wish, theme):
    assert Terminal.of(env).theme(wish) == theme


def test_choices_come_back(tmp_path):
    file = tmp_path / "state" / "ui.toml"
    state = UiState("nord", "requests", descending=True, active_first=False, detail=False)
    save_state(file, state)
    assert load_state(file) == state
    assert [one.name for one in file.parent.iterdir()] == ["ui.toml"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"theme =", b"sort = 3", b"descending = 3\nother = 1"],
)
def test_damaged_choices_are_the_defaults(tmp_path, content):
    file = tmp_path / "ui.toml"
    file.write_bytes(content)
    assert load_state(file) == UiState()


def test_choices_that_cannot_be_kept_bother_nobody(tmp_path):
    (tmp_path / "state").write_text("a file where a folder should be")
    save_state(tmp_path / "state" / "ui.toml", UiState())
    assert load_state(tmp_path / "state" / "ui.toml") == UiState()
