"""What people write on batches: a label, a note, tags. Providers have none of them."""

import sqlite3
from dataclasses import dataclass

from batchtui.archive.database import Database
from batchtui.core.models import BatchRef

_SET = """
INSERT INTO labels (account, id, label, note, tags) VALUES (:account, :id, :label, :note, :tags)
ON CONFLICT (account, id) DO UPDATE SET
    label = excluded.label, note = excluded.note, tags = excluded.tags
"""

_REMOVE = "DELETE FROM labels WHERE account = :account AND id = :id"

NEWS = """
UPDATE batches SET revision = (SELECT max(revision) + 1 FROM batches)
WHERE account = :account AND id = :id
"""
"""Lets followers load the batch anew: something that goes with it was written."""


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is written on one batch. Tags are words without spaces."""

    label: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.label or self.note or self.tags)


class LabelArchive:
    """At most one set of remarks a batch, which may have them before it was seen in a list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ref: BatchRef) -> Remarks:
        """What is written on a batch."""
        sql = "SELECT * FROM labels WHERE account = :account AND id = :id"
        rows = self._database.query(sql, {"account": ref.account, "id": ref.id})
        return _from_row(rows[0]) if rows else Remarks()

    def set(
        self,
        ref: BatchRef,
        label: str | None = None,
        *,
        note: str | None = None,
        tags: tuple[str, ...] | None = None,
    ) -> Remarks:
        """Write some of it anew, or take it away with an empty one; returns all there is then."""
        names = {"account": ref.account, "id": ref.id}
        with self._database.transaction():
            old = self.get(ref)
            new = Remarks(
                old.label if label is None else label,
                old.note if note is None else note,
                old.tags if tags is None else tags,
            )
            texts = {"label": new.label, "note": new.note, "tags": " ".join(new.tags)}
            self._database.execute(_SET if new else _REMOVE, names | texts)
            self._database.execute(NEWS, names)
        return new

    def all(self) -> dict[BatchRef, Remarks]:
        """Everything that is written on any batch."""
        rows = self._database.query("SELECT * FROM labels")
        return {BatchRef(row["account"], row["id"]): _from_row(row) for row in rows}


def _from_row(row: sqlite3.Row) -> Remarks:
    return Remarks(row["label"], row["note"], tuple(row["tags"].split()))
