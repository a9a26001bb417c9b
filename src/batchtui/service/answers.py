"""All answers to the requests of a batch: its own results, or those of its lineage as one file."""

from pathlib import Path
from typing import Protocol

from batchtui.core.errors import NoResultsError, StateError
from batchtui.core.models import AccountInfo, BatchEntry, BatchRef, Presence
from batchtui.core.rules import answers_every_request
from batchtui.service.lineage import Lineage


class _Service(Protocol):
    """What it takes of the facade."""

    lineage: Lineage

    def account(self, name: str) -> AccountInfo | None: ...

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


def has_no_rows(service: _Service, ref: BatchRef) -> bool:
    """No request of a batch and its retries was ever answered, so that there are no results.

    So end batches that fail as a whole, or are canceled early, where a protocol has rows only for
    requests that it came to.
    """
    if answers_every_request(service.account(ref.account)):
        return False
    entries = [service.entry(member) for member in service.lineage.members(ref)]
    return all(entry is not None and _ended_without_rows(entry) for entry in entries)


def _ended_without_rows(entry: BatchEntry) -> bool:
    batch = entry.batch
    has_or_had = batch.results_available or batch.archived_at or entry.local_results
    return batch.state.is_final and not has_or_had and entry.presence is Presence.LISTED
