"""Failures of the disk, in words."""

import errno
from pathlib import Path
from typing import NamedTuple

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class DiskWords(NamedTuple):
    """What an error of ours says of a failed access; in the order of its arguments."""

    what: str
    why: str
    hint: str = ""


def disk_words(error: OSError, path: Path, doing: str = "write") -> DiskWords:
    """What to say of a failed access to `path`; `doing` is "read" or "write"."""
    what = f"cannot {doing} {path}"
    if error.errno in _FULL:
        return DiskWords(what, "the disk or its quota is full", "make room there, then try again")
    if error.errno in _DENIED:
        hint = f"check the owner and the permissions of {path.parent}"
        return DiskWords(what, error.strerror or "not permitted", hint)
    if error.errno == errno.ENOENT and doing == "write":
        return DiskWords(what, f"there is no folder {path.parent}", "make it, or check the path")
    if error.errno == errno.ENOENT:
        return DiskWords(what, "there is no such file", "check the path")
    if error.errno == errno.EISDIR:
        return DiskWords(what, "it is a folder", "name a file in it")
    return DiskWords(what, error.strerror or str(error))
