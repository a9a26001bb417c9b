"""What commands that were killed have left behind is settled and told before more is sent."""

from batchtui.cli.context import Context
from batchtui.cli.deciding import decided
from batchtui.core.events import LeftOpen, SubmissionChanged
from batchtui.core.submissions import Submission, SubmissionState
from batchtui.core.text import rfc3339
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService


async def settle_leftovers(context: Context, service: BatchService) -> None:
    """Find out what became of batches that were being created; takes up to some minutes."""
    events = service.events()
    context.diagnostics.progress("looking for what earlier commands have left behind")
    found = await service.leftovers.recover()
    context.diagnostics.clear_progress()
    events.close()
    for call in found.calls:
        when = rfc3339(call.at)
        context.diagnostics.note(
            f"a program that was to {call.verb} {call.ref} at {when} ended before the answer"
        )
    await _tell(context, service, found, events)


async def _tell(
    context: Context, service: BatchService, found: LeftOpen, events: Subscription
) -> None:
    latest = {one.number: one for one in found.submissions}
    async for event in events:
        if isinstance(event, SubmissionChanged) and event.submission.number in latest:
            latest[event.submission.number] = event.submission
    for submission in latest.values():
        context.diagnostics.note(_sentence(submission))
        await decided(context, service, submission)


def _sentence(submission: Submission) -> str:
    what = f"{submission.file}, being sent to {submission.account} at {rfc3339(submission.at)}"
    if submission.state is SubmissionState.ADOPTED:
        return f"{what}, has made batch {submission.batch_id}"
    if submission.state.is_open:
        return f"{what}, may have made a batch: {submission.why or 'it could not be looked for'}"
    return f"{what}, has made no batch: {submission.why}"
