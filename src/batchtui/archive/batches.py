"""The last known state of every batch that was ever seen."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from batchtui.archive.database import Database
from batchtui.archive.encoding import (
    Params,
    SqlValue,
    bounded,
    from_micros,
    from_micros_or_none,
    to_micros,
    to_micros_or_none,
)
from batchtui.archive.reconciliations import reconciled_from_row
from batchtui.core.models import (
    Batch,
    BatchEntry,
    BatchRef,
    BatchState,
    Presence,
    RequestCounts,
)

HISTORY_LIMIT = 200
"""How many finished batches teach about the next one: the newest."""

_SIMILAR = 3
"""Batches up to three times smaller or larger are of similar size."""

_SAVE = """
INSERT INTO batches (
    account, id, kind, state, provider_status, created_at,
    processing, succeeded, errored, canceled, expired, counts_live,
    ended_at, expires_at, archived_at, cancel_initiated_at, results_available,
    failure, raw, presence, seen_at, revision
) VALUES (
    :account, :id, :kind, :state, :provider_status, :created_at,
    :processing, :succeeded, :errored, :canceled, :expired, :counts_live,
    :ended_at, :expires_at, :archived_at, :cancel_initiated_at, :results_available,
    :failure, :raw, :presence, :seen_at, :revision
)
ON CONFLICT (account, id) DO UPDATE SET
    kind = excluded.kind,
    state = excluded.state,
    provider_status = excluded.provider_status,
    created_at = excluded.created_at,
    processing = excluded.processing,
    succeeded = excluded.succeeded,
    errored = excluded.errored,
    canceled = excluded.canceled,
    expired = excluded.expired,
    counts_live = excluded.counts_live,
    ended_at = excluded.ended_at,
    expires_at = excluded.expires_at,
    archived_at = excluded.archived_at,
    cancel_initiated_at = excluded.cancel_initiated_at,
    results_available = excluded.results_available,
    failure = excluded.failure,
    raw = excluded.raw,
    presence = excluded.presence,
    seen_at = coalesce(excluded.seen_at, seen_at),
    revision = excluded.revision
WHERE (
    kind, state, provider_status, created_at,
    processing, succeeded, errored, canceled, expired, counts_live,
    ended_at, expires_at, archived_at, cancel_initiated_at, results_available,
    failure, raw, presence
) IS NOT (
    excluded.kind, excluded.state, excluded.provider_status, excluded.created_at,
    excluded.processing, excluded.succeeded, excluded.errored, excluded.canceled,
    excluded.expired, excluded.counts_live,
    excluded.ended_at, excluded.expires_at, excluded.archived_at,
    excluded.cancel_initiated_at, excluded.results_available,
    excluded.failure, excluded.raw, excluded.presence
)
AND (seen_at IS NULL OR excluded.seen_at IS NULL OR excluded.seen_at >= seen_at)
"""

_LOAD = """
SELECT batches.*, coalesce(labels.label, '') AS label,
    coalesce(labels.note, '') AS note, coalesce(labels.tags, '') AS tags,
    reconciliations.at AS reconciled_at, reconciliations.found AS found
FROM batches LEFT JOIN labels USING (account, id) LEFT JOIN reconciliations USING (account, id)
WHERE (:account IS NULL OR account = :account)
    AND revision > :after
ORDER BY created_at DESC, account, id DESC
"""

# One that was canceled tells when somebody lost patience, not how long such a batch takes.
_FINISHED = """
SELECT ended_at - created_at
FROM batches
WHERE kind = :kind
    AND (:account IS NULL OR account = :account)
    AND ended_at IS NOT NULL AND ended_at >= created_at
    AND state IN ('completed', 'expired')
    AND cancel_initiated_at IS NULL
    AND succeeded > 0
    AND (processing + succeeded + errored + canceled + expired) * :similar >= :total
    AND processing + succeeded + errored + canceled + expired <= :total * :similar
ORDER BY ended_at DESC
LIMIT :limit
"""


class BatchArchive:
    """Batches as they were last seen, with their labels and what came of reconciling them.

    What only one running program knows (a pending action, a local copy) is not kept. Labels have
    a table of their own (`LabelArchive`): loaded entries carry them, saving leaves them alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self, entries: Iterable[BatchEntry], *, account: str = "", seen_at: datetime | None = None
    ) -> int:
        """Keep entries, all or none; those that say nothing new are not written again.

        With `account`, they are kept under that name instead of their own. With `seen_at`, the
        time at which the provider was asked, an answer that was overtaken by a later one of
        another program does not bring the old state back.

        Returns:
            How many entries were written.
        """
        moment = to_micros_or_none(seen_at)
        rows = [_to_row(entry) | {"seen_at": moment} for entry in entries]
        if not rows:
            return 0
        with self._database.transaction():
            more: dict[str, SqlValue] = {"revision": self.revision() + 1}
            if account:
                more["account"] = account
            return self._database.execute_many(_SAVE, (row | more for row in rows))

    def revision(self) -> int:
        """The number of the latest write; 0 before the first one."""
        newest: int = self._database.value("SELECT coalesce(max(revision), 0) FROM batches")
        return newest

    def load(
        self, account: str | None = None, *, name: str = "", after: int = 0
    ) -> list[BatchEntry]:
        """All entries, or those kept under one account, newest first.

        `name` is the account's name in the entries, if it is another one. With `after`, only
        those that were written, or labelled, after that `revision`.
        """
        rows = self._database.query(_LOAD, {"account": account, "after": after})
        with self._database.reading():
            return [_from_row(row, name) for row in rows]

    def finished_durations(self, account: str | None, kind: str, total: int) -> list[timedelta]:
        """How long finished batches of similar size took, the newest first, at most 200.

        Finished are those that nobody canceled and that have an answer to some request. `total`
        is the number of requests to be similar to; `account` None means all accounts.
        """
        params: Params = {
            "account": account,
            "kind": kind,
            "total": bounded(total),
            "similar": _SIMILAR,
            "limit": HISTORY_LIMIT,
        }
        rows = self._database.query(_FINISHED, params)
        with self._database.reading():
            return [timedelta(microseconds=row[0]) for row in rows]


def _to_row(entry: BatchEntry) -> dict[str, SqlValue]:
    batch = entry.batch
    return {
        "account": batch.ref.account,
        "id": batch.ref.id,
        "kind": batch.kind,
        "state": batch.state.value,
        "provider_status": batch.provider_status,
        "created_at": to_micros(batch.created_at),
        **counts_to_row(batch.request_counts),
        "counts_live": batch.counts_live,
        "ended_at": to_micros_or_none(batch.ended_at),
        "expires_at": to_micros_or_none(batch.expires_at),
        "archived_at": to_micros_or_none(batch.archived_at),
        "cancel_initiated_at": to_micros_or_none(batch.cancel_initiated_at),
        "results_available": batch.results_available,
        "failure": batch.failure,
        "raw": batch.raw,
        "presence": entry.presence.value,
    }


def _from_row(row: sqlite3.Row, name: str) -> BatchEntry:
    batch = Batch(
        ref=BatchRef(name or row["account"], row["id"]),
        kind=row["kind"],
        state=BatchState(row["state"]),
        provider_status=row["provider_status"],
        created_at=from_micros(row["created_at"]),
        request_counts=None if row["processing"] is None else counts_from_row(row),
        counts_live=bool(row["counts_live"]),
        ended_at=from_micros_or_none(row["ended_at"]),
        expires_at=from_micros_or_none(row["expires_at"]),
        archived_at=from_micros_or_none(row["archived_at"]),
        cancel_initiated_at=from_micros_or_none(row["cancel_initiated_at"]),
        results_available=bool(row["results_available"]),
        failure=row["failure"],
        raw=row["raw"],
    )
    return BatchEntry(
        batch,
        presence=Presence(row["presence"]),
        label=row["label"],
        note=row["note"],
        tags=tuple(row["tags"].split()),
        reconciled=reconciled_from_row(row),
    )


def counts_to_row(counts: RequestCounts | None) -> dict[str, SqlValue]:
    """The five columns of counts; null for none at all."""
    names = ("processing", "succeeded", "errored", "canceled", "expired")
    if counts is None:
        return dict.fromkeys(names)
    return {name: bounded(getattr(counts, name)) for name in names}


def counts_from_row(row: sqlite3.Row) -> RequestCounts:
    """The counts of a row that has them."""
    return RequestCounts(
        processing=row["processing"],
        succeeded=row["succeeded"],
        errored=row["errored"],
        canceled=row["canceled"],
        expired=row["expired"],
    )
