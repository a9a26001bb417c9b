"""Failures of the disk as errors of results, and the room that is left."""

import os
from pathlib import Path

from batchtui.core.disk import disk_words
from batchtui.core.errors import ResultsError

SPARE_BYTES = 16 << 20
"""Room to leave on the disk."""


def disk_error(error: OSError, path: Path, doing: str = "write") -> ResultsError:
    """The error to raise for a failed access to `path`; `doing` is "read" or "write"."""
    return ResultsError(*disk_words(error, path, doing))


def free_bytes(folder: Path) -> int:
    """Bytes that an ordinary user may still write to the folder's disk.

    Raises:
        OSError: there is no such folder.
    """
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
