"""What an account's protocol cannot do, in words for people."""

from collections.abc import Iterator

from batchtui.core.models import Capabilities


def limits(able: Capabilities) -> list[str]:
    """Each thing that its servers do not do, or do otherwise, in a few words."""
    return list(_limits(able))


def _limits(able: Capabilities) -> Iterator[str]:
    if not able.can_create:
        yield "creates no batches"
    if not able.can_cancel:
        yield "cancels no batches"
    if not able.can_delete:
        yield "deletes no batches"
    elif able.delete_leaves_batch:
        yield f"deletes {able.deletes} only: the batch stays listed"
    elif able.deletes != Capabilities().deletes:
        yield f"deletes {able.deletes}"
    if not able.has_counts:
        yield "tells no request counts"
    elif not able.live_counts:
        yield "counts requests at the end only"
    if not able.list_is_complete:
        yield "may leave batches out of its list"
