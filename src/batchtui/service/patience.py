"""Questions that are asked at the same time: none of them is waited for without an end."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from batchtui.core.clock import Clock
from batchtui.core.errors import NetworkError

PATIENCE = 10.0
"""Seconds for which those that have answered wait for one that has said nothing at all."""

Answer = TypeVar("Answer")


class Patience:
    """Shared by the questions of one moment, one to each account.

    Where one has been answered, silence is a failure sooner than it is for a question alone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered = False

    async def wait(self, question: Awaitable[Answer], attempted: str) -> Answer:
        """The answer; `attempted` says in words what was not possible without it.

        Raises:
            NetworkError: another was answered, and this one not for `PATIENCE` seconds.

        What the question raises comes through.
        """
        asked = asyncio.ensure_future(question)
        over = asyncio.ensure_future(self._clock.sleep(PATIENCE))
        try:
            await asyncio.wait({asked, over}, return_when=asyncio.FIRST_COMPLETED)
            if self._answered and not asked.done():
                raise NetworkError(attempted, f"no answer within {PATIENCE:g} s")
            answer = await asked
        finally:
            asked.cancel()
            over.cancel()
            await asyncio.gather(asked, over, return_exceptions=True)
        self._answered = True
        return answer
