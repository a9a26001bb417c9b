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


def eventually(holds: Callable[[], object]) -> None:
    """Return once something outside of this process holds; fail if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)
