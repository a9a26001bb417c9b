"""Questions that are not waited for without an end: one alone, or several at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from batchtui.core.clock import Clock
from batchtui.core.errors import NoAnswerError

PATIENCE = 10.0
"""Seconds without a word after which an account counts as silent."""

COULD_NOT_LIST = "could not list batches"

Answer = TypeVar("Answer")


async def within_patience(question: Awaitable[Answer], clock: Clock, attempted: str) -> Answer:
    """The answer to a question that is asked alone.

    Raises:
        NoAnswerError: there was none for `PATIENCE` seconds. What the question raises comes
            through.
    """
    return await _answer(question, clock.sleep(PATIENCE), attempted)


async def _answer(question: Awaitable[Answer], enough: Awaitable[object], attempted: str) -> Answer:
    """The answer; `enough` ends when it is not waited for any longer."""
    asked, over = asyncio.ensure_future(question), asyncio.ensure_future(enough)
    try:
        await asyncio.wait({asked, over}, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            raise NoAnswerError(attempted, f"no answer within {PATIENCE:g} s", retryable=True)
        return await asked
    finally:
        asked.cancel()
        over.cancel()
        await asyncio.gather(asked, over, return_exceptions=True)


class Silence:
    """Minds whether the questions to one account, one at a time, are answered at all."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard = 0.0
        self._poked = asyncio.Event()

    def heard(self) -> None:
        """Something was answered."""
        self._heard = self._clock.monotonic()

    def poke(self) -> None:
        """Somebody asks for news: a question that meets with silence is given up."""
        self._poked.set()

    async def mind(
        self, question: Awaitable[Answer], tell: Callable[[NoAnswerError], None]
    ) -> Answer:
        """The answer. After `PATIENCE` seconds without a word silence is told, and waited on.

        Raises:
            NoAnswerError: there was silence, and somebody poked.
        """
        self.heard()
        self._poked.clear()
        return await _answer(question, self._enough(tell), COULD_NOT_LIST)

    async def _enough(self, tell: Callable[[NoAnswerError], None]) -> None:
        while (rest := self._heard + PATIENCE - self._clock.monotonic()) > 0:
            await self._clock.sleep(rest)
        tell(NoAnswerError(COULD_NOT_LIST, f"no answer within {PATIENCE:g} s"))
        await self._poked.wait()


class Patience:
    """Shared by the questions of one moment, one to each account.

    Where one has been answered, silence is a failure sooner than it is for a question alone.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answered = asyncio.Event()

    async def wait(self, question: Awaitable[Answer], attempted: str) -> Answer:
        """The answer; `attempted` says in words what was not possible without it.

        Raises:
            NoAnswerError: another was answered, and this one not for `PATIENCE` seconds.

        What the question raises comes through.
        """
        answer = await _answer(question, self._over(), attempted)
        self._answered.set()
        return answer

    async def _over(self) -> None:
        await self._clock.sleep(PATIENCE)
        await self._answered.wait()
