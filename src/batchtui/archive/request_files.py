"""Where the requests of batches are: a file that was sent from here, or that somebody named."""

from dataclasses import dataclass

from batchtui.archive.database import Database
from batchtui.core.models import BatchRef

_PUT = """
INSERT INTO request_files (account, id, file, sha256, copy)
VALUES (:account, :id, :file, :sha256, :copy)
ON CONFLICT (account, id) DO UPDATE SET
    file = excluded.file, sha256 = excluded.sha256, copy = excluded.copy
"""


@dataclass(frozen=True, slots=True)
class RememberedFile:
    """The file that a batch's requests were in. It may have moved or changed since."""

    file: str
    """Its path, absolute; `-` if it was standard input."""
    sha256: str
    copy: str = ""
    """A copy that was made to stay, or empty."""


class RequestFileTable:
    """One file a batch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, ref: BatchRef, file: RememberedFile) -> None:
        """Remember the file of a batch, instead of another."""
        params = {
            "account": ref.account,
            "id": ref.id,
            "file": file.file,
            "sha256": file.sha256,
            "copy": file.copy,
        }
        with self._database.transaction():
            self._database.execute(_PUT, params)

    def remove(self, ref: BatchRef, sha256: str) -> None:
        """Forget the file of a batch, if it is that one."""
        sql = "DELETE FROM request_files WHERE account = :account AND id = :id AND sha256 = :sha256"
        with self._database.transaction():
            self._database.execute(sql, {"account": ref.account, "id": ref.id, "sha256": sha256})

    def get(self, ref: BatchRef) -> RememberedFile | None:
        """The file of a batch, if one is known."""
        sql = "SELECT * FROM request_files WHERE account = :account AND id = :id"
        rows = self._database.query(sql, {"account": ref.account, "id": ref.id})
        return RememberedFile(rows[0]["file"], rows[0]["sha256"], rows[0]["copy"]) if rows else None
