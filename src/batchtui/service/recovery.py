"""Finding out whether a batch exists whose creation got no answer. Nothing is ever sent again.

Servers have no key by which a create can be recognized. What there is: the list of batches, which
may lag by a minute or two, the number of requests, and the time. These prove nothing: somebody
else's batch may be listed first, so one is taken for it only after the longest lag, and only if it
is alone. Where requests are uploaded first, their file's id is known before a batch is made of it,
and tells the batch from all others.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from batchtui.archive.submissions import OpenSubmission
from batchtui.core.clock import Clock
from batchtui.core.errors import ApiError, NotFoundError
from batchtui.core.models import UNDATED, Batch
from batchtui.core.submissions import Submission, SubmissionState
from batchtui.core.text import counted, human_duration, rfc3339
from batchtui.service.ledger import Ledger
from batchtui.service.submission_log import SubmissionLog
from batchtui.service.sync import PAGE, WALK_PAGE, AccountSync

GRACE = timedelta(minutes=2)
"""How long after the loss of an answer a batch may still turn up: lists lag behind."""

SKEW = timedelta(minutes=5)
"""How far the server's clock and ours may be apart."""

LATEST = timedelta(minutes=15)
"""A server that has all bytes creates the batch within this time, or never."""

DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two looks; the last one again and again."""

MAX_PAGES = 20
MAX_CANDIDATES = 20


class Recovery:
    """Looks for the batches of submissions that this program minds."""

    def __init__(self, ledger: Ledger, log: SubmissionLog, clock: Clock) -> None:
        self._ledger = ledger
        self._log = log
        self._clock = clock

    async def settle(self, sync: AccountSync, left: OpenSubmission) -> Submission:
        """The submission, once it is known what became of it, or that it cannot be known.

        It is adopted where a batch is made of its file, or, after a while, exactly one can be it;
        absent where none can by then; and stays unknown, with candidates, where several can.
        """
        submission = left.submission
        if submission.sent_at is None:
            why = "the program ended before the last byte was sent"
            if sync.provider.capabilities.uploads_first:
                why = (
                    "the program ended before a batch was made of the requests;"
                    " at most a file of them was left at the provider"
                )
            return self._log.has_none(submission, SubmissionState.ABSENT, why)
        deadline = max(submission.sent_at, left.lost_at) + GRACE
        seen: list[Batch] = []
        for attempt in count():
            is_last = self._clock.now() >= deadline
            try:
                found = await self.candidates(sync, left)
            except ApiError as error:
                if is_last:
                    why = f"the list of batches cannot be read: {error}"
                    return self._log.is_unknown(submission, why)
            else:
                if settled := self._settled(sync, left, found, is_last=is_last):
                    return settled
                if len(found) != len(seen):
                    self._log.tell(replace(submission, why=_seen_so_far(found, deadline)))
                seen = found
            await self._clock.sleep(DELAYS[min(attempt, len(DELAYS) - 1)])
            self._log.beat(submission)
        raise AssertionError("it goes on until it is settled")

    def _settled(
        self, sync: AccountSync, left: OpenSubmission, found: list[Batch], *, is_last: bool
    ) -> Submission | None:
        """What one look says; None if a later one may say more."""
        submission, adopted = left.submission, SubmissionState.ADOPTED
        if batch := _of_its_file(found, submission):
            why = f"the batch was made of its file {submission.upload}"
            return self._log.has_batch(submission, adopted, batch, why)
        if not is_last:
            return None
        rivals = self._rivals(left)
        if len(found) == 1 and not rivals and _is_counted(found[0]):
            why, alone = _taken_for_it(found[0]), [found[0].ref.id]
            return self._log.has_batch(submission, adopted, found[0], why, alone)
        return self._given_up(sync, submission, found, rivals)

    def _given_up(
        self, sync: AccountSync, submission: Submission, found: list[Batch], rivals: int
    ) -> Submission:
        """What the last look says."""
        if not found and not sync.provider.capabilities.list_is_complete:
            why = "it is not listed, but its server's list leaves batches out"
            return self._log.is_unknown(submission, why)
        if not found:
            why = f"none has turned up within {human_duration(GRACE)}"
            why += left_behind(submission.upload)
            return self._log.has_none(submission, SubmissionState.ABSENT, why)
        why = _may_be_it(found)
        if not all(map(_is_counted, found)):
            why += ", of an unknown number of requests"
        if rivals:
            why += f", and {counted(rivals, 'other submission')} of the same size is open as well"
        return self._log.is_unknown(submission, why, [batch.ref.id for batch in found])

    def _rivals(self, left: OpenSubmission) -> int:
        """Other open submissions whose batch could be taken for this one's."""
        mine = left.submission
        return sum(
            other.submission.count == mine.count
            and other.submission.number != mine.number
            and other.submission.sent_at is not None
            for other in self._log.left_open(mine.account)
        )

    async def candidates(self, sync: AccountSync, left: OpenSubmission) -> list[Batch]:
        """Batches that may be it, as they are described now, the newest first.

        Raises:
            ApiError: the list cannot be read.
        """
        sent_at = left.submission.sent_at
        assert sent_at is not None, "without its last byte there is no batch to look for"
        since, until = sent_at - SKEW, max(sent_at, left.lost_at) + LATEST + SKEW
        taken = left.known | self._log.from_here(left.submission.account)
        found = []
        async for batch in self._listed(sync, since):
            in_time = batch.created_at == UNDATED or since <= batch.created_at <= until
            if in_time and batch.ref.id not in taken and _may_be(batch, left.submission):
                found.append(await self._described(sync, batch))
                if len(found) == MAX_CANDIDATES:
                    break
        return [batch for batch in found if _may_be(batch, left.submission)]

    async def _listed(self, sync: AccountSync, since: datetime) -> AsyncIterator[Batch]:
        """The batches listed since then, the newest first."""
        cursor: str | None = None
        for number in range(MAX_PAGES):
            asked = self._ledger.asking()
            limit = WALK_PAGE if number else PAGE
            page = await sync.provider.list_batches(limit=limit, after_id=cursor)
            self._ledger.record(page.batches, asked)
            for batch in page.batches:
                yield batch
            dated = [one.created_at for one in page.batches if one.created_at > UNDATED]
            is_over = bool(dated) and min(dated) < since
            if is_over or not page.has_more or page.last_id in (None, cursor):
                return
            cursor = page.last_id

    async def _described(self, sync: AccountSync, batch: Batch) -> Batch:
        """The batch by itself; servers do not find every new one at once."""
        try:
            return (await sync.provider.retrieve(batch.ref.id)).batch
        except NotFoundError:
            return batch


def left_behind(upload: str) -> str:
    """What to add where no batch came of a file that was uploaded."""
    return f"; the requests are at the provider as {upload}, left without a batch" if upload else ""


def _may_be(batch: Batch, submission: Submission) -> bool:
    """It may be made of that file, as far as it tells, and have so many requests."""
    if submission.upload and batch.input_file:
        return batch.input_file == submission.upload
    return not _is_counted(batch) or _total(batch) == submission.count


def _of_its_file(found: list[Batch], submission: Submission) -> Batch | None:
    """The batch that is made of what was uploaded."""
    if not submission.upload:
        return None
    return next((batch for batch in found if batch.input_file == submission.upload), None)


def _may_be_it(found: list[Batch]) -> str:
    return f"{counted(len(found), 'batch', 'batches')} may be it"


def _seen_so_far(found: list[Batch], deadline: datetime) -> str:
    seen = _may_be_it(found) if found else "none has turned up yet"
    return f"{seen}; lists lag behind, so it is looked for until {rfc3339(deadline)}"


def _taken_for_it(batch: Batch) -> str:
    size = counted(_total(batch), "request")
    made = "" if batch.created_at == UNDATED else f", created at {rfc3339(batch.created_at)},"
    return (
        f"the only batch of {size}{made} is taken for it by count and time;"
        " reconciling proves it once it has ended"
    )


def _is_counted(batch: Batch) -> bool:
    """Some servers never tell how many requests a batch has, others not at once."""
    return _total(batch) > 0


def _total(batch: Batch) -> int:
    return batch.request_counts.total if batch.request_counts else 0
