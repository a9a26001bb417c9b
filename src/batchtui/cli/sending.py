"""Sending checked requests: asked about, told how far it is, and what came of each batch."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from batchtui.cli import exits
from batchtui.cli.asking import ask
from batchtui.cli.batch_fields import as_json
from batchtui.cli.context import Context
from batchtui.cli.deciding import decided, how_to_undo
from batchtui.cli.leftovers import settle_leftovers, tell_search
from batchtui.cli.request_report import show_report
from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import SentBeforeError
from batchtui.core.events import SubmissionChanged, SubmitProgress
from batchtui.core.submissions import Draft, Part, Submission, SubmissionState
from batchtui.core.text import counted, human_bytes
from batchtui.requests.body import RequestsBody, bodies
from batchtui.requests.preflight import Report
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService


@dataclass(frozen=True)
class Sender:
    """Sends the batches of one checked file, one after the other.

    `name` is what the file is called, `draft_of` makes a draft of each part of it, in a thread.
    `again` sends also what was sent before; `resends` does so if it is known what became of it.
    """

    context: Context
    service: BatchService
    account: str
    report: Report
    name: str
    draft_of: Callable[[RequestsBody, Part], Draft]
    yes: bool = False
    again: bool = False
    resends: bool = False
    json: bool = False

    async def run(self) -> int:
        """Ask, send, tell; a batch that fails keeps those after it from being sent."""
        if not self.yes and not await self._agreed():
            self.context.diagnostics.note("nothing was sent")
            return exits.FAILED
        await settle_leftovers(self.context, self.service)
        made: list[dict[str, object]] = []
        code = exits.OK
        parts = bodies(self.report)
        for number, body in enumerate(parts, 1):
            submission = await self._sent(body, Part(number, len(parts)))
            if submission is not None and submission.state.is_open and submission.candidates:
                submission = await self._decided(submission)
            code = self._told(submission, made)
            if code != exits.OK:
                self._tell_unsent(len(parts) - number)
                break
        if self.json:
            self.context.out.json(made)
        return code

    async def _agreed(self) -> bool:
        if not self.json:
            show_report(self.context.out, self.report, name=self.name)
            self.context.out.flush()
        requests = counted(self.report.requests, "request")
        batches = counted(len(self.report.parts), "batch", "batches")
        return await self._asked(f"create {batches} of {requests} in {self.account}? [y/N]")

    async def _asked(self, question: str) -> bool:
        return (await ask(self.context, question)).lower() in ("y", "yes")

    async def _sent(self, body: RequestsBody, part: Part) -> Submission | None:
        """What became of one batch; None where it is not to be sent again.

        Raises:
            BatchtuiError: there is no batch, and why.
        """
        draft = await in_daemon_thread(lambda: self.draft_of(body, part))
        begun = self.context.clock.now()
        try:
            return await self._submitted(draft)
        except asyncio.CancelledError:
            self._tell_stopped(draft, begun)
            raise

    async def _submitted(self, draft: Draft) -> Submission | None:
        async with self._progress():
            try:
                return await self.service.submissions.submit(
                    draft, again=self.again, resends=self.resends
                )
            except SentBeforeError as before:
                if self.yes or not self.context.interactive:
                    last = f"batchtui submissions {before.numbers[0]}"
                    before.hint = f"`{last}` tells of it; add --again if you mean it"
                    raise
                self.context.diagnostics.error(before)
            if not await self._asked("send them again? [y/N]"):
                return None
            return await self.service.submissions.submit(draft, again=True)

    def _tell_stopped(self, draft: Draft, begun: datetime) -> None:
        """Tell what is known of a batch where a signal ends the program."""
        for one in self.service.submissions.recent():
            is_it = (one.account, one.sha256) == (draft.account, draft.body.sha256)
            if is_it and one.part == draft.part and one.at >= begun:
                self.context.diagnostics.note(_stopped(one))
                return
        self.context.diagnostics.note("stopped: nothing was sent")

    async def _decided(self, submission: Submission) -> Submission:
        self.context.diagnostics.note(f"{submission.state.words}: {submission.why}")
        return await decided(self.context, self.service, submission)

    def _told(self, submission: Submission | None, made: list[dict[str, object]]) -> int:
        note = self.context.diagnostics.note
        if submission is None:
            note("nothing was sent")
            return exits.FAILED
        if submission.ref is None:
            if not submission.candidates:  # else it was told, and asked about
                note(f"{submission.state.words}: {submission.why}")
            return exits.WRONG_STATE if submission.state.is_open else exits.FAILED
        if submission.state is SubmissionState.ADOPTED:
            note(f"{submission.state.words}: {submission.why}")
            if submission.candidates:
                note(how_to_undo(submission))
        entry = self.service.entry(submission.ref)
        if not self.json:
            self.context.out.line(str(submission.ref.id))
            note(f"{submission.ref}: {counted(submission.count, 'request')}, {submission.label}")
        elif entry is not None:
            made.append(as_json(entry))
        return exits.OK

    def _tell_unsent(self, parts: int) -> None:
        if parts:
            self.context.diagnostics.note(
                f"{counted(parts, 'more batch', 'more batches')} not sent"
            )

    @asynccontextmanager
    async def _progress(self) -> AsyncIterator[None]:
        teller = asyncio.create_task(_tell_progress(self.context, self.service.events()))
        try:
            yield
        finally:
            teller.cancel()
            self.context.diagnostics.clear_progress()


def _stopped(one: Submission) -> str:
    if one.state.is_open:
        finds = f"`batchtui submissions {one.number}` finds out"
        return f"stopped: it is not known whether there is a batch; {finds}"
    if one.ref is not None:
        return f"stopped: {one.ref} was created"
    return f"stopped: nothing was created: {one.why}"


async def _tell_progress(context: Context, events: Subscription) -> None:
    async for event in events:
        if isinstance(event, SubmitProgress):
            portion = event.sent / max(1, event.total)
            sizes = f"{human_bytes(event.sent)} of {human_bytes(event.total)} ({portion:.0%})"
            waits = "" if event.cancelable else "; all is sent, waiting for the answer"
            context.diagnostics.progress(f"sending {sizes}{waits}")
        elif isinstance(event, SubmissionChanged):
            tell_search(context, event.submission)
