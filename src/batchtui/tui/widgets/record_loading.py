"""Loading the code that shows a record, which takes longer than a key may wait."""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from batchtui.core.background import ANSWERS

if TYPE_CHECKING:
    from batchtui.tui.widgets.record_pane import RecordPane

_PARTS: Final = (
    "batchtui.results.query.marking",
    "batchtui.results.reading.records",
    "batchtui.requests.lookup",
    "batchtui.tui.prompts",
    "batchtui.tui.record_presenters",
)
"""What the pane needs, in an order in which each needs those before it."""


def record_pane_type() -> "type[RecordPane]":
    """Load it in parts of some milliseconds each, with answers before each. For a thread."""
    for part in _PARTS:
        import_module(part)
        ANSWERS.give()
    from batchtui.tui.widgets.record_pane import RecordPane  # noqa: PLC0415  (after its parts)

    return RecordPane
