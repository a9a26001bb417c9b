"""A text read in another program: the user's pager or editor, which gets the terminal meanwhile.

The program gets a file of its own in our folder, which nobody else can read and which is gone
afterwards, with text that is safe for a terminal. No shell is involved.
"""

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import termios
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import UsageError
from batchtui.core.text import one_line, safe
from batchtui.tui.terminal import LEAVE

_PAGER: Final = "less"
_EDITOR: Final = "vi"


def pager_command(env: Mapping[str, str]) -> list[str]:
    """The user's pager and its arguments.

    Raises:
        UsageError: `$PAGER` cannot be taken apart.
    """
    return _command(env, ("PAGER",), _PAGER)


def editor_command(env: Mapping[str, str]) -> list[str]:
    """The user's editor and its arguments. Raises as `pager_command`."""
    return _command(env, ("VISUAL", "EDITOR"), _EDITOR)


def _command(env: Mapping[str, str], names: Iterable[str], usual: str) -> list[str]:
    for name in names:
        try:
            words = shlex.split(env.get(name, ""))
        except ValueError as error:
            raise UsageError(f"${name} cannot be understood", str(error)) from error
        if words:
            return words
    return [usual]


class Outside:
    """Runs programs of the user on texts.

    `folder` is for the texts; `lend` gives the terminal away for as long as its context lasts.
    """

    def __init__(
        self, env: Mapping[str, str], folder: Path, lend: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._env = env
        self._folder = folder
        self._lend = lend

    async def show(self, text: Iterable[str], suffix: str, *, editor: bool = False) -> str:
        """Show the pieces of a text until the user leaves the program; says what there is to say.

        Raises:
            UsageError: there is no such program, or the variable that names it makes no sense.
            OSError: the text cannot be written, or there is no terminal.
        """
        command = (editor_command if editor else pager_command)(self._env)
        name = one_line(Path(command[0]).name)
        if shutil.which(command[0], path=self._env.get("PATH")) is None:
            names = "$VISUAL or $EDITOR" if editor else "$PAGER"
            raise UsageError(f"there is no program {name}", hint=f"{names} names another one")
        path = await in_daemon_thread(lambda: self._write(text, suffix))
        try:
            code = await self._run([*command, str(path)])
        finally:
            path.unlink(missing_ok=True)
        if code:
            return f"{name} ended with {code}" if code > 0 else f"{name} ended by signal {-code}"
        return f"it was a copy: what {name} saved is not kept" if editor else ""

    def _write(self, text: Iterable[str], suffix: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(suffix, "record-", self._folder)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(map(safe, text))
            file.write("\n")
        return Path(name)

    async def _run(self, command: list[str]) -> int:
        # `less` must not start other programs, nor take the text for something else.
        env = {**self._env, "LESSSECURE": "1", "LESSHISTFILE": "-"}
        code, failure = 0, None
        with _terminal() as terminal, self._lend():
            # Whatever happens, the terminal must be given back as it is here.
            try:
                code = await _foreground(command, env, terminal)
            except (OSError, asyncio.CancelledError) as error:
                failure = error
        if failure is not None:
            raise failure
        return code


async def _foreground(command: list[str], env: Mapping[str, str], terminal: int) -> int:
    with _not_stopped():
        child = _Child(command, env, terminal)
        try:
            return await in_daemon_thread(child.wait)
        except asyncio.CancelledError:
            child.stop()
            raise


@contextmanager
def _not_stopped() -> Iterator[None]:
    """The key that stops programs does nothing to this one, until the child has the terminal.

    It is no ignoring, which the child would inherit.
    """
    before = signal.signal(signal.SIGTSTP, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


@contextmanager
def _terminal() -> Iterator[int]:
    """The terminal, wherever the standard streams lead."""
    terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        yield terminal
    finally:
        os.close(terminal)


class _Child:
    """A program in the foreground of a terminal: the keys for signals are about it alone."""

    def __init__(self, command: list[str], env: Mapping[str, str], terminal: int) -> None:
        self._terminal = terminal
        self._modes = termios.tcgetattr(terminal)
        self._process = subprocess.Popen(
            command, env=env, stdin=terminal, stdout=terminal, stderr=terminal, process_group=0
        )
        self._give_terminal(self._process.pid)
        self._signal(signal.SIGCONT)  # It may have asked for the terminal before it had it.

    def wait(self) -> int:
        """Wait for its end, then have the terminal as it was. A program that stops goes on."""
        try:
            while True:
                _, status = os.waitpid(self._process.pid, os.WUNTRACED)
                if not os.WIFSTOPPED(status):
                    self._process.returncode = os.waitstatus_to_exitcode(status)
                    return self._process.returncode
                self._signal(signal.SIGCONT)
        finally:
            self._take_back()

    def _take_back(self) -> None:
        self._give_terminal(os.getpgrp())
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._modes)
        os.write(self._terminal, LEAVE.encode())

    def stop(self) -> None:
        """End it: the program is about to end itself."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _give_terminal(self, group: int) -> None:
        """A program in the background may do this only while it does not hear SIGTTOU."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        try:
            os.tcsetpgrp(self._terminal, group)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
