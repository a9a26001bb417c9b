"""Which commands could do anything to batches now. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from batchtui.core.rules import Deed
from batchtui.tui.commands import Command

_DEEDS: Final = {
    "batches.cancel": Deed.CANCEL,
    "batches.delete": Deed.DELETE,
    "batches.results": Deed.RESULTS,
    "batches.download": Deed.RESULTS,
    "batches.reconcile": Deed.RESULTS,
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is for commands to act on."""

    batch: bool
    """A batch is at the cursor."""
    shown: bool
    """The list has rows."""
    known: bool
    """There are batches, shown or not."""
    service: bool
    several_accounts: bool
    columns_hidden: bool
    retried: bool
    """The batch at the cursor is a retry, or has one."""
    under_way: bool
    """A download, or something that is done to several batches."""
    possible: Callable[[Deed], bool]
    """Whether something can be done to a batch that an action would mean."""


def of_use(command: Command, now: Situation) -> bool:
    """Whether there is what the command is for."""
    deed = _DEEDS.get(command.id)
    if deed is not None:
        return now.possible(deed)
    if command.scope == "list":
        return now.shown
    if command.scope != "batches":
        return True
    needed = {
        "open": now.batch, "raw": now.batch, "mark": now.batch, "copy": now.batch,
        "mark_all": now.shown, "answers": now.retried,
        "remark": now.batch, "create": now.service, "submissions": now.service,
        "filter": now.known, "sort": now.known, "active_first": now.known,
        "failures": now.known, "wide": now.known, "detail": now.known,
        "refresh": now.service, "pause": now.service, "accounts": now.service,
        "account": now.several_accounts,
        "next_columns": now.columns_hidden, "previous_columns": now.columns_hidden,
        "stop": now.under_way,
    }  # fmt: skip
    return needed.get(command.id.partition(".")[2], True)
