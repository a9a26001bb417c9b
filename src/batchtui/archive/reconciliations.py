"""What came of comparing the results of batches with their requests: the last time counts."""

import json
import sqlite3
from dataclasses import asdict, fields

from batchtui.archive.database import Database
from batchtui.archive.encoding import Params, from_micros, to_micros
from batchtui.archive.labels import NEWS
from batchtui.core.models import BatchRef
from batchtui.core.reconciled import Reconciled

_PUT = """
INSERT INTO reconciliations (account, id, at, found) VALUES (:account, :id, :at, :found)
ON CONFLICT (account, id) DO UPDATE SET at = excluded.at, found = excluded.found
"""

_NUMBERS = frozenset(field.name for field in fields(Reconciled)) - {"at"}
"""Those of this version: another one may have kept more."""


class ReconciliationTable:
    """One finding a batch. Loaded entries carry it (`BatchArchive.load`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, ref: BatchRef, found: Reconciled) -> None:
        """Remember what was found, instead of what was found before."""
        numbers = {name: value for name, value in asdict(found).items() if name in _NUMBERS}
        names: Params = {"account": ref.account, "id": ref.id}
        more: Params = {"at": to_micros(found.at), "found": json.dumps(numbers)}
        with self._database.transaction():
            self._database.execute(_PUT, {**names, **more})
            self._database.execute(NEWS, names)


def reconciled_from_row(row: sqlite3.Row) -> Reconciled | None:
    """What a row with `reconciled_at` and `found` tells; None where these are null."""
    if row["found"] is None:
        return None
    numbers = json.loads(row["found"])
    known = {name: numbers[name] for name in _NUMBERS if name in numbers}
    return Reconciled(from_micros(row["reconciled_at"]), **known)
