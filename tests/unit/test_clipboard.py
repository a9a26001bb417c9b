"""Text to the clipboard: what is written where, and what is said of it."""

import asyncio
import base64
import stat

from batchtui.tui.clipboard import MOST, Clipboard


def sender(tmp_path, **env):
    sent = []
    return Clipboard(env, sent.append, tmp_path / "state" / "clipboard.txt"), sent


async def test_osc52_ends_with_st(tmp_path):
    clipboard, sent = sender(tmp_path)
    said = await clipboard.send("héllo", "Id")
    assert sent == [f"\x1b]52;c;{base64.b64encode('héllo'.encode()).decode()}\x1b\\"]
    assert said == "Id sent to the terminal's clipboard, if it takes that"


async def test_screen_gets_it_wrapped_in_pieces(tmp_path):
    clipboard, sent = sender(tmp_path, STY="1.pts")
    await clipboard.send("x" * 1000, "Id")
    pieces = sent[0].split("\x1b\\")
    assert all(piece.startswith("\x1bP") for piece in pieces[:-1])
    inner = "".join(piece[2:] for piece in pieces[:-1])
    assert inner == f"\x1b]52;c;{base64.b64encode(b'x' * 1000).decode()}\a"


async def test_what_is_too_long_goes_to_a_file_of_the_owner(tmp_path):
    clipboard, sent = sender(tmp_path)
    said = await clipboard.send("x" * MOST, "Row")
    file = tmp_path / "state" / "clipboard.txt"
    assert sent == []
    assert said == f"Row written to {file}"
    assert file.read_text() == "x" * MOST
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_terminal_that_cannot_gets_a_file(tmp_path):
    clipboard, sent = sender(tmp_path, TERM_PROGRAM="Apple_Terminal")
    assert "written to" in await clipboard.send("x", "Id")
    assert sent == []


async def test_tmux_takes_it_by_its_own_command(tmp_path):
    tmux = tmp_path / "tmux"
    tmux.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/args\ncat > {tmp_path}/stdin\n')
    tmux.chmod(0o700)
    clipboard, sent = sender(tmp_path, TMUX="/tmp/x,1,0", PATH=f"{tmp_path}:/usr/bin:/bin")
    said = await clipboard.send("text", "Id")
    assert "tmux buffer" in said
    assert sent == []
    assert (tmp_path / "args").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "stdin").read_text() == "text"


async def test_without_a_working_tmux_the_terminal_is_asked(tmp_path):
    failing = tmp_path / "tmux"
    failing.write_text("#!/bin/sh\ncat > /dev/null\nexit 1\n")
    failing.chmod(0o700)
    for path in (f"{tmp_path}:/bin:/usr/bin", str(tmp_path / "nowhere")):
        clipboard, sent = sender(tmp_path, TMUX="x", PATH=path)
        assert "if it takes that" in await clipboard.send("text", "Id")
        assert len(sent) == 1


async def test_lone_surrogates_do_not_break_it(tmp_path):
    clipboard, sent = sender(tmp_path)
    await clipboard.send("\ud800", "Id")
    assert len(sent) == 1
    await asyncio.sleep(0)
