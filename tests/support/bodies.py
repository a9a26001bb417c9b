"""Request documents for tests, as `core.submissions.RequestBody` wants them."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable

PARAMS = {"model": "claude-x", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}


class FakeBody:
    """A document in memory. `before_chunk` is awaited before the chunk of that number is given."""

    def __init__(
        self,
        count: int = 3,
        *,
        prefix: str = "r",
        chunk: int = 100,
        before_chunk: Callable[[int], object] | None = None,
    ) -> None:
        requests = [{"custom_id": f"{prefix}{n}", "params": PARAMS} for n in range(count)]
        self.data = json.dumps({"requests": requests}).encode()
        self.count = count
        self.size = len(self.data)
        self.sha256 = hashlib.sha256(self.data).hexdigest()
        self.given = 0
        self._chunk = chunk
        self._before_chunk = before_chunk

    async def chunks(self) -> AsyncIterator[bytes]:
        for number, start in enumerate(range(0, self.size, self._chunk)):
            if self._before_chunk and asyncio.iscoroutine(waiting := self._before_chunk(number)):
                await waiting
            piece = self.data[start : start + self._chunk]
            self.given += len(piece)
            yield piece
