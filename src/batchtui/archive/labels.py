"""Names that people give to batches; providers have none."""

from batchtui.archive.database import Database
from batchtui.core.models import BatchRef

_SET = """
INSERT INTO labels (account, id, label) VALUES (:account, :id, :label)
ON CONFLICT (account, id) DO UPDATE SET label = excluded.label
"""

_NEWS = """
UPDATE batches SET revision = (SELECT max(revision) + 1 FROM batches)
WHERE account = :account AND id = :id
"""


class LabelArchive:
    """One label for a batch at most. A batch may have one before it was seen in a list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, ref: BatchRef) -> str:
        """The label, or empty."""
        sql = "SELECT label FROM labels WHERE account = :account AND id = :id"
        label: str | None = self._database.value(sql, {"account": ref.account, "id": ref.id})
        return label or ""

    def set(self, ref: BatchRef, label: str) -> None:
        """Give a label, or take it away with an empty one."""
        params = {"account": ref.account, "id": ref.id, "label": label}
        remove = "DELETE FROM labels WHERE account = :account AND id = :id"
        with self._database.transaction():
            self._database.execute(_SET if label else remove, params)
            self._database.execute(_NEWS, {"account": ref.account, "id": ref.id})

    def all(self) -> dict[BatchRef, str]:
        """Every label."""
        rows = self._database.query("SELECT account, id, label FROM labels")
        return {BatchRef(row["account"], row["id"]): row["label"] for row in rows}
