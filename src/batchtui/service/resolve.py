"""From what a person types to one batch."""

from collections.abc import Collection

from batchtui.core.errors import AmbiguousIdError, UnknownBatchError
from batchtui.core.models import BatchRef
from batchtui.core.text import nearest

SHORTEST_PART = 4
"""Fewer characters than this name a batch only as its whole id."""


def resolve(text: str, refs: Collection[BatchRef]) -> BatchRef:
    """The one batch that `text` names: a whole id, a unique prefix or suffix, or `account:id`.

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
    if not found and len(part) >= SHORTEST_PART:
        found = [ref for ref in refs if ref.id.startswith(part) or ref.id.endswith(part)]
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


def _hint(part: str, refs: Collection[BatchRef]) -> str:
    if len(part) < SHORTEST_PART:
        return f"a part of an id needs {SHORTEST_PART} characters or more"
    near = nearest(part, [ref.id for ref in refs])
    return f"did you mean {near}?" if near else "`batchtui ls` shows the ids that are known"
