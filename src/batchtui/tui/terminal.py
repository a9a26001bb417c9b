"""What the terminal is and can do, and how it is left. Standard library only."""

import contextlib
import os
import select
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

PATIENCE = 10.0
"""Seconds that leaving may take after a signal, before the program is ended where it stands."""

SIGNAL_BASE = 128
"""A program ended by a signal returns this and the signal's number."""

LEAVE = (
    "\x1b[?1049l\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l"
    "\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[0m"
)
"""Out of every mode the program may have switched on: for the way out of a crash."""


class Stream(Protocol):
    """A standard stream."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        ...


@dataclass(frozen=True, slots=True)
class Terminal:
    """Facts of the environment."""

    ssh: bool
    tmux: bool
    no_color: bool
    light: bool
    """The terminal says that its background is light."""

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "Terminal":
        """Read the environment."""
        background = env.get("COLORFGBG", "").rpartition(";")[2]
        return cls(
            ssh=bool(env.get("SSH_TTY") or env.get("SSH_CONNECTION")),
            tmux=bool(env.get("TMUX")),
            no_color=bool(env.get("NO_COLOR")),
            light=background in ("7", "15"),
        )

    def mouse(self, wish: bool | None) -> bool:
        """Whether to heed the mouse: by itself not over SSH, where each move is traffic."""
        return not self.ssh if wish is None else wish

    def theme(self, wish: str | None) -> str:
        """The theme to begin with. Without colours only an ANSI theme has none."""
        if self.no_color:
            return "ansi-light" if self.light else "ansi-dark"
        return wish or ("textual-light" if self.light else "textual-dark")


def refusal(stdin: Stream | None, stderr: Stream | None, env: Mapping[str, str]) -> str:
    """Why the program cannot draw here, or empty. It reads stdin and draws on stderr."""
    if stdin is None or not stdin.isatty():
        return "standard input is not a terminal"
    if stderr is None or not stderr.isatty():
        return "standard error, on which the program draws, is not a terminal"
    if env.get("TERM", "") in ("", "dumb"):
        return f"the terminal cannot be drawn on (TERM={env.get('TERM') or 'unset'})"
    return ""


def heed_signals(loop: "SignalLoop", leave: Callable[[int], None], descriptor: int = 0) -> None:
    """Leave properly on a signal that ends programs, with the return code a shell expects.

    So it does when the terminal behind `descriptor` is gone and no signal tells of that, as in
    another session than that of the terminal.
    Whatever holds that up, the program is gone soon after: its terminal may be gone already.
    """

    def end(code: int) -> None:
        force = threading.Timer(PATIENCE, _end_by_force, [code])
        force.daemon = True
        force.start()
        leave(code)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, end, SIGNAL_BASE + number)

    def watch() -> None:
        if is_hung_up(descriptor):
            with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
                loop.call_soon_threadsafe(end, SIGNAL_BASE + signal.SIGHUP)

    threading.Thread(target=watch, name="batchtui-hangup", daemon=True).start()


def is_hung_up(descriptor: int) -> bool:
    """Block until the terminal behind a descriptor is gone; False where that cannot be told."""
    poll = select.poll()
    poll.register(descriptor, 0)  # Nothing but that: what is typed is for others to read.
    return any(what & select.POLLHUP for _, what in poll.poll())


def _end_by_force(code: int) -> None:
    with contextlib.suppress(OSError):
        os.write(2, LEAVE.encode())
    os._exit(code)


class SignalLoop(Protocol):
    """The part of an event loop that hears signals, and threads."""

    def add_signal_handler(self, sig: int, callback: Callable[[int], None], code: int) -> None:
        """Call back on a signal."""
        ...

    def call_soon_threadsafe(self, callback: Callable[[int], None], code: int) -> object:
        """Call back in the loop's own thread."""
        ...
