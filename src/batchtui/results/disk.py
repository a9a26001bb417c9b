"""Failures of the disk, in words."""

import errno
import os
from pathlib import Path

from batchtui.core.errors import ResultsError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def disk_error(error: OSError, path: Path, doing: str = "write") -> ResultsError:
    """The error to raise for a failed access to `path`; `doing` is "read" or "write"."""
    what = f"cannot {doing} {path}"
    if error.errno in _FULL:
        return ResultsError(
            what, "the disk or its quota is full", "make room there, then try again"
        )
    if error.errno in _DENIED:
        hint = f"check the owner and the permissions of {path.parent}"
        return ResultsError(what, error.strerror or "not permitted", hint)
    if error.errno == errno.ENOENT and doing == "write":
        return ResultsError(what, f"there is no folder {path.parent}", "make it, or check the path")
    if error.errno == errno.ENOENT:
        return ResultsError(what, "there is no such file", "check the path")
    if error.errno == errno.EISDIR:
        return ResultsError(what, "it is a folder", "name a file in it")
    return ResultsError(what, error.strerror or str(error))


def free_bytes(folder: Path) -> int:
    """Bytes that an ordinary user may still write to the folder's disk.

    Raises:
        OSError: there is no such folder.
    """
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
