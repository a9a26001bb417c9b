"""The questions of the results viewer: what to sort by."""

from textual.app import App

from batchtui.results.search.sorting import COLUMNS
from batchtui.tui.result_presenters import SORT_NAMES
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog

_SORT_KEYS = {
    "row": "r", "request": "u", "id": "c", "type": "t", "error": "e", "stop": "s", "model": "m",
    "block": "k", "in": "i", "out": "o", "tokens": "a", "cache_read": "d",
    "cache_write": "w", "bytes": "b",
}  # fmt: skip


async def choose_sort(app: App[None], now: str, *, descending: bool) -> str | None:
    """Ask for a column of `search.sorting`, or None. Call it in a worker."""
    way = "descending" if descending else "ascending"
    choices = [
        Choice(
            column,
            _SORT_KEYS[column],
            SORT_NAMES[column],
            f"now {way}; again turns it" if column == now else "",
        )
        for column in COLUMNS
    ]
    chosen = await app.push_screen_wait(ChoiceDialog("Sort by", choices))
    return chosen if isinstance(chosen, str) else None
