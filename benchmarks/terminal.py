"""Programs in a pseudo terminal of 40 lines of 120 cells, and when they paint what."""

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

LIMIT = 60.0
"""Seconds after which what was waited for will not come."""

_CONTROLS = re.compile(
    rb"\x1b\[[0-9;:?<>=]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]"
)
_KEPT = 1 << 17


class Terminal:
    """A program that runs in a terminal; a `with` block ends it."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.peak_mb = 0.0
        """Its peak of memory, once it has ended."""
        self.quit = b"q"
        """The keys that end it."""
        self._seen = b""
        self._since = time.perf_counter()
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor"} | dict(env))
            os.execvp(command[0], command)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def press(self, keys: bytes) -> None:
        """Type; what is waited for from now on is painted after that."""
        self._seen, self._since = b"", time.perf_counter()
        os.write(self._terminal, keys)

    def until(self, wanted: str) -> float:
        """Wait until that is painted, a regular expression; seconds since the last press."""
        pattern = re.compile(wanted.encode())
        while not pattern.search(_CONTROLS.sub(b"", self._seen)):
            if time.perf_counter() - self._since > LIMIT:
                raise SystemExit(f"{wanted} was not painted within {LIMIT:.0f} s")
            self._take(0.1)
        return time.perf_counter() - self._since

    def last(self, wanted: str) -> str:
        """The group of a regular expression where it was painted last since the last press."""
        found = re.findall(wanted.encode(), _CONTROLS.sub(b"", self._seen))
        return re.escape(found[-1].decode()) if found else ""

    def rest(self, seconds: float) -> None:
        """Read along for so long."""
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self._take(min(left, 0.05))

    def _take(self, seconds: float) -> bool:
        if select.select([self._terminal], [], [], seconds)[0]:
            try:
                self._seen = (self._seen + os.read(self._terminal, 1 << 16))[-_KEPT:]
            except OSError:
                return False
        return True

    def end(self) -> None:
        """Leave the program."""
        until = time.perf_counter() + LIMIT
        while time.perf_counter() < until and not self.peak_mb:
            try:
                os.write(self._terminal, self.quit)
            except OSError:
                time.sleep(0.01)
            for _ in range(20):
                if self._has_ended() or not self._take(0.05):
                    break
            self._has_ended()
        if not self.peak_mb:
            raise SystemExit("the program does not end")

    def _has_ended(self) -> bool:
        if not self.peak_mb:
            ended, _, usage = os.wait4(self._process, os.WNOHANG)
            if ended:
                os.close(self._terminal)
                self.peak_mb = usage.ru_maxrss / 1024
        return bool(self.peak_mb)
