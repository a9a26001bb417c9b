"""Batches for tests, with the fields that a test does not care about filled in."""

from datetime import UTC, datetime, timedelta

from batchtui.core.models import Batch, BatchRef, BatchState, RequestCounts

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def a_batch(
    id: str = "msgbatch_01",  # noqa: A002
    *,
    account: str = "work",
    state: BatchState = BatchState.RUNNING,
    minutes_ago: float = 10,
    counts: RequestCounts | None = None,
    **fields: object,
) -> Batch:
    created = fields.pop("created_at", NOON - timedelta(minutes=minutes_ago))
    if state.is_final:
        fields.setdefault("ended_at", NOON)
        fields.setdefault("results_available", True)
        counts = counts or RequestCounts(succeeded=100)
    return Batch(
        ref=BatchRef(account, id),
        kind="anthropic",
        state=state,
        provider_status="ended" if state.is_final else "in_progress",
        created_at=created,
        expires_at=created + timedelta(hours=24),
        request_counts=counts or RequestCounts(processing=100),
        **fields,  # type: ignore[arg-type]
    )
