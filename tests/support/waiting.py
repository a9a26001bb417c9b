"""Waiting for a state, never for a time."""

import asyncio
import time
from collections.abc import Callable

PATIENCE = 30.0
"""Seconds until a wait counts as failed; nothing is measured by it."""


async def settle(rounds: int = 20) -> None:
    """Let every task that can run do so."""
    for _ in range(rounds):
        await asyncio.sleep(0)


def eventually(holds: Callable[[], object], *, pause: float = 0.02) -> None:
    """Return once something that other processes or threads do holds; fail if it never does.

    `pause` is how long to wait between two looks, in seconds.
    """
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(pause)


async def until(holds: Callable[[], object], *, pause: float = 0.02) -> None:
    """The same for an event loop, which goes on meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        await asyncio.sleep(pause)
