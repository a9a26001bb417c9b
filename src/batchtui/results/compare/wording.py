"""What came of a comparison, in words: the same in both faces."""

from collections.abc import Iterator

from batchtui.core.text import counted, human_count, one_line
from batchtui.results.compare.reconcile import Reconciliation

KINDS = ("missing", "duplicate", "unexpected", "asked_twice")
"""What can be off about an id: fields of `Reconciliation`, and words of the files of problems."""


def facts(found: Reconciliation, shown: int) -> dict[str, str]:
    """What was compared and what is off, named; at most so many ids of a kind, a line each.

    All of it is safe.
    """
    asked = "not known" if found.requests is None else human_count(found.requests)
    pairs = {"requests": asked, "results": human_count(found.rows)}
    pairs |= {kind.replace("_", " "): _ids(getattr(found, kind), shown) for kind in KINDS}
    pairs["without an id"] = counted(found.nameless, "result") if found.nameless else ""
    pairs |= {
        one.type: f"{human_count(one.counted)} by the counts, {counted(one.rows, 'result')}"
        for one in found.miscounts
    }
    return {name: text for name, text in pairs.items() if text}


def _ids(ids: tuple[str, ...], shown: int) -> str:
    if not ids:
        return ""
    more = len(ids) - shown
    rest = [f"... and {human_count(more)} more"] if more > 0 else []
    return "\n".join((human_count(len(ids)), *map(one_line, ids[:shown]), *rest))


def problems(found: Reconciliation) -> Iterator[tuple[str, str]]:
    """Each id that is off, behind what is off about it."""
    for kind in KINDS:
        for custom_id in getattr(found, kind):
            yield kind, custom_id
