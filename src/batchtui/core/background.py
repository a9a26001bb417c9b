"""Slow calls beside the event loop, and how they make room for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Thread
from typing import Final, TypeVar

T = TypeVar("T")

_LONGEST_WAIT: Final = 0.05


class Precedence:
    """Answering a key goes before what threads compute: they wait at the end of a step.

    The threads of a process take turns, and each turn of another one is a delay. An answer
    is waited for `longest` seconds at most, and once.
    """

    def __init__(self, longest: float = _LONGEST_WAIT) -> None:
        self._longest = longest
        self._is_free = Event()
        self._is_free.set()

    def take(self) -> None:
        """Somebody waits for an answer."""
        self._is_free.clear()

    def leave(self) -> None:
        """It has been given."""
        self._is_free.set()

    def give(self) -> None:
        """Let an answer be given first. For threads, between two steps of a few milliseconds."""
        if not self._is_free.wait(self._longest):
            self.leave()  # Not every key has an answer that is seen.


ANSWERS: Final = Precedence()
"""That of this process."""


async def in_daemon_thread(call: Callable[[], T]) -> T:
    """Call something slow in a thread that does not keep the program from ending.

    Unlike `asyncio.to_thread`, whose threads are waited for when the loop closes.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        if not outcome.set_running_or_notify_cancel():
            return
        try:
            outcome.set_result(call())
        except BaseException as error:  # noqa: BLE001  (raised again where it is awaited)
            outcome.set_exception(error)

    Thread(target=run, name="batchtui-background", daemon=True).start()
    return await asyncio.wrap_future(outcome)
