"""Letta's batch job, read as far as it can be read.

Facts are those of servers up to 0.16.8, read and observed. A job has no counts, no expiry and no
address of results. Its times end in Z or have no zone at all; both are UTC.
"""

from collections.abc import Mapping
from typing import Any

from batchtui.core.models import UNDATED, Batch, BatchRef, BatchState
from batchtui.providers import wire_values as wire

KIND = "letta"

_STATES = {
    "created": BatchState.QUEUED,
    "pending": BatchState.QUEUED,
    "running": BatchState.RUNNING,
    "completed": BatchState.COMPLETED,
    "failed": BatchState.FAILED,
    "cancelled": BatchState.CANCELED,
    "expired": BatchState.EXPIRED,
}


def read_batch(account: str, item: object) -> Batch:
    """The batch that a decoded JSON value describes.

    Raises:
        ValueError: it is none, or has no id by which it could be asked for. The text says why.
    """
    item = wire.object_of(item)
    if "status" not in item:
        raise ValueError("it has no status")
    status = wire.word(item.get("status"))
    state = _STATES.get(status, BatchState.UNKNOWN)
    ended_at = wire.moment(item.get("completed_at"))
    if ended_at is None and state.is_final:
        ended_at = wire.moment(item.get("updated_at"))  # a canceled job has no `completed_at`
    return Batch(
        ref=BatchRef(account, wire.batch_id(item)),
        kind=KIND,
        state=state,
        provider_status=status,
        created_at=wire.moment(item.get("created_at")) or UNDATED,
        ended_at=ended_at if state.is_final else None,
        results_available=state.is_final,
        failure=_failure(item) if state is BatchState.FAILED else "",
        raw=wire.json_text(item),
    )


def _failure(item: Mapping[str, Any]) -> str:
    reason = wire.word(item.get("stop_reason"))
    return f"stop reason {reason}" if reason else ""
