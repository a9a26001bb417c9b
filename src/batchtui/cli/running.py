"""Runs a verb's coroutine to its end, and ends it cleanly when a signal says so."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import TextIO, TypeVar

from batchtui.cli import exits
from batchtui.cli.signals import ending_signals

T = TypeVar("T")


def run_async(work: Coroutine[object, object, T]) -> T:
    """Run `work` to its end. A signal cancels it; it cleans up before the error is raised.

    Raises:
        KeyboardInterrupt: SIGINT came.
        SystemExit: SIGTERM or SIGHUP came; its code is that of the signal.
    """
    return asyncio.run(_until_signalled(work))


async def _until_signalled(work: Coroutine[object, object, T]) -> T:
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    received: list[int] = []

    def end(signum: int) -> None:
        received.append(signum)
        task.cancel()

    before = {signum: signal.getsignal(signum) for signum in ending_signals()}
    for signum in before:
        loop.add_signal_handler(signum, end, signum)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise SystemExit(exits.signalled(received[0])) from None
        raise
    finally:
        for signum, handler in before.items():
            loop.remove_signal_handler(signum)
            signal.signal(signum, handler)


async def read_line(stdin: TextIO) -> str:
    """A line from a terminal. Unlike a plain read, it can be interrupted."""
    loop = asyncio.get_running_loop()
    typed = asyncio.Event()
    loop.add_reader(stdin.fileno(), typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(stdin.fileno())
    return stdin.readline()
