"""The questions about a record: what of it to copy, which of its blocks."""

from typing import Final

from batchtui.core.text import one_line
from batchtui.results.reading.blocks import Block
from batchtui.results.reading.record import Record
from batchtui.tui.record_presenters import copyable
from batchtui.tui.screens.dialogs import Choice, ChoiceDialog
from batchtui.tui.ui import Ui

_MOST: Final = 200
"""Blocks in a question, from the one in view on: nobody looks through more."""
_LONGEST: Final = 60


async def choose_text(ui: Ui, record: Record, block: int) -> tuple[str, str] | None:
    """Ask what of a record to copy, of which that block is in view.

    Returns its name and the text, or None. Call it in a worker.
    """
    texts = copyable(record)
    choices = [Choice(key, key, label) for key, (label, _) in texts.items()]
    blocks = [number for number, one in enumerate(record.blocks) if one.path]
    if blocks:
        choices += [
            Choice("b", "b", "text of a block", "asks which"),
            Choice("p", "p", "JSON path of a block", "asks which"),
        ]
    chosen = await ui.push_screen_wait(ChoiceDialog("Copy", choices))
    if chosen not in ("b", "p"):
        return texts[chosen] if isinstance(chosen, str) else None
    first = next((place for place, number in enumerate(blocks) if number >= block), 0)
    number = await _choose_block(ui, record, blocks[first:] + blocks[:first])
    if number is None:
        return None
    one = record.blocks[number]
    return ("text of the block", one.body) if chosen == "b" else ("JSON path", one.path)


async def _choose_block(ui: Ui, record: Record, numbers: list[int]) -> int | None:
    choices = [
        Choice(number, str(key) if key < 10 else "", record.blocks[number].path, _words(one))
        for key, number in enumerate(numbers[:_MOST], 1)
        for one in (record.blocks[number],)
    ]
    chosen = await ui.push_screen_wait(ChoiceDialog("Which block", choices))
    return chosen if isinstance(chosen, int) else None


def _words(block: Block) -> str:
    head = one_line(" ".join((block.title or block.body)[: 4 * _LONGEST].split()))
    return head[:_LONGEST]
