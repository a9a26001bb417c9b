"""Which batch a submission without an answer has made, where several may be it: told and asked."""

from datetime import datetime

from batchtui.cli.asking import ask
from batchtui.cli.batch_fields import moment
from batchtui.cli.context import Context
from batchtui.core.models import BatchEntry, BatchRef
from batchtui.core.submissions import Submission
from batchtui.core.text import counted
from batchtui.service.manager import BatchService

_NONE = "n"


async def decided(context: Context, service: BatchService, submission: Submission) -> Submission:
    """Tell which batches may be it, and ask which it is, where somebody is there to answer.

    As it was where nobody is, or nothing is decided.

    Raises:
        StateError: another program has decided, or minds it.
        ApiError, ConfigError: the batch cannot be read.
    """
    if not submission.candidates:
        return submission
    note = context.diagnostics.note
    for number, line in enumerate(candidate_lines(service, submission, context.clock.now()), 1):
        note(f"{number}: {line}")
    if not context.interactive:
        note(how_to_decide(submission))
        return submission
    return await _asked(context, service, submission)


async def _asked(context: Context, service: BatchService, submission: Submission) -> Submission:
    last = len(submission.candidates)
    which = "1" if last == 1 else f"1-{last}"
    question = f"which batch is it? [{which}, {_NONE} for none of them, enter to decide later]"
    while True:
        answer = (await ask(context, question)).lower()
        if answer == _NONE:
            return service.submissions.give_up(submission)
        if answer.isdecimal() and 1 <= int(answer) <= last:
            batch_id = submission.candidates[int(answer) - 1]
            return await service.submissions.adopt(submission, batch_id)
        if not answer:
            context.diagnostics.note(how_to_decide(submission))
            return submission


def candidate_lines(service: BatchService, submission: Submission, now: datetime) -> list[str]:
    """Each batch that may be it: its id, how many requests it has, when it was created."""
    refs = (BatchRef(submission.account, name) for name in submission.candidates)
    return [_candidate(ref, service.entry(ref), now) for ref in refs]


def _candidate(ref: BatchRef, entry: BatchEntry | None, now: datetime) -> str:
    if entry is None:
        return ref.id
    counts = entry.batch.request_counts
    requests = counted(counts.total, "request") if counts else "an unknown number of requests"
    return f"{ref.id}, {requests}, created {moment(entry.batch.dated, now) or 'some time'}"


def how_to_undo(submission: Submission) -> str:
    """The commands that prove what was taken for a batch, or take that back."""
    return (
        f"`batchtui reconcile {submission.batch_id}` proves it once it has ended;"
        f" `batchtui submissions {submission.number} --none` takes it back"
    )


def how_to_decide(submission: Submission) -> str:
    """The commands that say which batch it is, or that none is."""
    command = f"batchtui submissions {submission.number}"
    return f"`{command} --adopt ID` says which batch it is, `{command} --none` that none of them is"
