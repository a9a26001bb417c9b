"""The real program as a process, on a simulator that is a process too."""

import fcntl
import json
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from support.waiting import PATIENCE

COMMAND = [sys.executable, "-m", "batchtui"]


def environment(home: Path, *, measured: bool = True, **more: str) -> dict[str, str]:
    """The environment of somebody who has nothing yet."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "LANG", "LC_ALL") or (measured and name.startswith("COV"))
    }
    return kept | {"HOME": str(home), "TERM": "xterm-256color"} | more


def end(process: subprocess.Popen) -> None:
    """Make sure that a process has ended; its pipes are closed."""
    if process.poll() is None:
        process.kill()
        process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


class Simulators:
    """Starts simulators and stops them all."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.running: dict[str, subprocess.Popen[str]] = {}

    def start(self, *args: str) -> str:
        """The base URL of a new simulator."""
        process = subprocess.Popen(
            [*COMMAND, "simulate", *args],
            env=environment(self.home),
            stdout=subprocess.PIPE,
            text=True,
        )
        url = process.stdout.readline().strip()
        self.running[url] = process
        assert url.startswith("http://127.0.0.1:"), url
        return url

    def stop(self, url: str) -> int:
        process = self.running.pop(url)
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        try:
            return process.wait(PATIENCE)
        finally:
            end(process)


@dataclass
class Done:
    """A finished process."""

    code: int
    out: bytes
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.split(b"\n") if line]


@dataclass
class Program:
    """Runs `batchtui` with a home of its own."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    measured: bool = True

    def close(self) -> None:
        """End what `popen` started."""
        for process in self.started:
            end(process)

    def use(self, url: str) -> "Program":
        self.env |= {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "geheim-0123456789"}
        return self

    def unmeasured(self) -> "Program":
        """Without coverage, which waits for ever if a signal is raised inside its lock."""
        self.measured = False
        return self

    def run(self, *args: str, stdin: str = "", **more: str) -> Done:
        done = subprocess.run(
            [*COMMAND, *args],
            env=self._environment(**more),
            input=stdin.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        err = done.stderr.decode()
        assert "Traceback" not in err, err
        assert "geheim" not in err + done.stdout.decode("utf-8", "replace")
        return Done(done.returncode, done.stdout, err)

    def popen(
        self, *args: str, command: list[str] | None = None, **more: object
    ) -> subprocess.Popen[bytes]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        process = subprocess.Popen(
            command or [*COMMAND, *args],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            **options,
        )
        self.started.append(process)
        return process

    def pick(self, **wanted: object) -> dict[str, object]:
        """The smallest batch that the simulator has of some kind."""
        found = [
            batch
            for batch in self.run("ls", "--all", "--json").json
            if all(batch[name] == value for name, value in wanted.items())
        ]
        return min(found, key=lambda batch: batch["request_counts"]["total"])

    def on_terminal(self, *args: str, size: tuple[int, int] = (80, 24)) -> "OnTerminal":
        return OnTerminal([*COMMAND, *args], self._environment(), size)

    def _environment(self, **more: str) -> dict[str, str]:
        return environment(self.home, measured=self.measured, **(self.env | more))


class OnTerminal:
    """A process on a terminal of its own; `size` is columns and lines."""

    def __init__(
        self, command: list[str], env: dict[str, str], size: tuple[int, int] = (80, 24)
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        os.set_blocking(self.master, False)
        self.shown = ""
        self.process = subprocess.Popen(
            command, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509  (no threads here)
        )  # fmt: skip
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)

    def see(self, pattern: str) -> str:
        """Read until the pattern shows up; all that was shown so far."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.shown):
            if not self._read(deadline):
                pytest.fail(f"{pattern!r} was not shown, but: {self.shown!r}")
        return self.shown

    def more(self, quiet: float = 0.7) -> str:
        """What is written until nothing has been for `quiet` seconds."""
        before = len(self.shown)
        while self._read(time.monotonic() + quiet):
            pass
        return self.shown[before:]

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def end(self) -> int:
        """Read until the program ends; its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return False
        self.shown += chunk.decode("utf-8", "replace")
        return bool(chunk)


def _take_terminal() -> None:
    """Make the terminal on standard input the controlling one, so that ^C works."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
