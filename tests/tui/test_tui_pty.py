"""The app in a real pseudo-terminal: bytes on the wire, signals, the way out."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
CHILD = Path(__file__).with_name("pty_child.py")
PATIENCE = 30.0
"""Seconds after which a state that did not come is a failure."""


class Child:
    """The program in a terminal of its own, 140 by 45."""

    def __init__(self, state, batches=200, **env):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 140, 0, 0))
        control, self.control = os.pipe()
        # A test runner may set COLUMNS and LINES, which win over the terminal's own size.
        sizes = ("TEXTUAL", "COLUMNS", "LINES")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(sizes)}
        self.process = subprocess.Popen(
            [sys.executable, str(CHILD), str(control), str(state), str(batches)],
            stdin=slave, stdout=slave, stderr=slave, pass_fds=[control], start_new_session=True,
            env=clean | {"TERM": "xterm-256color", "COLORTERM": "truecolor"} | env,
        )  # fmt: skip
        os.close(slave)
        os.close(control)
        self.output = b""

    def read(self, quiet):
        """What comes until nothing has come for `quiet` seconds."""
        got = b""
        while select.select([self.master], [], [], quiet)[0]:
            try:
                chunk = os.read(self.master, 65536)
            except OSError:
                break
            if not chunk:
                break
            got += chunk
        self.output += got
        return got

    def until(self, words):
        """Wait for words to be written."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.output:
            if time.monotonic() > deadline:
                pytest.fail(f"{words!r} never came; the end of what did: {self.output[-2000:]!r}")
            self.read(0.05)

    def order(self, name):
        os.write(self.control, name.encode() + b"\n")

    def press(self, keys):
        os.write(self.master, keys.encode())

    def end(self):
        """Wait for the end; returns the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                self.process.kill()
                pytest.fail("the program did not end")
            self.read(0.05)
        self.read(0.1)
        return self.process.returncode


@pytest.fixture
def child(tmp_path):
    started = []

    def start(**more):
        started.append(Child(tmp_path / "state", **more))
        started[-1].until(b"000001")
        started[-1].read(0.7)
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        os.close(one.master)
        os.close(one.control)


def left_clean(output):
    """The terminal is out of the alternate screen, with its cursor and without mouse reports."""
    return (
        output.rfind(b"\x1b[?1049l") > output.rfind(b"\x1b[?1049h")
        and output.rfind(b"\x1b[?25h") > output.rfind(b"\x1b[?25l")
        and output.rfind(b"\x1b[?1003l") >= output.rfind(b"\x1b[?1003h")
    )


def test_what_a_poll_costs_on_the_wire(child):
    app = child(batches=10_000)
    app.order("unchanged")
    assert app.read(1.0) == b""
    app.order("change_hidden")
    assert len(app.read(1.0)) < 800  # the totals in the head line
    app.order("change")
    assert 0 < len(app.read(1.0)) < 2000
    app.order("change_selected")
    assert 0 < len(app.read(1.0)) < 4000
    app.press("q")
    assert app.end() == 0


def test_an_idle_screen_writes_nothing(child):
    app = child()
    assert app.read(2.5) == b""
    app.press("q")
    assert app.end() == 0
    assert left_clean(app.output)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_clean(child, number):
    app = child()
    app.process.send_signal(number)
    assert app.end() == 128 + number
    assert left_clean(app.output)


def test_suspended_the_terminal_is_clean_and_resumed_all_is_painted(child):
    app = child()
    app.press("\x1a")
    deadline = time.monotonic() + PATIENCE
    while os.waitpid(app.process.pid, os.WUNTRACED | os.WNOHANG)[0] == 0:
        assert time.monotonic() < deadline, "the program did not stop"
        app.read(0.05)
    app.read(0.2)
    assert left_clean(app.output)
    app.output = b""
    app.process.send_signal(signal.SIGCONT)
    for words in (b"batchtui", b"VERDICT", b"Expires", b"enter Open"):
        app.until(words)
    app.press("q")
    assert app.end() == 0


def test_a_defect_leaves_the_terminal_clean_and_is_for_the_caller_to_tell(child):
    app = child()
    app.order("defect")
    assert app.end() == 70
    assert left_clean(app.output)
    told = app.output[app.output.rfind(b"\x1b[?1049l") :]
    assert b"the caller has: secret-free defect" in told
    assert b"Traceback" not in told


def test_without_colours_there_are_none(child):
    app = child(NO_COLOR="1")
    app.press("j")
    app.read(0.5)
    app.press("q")
    app.end()
    styles = b";".join(re.findall(rb"\x1b\[([0-9;]*)m", app.output)).split(b";")
    assert set(styles) <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"39", b"49"}
    assert b"7" in styles, "the cursor's row is reversed"


def test_over_ssh_the_mouse_is_left_alone(child):
    app = child(SSH_TTY="/dev/pts/1")
    app.press("q")
    app.end()
    assert b"\x1b[?1003h" not in app.output
