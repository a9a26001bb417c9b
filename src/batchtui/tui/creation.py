"""Sending a checked file: one batch after the other, each told truthfully. No widgets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.errors import BatchtuiError, RequestsChangedError, SentBeforeError
from batchtui.core.events import SubmitProgress
from batchtui.core.submissions import Draft, Part, Submission, SubmissionState
from batchtui.core.text import human_bytes
from batchtui.requests.body import RequestsBody, bodies
from batchtui.requests.preflight import Report
from batchtui.service.drafting import draft_of
from batchtui.tui.wishes import Wish

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

DraftOf = Callable[[RequestsBody, Part], Draft]
"""Makes the draft of one batch; blocking."""

AskAgain = Callable[[SentBeforeError], Awaitable[bool]]
"""Asks whether to send what was sent before."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went, in the end: `submission` is the last one, `error` why there is none."""

    submission: Submission | None = None
    error: BatchtuiError | None = None
    done: bool = False
    """Every batch is there."""


class Creation:
    """The batches of one report. `changed` is called when what is said of it may differ.

    `draft_of` makes the draft of each, in a thread. With `resends`, what was sent before is sent
    again unasked if it is known what became of it. It may be run again after a failure: batches
    that are there are not sent a second time.
    """

    def __init__(
        self,
        service: "BatchService",
        report: Report,
        account: str,
        draft_of: DraftOf,
        *,
        changed: Callable[[], object],
        resends: bool = False,
    ) -> None:
        self.report = report
        self.account = account
        self.draft_of = draft_of
        self.made: list[Submission] = []
        """Those with a batch."""
        self.submission: Submission | None = None
        """The present one, or the last."""
        self.under_way = False
        self.stale = False
        """The file is not the one that was checked any more."""
        self._service = service
        self._changed = changed
        self._resends = resends
        self._progress: SubmitProgress | None = None
        self._body: RequestsBody | None = None
        self._task: asyncio.Task[Submission] | None = None
        self._stopping = False

    @property
    def total(self) -> int:
        """How many batches it makes."""
        return len(self.report.parts)

    @property
    def all_sent(self) -> bool:
        """No byte is left to send: nothing can be stopped any more."""
        is_last = len(self.made) + 1 >= self.total
        return is_last and not self.can_stop

    @property
    def can_stop(self) -> bool:
        """The last byte of the present batch has not been sent."""
        if not self.under_way:
            return False
        state = self.submission.state if self.submission else SubmissionState.INTENDED
        waits = self._progress is not None and not self._progress.cancelable
        return not waits and state in (SubmissionState.INTENDED, SubmissionState.SENDING)

    @property
    def words(self) -> str:
        """How far it is; empty where nothing is under way."""
        if not self.under_way:
            return ""
        which = f"batch {len(self.made) + 1} of {self.total}: " if self.total > 1 else ""
        if self.submission and self.submission.state is SubmissionState.UNKNOWN:
            return f"{which}no answer came, looking for the batch: {self.submission.why}"
        moved = self._progress
        if moved is None:
            return f"{which}asking the provider first"
        if not moved.cancelable:
            return f"{which}all {human_bytes(moved.total)} are sent, waiting for the answer"
        portion = moved.sent / max(1, moved.total)
        of = f"{human_bytes(moved.sent)} of {human_bytes(moved.total)}"
        return f"{which}sending {portion:.0%}, {of}"

    async def run(self, ask_again: AskAgain) -> Outcome:
        """Send what is not there yet; stops at the first that fails."""
        self.under_way = True
        self._stopping = False
        try:
            parts = bodies(self.report)
            for number, body in enumerate(parts, 1):
                if number <= len(self.made):
                    continue
                submission = await self._send(body, Part(number, len(parts)), ask_again)
                if submission is None or submission.ref is None:
                    return Outcome(submission)
                self.made.append(submission)
            return Outcome(self.submission, done=True)
        except BatchtuiError as error:
            self.stale = isinstance(error, RequestsChangedError)
            return Outcome(error=error)
        finally:
            self.under_way = False

    async def _send(self, body: RequestsBody, part: Part, ask_again: AskAgain) -> Submission | None:
        self.submission, self._progress, self._body = None, None, body
        self._changed()
        draft = await in_daemon_thread(lambda: self.draft_of(body, part))
        try:
            return await self._submit(draft)
        except SentBeforeError as before:
            if not await ask_again(before):
                return None
        return await self._submit(draft, again=True)

    async def _submit(self, draft: Draft, *, again: bool = False) -> Submission | None:
        """What became of it; None where it was stopped before it was noted."""
        if self._has_been_stopped():
            return None
        submit = self._service.submissions.submit(draft, again=again, resends=self._resends)
        self._task = asyncio.ensure_future(submit)
        try:
            self.submission = await self._task
        except asyncio.CancelledError:
            if not self._has_been_stopped():
                raise
            return self.submission
        finally:
            self._task = None
        return self.submission

    def _has_been_stopped(self) -> bool:
        return self._stopping

    def stop(self) -> bool:
        """Send no more; False where the last byte of the present batch has gone.

        What became of it, the outcome tells: that byte may go while this is asked for.
        """
        if not self.can_stop:
            return False
        self._stopping = True
        if self.submission is not None:
            self._service.submissions.stop(self.submission.number)
        elif self._task is not None:
            self._task.cancel()
        return True

    def hear_progress(self, event: SubmitProgress) -> None:
        """Bytes went out."""
        if self.submission is not None and event.number == self.submission.number:
            self._progress = event
            if self._stopping and event.cancelable:
                self._service.submissions.stop(event.number)
            self._changed()

    def hear_submission(self, submission: Submission) -> None:
        """A submission changed; it may be the present one."""
        mine = self.submission
        if not self.under_way or not (self._is_present(submission)):
            return
        if mine is None or mine.number == submission.number:
            self.submission = submission
            self._changed()

    def _is_present(self, submission: Submission) -> bool:
        return (
            self._body is not None
            and submission.account == self.account
            and submission.sha256 == self._body.sha256
            and submission.part.number == len(self.made) + 1
            and submission.number not in {one.number for one in self.made}
        )


def drafter(wish: Wish, report: Report, copies: Path, clock: Clock) -> DraftOf:
    """How the drafts of a checked file are made, in the way that was wished for."""
    file = report.file

    def made(body: RequestsBody, part: Part) -> Draft:
        return draft_of(
            file, body, part, account=wish.account, name=str(file.path.absolute()),
            label=wish.label, options=wish.options, copies=copies, keeps=wish.keeps,
            now=clock.now(),
        )  # fmt: skip

    return made
