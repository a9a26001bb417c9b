"""The time in the simulated world."""

from datetime import datetime, timedelta
from threading import Lock

from batchtui.core.clock import Clock


class SimClock:
    """World time: a start, real time times `speed`, and what was advanced by hand.

    With `speed=0` time stands still until `advance`. Safe to use from several threads: the
    server reads it in its own, a test advances it from another.
    """

    def __init__(self, clock: Clock, *, start: datetime | None = None, speed: float = 1.0) -> None:
        self._clock = clock
        self._origin = clock.monotonic()
        self._advanced = 0.0
        self._lock = Lock()
        self.start = start or clock.now()
        self.speed = speed

    def now(self) -> datetime:
        """The world's time of day, in UTC."""
        with self._lock:
            elapsed = (self._clock.monotonic() - self._origin) * self.speed + self._advanced
        return self.start + timedelta(seconds=elapsed)

    def advance(self, seconds: float) -> None:
        """Move the world's time on, in world seconds."""
        if seconds < 0:
            raise ValueError("time only goes on")
        with self._lock:
            self._advanced += seconds
