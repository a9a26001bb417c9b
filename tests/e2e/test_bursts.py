"""Keys that arrive faster than the program paints: several in one packet, and pastes."""

import pytest

from batchtui.sim.server import SimOptions, Simulator

pytestmark = pytest.mark.e2e
SIZE = (120, 40)
QUIET = 0.4
"""Seconds without output after which all that was typed has had its effect."""


@pytest.fixture
def world():
    with Simulator(SimOptions(speed=0, batches=60, arrivals=0)) as sim:
        yield sim


@pytest.fixture
def listed(program, world):
    """The program with its list of batches painted."""
    with program.use(world.base_url).on_terminal(size=SIZE) as screen:
        screen.see("live")
        screen.more(0.6)
        yield screen


def burst(screen, text: str) -> str:
    """Type all of it in one write; what is painted then. The program must go on."""
    screen.type(text)
    painted = screen.more(QUIET)
    assert screen.process.poll() is None, (text, painted)
    return painted


def back(screen) -> None:
    """To the list, from wherever a burst has led."""
    burst(screen, "\x1b")
    burst(screen, "\x1b")


def leaves(screen) -> None:
    """`q` in the list leaves, with the exit code of a program that is well."""
    screen.more(0.6)
    screen.type("q")
    assert screen.end() == 0


def changes(sim) -> list[str]:
    """Requests that change something at the provider."""
    return [seen.path for seen in sim.seen if seen.method != "GET"]


def test_doubled_keys_answer_a_choice_once(listed):
    for keys in ("saa", "ssss", "sqq", "s\r\r", "yii", "yy", "yqq"):
        burst(listed, keys)
        back(listed)
    leaves(listed)


def test_doubled_keys_close_what_is_read_once(listed):
    for keys in ("aqq", "aaa", "?qq", "?\r\r", "R\r\r", ":\r\r", ":\x1b[B\r\r", "r!qq"):
        burst(listed, keys)
        back(listed)
    leaves(listed)


def test_a_question_is_answered_by_nothing_typed_before_it_was_seen(listed, world):
    for keys in ("gXnn", "gXyy", "gXXX", "gXy\r", "GDnn", "GDkk", "GDww", "GDd", "GDD"):
        burst(listed, keys)
        back(listed)
    assert changes(world) == []
    leaves(listed)


def test_what_follows_the_slash_is_typed_into_the_filter(listed):
    burst(listed, "/q")
    back(listed)
    painted = burst(listed, "/completed\r")
    assert "of 60 shown" in painted
    assert "Paused" not in painted
    back(listed)
    painted = burst(listed, "/Apple X")
    assert "0 of 60" in painted
    assert "marked" not in painted
    back(listed)
    leaves(listed)


def test_keys_behind_the_one_that_opens_a_dialog_are_no_commands_of_the_list(listed, world):
    assert "Cancel this batch" in burst(listed, "gXy")
    back(listed)
    assert "Delete this batch" in burst(listed, "GDd")
    back(listed)
    assert "Sort by" in burst(listed, "sx")
    back(listed)
    assert changes(world) == []
    leaves(listed)


def test_a_paste_is_no_command(listed, world):
    for where in ("", "s", "gX", "/", "?"):
        burst(listed, f"{where}\x1b[200~qXyDAp\x1b[201~")
        assert "Paused" not in listed.shown
        back(listed)
    assert changes(world) == []
    leaves(listed)


def test_what_follows_the_slash_is_typed_into_the_search(program, tmp_path):
    line = (
        '{"custom_id":"req-%d","result":{"type":"succeeded","message":{"content":'
        '[{"type":"text","text":"hello %d"}]}}}\n'
    )
    (tmp_path / "r.jsonl").write_text("".join(line % (n, n) for n in range(5)))
    with program.on_terminal("open", str(tmp_path / "r.jsonl"), size=SIZE) as screen:
        screen.see("req-4")
        screen.more(0.6)
        assert "of 5 hits" in burst(screen, "/hello")
        burst(screen, "\x1b")
        assert "no hits" in burst(screen, "/qqq").lower()
        burst(screen, "\x1b")
        burst(screen, "tq")
        burst(screen, "yy")
        burst(screen, "\x1b")
        leaves(screen)


def test_an_interrupt_leaves_with_its_own_code(listed):
    listed.process.send_signal(2)
    assert listed.end() == 130


def test_ctrl_c_says_which_key_leaves(listed):
    assert "ctrl+q" in burst(listed, "\x03")
    leaves(listed)


@pytest.mark.parametrize(
    "more",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_a_terminal_that_takes_no_utf8_gets_ascii_alone(program, world, more):
    program.use(world.base_url).env.update(more)
    with program.on_terminal(size=SIZE) as screen:
        screen.see("live")
        screen.more(0.6)
        for keys in ("s", "y", "?", ":", "a", "gX"):
            burst(screen, keys)
            back(screen)
        leaves(screen)
        assert screen.shown.isascii()
        assert "\\u" not in screen.shown
