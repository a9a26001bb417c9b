"""What creates batches, without a server: it answers as a test wants."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from batchtui.core.errors import SentBeforeError
from batchtui.core.events import SubmissionChanged
from batchtui.core.submissions import Submission, SubmissionState


class FakeSubmissions:
    """Answers with an entry that is created, one that `answer` makes of the draft, an outcome, or
    an error; without any, with a batch that is in no list. Waits until `held` is set.
    """

    def __init__(self, service: Any, now: datetime) -> None:
        self.service = service
        self.now = now
        self.answer: Any = None
        self.drafts: list[tuple[Any, bool]] = []
        """What was sent, and whether it was meant to be sent again."""
        self.known: list[Submission] = []
        self.decided: list[tuple[int, str | None]] = []
        self.held: Any = None
        self.stops = True

    def recent(self, limit=100):
        return self.known[:limit]

    def of(self, draft, state=SubmissionState.INTENDED, **more):
        """The submission of a draft; each part has a number of its own."""
        body = draft.body
        return Submission(
            draft.part.number, draft.account, state, self.now, draft.file, body.sha256, body.size,
            body.count, draft.shown_label, draft.options, part=draft.part, **more,
        )  # fmt: skip

    async def submit(self, draft, *, again=False, resends=False):
        self.drafts.append((draft, again))
        if isinstance(self.answer, SentBeforeError) and again:
            self.answer = SubmissionState.CANCELED
        if isinstance(self.answer, Exception):
            raise self.answer
        self.tell(draft, SubmissionState.SENDING)
        if self.held is not None:
            await self.held.wait()
        answer = self.answer(draft) if callable(self.answer) else self.answer
        if isinstance(answer, SubmissionState):
            return self.tell(draft, answer, why="so it is")
        return self.tell(draft, SubmissionState.CREATED, batch_id=self._made(draft, answer))

    def _made(self, draft, answer):
        if answer is None:
            return "msgbatch_new"
        entry = replace(answer, label=draft.shown_label)
        self.service.change(entry)
        return entry.ref.id

    def tell(self, draft, state, **more):
        submission = self.of(draft, state, **more)
        self.service.tell(SubmissionChanged(submission))
        return submission

    def stop(self, number):
        self.answer = SubmissionState.CANCELED if self.stops else self.answer
        self.held.set()
        return self.stops

    async def adopt(self, submission, batch_id):
        self.decided.append((submission.number, batch_id))
        return replace(submission, state=SubmissionState.ADOPTED, batch_id=batch_id)

    def give_up(self, submission):
        self.decided.append((submission.number, None))
        return replace(submission, state=SubmissionState.ABSENT)
