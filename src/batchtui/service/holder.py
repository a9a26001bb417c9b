"""Programs by name: who has begun something, and whether they can still end it."""

import os
import socket
from uuid import uuid4

SILENCE = 30.0
"""Seconds without a sign of life after which a program counts as dead.

One that was only suspended finds out before it does harm: who takes over becomes the holder.
"""

SILENCE_OF_CALLS = 900.0
"""The same for single calls, whose programs give no further signs. They take minutes at most."""


def holder_name() -> str:
    """A name for this process that no other has: host, process id and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def has_died(holder: str, silent_for: float, most: float = SILENCE) -> bool:
    """Whether a program is gone for certain, or has been silent for too long, in seconds."""
    host, _, rest = holder.rpartition(":")[0].rpartition(":")
    is_here = host == socket.gethostname() and rest.isdecimal()
    return (is_here and not _is_running(int(rest))) or abs(silent_for) > most


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True
