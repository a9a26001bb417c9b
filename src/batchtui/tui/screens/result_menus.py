"""The questions of the results viewer: which results to show, what of one to copy."""

from collections.abc import Mapping

from textual.app import App

from batchtui.results.record import Record
from batchtui.tui.record_presenters import copyable
from batchtui.tui.result_status import facet_choices
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog


async def choose_type(app: App[None], counts: Mapping[str, int], *, plain: bool) -> str | None:
    """Ask for a result type; empty for all of them, None for no answer. Call it in a worker."""
    choices = [
        Choice(value, str(key), label, number)
        for key, (value, label, number) in enumerate(facet_choices(counts, plain=plain))
    ]
    chosen = await app.push_screen_wait(ChoiceDialog("Show", choices))
    return chosen if isinstance(chosen, str) else None


async def choose_text(app: App[None], record: Record) -> tuple[str, str] | None:
    """Ask what of a record to copy: its name and the text, or None. Call it in a worker."""
    texts = copyable(record)
    choices = [Choice(key, key, label) for key, (label, _) in texts.items()]
    chosen = await app.push_screen_wait(ChoiceDialog("Copy", choices))
    return texts[chosen] if isinstance(chosen, str) else None
