"""The viewer in a pseudo terminal: how soon it paints, and how much memory it takes."""

import fcntl
import os
import pty
import select
import statistics
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    BINDINGS = [("q", "quit", "")]
    def compose(self):
        yield Static("request-000000")
Hello().run()
"""
FIRST = b"-000000"
_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Session:
    """A program that ran in a terminal."""

    first_paint: float
    peak_mb: float


def session(command: Sequence[str], env: Mapping[str, str], keys: Sequence[bytes] = ()) -> Session:
    """Run a program until its first row is painted, press keys, and end it with `q`."""
    began = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor"} | dict(env))
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    _read_until(terminal, FIRST)
    painted = time.perf_counter() - began
    for key in keys:
        if key:
            os.write(terminal, key)
        _drain(terminal, 0.5)
    return Session(painted, _end(process, terminal))


def _read_until(terminal: int, wanted: bytes) -> None:
    seen, until = b"", time.perf_counter() + _LIMIT
    while wanted not in seen:
        if time.perf_counter() > until:
            raise SystemExit(f"{wanted!r} was not painted within {_LIMIT:.0f} s")
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)


def _drain(terminal: int, quiet: float) -> None:
    until = time.perf_counter() + quiet
    while time.perf_counter() < until:
        if select.select([terminal], [], [], 0.05)[0]:
            os.read(terminal, 65536)


def _end(process: int, terminal: int) -> float:
    """Quit the program; its peak of memory in MB."""
    until = time.perf_counter() + _LIMIT
    peak = 0.0
    while time.perf_counter() < until:
        os.write(terminal, b"q")
        for _ in range(20):
            ended, _, usage = os.wait4(process, os.WNOHANG)
            if ended:
                os.close(terminal)
                return usage.ru_maxrss / 1024 or peak
            try:
                _drain(terminal, 0.05)
            except OSError:
                time.sleep(0.01)
    raise SystemExit("the viewer does not end")


def viewer_figures(path: Path, batchtui: str, env: Mapping[str, str]) -> Iterator[Figure]:
    """First paint of an indexed file, and memory after paging and a search."""
    viewer, hello = [batchtui, "open", str(path)], [sys.executable, "-c", HELLO]
    _warm_up(viewer, env)
    pairs = [(session(viewer, env).first_paint, session(hello, env).first_paint) for _ in range(7)]
    ratio = statistics.median(mine / empty for mine, empty in pairs)
    mine, empty = (statistics.median(times) for times in zip(*pairs, strict=True))
    detail = f"{mine * 1e3:.0f} ms / {empty * 1e3:.0f} ms"
    yield Figure(f"{path.stem}: reopened to first row / empty Textual app", 1.5, ratio, detail)
    keys = [b"\x1b[6~"] * 4 + [b"/", b"xylophone-needle", b"\r", b"n", b"n", b"\x1b[F"]
    peak = session(viewer, env, keys).peak_mb
    yield Figure(f"{path.stem}: peak of the viewer, searched and paged, MB", 80, peak)


def _warm_up(viewer: Sequence[str], env: Mapping[str, str]) -> None:
    """Let the viewer index the file and save the index."""
    session(viewer, env, [b""] * 12)
