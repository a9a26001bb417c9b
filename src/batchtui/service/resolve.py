"""From what a person types to one batch."""

from collections.abc import Collection

from batchtui.core.errors import AmbiguousIdError, UnknownBatchError
from batchtui.core.models import BatchRef
from batchtui.core.text import nearest

SHORTEST_PART = 4
"""Fewer characters than this name a batch only as its whole id."""

_BEGINNINGS = ("msgbatch_", "batch_", "job-")
"""What the ids of a kind of batch all begin with."""


def resolve(text: str, refs: Collection[BatchRef]) -> BatchRef:
    """The one batch that `text` names: a whole id, a unique part of one, or `account:id`.

    A part is at the id's beginning, with or without the word that all such ids begin with, or at
    its end. That word alone is no part.

    Raises:
        AmbiguousIdError: it fits several; the hint names some.
        UnknownBatchError: it fits none; the hint names the nearest.
    """
    account, colon, rest = text.partition(":")
    if colon and any(ref.account == account for ref in refs):
        return _match(text, rest, [ref for ref in refs if ref.account == account])
    return _match(text, text, refs)


def _match(text: str, part: str, refs: Collection[BatchRef]) -> BatchRef:
    found = [ref for ref in refs if ref.id == part]
    if not found and _tells(part):
        starts = (part, *(beginning + part for beginning in _BEGINNINGS))
        found = [ref for ref in refs if ref.id.startswith(starts) or ref.id.endswith(part)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UnknownBatchError(f"no batch {text!r}", hint=_hint(part, refs))
    several = ", ".join(str(ref) for ref in sorted(found)[:4])
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    raise AmbiguousIdError(
        f"{text!r} fits {len(found)} batches",
        hint=f"say more of the id, or account:id: {several}{more}",
    )


def _tells(part: str) -> bool:
    """It is long enough, and not only what every such id begins with."""
    only_beginning = any(beginning.startswith(part) for beginning in _BEGINNINGS)
    return len(part) >= SHORTEST_PART and not only_beginning


def _hint(part: str, refs: Collection[BatchRef]) -> str:
    if not _tells(part):
        besides = ", ".join(_BEGINNINGS)
        return f"a part of an id needs {SHORTEST_PART} characters or more, besides {besides}"
    near = nearest(part, [ref.id for ref in refs])
    return f"did you mean {near}?" if near else "`batchtui ls` shows the ids that are known"
