"""A record read in the user's own programs, which may do anything to the terminal."""

import re
import stat
import termios

import pytest

from support.results import EVIL, succeeded, write

pytestmark = pytest.mark.e2e

PAGER = """#!/bin/sh
for file; do :; done
ls -l "$file" > "$LOG.mode"
cp "$file" "$LOG"
echo "$LESSSECURE $1" > "$LOG.args"
stty raw -echo
printf '\\033[?1049h\\033[?1003hPAGER-IS-HERE'
read -r answer
exit 3
"""


@pytest.fixture
def pager(program, tmp_path):
    """A pager that leaves the terminal in a mess; gives the place where it notes what it saw."""
    script = tmp_path / "a pager"
    script.write_text(PAGER)
    script.chmod(0o700)
    log = tmp_path / "seen"
    program.env |= {"PAGER": f"'{script}' '--opt $(id)'", "EDITOR": str(script).replace(" ", "\\ ")}
    program.env["LOG"] = str(log)
    return log


@pytest.fixture
def results(tmp_path):
    return write(tmp_path / "x.jsonl", succeeded("req-1", f"an answer {EVIL}"), succeeded("req-2"))


def test_the_pager_gets_a_safe_private_text_and_gives_the_terminal_back(program, pager, results):
    with program.on_terminal("open", str(results)) as screen:
        before = termios.tcgetattr(screen.master)
        screen.see("req-2")
        screen.type("o")
        screen.see("PAGER-IS-HERE")
        assert not re.search("\x1b]52|\x9b|\u202e", pager.read_text())
        assert "an answer" in pager.read_text()
        assert pager.with_suffix(".mode").read_text().startswith("-rw-------")
        assert pager.with_suffix(".args").read_text() == "1 --opt $(id)\n"
        before_end = len(screen.shown)
        screen.type("\n")
        screen.see("a pager ended with 3")
        assert "req-2" in screen.shown[before_end:]
        screen.type("j")
        screen.more()
        screen.type("q")
        assert screen.end() == 0
        assert termios.tcgetattr(screen.master)[:4] == before[:4]
    assert not list(program.home.rglob("record-*"))


def test_keys_for_signals_are_for_the_pager_alone(program, tmp_path, results):
    script = tmp_path / "meek"
    script.write_text("#!/bin/sh\nprintf MEEK-PAGER\nexec sed -u s/on/GOES/\n")
    script.chmod(0o700)
    program.env |= {"PAGER": str(script)}
    with program.on_terminal("open", str(results)) as screen:
        screen.see("req-2")
        screen.type("o")
        screen.see("MEEK-PAGER")
        screen.type("\x1aon\n")
        screen.see("GOES")
        screen.type("\x03")
        screen.see("meek ended by signal 2")
        screen.type("q")
        assert screen.end() == 0


def test_the_end_of_the_program_ends_the_pager(program, pager, results):
    with program.on_terminal("open", str(results)) as screen:
        screen.see("req-2")
        screen.type("o")
        screen.see("PAGER-IS-HERE")
        screen.process.terminate()
        assert screen.end() == 128 + 15
    assert not list(program.home.rglob("record-*"))


def test_a_program_that_is_not_there_is_said(program, results):
    program.env |= {"PAGER": "no-such-pager -x", "VISUAL": "'unclosed"}
    with program.on_terminal("open", str(results)) as screen:
        screen.see("req-2")
        screen.type("o")
        screen.see("there is no program no-such-pager")
        screen.type("O")
        screen.see("cannot be understood")


def test_folders_are_private(program, pager, results):
    with program.on_terminal("open", str(results)) as screen:
        screen.see("req-2")
        screen.type("RO")
        screen.see("PAGER-IS-HERE")
        (folder,) = program.home.rglob("reading")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert pager.read_text().startswith('{\n  "custom_id": "req-1"')
        screen.type("\n")
        screen.see("ended with 3")
