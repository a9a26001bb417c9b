"""When providers drop the results of a batch."""

from datetime import datetime, timedelta

from batchtui.core.models import UNDATED, Batch, Capabilities

_KEPT = {"anthropic": timedelta(days=29)}
"""`Capabilities.results_kept` by kind, for callers that know the batch and not its account."""


def results_end(batch: Batch, capabilities: Capabilities) -> datetime | None:
    """When the provider drops the results of an ended batch; None where that is not known."""
    return _end(batch, capabilities.results_kept)


def results_until(batch: Batch) -> datetime | None:
    """`results_end` by the batch's kind alone."""
    return _end(batch, _KEPT.get(batch.kind))


def _end(batch: Batch, kept: timedelta | None) -> datetime | None:
    if batch.archived_at is not None:
        return batch.archived_at
    if kept is None or not batch.results_available or batch.created_at <= UNDATED:
        return None
    try:
        return batch.created_at + kept
    except OverflowError:
        return None
