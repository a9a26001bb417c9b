"""Failures of the disk, in words, and files that are there whole or not at all."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


_SOME = 40
"""Characters of a name that is too long which tell which it is."""


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
    if error.errno == errno.ENAMETOOLONG:
        return DiskWords(f"cannot {doing} {path.name[:_SOME]}…", "the path or a name is too long")
    if error.errno == errno.ENOENT:
        return DiskWords(what, *_absence(path, doing))
    if error.errno == errno.EISDIR:
        return DiskWords(what, "it is a folder", "name a file in it")
    return DiskWords(what, error.strerror or str(error))


def _absence(path: Path, doing: str) -> tuple[str, str]:
    if doing != "write":
        return "there is no such file", "check the path"
    if is_there(path.parent):
        return f"{path.parent} takes no new files", "choose another folder"
    return f"there is no folder {path.parent}", "make it, or check the path"


def is_there(path: Path) -> bool:
    """Whether something is at a path, as far as can be seen; a name too long for it is nothing."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def private_file(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """A file for its owner only, that takes the place of `path` once all of it is on the disk.

    If the work in it fails, `path` stays as it was. What can be made again need not be `durable`:
    after a power failure, some of it may be missing.

    Raises:
        OSError: the folder or the disk cannot take it.
    """
    temporary = temporary_beside(path)
    descriptor = os.open(temporary, _NEW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            if durable:
                os.fsync(descriptor)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def temporary_beside(path: Path) -> Path:
    """A name for what is to become `path`; leftovers of processes that were killed are removed."""
    head = f".{path.name}."
    with contextlib.suppress(OSError):
        for other in path.parent.iterdir():
            if not (other.name.startswith(head) and other.suffix == ".tmp"):
                continue
            pid, _, _ = other.name.removeprefix(head).partition(".")
            if pid.isdecimal() and not _lives(int(pid)):
                other.unlink(missing_ok=True)
    # In a container, every life of a program may have the same process id.
    return path.with_name(f"{head}{os.getpid()}.{os.urandom(4).hex()}.tmp")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
