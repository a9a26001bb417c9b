"""Whether work in another thread is to go on, rest or end."""

import threading
from collections.abc import Callable


class CanceledError(Exception):
    """Leaves the work; it is not to be done any more."""


class PausedError(Exception):
    """Leaves the work; it is to be taken up again after `Control.wait_while_paused`."""


class Control:
    """The orders for one piece of work; they may come from any thread.

    `sleep` waits between tries; the default one ends at once when an order comes.
    """

    def __init__(self, sleep: Callable[[float], object] | None = None) -> None:
        self._changed = threading.Condition()
        self._canceled = False
        self._paused = False
        self._sleep = sleep or self._wait

    @property
    def paused(self) -> bool:
        """It is to rest."""
        return self._paused

    def cancel(self) -> None:
        """The work is to end."""
        with self._changed:
            self._canceled = True
            self._changed.notify_all()

    def pause(self) -> None:
        """The work is to rest."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """The work is to go on."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def check(self) -> None:
        """Go on.

        Raises:
            CanceledError, PausedError: or rather not.
        """
        if self._canceled:
            raise CanceledError
        if self._paused:
            raise PausedError

    def rest(self, seconds: float) -> None:
        """Sleep. Raises as `check`, before and after."""
        self.check()
        self._sleep(seconds)
        self.check()

    def wait_while_paused(self) -> None:
        """Block until it is to go on.

        Raises:
            CanceledError: it is to end.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._canceled or not self._paused)
        if self._canceled:
            raise CanceledError

    def _wait(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._canceled or self._paused, seconds)
