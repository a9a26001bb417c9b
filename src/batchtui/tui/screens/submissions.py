"""What was sent from here: what became of it, and what is to be decided."""

from typing import TYPE_CHECKING

from batchtui.core.models import BatchRef
from batchtui.core.submissions import Submission
from batchtui.core.text import one_line, truncate_middle
from batchtui.tui.presenters import relative
from batchtui.tui.request_words import (
    candidate_note,
    name_of_submission,
    submission_lines,
)
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog
from batchtui.tui.ui import Ui
from batchtui.tui.wishes import Wish, wish_of

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

MOST = 50
"""Submissions that are listed."""

_NAME = 32
_NONE, _AGAIN, _GO, _LEAVE = "none", "again", "go", "leave"


async def review_submissions(ui: Ui, service: "BatchService") -> Wish | BatchRef | None:
    """Show what was sent, and do what is chosen. In a worker.

    Returns a wish that is to be typed on and sent, or a batch to go to.
    """
    known = {account.name for account in service.accounts}
    sent = [one for one in service.submissions.recent(MOST) if one.account in known]
    if not sent:
        ui.say("Nothing has been sent from here yet")
        return None
    sent.sort(key=lambda one: not one.state.is_open)
    look = ui.look()
    choices = [
        Choice(
            one,
            "",
            truncate_middle(one_line(name_of_submission(one)), _NAME),
            f"{relative(one.at, look.now)} · {one.state.words}",
        )
        for one in sent
    ]
    chosen = await ui.push_screen_wait(ChoiceDialog("Sent from here", choices))
    return await _of_one(ui, service, chosen) if isinstance(chosen, Submission) else None


async def _of_one(ui: Ui, service: "BatchService", one: Submission) -> Wish | BatchRef | None:
    dialog = ChoiceDialog(
        "Submission", _choices(ui, service, one), submission_lines(one, ui.look())
    )
    answer = await ui.push_screen_wait(dialog)
    if answer == _AGAIN:
        return wish_of(one)
    if answer == _GO:
        return one.ref
    if answer == _NONE:
        ui.say(f"No batch of it: {one_line(name_of_submission(service.submissions.give_up(one)))}")
    elif isinstance(answer, BatchRef):
        return (await service.submissions.adopt(one, answer.id)).ref
    return None


def _choices(ui: Ui, service: "BatchService", one: Submission) -> list[Choice]:
    """What can be done about it."""
    choices = [Choice(_LEAVE, "l", "Leave it as it is")]
    if one.state.has_batch:
        choices.append(Choice(_GO, "g", "Go to the batch"))
    elif not one.state.is_open and one.file != "-":
        choices.append(Choice(_AGAIN, "s", "Send it again", "after a check, and a question"))
    look = ui.look()
    for number, name in enumerate(one.candidates, 1):
        ref = BatchRef(one.account, name)
        note = candidate_note(service.entry(ref), look)
        choices.append(Choice(ref, str(number), f"It is {one_line(name)}", note))
    if one.candidates:
        choices.append(Choice(_NONE, "n", "None of them is it", "then there is no batch of it"))
    return choices
