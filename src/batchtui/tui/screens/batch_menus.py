"""The menus of the batch list: what to sort by, what to copy."""

from collections.abc import Sequence
from dataclasses import replace

from batchtui.core.models import BatchEntry
from batchtui.core.text import counted, human_count, one_line
from batchtui.tui.batch_rows import BatchRows
from batchtui.tui.commands import BY_ID
from batchtui.tui.ordering import Order
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog

ACTIVE = "active"
"""The choice of the sort menu that is no column."""

DETAILS = "All details, with the times"
"""The choice of the copy menu that is more than one fact."""

PAUSE = BY_ID["batches.pause"]
QUIT = BY_ID["batches.quit"]
BACK = BY_ID["batches.back"]

_COLUMNS = (
    ("age", "a", "Age", "newest first"),
    ("state", "s", "State", "running first"),
    ("verdict", "v", "Verdict", "best first"),
    ("name", "n", "Label or id", "labelled first"),
    ("account", "c", "Account", ""),
    ("requests", "r", "Requests", "fewest first"),
    ("progress", "d", "Duration", "shortest first, unfinished last"),
    ("left", "t", "Time left", "soonest first"),
)


def sort_menu(order: Order) -> ChoiceDialog:
    """Choose a column; the present one again turns the order round."""
    choices = []
    for key, letter, label, note in _COLUMNS:
        now = "now, again turns it round" if key == order.key else note
        choices.append(Choice(key, letter, label, now))
    active = "on; take it to turn it off" if order.active_first else "off; take it to turn it on"
    choices.append(Choice(ACTIVE, "u", "Unfinished on top", active))
    return ChoiceDialog("Sort by", choices)


def resorted(order: Order, key: str) -> Order:
    """Sorted by a column; by the present one, the other way round."""
    return replace(order, key=key, descending=key == order.key and not order.descending)


def account_menu(names: Sequence[str], rows: BatchRows) -> ChoiceDialog:
    """Choose one of the accounts, or all of them: the empty name."""
    counts = {"": sum(map(rows.count_of, names))} | {name: rows.count_of(name) for name in names}
    choices = [
        Choice(
            name,
            str(place) if place < 10 else "",
            one_line(name) or "All accounts",
            counted(count, "batch", "batches") + (" · now" if name == rows.account else ""),
        )
        for place, (name, count) in enumerate(counts.items())
    ]
    return ChoiceDialog("Show the batches of", choices)


def copy_texts(entry: BatchEntry) -> dict[str, str]:
    """What can be copied of a batch, by what it is called."""
    ref = entry.ref
    texts = {
        "Id": ref.id,
        "Account and id": str(ref),
        "Command that shows it": f"batchtui show {ref}",
        "Command that waits for it": f"batchtui wait {ref}",
        "Command that prints its results": f"batchtui results {ref}",
        "Raw JSON": entry.batch.raw,
    }
    if entry.label:
        texts["Label"] = entry.label
    if entry.local_results:
        texts["Path of the results"] = entry.local_results
    return texts


def copy_menu(texts: dict[str, str]) -> ChoiceDialog:
    """Choose one of them."""
    named = {
        "Id": "i", "Account and id": "a", "Command that shows it": "s",
        "Command that waits for it": "w", "Command that prints its results": "r",
        "Raw JSON": "o", DETAILS: "d", "Label": "b", "Path of the results": "p",
    }  # fmt: skip
    return ChoiceDialog("Copy", [Choice(what, named[what], what) for what in texts])


def no_targets(hidden: int, key: str) -> str:
    """Why no batch is meant, with so many that are marked and hidden; `key` clears the filter."""
    if not hidden:
        return "There is no batch here"
    which = "The marked batch is" if hidden == 1 else f"All {human_count(hidden)} marked ones are"
    return f"{which} hidden by the filter: {key} clears it"
