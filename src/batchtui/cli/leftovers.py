"""What commands that were killed have left behind is settled and told before more is sent."""

import asyncio

from batchtui.cli.context import Context
from batchtui.cli.deciding import decided, how_to_undo
from batchtui.core.events import LeftOpen, SubmissionChanged
from batchtui.core.submissions import Submission, SubmissionState
from batchtui.core.text import rfc3339
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService


async def settle_leftovers(context: Context, service: BatchService) -> None:
    """Find out what became of batches that were being created; takes up to some minutes."""
    events = service.events()
    context.diagnostics.progress("looking for what earlier commands have left behind")
    telling = asyncio.create_task(_tell_searches(context, service.events()))
    try:
        found = await service.leftovers.recover()
    finally:
        telling.cancel()
        context.diagnostics.clear_progress()
        events.close()
    for call in found.calls:
        when = rfc3339(call.at)
        context.diagnostics.note(
            f"a program that was to {call.verb} {call.ref} at {when} ended before the answer"
        )
    await _tell(context, service, found, events)


async def _tell_searches(context: Context, events: Subscription) -> None:
    async for event in events:
        if isinstance(event, SubmissionChanged):
            tell_search(context, event.submission)


def tell_search(context: Context, submission: Submission) -> None:
    """Tell a terminal what is waited for, where a batch is looked for; nothing of others."""
    if submission.state is SubmissionState.UNKNOWN:
        why = f"no answer: {submission.why}" if submission.why else "no answer"
        context.diagnostics.progress(f"{why}; ^C leaves it to the next start")


async def _tell(
    context: Context, service: BatchService, found: LeftOpen, events: Subscription
) -> None:
    latest = {one.number: one for one in found.submissions}
    async for event in events:
        if isinstance(event, SubmissionChanged) and event.submission.number in latest:
            latest[event.submission.number] = event.submission
    for submission in latest.values():
        context.diagnostics.note(_sentence(submission))
        if submission.state.is_open:
            await decided(context, service, submission)
        elif submission.ref is not None and submission.candidates:
            context.diagnostics.note(how_to_undo(submission))


def _sentence(submission: Submission) -> str:
    what = f"{submission.file}, being sent to {submission.account} at {rfc3339(submission.at)}"
    if submission.state is SubmissionState.ADOPTED:
        if submission.candidates:
            return f"{what}, may have made {submission.batch_id}: {submission.why}"
        return f"{what}, has made batch {submission.batch_id}"
    if submission.state.is_open:
        return f"{what}, may have made a batch: {submission.why or 'it could not be looked for'}"
    return f"{what}, has made no batch: {submission.why}"
