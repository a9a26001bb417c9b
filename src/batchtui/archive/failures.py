"""SQLite's and the system's errors in words, as `ArchiveError`."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchtui.core.errors import ArchiveError

_MOVE_AWAY = (
    "move the file away, together with its -wal and -shm files, and a new one is made; "
    "batches at the provider are not affected, labels and past counts are in the old file"
)
_ACCESS = "check the owner and the permissions of the file and of its folder"

_ROOM_BYTES = 256 << 10
"""What the -wal and -shm files of a database take at least, generously."""

_MEANINGS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: (
        "another program keeps it locked",
        "close the program that holds it, or try again in a moment",
    ),
    sqlite3.SQLITE_LOCKED: (
        "another program keeps it locked",
        "close the program that holds it, or try again in a moment",
    ),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space and try again"),
    sqlite3.SQLITE_READONLY: ("it cannot be written", _ACCESS),
    sqlite3.SQLITE_PERM: ("it cannot be written", _ACCESS),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", _ACCESS),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", _MOVE_AWAY),
    sqlite3.SQLITE_NOTADB: ("the file is not a database", _MOVE_AWAY),
    sqlite3.SQLITE_IOERR: (
        "the disk failed to read or write it",
        "check the disk; a folder on a network file system may not be able to hold it",
    ),
}


@contextmanager
def as_archive_error(name: str) -> Iterator[None]:
    """Raise what goes wrong inside as `ArchiveError`. `name` is the file's, for people.

    Misuse (`sqlite3.ProgrammingError`: a closed connection, another thread) stays what it is.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        raise _from_sqlite(name, error) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise ArchiveError(f"cannot use the archive {name}", why, _ACCESS) from error


@contextmanager
def as_damage(name: str) -> Iterator[None]:
    """Raise values that cannot be what was stored as `ArchiveError`."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        raise ArchiveError(
            f"cannot read the archive {name}", f"it holds a strange value: {error}", _MOVE_AWAY
        ) from error


def too_new(name: str, version: int, known: int) -> ArchiveError:
    """The error for a file that a newer program has upgraded."""
    return ArchiveError(
        f"cannot use the archive {name}",
        f"a newer batchtui wrote it (format {version}; this one knows {known})",
        "upgrade batchtui, or give this one another data folder with XDG_DATA_HOME",
    )


def _from_sqlite(name: str, error: sqlite3.Error) -> ArchiveError:
    # The low byte is the primary code; errors that the driver itself raises have none.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_IOERR and _is_full(Path(name).parent):
        code = sqlite3.SQLITE_FULL
    meaning, hint = _MEANINGS.get(code, ("the database failed", ""))
    return ArchiveError(f"cannot use the archive {name}", f"{meaning} ({error})", hint)


def _is_full(folder: Path) -> bool:
    """Too little is left on its disk for the files beside a database, whose lack is no FULL."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _ROOM_BYTES
