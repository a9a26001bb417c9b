"""What was sent, in words and lines. Pure; lines are safe to show."""

from batchtui.core.models import BatchEntry
from batchtui.core.submissions import Submission, SubmissionState
from batchtui.core.text import counted, human_bytes, human_count, one_line, pad
from batchtui.tui.cells import Cell, Line
from batchtui.tui.presenters import Look, relative

LABEL = 12
"""Cells of the words on the left."""


def fact(label: str, text: str, tone: str = "") -> Line:
    """A word on the left, and what it is."""
    return (Cell(pad(label, LABEL), "muted"), Cell(one_line(text), tone))


STATE_TONES = {
    SubmissionState.INTENDED: "busy",
    SubmissionState.SENDING: "busy",
    SubmissionState.CREATED: "ok",
    SubmissionState.REFUSED: "bad",
    SubmissionState.CANCELED: "muted",
    SubmissionState.UNKNOWN: "warn",
    SubmissionState.ADOPTED: "ok",
    SubmissionState.ABSENT: "bad",
}


def submission_words(submission: Submission) -> str:
    """What it is called and what became of it, in a line; safe."""
    why = f" ({submission.why})" if submission.why else ""
    return one_line(f"{name_of_submission(submission)} · {submission.state.words}{why}")


def name_of_submission(submission: Submission) -> str:
    """Its label, else its file; not masked."""
    return submission.label or submission.file


def submission_lines(submission: Submission, look: Look) -> list[Line]:
    """All about a submission."""
    size = human_bytes(submission.size)
    lines = [
        fact("State", submission.state.words, STATE_TONES[submission.state]),
        fact("Label", submission.label),
        fact("File", submission.file),
        fact("Copy", submission.copy),
        fact("Account", submission.account),
        fact("Requests", f"{human_count(submission.count)}, {size}"),
        fact("Begun", relative(submission.at, look.now)),
        fact("Batch", submission.batch_id),
        fact("Why", submission.why),
    ]
    return [line for line in lines if line[1].text]


def candidate_note(entry: BatchEntry | None, look: Look) -> str:
    """What tells one batch from another that may be it."""
    if entry is None:
        return ""
    counts = entry.batch.request_counts
    requests = f"{counted(counts.total, 'request')}, " if counts else ""
    created = entry.batch.dated
    return f"{requests}created {relative(created, look.now) if created else 'some time'}"
