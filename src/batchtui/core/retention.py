"""How long providers keep results."""

from datetime import datetime, timedelta

from batchtui.core.models import Batch

_KEPT = {"anthropic": timedelta(days=29)}
"""By provider kind, from creation, not from the end (Message Batches API reference)."""


def results_until(batch: Batch) -> datetime | None:
    """When the provider drops the results of an ended batch; None where that is not known."""
    if batch.archived_at is not None:
        return batch.archived_at
    kept = _KEPT.get(batch.kind)
    return batch.created_at + kept if kept and batch.results_available else None
