"""Batches that were to be created: intents, noted before the first byte, and what came of them."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from batchtui.archive.database import Database
from batchtui.archive.encoding import (
    Params,
    bounded,
    from_micros,
    from_micros_or_none,
    to_micros,
)
from batchtui.core.models import BatchRef
from batchtui.core.submissions import CreateOptions, Draft, Part, Submission, SubmissionState

_INTEND = """
INSERT INTO submissions (
    account, state, at, file, sha256, size, count, label, options, copy, parent, part, parts,
    holder, beat_at, known
) VALUES (
    :account, 'intended', :at, :file, :sha256, :size, :count, :label, :options, :copy, :parent,
    :part, :parts, :holder, :beat_at, :known
)
"""

_CHANGE = """
UPDATE submissions
SET state = :state, batch_id = :batch_id, why = :why, candidates = :candidates,
    lost_at = CASE :state WHEN 'unknown' THEN coalesce(lost_at, :now) ELSE lost_at END
WHERE number = :number AND holder = :holder
"""

_TAKE_OVER = """
UPDATE submissions
SET holder = :new, beat_at = :at, lost_at = coalesce(lost_at, CAST(beat_at * 1000000 AS INTEGER))
WHERE number = :number AND holder = :old AND state IN ('intended', 'sending', 'unknown')
"""

_ALL_OPEN = """
SELECT * FROM submissions WHERE state IN ('intended', 'sending', 'unknown') ORDER BY number
"""

_REOPEN = """
UPDATE submissions
SET state = 'unknown', holder = :holder, beat_at = :at, batch_id = ''
WHERE number = :number AND state IN ('adopted', 'absent') AND sent_at IS NOT NULL
"""

_OPEN = """
SELECT * FROM submissions
WHERE account = :account AND state IN ('intended', 'sending', 'unknown')
ORDER BY number
"""

_SENT_BEFORE = """
SELECT * FROM submissions
WHERE account = :account AND sha256 = :sha256 AND part = :part AND parts = :parts
    AND state IN ('created', 'adopted', 'intended', 'sending', 'unknown')
ORDER BY number DESC
"""

_ABSENT = """
SELECT * FROM submissions
WHERE account = :account AND sha256 = :sha256 AND part = :part AND parts = :parts
    AND state = 'absent' AND sent_at IS NOT NULL
ORDER BY number
"""

_OF_BATCH = """
SELECT * FROM submissions
WHERE account = :account AND batch_id = :id AND state IN ('created', 'adopted')
ORDER BY number
"""

_CHILDREN = """
SELECT * FROM submissions
WHERE account = :account AND parent = :id AND state IN ('created', 'adopted')
ORDER BY number
"""

_OPEN_CHILDREN = """
SELECT * FROM submissions
WHERE account = :account AND parent = :id AND state IN ('intended', 'sending', 'unknown')
ORDER BY number
"""

_BATCH_IDS = """
SELECT batch_id FROM submissions
WHERE account = :account AND state IN ('created', 'adopted')
"""


@dataclass(frozen=True, slots=True)
class OpenSubmission:
    """One whose end is not known, with what it takes to find out."""

    submission: Submission
    holder: str
    """The program that minds it, dead or alive."""
    beat_at: float
    """When that one was last alive: wall time, seconds since 1970."""
    lost_at: datetime
    """Since when nobody waits for the answer; the last sign of life where that is not known."""
    known: frozenset[str]
    """Ids of batches that were there before it was sent."""


class SubmissionArchive:
    """Submissions by number. Each is minded by one program, its holder; only that one changes it.

    Accounts are named as they are kept, in rows and in what is returned.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(
        self,
        draft: Draft,
        account: str,
        holder: str,
        now: datetime,
        known: Iterable[str],
        *,
        beside: Collection[int] | None = None,
    ) -> Submission | None:
        """Note that a batch is going to be sent. On the disk when this returns.

        With the numbers of those `beside` which it may be sent, nothing is noted and None returned
        if there are other submissions of the same requests: of several programs that try at once,
        one sends them.
        """
        params: Params = {
            "account": account,
            "at": to_micros(now),
            "file": draft.file,
            "sha256": draft.body.sha256,
            "size": bounded(draft.body.size),
            "count": bounded(draft.body.count),
            "label": draft.shown_label,
            "options": _options_to_json(draft.options),
            "copy": draft.copy,
            "parent": draft.parent.id if draft.parent else "",
            "part": draft.part.number,
            "parts": draft.part.of,
            "holder": holder,
            "beat_at": now.timestamp(),
            "known": json.dumps(sorted(known)),
        }
        with self._database.transaction(durable=True):
            earlier = self.sent_before(account, draft.body.sha256, draft.part)
            if beside is not None and any(one.number not in beside for one in earlier):
                return None
            number = self._database.insert(_INTEND, params)
        submission = self.get(number)
        assert submission is not None, "it was just written"
        return submission

    def change(
        self,
        number: int,
        holder: str,
        state: SubmissionState,
        now: datetime,
        *,
        batch_id: str = "",
        why: str = "",
        candidates: Iterable[str] = (),
    ) -> bool:
        """Note what became of it; False if another program minds it by now."""
        params: Params = {
            "number": number,
            "holder": holder,
            "state": state.value,
            "now": to_micros(now),
            "batch_id": batch_id,
            "why": why,
            "candidates": json.dumps(list(candidates)),
        }
        with self._database.transaction(durable=True):
            return self._database.execute(_CHANGE, params) == 1

    def note_audit(self, number: int, row: int) -> None:
        """Note which audit row the call has."""
        sql = "UPDATE submissions SET audit = :row WHERE number = :number"
        with self._database.transaction():
            self._database.execute(sql, {"row": row, "number": number})

    def audit_of(self, number: int) -> int | None:
        """The audit row of its call."""
        sql = "SELECT audit FROM submissions WHERE number = :number"
        row: int | None = self._database.value(sql, {"number": number})
        return row

    def note_last_byte(self, number: int, holder: str, now: datetime) -> bool:
        """Note that the last byte is about to go: from now on there may be a batch.

        On the disk when this returns. False if another program minds it by now: then that byte
        must not go.
        """
        sql = "UPDATE submissions SET sent_at = :at WHERE number = :number AND holder = :holder"
        params: Params = {"at": to_micros(now), "number": number, "holder": holder}
        with self._database.transaction(durable=True):
            return self._database.execute(sql, params) == 1

    def note_upload(self, number: int, holder: str, file_id: str, now: datetime) -> bool:
        """Note the file that its requests were uploaded as: a batch is about to be made of it.

        As `note_last_byte`: what makes the batch must not be called before, or if this is False.
        """
        sql = (
            "UPDATE submissions SET upload = :upload, sent_at = :at"
            " WHERE number = :number AND holder = :holder"
        )
        params: Params = {
            "upload": file_id,
            "at": to_micros(now),
            "number": number,
            "holder": holder,
        }
        with self._database.transaction(durable=True):
            return self._database.execute(sql, params) == 1

    def beat(self, number: int, holder: str, now: datetime) -> None:
        """Say that its program is alive."""
        sql = "UPDATE submissions SET beat_at = :at WHERE number = :number AND holder = :holder"
        params: Params = {"at": now.timestamp(), "number": number, "holder": holder}
        with self._database.transaction():
            self._database.execute(sql, params)

    def take_over(self, number: int, from_holder: str, to_holder: str, now: datetime) -> bool:
        """Mind it instead of a program that has died; of several that try at once, one does."""
        params: Params = {
            "new": to_holder,
            "old": from_holder,
            "number": number,
            "at": now.timestamp(),
        }
        with self._database.transaction():
            return self._database.execute(_TAKE_OVER, params) == 1

    def reopen(self, number: int, holder: str, now: datetime) -> bool:
        """Mind one again that was adopted or absent; False if it is not such a one by now."""
        params: Params = {"number": number, "holder": holder, "at": now.timestamp()}
        with self._database.transaction():
            return self._database.execute(_REOPEN, params) == 1

    def get(self, number: int) -> Submission | None:
        """One of them."""
        sql = "SELECT * FROM submissions WHERE number = :number"
        found = self._select(sql, {"number": number})
        return found[0] if found else None

    def get_open(self, account: str) -> list[OpenSubmission]:
        """Those of an account whose end is not known, oldest first."""
        return self._unsettled(_OPEN, {"account": account})

    def all_open(self) -> list[OpenSubmission]:
        """Those of any account whose end is not known, oldest first."""
        return self._unsettled(_ALL_OPEN, {})

    def absent(self, account: str, sha256: str, part: Part) -> list[OpenSubmission]:
        """Those of the same requests that were sent, and of which no batch turned up."""
        return self._unsettled(_ABSENT, _same_requests(account, sha256, part))

    def _unsettled(self, sql: str, params: Params) -> list[OpenSubmission]:
        rows = self._database.query(sql, params)
        with self._database.reading():
            return [
                OpenSubmission(
                    _from_row(row),
                    row["holder"],
                    row["beat_at"],
                    from_micros_or_none(row["lost_at"])
                    or datetime.fromtimestamp(row["beat_at"], UTC),
                    frozenset(json.loads(row["known"])),
                )
                for row in rows
            ]

    def sent_before(self, account: str, sha256: str, part: Part) -> list[Submission]:
        """Those of the same requests that have a batch, or may have one; the newest first."""
        return self._select(_SENT_BEFORE, _same_requests(account, sha256, part))

    def batch_ids(self, account: str) -> set[str]:
        """Ids of the batches that are known to come from here."""
        return {row[0] for row in self._database.query(_BATCH_IDS, {"account": account})}

    def of_batch(self, ref: BatchRef) -> Submission | None:
        """The one that made a batch, if it was made here."""
        found = self._select(_OF_BATCH, {"account": ref.account, "id": ref.id})
        return found[0] if found else None

    def children(self, ref: BatchRef) -> list[Submission]:
        """Those with a batch that sent requests of this batch again, oldest first."""
        return self._select(_CHILDREN, {"account": ref.account, "id": ref.id})

    def open_children(self, ref: BatchRef) -> list[Submission]:
        """Those that may have sent requests of this batch again, oldest first."""
        return self._select(_OPEN_CHILDREN, {"account": ref.account, "id": ref.id})

    def recent(self, limit: int = 100) -> list[Submission]:
        """The last ones, newest first."""
        sql = "SELECT * FROM submissions ORDER BY number DESC LIMIT :limit"
        return self._select(sql, {"limit": limit})

    def _select(self, sql: str, params: Params) -> list[Submission]:
        rows = self._database.query(sql, params)
        with self._database.reading():
            return [_from_row(row) for row in rows]


def _same_requests(account: str, sha256: str, part: Part) -> Params:
    return {"account": account, "sha256": sha256, "part": part.number, "parts": part.of}


def _from_row(row: sqlite3.Row) -> Submission:
    return Submission(
        number=row["number"],
        account=row["account"],
        state=SubmissionState(row["state"]),
        at=from_micros(row["at"]),
        file=row["file"],
        sha256=row["sha256"],
        size=row["size"],
        count=row["count"],
        label=row["label"],
        options=_options_from_json(row["options"]),
        copy=row["copy"],
        parent=row["parent"],
        part=Part(row["part"], row["parts"]),
        sent_at=from_micros_or_none(row["sent_at"]),
        upload=row["upload"],
        batch_id=row["batch_id"],
        why=row["why"],
        candidates=tuple(json.loads(row["candidates"])),
    )


def _options_to_json(options: CreateOptions) -> str:
    return json.dumps(
        {
            "betas": list(options.betas),
            "version": options.version,
            "user_profile": options.user_profile,
            "headers": dict(options.headers),
        }
    )


def _options_from_json(text: str) -> CreateOptions:
    fields = json.loads(text)
    return CreateOptions(
        betas=tuple(fields.get("betas", ())),
        version=fields.get("version", ""),
        user_profile=fields.get("user_profile", ""),
        headers=fields.get("headers", {}),
    )
