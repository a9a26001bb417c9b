"""The archive as a whole: one database, and a view of it for each thing that is kept."""

from pathlib import Path
from types import TracebackType
from typing import Self

from batchtui.archive.accounts import AccountTable
from batchtui.archive.audit import AuditArchive
from batchtui.archive.batches import BatchArchive
from batchtui.archive.database import BUSY_TIMEOUT, Database
from batchtui.archive.health import HealthTable
from batchtui.archive.labels import LabelArchive
from batchtui.archive.leases import LeaseTable
from batchtui.archive.reconciliations import ReconciliationTable
from batchtui.archive.request_files import RequestFileTable
from batchtui.archive.samples import SampleArchive
from batchtui.archive.submissions import SubmissionArchive


class Archive:
    """Everything that is kept, over one connection. A context manager that closes it.

    Use it from the thread that opened it, which is the event loop's: calls are short, and
    transactions are over when they return. Every call raises `ArchiveError`, and no other error
    of the program's, when the file is damaged, locked for too long, read-only or the disk full.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.batches = BatchArchive(database)
        self.samples = SampleArchive(database)
        self.labels = LabelArchive(database)
        self.audit = AuditArchive(database)
        self.leases = LeaseTable(database)
        self.health = HealthTable(database)
        self.accounts = AccountTable(database)
        self.submissions = SubmissionArchive(database)
        self.request_files = RequestFileTable(database)
        self.reconciliations = ReconciliationTable(database)

    @classmethod
    def open(cls, path: Path, *, busy_timeout: float = BUSY_TIMEOUT) -> Self:
        """Open the archive at `path`, making or upgrading it first where needed.

        Raises:
            ArchiveError: the file or its folder cannot be used for reading and writing.
        """
        return cls(Database.open(path, busy_timeout=busy_timeout))

    @classmethod
    def in_memory(cls) -> Self:
        """An archive that is gone when it is closed, for when the file cannot be used."""
        return cls(Database.in_memory())

    @property
    def path(self) -> Path | None:
        """Where the file lies; None for one in memory."""
        return self._database.path

    def is_in_place(self) -> bool:
        """The file is still where it was opened: nobody removed or replaced it since."""
        return self._database.is_in_place()

    def close(self) -> None:
        """Close the file. Closing twice does no harm."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
