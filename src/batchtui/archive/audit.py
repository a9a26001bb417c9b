"""What was done to batches from here: every call that changes something at a provider."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from batchtui.archive.database import Database
from batchtui.archive.encoding import Params, from_micros, from_micros_or_none, to_micros
from batchtui.core.errors import ArchiveError
from batchtui.core.models import BatchRef

_BEGIN = """
INSERT INTO audit (at, account, id, verb, detail, holder)
VALUES (:at, :account, :id, :verb, :detail, :holder)
"""

_FINISH = """
UPDATE audit
SET finished_at = :at, outcome = :outcome, outcome_detail = :detail
WHERE number = :number AND finished_at IS NULL
"""

_OPEN = "SELECT * FROM audit WHERE finished_at IS NULL ORDER BY number"

_RECENT = "SELECT * FROM audit ORDER BY number DESC LIMIT :limit"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One call. Its outcome is empty while it is under way, or if the program died in it."""

    number: int
    at: datetime
    """When the call was about to be made."""
    ref: BatchRef
    """The batch; its id is empty for a call that makes one."""
    verb: str
    """`cancel`, `delete`, ..."""
    detail: str
    finished_at: datetime | None
    outcome: str
    outcome_detail: str
    holder: str = ""
    """The program that made it; empty where that was not noted."""

    @property
    def is_open(self) -> bool:
        """Nobody knows, or not yet, whether the call arrived."""
        return self.finished_at is None


class AuditArchive:
    """Rows are written before the call and completed after it, and never removed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, at: datetime, ref: BatchRef, verb: str, detail: str = "", *, holder: str = ""
    ) -> int:
        """Note a call before it is made; returns the row's number for `finish`.

        `holder` is the program that makes it. The row is on the disk when this returns, whatever
        happens to the machine.
        """
        params: Params = {
            "at": to_micros(at),
            "account": ref.account,
            "id": ref.id,
            "verb": verb,
            "detail": detail,
            "holder": holder,
        }
        with self._database.transaction(durable=True):
            return self._database.insert(_BEGIN, params)

    def finish(self, number: int, at: datetime, outcome: str, detail: str = "") -> None:
        """Note how the call ended.

        Raises:
            ArchiveError: the row has an outcome already, or there is none of that number.
        """
        if not self.finish_if_open(number, at, outcome, detail):
            raise ArchiveError(f"audit row {number} is not open")

    def finish_if_open(self, number: int, at: datetime, outcome: str, detail: str = "") -> bool:
        """Note how a call ended, where nobody has yet; False where somebody has."""
        params: Params = {
            "number": number,
            "at": to_micros(at),
            "outcome": outcome,
            "detail": detail,
        }
        with self._database.transaction():
            return self._database.execute(_FINISH, params) == 1

    def open_rows(self) -> list[AuditRow]:
        """Rows without an outcome, oldest first: calls under way, and those of dead programs."""
        rows = self._database.query(_OPEN)
        with self._database.reading():
            return [_from_row(row) for row in rows]

    def recent(self, limit: int = 100) -> list[AuditRow]:
        """The last rows, newest first."""
        rows = self._database.query(_RECENT, {"limit": limit})
        with self._database.reading():
            return [_from_row(row) for row in rows]


def _from_row(row: sqlite3.Row) -> AuditRow:
    return AuditRow(
        number=row["number"],
        at=from_micros(row["at"]),
        ref=BatchRef(row["account"], row["id"]),
        verb=row["verb"],
        detail=row["detail"],
        finished_at=from_micros_or_none(row["finished_at"]),
        outcome=row["outcome"],
        outcome_detail=row["outcome_detail"],
        holder=row["holder"],
    )
