"""All answers to the requests of a batch: its own results, or those of its lineage as one file."""

from pathlib import Path
from typing import Protocol

from batchtui.core.errors import NoResultsError, StateError
from batchtui.core.models import BatchEntry, BatchRef
from batchtui.service.lineage import Lineage


class _Service(Protocol):
    """What it takes of the facade."""

    lineage: Lineage

    def entry(self, ref: BatchRef) -> BatchEntry | None: ...

    async def fetch_results(self, ref: BatchRef) -> Path: ...


async def effective_results(service: _Service, ref: BatchRef) -> Path:
    """The newest answer to each request of a batch and its retries, downloaded where need be.

    Members that have not ended, or whose results are not to be had any more, are left out.

    Raises:
        ResultsError, StateError, ApiError, ConfigError: there are none, and why.
    """
    members = service.lineage.members(ref)
    if members == [ref]:
        return await service.fetch_results(ref)
    for member in members:
        entry = service.entry(member)
        if entry is not None and entry.batch.state.is_final:
            try:
                await service.fetch_results(member)
            except (NoResultsError, StateError):
                continue
    return await service.lineage.effective_results(ref)
