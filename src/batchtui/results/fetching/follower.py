"""Taking in the bytes of a file right behind whoever writes them, in a thread of its own.

Writing waits for the network and the disk, taking in for the processor: side by side they last
as long as the longer of both.
"""

import os
import threading
from collections.abc import Callable

from batchtui.core.background import ANSWERS
from batchtui.core.errors import ResultsError

BLOCK = 256 << 10
"""Bytes that are taken at once, at most: a millisecond's work, and what caches hold."""

MOST_BEHIND = 8 << 20
"""Bytes that may wait to be taken. What was written just before is still in the cache."""


class Follower:
    """Hands the bytes of a file on to `take`, in order, as soon as they are there.

    `take` runs in the follower's thread. The file is written by one other thread, which says
    how far it got, and is held up where it gets too far ahead.
    """

    def __init__(self, descriptor: int, start: int, take: Callable[[bytes], object]) -> None:
        self._descriptor = descriptor
        self._take = take
        self._taken = self._written = start
        self._ended = False
        self._failure: Exception | None = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="batchtui-follow", daemon=True)
        self._thread.start()

    def follow(self, written: int) -> None:
        """So many bytes are in the file now.

        Raises:
            Exception: that which `take` raised, or the file did when it was read.
        """
        with self._changed:
            self._written = written
            self._changed.notify_all()
            self._changed.wait_for(self._is_near)
            if self._failure:
                raise self._failure

    def end(self) -> None:
        """Wait until all is taken. Raises as `follow`."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join()
        if self._failure:
            raise self._failure

    def _is_near(self) -> bool:
        return self._written - self._taken <= MOST_BEHIND or self._failure is not None

    def _run(self) -> None:
        try:
            while size := self._wait_for_more():
                self._take_next(size)
        except Exception as error:  # noqa: BLE001  (raised in the writer's thread)
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _wait_for_more(self) -> int:
        """How many bytes there are to take now; none once all are, and no more come."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._written > self._taken)
            return min(BLOCK, self._written - self._taken)

    def _take_next(self, size: int) -> None:
        ANSWERS.give()
        block = os.pread(self._descriptor, size, self._taken)
        if not block:
            raise ResultsError("the results cannot be read back", "their file was cut meanwhile")
        self._take(block)
        with self._changed:
            self._taken += len(block)
            self._changed.notify_all()
