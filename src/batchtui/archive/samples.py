"""Counts of batches over time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from batchtui.archive.batches import counts_from_row, counts_to_row
from batchtui.archive.database import Database
from batchtui.archive.encoding import Params, from_micros, to_micros
from batchtui.core.models import BatchRef, RequestCounts
from batchtui.core.progress import Sample

THIN_AFTER = timedelta(hours=1)
"""Samples older than this are thinned."""

THIN_TO = timedelta(minutes=5)
"""Of older samples, the last one of each span of this length stays."""

FORGET_AFTER = timedelta(days=60)
"""Samples older than this go: providers themselves keep batches for a month or so."""

_ADD = """
INSERT INTO samples (account, id, at, processing, succeeded, errored, canceled, expired)
SELECT :account, :id, :at, :processing, :succeeded, :errored, :canceled, :expired
WHERE EXISTS (SELECT 1 FROM batches WHERE account = :account AND id = :id)
    AND (:processing, :succeeded, :errored, :canceled, :expired) IS NOT (
        SELECT processing, succeeded, errored, canceled, expired
        FROM samples
        WHERE account = :account AND id = :id
        ORDER BY at DESC
        LIMIT 1
    )
ON CONFLICT DO NOTHING
"""

_RECENT = """
SELECT at, processing, succeeded, errored, canceled, expired
FROM samples
WHERE account = :account AND id = :id AND at >= :since
ORDER BY at
"""

_THIN = """
DELETE FROM samples
WHERE at < :thin_before
    AND EXISTS (
        SELECT 1 FROM samples AS later
        WHERE later.account = samples.account AND later.id = samples.id
            AND later.at > samples.at
            AND later.at < (samples.at / :span + 1) * :span
    )
"""


class SampleArchive:
    """How the counts of each batch moved. Of equal samples in a row only the first is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, ref: BatchRef, at: datetime, counts: RequestCounts) -> bool:
        """Keep one sample; False if the counts stand where they stood, or for an unknown batch."""
        return self.add_many(at, {ref: counts}) == 1

    def add_many(self, at: datetime, counts: Mapping[BatchRef, RequestCounts]) -> int:
        """Keep the samples of one poll in one transaction; returns how many told something new."""
        if not counts:
            return 0
        moment = to_micros(at)
        rows: list[Params] = [
            {"account": ref.account, "id": ref.id, "at": moment, **counts_to_row(each)}
            for ref, each in counts.items()
        ]
        with self._database.transaction():
            return self._database.execute_many(_ADD, rows)

    def recent(self, ref: BatchRef, since: datetime) -> list[Sample]:
        """The samples of a batch from `since` on, oldest first."""
        params: Params = {"account": ref.account, "id": ref.id, "since": to_micros(since)}
        rows = self._database.query(_RECENT, params)
        with self._database.reading():
            return [Sample(from_micros(row["at"]), counts_from_row(row)) for row in rows]

    def thin(self, now: datetime) -> int:
        """Thin old samples and drop very old ones; returns how many went. Once a day is enough."""
        thin: Params = {
            "thin_before": to_micros(now - THIN_AFTER),
            "span": THIN_TO // timedelta(microseconds=1),
        }
        forget = {"before": to_micros(now - FORGET_AFTER)}
        with self._database.transaction():
            gone = self._database.execute("DELETE FROM samples WHERE at < :before", forget)
            return gone + self._database.execute(_THIN, thin)
