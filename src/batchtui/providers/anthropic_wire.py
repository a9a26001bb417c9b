"""The Message Batches protocol's batch, read as far as it can be read.

Facts are those of the Message Batches API reference and of recorded answers. Compatible servers
leave null fields out. Whatever has an id is a batch: a field that cannot be read is unknown, so
that no odd batch hides the others of its list.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from batchtui.core.models import UNDATED, Batch, BatchRef, BatchState, RequestCounts

KIND = "anthropic"

_ENDED = "ended"
_STATES = {
    "in_progress": BatchState.RUNNING,
    "canceling": BatchState.CANCELING,
}
_COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")
_MOST = 10**12
"""No batch has as many requests: a greater number is no count, and no database could keep it."""

_LAST_YEAR = 9998
"""Times after it leave the calendar as soon as they are moved to another zone."""


def read_batch(account: str, item: object) -> Batch:
    """The batch that a decoded JSON value describes.

    Raises:
        ValueError: it is none, or has no id by which it could be asked for. The text says why.
    """
    if not isinstance(item, dict):
        raise ValueError("not an object")  # noqa: TRY004  (a server's fault, not the caller's)
    _refuse_others(item)
    counts = _counts(item.get("request_counts"))
    status = _word(item.get("processing_status"))
    has_ended = status == _ENDED
    archived_at = _moment(item.get("archived_at"))
    canceled_at = _moment(item.get("cancel_initiated_at"))
    return Batch(
        ref=BatchRef(account, _id(item)),
        kind=KIND,
        state=_ended_as(canceled_at, counts)
        if has_ended
        else _STATES.get(status, BatchState.UNKNOWN),
        provider_status=status,
        created_at=_moment(item.get("created_at")) or UNDATED,
        request_counts=counts,
        counts_live=not has_ended and counts is not None and counts.done > 0,
        ended_at=_moment(item.get("ended_at")),
        expires_at=_moment(item.get("expires_at")),
        archived_at=archived_at,
        cancel_initiated_at=canceled_at,
        results_available=has_ended and archived_at is None,
        raw=_text(item),
    )


def _refuse_others(item: Mapping[str, Any]) -> None:
    """Things of other protocols and error documents have ids, too; they say what they are."""
    named = item.get("type", item.get("object"))
    is_named = isinstance(named, str) and not named.startswith("message_batch")
    if is_named and "processing_status" not in item:
        raise ValueError("its type is another")


def _id(item: Mapping[str, Any]) -> str:
    batch_id = item.get("id")
    if not isinstance(batch_id, str) or not batch_id:
        raise ValueError("it has no id")
    try:
        batch_id.encode()
    except UnicodeEncodeError:  # JSON can spell half a character
        raise ValueError("its id is no text") from None
    return batch_id


def _word(value: object) -> str:
    return _storable(value) if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    """An aware time in UTC; one without a zone is UTC. None where none can be read."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if UNDATED.year <= moment.year <= _LAST_YEAR else None


def _counts(value: object) -> RequestCounts | None:
    """The five add up to the total, so one that cannot be read leaves none of them of use."""
    if not isinstance(value, dict):
        return None
    numbers = [_count(value.get(name)) for name in _COUNTS]
    if None in numbers:
        return None
    return RequestCounts(*numbers)  # type: ignore[arg-type]


def _count(value: object) -> int | None:
    if value is None:
        return 0
    if type(value) is int and 0 <= value <= _MOST:
        return value
    return None


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


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def _text(item: Mapping[str, Any]) -> str:
    """The object as JSON text for display; empty for one nested too deeply to be shown."""
    try:
        return _storable(_encode(item))
    except RecursionError:
        return "{}"


def _storable(text: str) -> str:
    """Text with half characters, which JSON can spell and nothing else can keep, replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
