"""What SIGTERM and SIGHUP do: they end the program the way an error does, so it cleans up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from batchtui.cli import exits


def ending_signals() -> list[signal.Signals]:
    """The signals that end the program; not those that its parent has it ignore, as nohup does."""
    ending = (signal.SIGTERM, signal.SIGHUP)
    return [signum for signum in ending if signal.getsignal(signum) is not signal.SIG_IGN]


@contextmanager
def cleanly_ended() -> Iterator[None]:
    """Within this, a signal that ends the program raises SystemExit with its code."""
    before = {signum: signal.signal(signum, _leave) for signum in ending_signals()}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def _leave(signum: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(exits.signalled(signum))
