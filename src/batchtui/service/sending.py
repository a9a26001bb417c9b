"""One submission on its way out: counted, stoppable until its last byte, fenced at it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from batchtui.core.clock import Clock
from batchtui.core.errors import SubmitError
from batchtui.core.events import SubmitProgress
from batchtui.core.models import Batch
from batchtui.core.submissions import Draft, Submission
from batchtui.providers.base import Provider
from batchtui.service.submission_log import SubmissionLog

NOTIFY_INTERVAL = 0.1
"""Seconds between two notices of progress, at least."""

BEAT_EVERY = 3.0
"""Seconds between two signs of life."""


class StoppedError(SubmitError):
    """The submission was stopped from here before its last byte."""


class Sending:
    """Carries the requests of one draft to a provider, once."""

    def __init__(
        self,
        draft: Draft,
        submission: Submission,
        log: SubmissionLog,
        clock: Clock,
        publish: Callable[[SubmitProgress], None],
    ) -> None:
        self.all_sent = False
        """The last byte may have gone, or the call that makes a batch of an upload: from then on
        there may be a batch."""
        self.upload = ""
        """Id of the file that the requests were uploaded as, once it is known."""
        self._draft = draft
        self._submission = submission
        self._log = log
        self._clock = clock
        self._publish = publish
        self._sent = 0
        self._told_at = float("-inf")
        self._stopped = False
        self._uploads_first = False
        self._call: asyncio.Task[Batch] | None = None

    async def run(self, provider: Provider) -> Batch:
        """The batch that the provider answers with.

        Raises:
            StoppedError: `stop` was called in time.
            SubmitError: the requests cannot be read, or are not those that were checked.
            ArchiveError: the last byte cannot be noted, so it was not sent.
            ApiError: the provider refused or did not answer.
        """
        body, options = self._draft.body, self._draft.options
        self._uploads_first = provider.capabilities.uploads_first
        create = provider.create(
            self._chunks(), length=body.size, options=options, uploaded=self._note_upload
        )
        self._call = asyncio.ensure_future(create)
        beating = asyncio.ensure_future(self._beat())
        try:
            return await self._call
        except asyncio.CancelledError:
            if self._stopped:
                raise StoppedError("the requests were not sent", "it was stopped") from None
            raise
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating

    def stop(self) -> bool:
        """Send no more; False if it is too late for that."""
        if self.all_sent or self._call is None or self._call.done():
            return False
        self._stopped = True
        self._call.cancel()
        return True

    async def _chunks(self) -> AsyncIterator[bytes]:
        total = self._draft.body.size
        async for chunk in self._draft.body.chunks():
            self._sent += len(chunk)
            is_last = self._sent >= total and not self._uploads_first
            if is_last and not self.all_sent:
                self._pass_the_point_of_no_return(self._log.last_byte(self._submission))
            self._tell(total)
            yield chunk

    def _note_upload(self, file_id: str) -> None:
        self.upload = file_id
        self._pass_the_point_of_no_return(self._log.uploaded(self._submission, file_id))

    def _pass_the_point_of_no_return(self, is_mine: bool) -> None:
        if not is_mine:
            raise SubmitError(
                "the requests were not sent",
                "another copy of this program has taken the submission over",
                "this one was silent for too long: it may have been suspended",
            )
        self.all_sent = True

    def _tell(self, total: int) -> None:
        now = self._clock.monotonic()
        if self._sent >= total or now - self._told_at >= NOTIFY_INTERVAL:
            self._told_at = now
            self._publish(SubmitProgress(self._submission.number, self._sent, total))

    async def _beat(self) -> None:
        while True:
            await self._clock.sleep(BEAT_EVERY)
            self._log.beat(self._submission)
