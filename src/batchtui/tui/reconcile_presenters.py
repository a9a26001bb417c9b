"""What came of comparing results with requests, as lines. Pure; lines are safe to show."""

from typing import TYPE_CHECKING

from batchtui.core.models import UNDATED
from batchtui.core.text import pad
from batchtui.results.compare.wording import KINDS, facts
from batchtui.tui.cells import Cell, Line

if TYPE_CHECKING:
    from batchtui.results.compare.reconcile import Reconciliation

LABEL = 15
"""Cells of the words on the left."""

_GOOD = ("requests", "results")


def reconciled_lines(found: "Reconciliation", shown: int) -> list[Line]:
    """The conclusion, and what is off; at most so many ids of a kind, a line each."""
    tone = "ok" if found.is_clean else "bad"
    lines: list[Line] = [(Cell(found.summed_up(UNDATED).conclusion, tone),), ()]
    for name, text in facts(found, shown).items():
        first, *rest = text.split("\n")
        lines.append((Cell(pad(name, LABEL), "muted"), Cell(first, "" if name in _GOOD else "bad")))
        lines += [(Cell(" " * LABEL), Cell(one)) for one in rest]
    return lines


def ids_off(found: "Reconciliation") -> int:
    """How many ids can be listed."""
    return sum(len(getattr(found, kind)) for kind in KINDS)
