"""The SQLite file: opening, upgrading, transactions."""

import errno
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self

from batchtui.archive.encoding import Params, storable, unescape
from batchtui.archive.failures import as_archive_error, as_damage, too_new
from batchtui.archive.schema import MIGRATIONS, Step
from batchtui.core.errors import ArchiveError

BUSY_TIMEOUT = 3.0
"""Seconds to wait for another program's write. Writes take milliseconds: longer means trouble."""

_OLDEST_SQLITE = (3, 37, 0)
_WAL = "PRAGMA journal_mode = WAL"
_WAL_ATTEMPTS = 50


class Database:
    """One connection to one file, used from the thread that opened it.

    Reads see what was last committed, by whomever. Writes happen inside `transaction()`.
    Errors are `ArchiveError`s, with a hint.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self._connection = connection
        self.path = path
        """The file, or None in memory."""
        self._identity = _identity(path)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        busy_timeout: float = BUSY_TIMEOUT,
        migrations: tuple[Step, ...] = MIGRATIONS,
    ) -> Self:
        """Open `path` for reading and writing; make it (0600, its folder 0700) where it is not.

        Several programs may open a new or an old file at once: one of them upgrades it.

        Raises:
            ArchiveError: the file or folder cannot be used, or a newer program wrote it.
        """
        with as_archive_error(str(path)):
            _make_private(path)
        return cls._connect(str(path), path, busy_timeout, migrations)

    @classmethod
    def in_memory(cls) -> Self:
        """An empty database that is gone when it is closed."""
        return cls._connect(":memory:", None, BUSY_TIMEOUT, MIGRATIONS)

    @classmethod
    def _connect(
        cls, target: str, path: Path | None, busy_timeout: float, migrations: tuple[Step, ...]
    ) -> Self:
        _require_sqlite()
        with as_archive_error(target):
            connection = sqlite3.connect(target, timeout=busy_timeout, isolation_level=None)
        database = cls(connection, path)
        try:
            database._set_up()
            database._migrate(migrations)
        except BaseException:
            connection.close()
            raise
        return database

    @property
    def name(self) -> str:
        """The database, for people."""
        return str(self.path or "in memory")

    def query(self, sql: str, params: Params | None = None) -> list[sqlite3.Row]:
        """All rows of a SELECT."""
        with as_archive_error(self.name):
            return self._connection.execute(sql, storable(params or {})).fetchall()

    def value(self, sql: str, params: Params | None = None) -> Any:  # noqa: ANN401 (as stored)
        """The first column of the first row, or None."""
        rows = self.query(sql, params)
        return rows[0][0] if rows else None

    def execute(self, sql: str, params: Params | None = None) -> int:
        """Run a statement; returns how many rows it changed."""
        with as_archive_error(self.name):
            return self._connection.execute(sql, storable(params or {})).rowcount

    def insert(self, sql: str, params: Params) -> int:
        """Run an INSERT of one row; returns its number."""
        with as_archive_error(self.name):
            return self._connection.execute(sql, storable(params)).lastrowid or 0

    def execute_many(self, sql: str, rows: Iterable[Params]) -> int:
        """Run a statement for each row; returns how many rows changed altogether."""
        with as_archive_error(self.name):
            return self._connection.executemany(sql, map(storable, rows)).rowcount

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """A write transaction: all of it or nothing. Not to be nested; keep it short.

        It survives the death of the program either way, and the death of the machine if it is
        `durable`, for the price of waiting for the disk.
        """
        if durable:
            self.execute("PRAGMA synchronous = FULL")
        try:
            self.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        finally:
            if durable:
                self.execute("PRAGMA synchronous = NORMAL")

    def reading(self) -> AbstractContextManager[None]:
        """A context that reports values which cannot have been stored as `ArchiveError`."""
        return as_damage(self.name)

    def is_in_place(self) -> bool:
        """The file is still where it was opened: nobody removed or replaced it since."""
        return _identity(self.path) == self._identity

    def close(self) -> None:
        """Close the connection. Closing twice does no harm."""
        with as_archive_error(self.name):
            self._connection.close()

    def _roll_back(self) -> None:
        # After a full disk SQLite has rolled back by itself; then there is no transaction.
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def _set_up(self) -> None:
        self._connection.text_factory = unescape
        self._connection.row_factory = sqlite3.Row
        self._use_wal()
        self.execute("PRAGMA synchronous = NORMAL")
        self.execute("PRAGMA foreign_keys = ON")

    def _use_wal(self) -> None:
        """Let readers and one writer work side by side, where the file system can.

        SQLite does not wait for a lock when it changes the mode of a file, so two programs that
        make one at once may refuse each other; an empty transaction waits for the other's turn.
        """
        with as_archive_error(self.name):
            for _ in range(_WAL_ATTEMPTS):
                try:
                    self._connection.execute(_WAL)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                        raise
                else:
                    return
                with self.transaction():
                    pass
            self._connection.execute(_WAL)

    def _migrate(self, migrations: tuple[Step, ...]) -> None:
        """Bring the file to the newest version; under the write lock, so that one program does.

        Asking for the lock also where nothing is to be done tells a read-only folder at once.
        """
        with self.transaction():
            version: int = self.value("PRAGMA user_version")
            if version > len(migrations):
                raise too_new(self.name, version, len(migrations))
            for step in migrations[version:]:
                for statement in step:
                    self.execute(statement)
            if version < len(migrations):
                self.execute(f"PRAGMA user_version = {len(migrations)}")


def _identity(path: Path | None) -> tuple[int, int] | None:
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def _require_sqlite() -> None:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise ArchiveError(
            "cannot use an archive",
            f"this Python has SQLite {sqlite3.sqlite_version}; it needs 3.37 or newer",
            "install batchtui with a Python that has a newer SQLite",
        )


def _make_private(path: Path) -> None:
    """Make the folder and the file, and take an existing file from all but its owner.

    SQLite gives its -wal and -shm files the same permissions. An existing file must not be
    opened here: closing it would drop the locks of this process's other connections.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            path.chmod(0o600)
        if not os.access(path, os.W_OK):  # SQLite would open it, and fail at the first write only
            raise PermissionError(errno.EACCES, "it cannot be written") from None
