"""Slow calls beside the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


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
