"""Creating batches, so that none is made twice and nobody is told what is not so.

An intent is on the disk before the first byte goes out, and a note that the last byte goes before
that one does. Where no answer comes, the batch is looked for (`service.recovery`); nothing is
ever sent again by itself. What a program that died has left open is settled by the next one
(`service.leftovers`).
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from batchtui.archive.submissions import OpenSubmission
from batchtui.config import values
from batchtui.core.errors import (
    ApiError,
    BadRequestError,
    NotFoundError,
    SentBeforeError,
    StateError,
    UsageError,
)
from batchtui.core.events import Event
from batchtui.core.models import UNDATED, AccountInfo, BatchRef
from batchtui.core.rules import why_no_create
from batchtui.core.submissions import CreateOptions, Draft, Submission, SubmissionState
from batchtui.core.text import counted, human_age
from batchtui.service.ledger import Ledger
from batchtui.service.recovery import Recovery, left_behind
from batchtui.service.sending import Sending, StoppedError
from batchtui.service.submission_log import SubmissionLog
from batchtui.service.sync import PAGE, AccountSync

KNOWN_SINCE = timedelta(days=1)
"""Of the batches that are there before, those younger than this are remembered."""

SyncOf = Callable[[str], Awaitable[AccountSync]]


class Submitter:
    """Sends drafts and minds them until it is known what became of them."""

    def __init__(
        self,
        ledger: Ledger,
        log: SubmissionLog,
        publish: Callable[[Event], None],
        account_of: Callable[[str], AccountInfo | None],
        sync_of: SyncOf,
    ) -> None:
        self._ledger = ledger
        self._clock = ledger.clock
        self._log = log
        self._publish = publish
        self._account_of = account_of
        self._sync_of = sync_of
        self._recovery = Recovery(ledger, log, ledger.clock)
        self._sending: dict[int, Sending] = {}
        self._busy: set[int] = set()

    async def submit(
        self, draft: Draft, *, again: bool = False, resends: bool = False
    ) -> Submission:
        """Create a batch. How it goes is told by `SubmitProgress` and `SubmissionChanged`.

        With `again`, also if the same requests were sent before; with `resends`, if it is known
        which batches were made of them: what failed is sent again. Returns a submission that was
        created or adopted; or absent, canceled or unknown, with the reason in its `why`.

        Raises:
            UsageError: the account is read-only or cannot create, or an option is malformed.
            SentBeforeError: the same requests were sent before, or are under way; or some of the
                same batch may be.
            SubmitError: the requests cannot be read, or changed; nothing was created.
            ArchiveError: it cannot be noted first; nothing was created.
            ApiError: the provider refused, or was not reached; nothing was created.
            ConfigError: the account cannot be used.
        """
        self._require(draft, again=again, resends=resends)
        sync = await self._sync_of(draft.account)
        known = await self._known(sync)
        if not again:
            await self._look_again(sync, draft)
        earlier = self._require(draft, again=again, resends=resends)
        submission = self._log.intend(draft, known, beside=None if again else earlier)
        if submission is None:  # somebody has sent them in this moment
            raise _sent_before(draft, self._log.sent_before(draft), self._clock.now())
        sending = Sending(draft, submission, self._log, self._clock, self._publish)
        with self._minded(submission.number):
            self._sending[submission.number] = sending
            try:
                return await self._sent(sync, submission, sending)
            finally:
                del self._sending[submission.number]

    def stop(self, number: int) -> bool:
        """Stop sending; False if its last byte has gone, or it is not being sent from here."""
        sending = self._sending.get(number)
        return sending is not None and sending.stop()

    def recent(self, limit: int = 100) -> list[Submission]:
        """The last submissions of any account, the newest first."""
        return self._log.recent(limit)

    def is_busy(self, number: int) -> bool:
        """This program sends it, or looks for its batch."""
        return number in self._busy

    async def settle(self, left: OpenSubmission) -> Submission:
        """Find out what became of a submission that this program minds; see `Recovery.settle`.

        Raises:
            ConfigError: the account cannot be used.
        """
        with self._minded(left.submission.number):
            sync = await self._sync_of(left.submission.account)
            return await self._recovery.settle(sync, left)

    async def adopt(self, submission: Submission, batch_id: str) -> Submission:
        """Say which batch a submission without an answer is, also instead of what was found.

        Raises:
            StateError: it had an answer, or was not sent, or another program minds it.
            ApiError, ConfigError: the batch cannot be read.
        """
        sync = await self._sync_of(submission.account)
        batch = (await sync.provider.retrieve(batch_id)).batch
        undecided = self._undecided(submission)
        return self._log.has_batch(undecided, SubmissionState.ADOPTED, batch, "adopted by hand")

    def give_up(self, submission: Submission) -> Submission:
        """Say of a submission without an answer that none of the batches that were found is it.

        Raises:
            StateError: it had an answer, or was not sent, or another program minds it.
        """
        undecided = self._undecided(submission)
        why, refused = "none of the batches that were found is it", undecided.candidates
        return self._log.has_none(undecided, SubmissionState.ABSENT, why, refused)

    def _undecided(self, submission: Submission) -> Submission:
        if not submission.state.is_open and self._log.reopen(submission):
            return replace(submission, state=SubmissionState.UNKNOWN, batch_id="")
        for left in self._log.left_open(submission.account):
            is_it = left.submission.number == submission.number
            if is_it and not self.is_busy(submission.number) and self._log.take_over(left):
                return left.submission
        raise StateError(f"submission {submission.number} is not to be decided", submission.why)

    def _require(self, draft: Draft, *, again: bool, resends: bool) -> list[int]:
        """Numbers of earlier submissions of the same requests beside which it may be sent."""
        refusal = why_no_create(self._account_of(draft.account))
        if refusal:
            raise UsageError(refusal.what, refusal.why, refusal.hint)
        info = self._account_of(draft.account)
        check_options(draft.options, info.kind if info else "")
        earlier = [] if again else self._log.sent_before(draft)
        if earlier and not (resends and all(one.state.has_batch for one in earlier)):
            raise _sent_before(draft, earlier, self._clock.now())
        if draft.parent and not again and (doubt := self._log.retries_in_doubt(draft.parent)):
            raise _retried_before(draft.parent, doubt)
        return [one.number for one in earlier]

    async def _known(self, sync: AccountSync) -> set[str]:
        """Ids of the batches that are there already: none of them will be what is sent now.

        A key that does not work, or a server that is down, is told here, before anything is sent.
        """
        asked = self._ledger.asking()
        try:
            page = await sync.provider.list_batches(limit=PAGE)
        except (NotFoundError, BadRequestError):
            pass  # a server without a list
        else:
            self._ledger.record(page.batches, asked)
        since = self._clock.now() - KNOWN_SINCE
        entries = self._ledger.store.of_account(sync.account)
        return {
            entry.ref.id
            for entry in entries
            if entry.batch.created_at >= since or entry.batch.created_at == UNDATED
        }

    async def _look_again(self, sync: AccountSync, draft: Draft) -> None:
        """See whether a batch of the same requests has turned up after it was looked for."""
        for left in self._log.looked_for_in_vain(draft):
            try:
                found = await self._recovery.candidates(sync, left)
            except (NotFoundError, BadRequestError):
                return  # a server without a list
            ids = [batch.ref.id for batch in found]
            ids = [one for one in ids if one not in left.submission.candidates]
            if ids and self._log.reopen(left.submission):
                why = f"{counted(len(ids), 'batch', 'batches')} turned up later that may be it"
                self._log.is_unknown(left.submission, why, ids)

    async def _sent(
        self, sync: AccountSync, submission: Submission, sending: Sending
    ) -> Submission:
        submission = self._log.sending(submission)
        try:
            batch = await sending.run(sync.provider)
        except StoppedError as error:
            why = f"{error.why}{left_behind(sending.upload)}"
            return self._log.has_none(submission, SubmissionState.CANCELED, why)
        except ApiError as error:
            if not (error.maybe_done and sending.all_sent):
                why = f"{error}{left_behind(sending.upload)}"
                self._log.has_none(submission, SubmissionState.REFUSED, why)
                raise
            return await self._looked_for(sync, submission, error)
        except BaseException as error:
            self._interrupted(submission, sending, error)
            raise
        return self._log.has_batch(submission, SubmissionState.CREATED, batch)

    def _interrupted(self, submission: Submission, sending: Sending, error: BaseException) -> None:
        if sending.all_sent:
            why = "the program was ended while it waited for the answer"
            self._log.is_unknown(submission, why)
        else:
            why = str(error) or "it was interrupted before the last byte was sent"
            why += left_behind(sending.upload)
            self._log.has_none(submission, SubmissionState.CANCELED, why)

    async def _looked_for(
        self, sync: AccountSync, submission: Submission, error: ApiError
    ) -> Submission:
        submission = self._log.is_unknown(submission, str(error))
        for left in self._log.left_open(submission.account):
            if left.submission.number == submission.number:
                return await self._recovery.settle(sync, left)
        return submission  # the archive fails, or another program minds it

    @contextmanager
    def _minded(self, number: int) -> Iterator[None]:
        self._busy.add(number)
        try:
            yield
        finally:
            self._busy.discard(number)


def check_options(options: CreateOptions, kind: str) -> None:
    """See that an account of that kind knows them, and that all can stand in a header.

    Raises:
        UsageError: an option is malformed, or for another kind of account.
    """
    of_anthropic = options.betas or options.version or options.user_profile
    if of_anthropic and kind != "anthropic":
        why = f"betas, versions and user profiles are Anthropic's, and the account's kind is {kind}"
        raise UsageError("the batch cannot be created like that", why)
    try:
        for beta in options.betas:
            values.beta_name(beta)
        if options.version:
            values.version_date(options.version)
        values.header_value(options.user_profile)
        for name, value in options.headers.items():
            values.header_name(name)
            values.header_value(value)
    except ValueError as error:
        raise UsageError("the batch cannot be created like that", str(error)) from None


def _sent_before(draft: Draft, earlier: list[Submission], now: datetime) -> SentBeforeError:
    """The same file is known; whether as these requests, only their size can deny."""
    last = earlier[0]
    if last.state.has_batch:
        why = f"batch {last.batch_id} was made of it {_ago(last.at, now)}"
    else:
        why = f"submission {last.number} of it, {_ago(last.at, now)}, is {last.state.value}"
    if last.size != draft.body.size:
        why += ", with other params"
    more = len(earlier) - 1
    requests = counted(draft.body.count, "request")
    return SentBeforeError(
        f"the file of these {requests} was sent to {draft.account} before",
        why + (f"; and {counted(more, 'other')} before that" if more else ""),
        "send it again only if you mean it",
        numbers=tuple(one.number for one in earlier),
    )


def _retried_before(parent: BatchRef, doubt: list[Submission]) -> SentBeforeError:
    last = doubt[-1]
    return SentBeforeError(
        f"requests of {parent.id} may have been sent again already",
        f"submission {last.number}, of {counted(last.count, 'request')}, is {last.state.value}",
        "send them again only if you mean it",
        numbers=tuple(one.number for one in reversed(doubt)),
    )


def _ago(then: datetime, now: datetime) -> str:
    age = human_age(then, now)
    return "just now" if age == "now" else f"{age} ago"
