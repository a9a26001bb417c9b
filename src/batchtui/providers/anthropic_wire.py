"""The Message Batches protocol's batch, read as far as it can be read.

Facts are those of the Message Batches API reference and of recorded answers. Compatible servers
leave null fields out. Whatever has an id is a batch: a field that cannot be read is unknown, so
that no odd batch hides the others of its list.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from batchtui.core.models import UNDATED, Batch, BatchRef, BatchState, RequestCounts
from batchtui.providers import wire_values as wire

KIND = "anthropic"

_ENDED = "ended"
_STATES = {
    "in_progress": BatchState.RUNNING,
    "canceling": BatchState.CANCELING,
}
_COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")


def read_batch(account: str, item: object) -> Batch:
    """The batch that a decoded JSON value describes.

    Raises:
        ValueError: it is none, or has no id by which it could be asked for. The text says why.
    """
    item = wire.object_of(item)
    _refuse_others(item)
    counts = _counts(item.get("request_counts"))
    status = wire.word(item.get("processing_status"))
    has_ended = status == _ENDED
    archived_at = wire.moment(item.get("archived_at"))
    canceled_at = wire.moment(item.get("cancel_initiated_at"))
    return Batch(
        ref=BatchRef(account, wire.batch_id(item)),
        kind=KIND,
        state=_ended_as(canceled_at, counts)
        if has_ended
        else _STATES.get(status, BatchState.UNKNOWN),
        provider_status=status,
        created_at=wire.moment(item.get("created_at")) or UNDATED,
        request_counts=counts,
        counts_live=not has_ended and counts is not None and counts.done > 0,
        ended_at=wire.moment(item.get("ended_at")),
        expires_at=wire.moment(item.get("expires_at")),
        archived_at=archived_at,
        cancel_initiated_at=canceled_at,
        results_available=has_ended and archived_at is None,
        raw=wire.json_text(item),
    )


def _refuse_others(item: Mapping[str, Any]) -> None:
    """Things of other protocols and error documents have ids, too; they say what they are."""
    named = item.get("type", item.get("object"))
    is_named = isinstance(named, str) and not named.startswith("message_batch")
    if is_named and "processing_status" not in item:
        raise ValueError("its type is another")


def _counts(value: object) -> RequestCounts | None:
    """The five add up to the total, so one that cannot be read leaves none of them of use."""
    if not isinstance(value, dict):
        return None
    numbers = [wire.count(value.get(name)) for name in _COUNTS]
    if None in numbers:
        return None
    return RequestCounts(*numbers)  # type: ignore[arg-type]


def _ended_as(canceled_at: datetime | None, counts: RequestCounts | None) -> BatchState:
    """The wire says `ended` of every end; what kind of end it was is read from the rest."""
    if counts is None:
        return BatchState.CANCELED if canceled_at else BatchState.COMPLETED
    if canceled_at and counts.canceled:
        return BatchState.CANCELED
    if counts.expired and not counts.succeeded:
        return BatchState.EXPIRED
    if counts.errored and counts.errored == counts.total:
        return BatchState.FAILED
    return BatchState.COMPLETED
