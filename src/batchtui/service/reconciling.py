"""The results of a batch against its requests, and the finding kept with the batch."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from batchtui.core.background import in_daemon_thread
from batchtui.core.models import AccountInfo, BatchEntry, BatchRef, RequestCounts
from batchtui.core.rules import answers_every_request
from batchtui.core.streams import CancelCheck, never
from batchtui.requests.reading import RequestFile
from batchtui.results.compare.reconcile import ANSWERED, COUNTED, Reconciliation, reconcile
from batchtui.results.compare.wording import problems
from batchtui.results.export.target import atomic_file
from batchtui.results.file.results_file import ResultsFile
from batchtui.service.lineage import Lineage


class _Service(Protocol):
    """What it takes of the facade."""

    lineage: Lineage

    def entry(self, ref: BatchRef) -> BatchEntry | None: ...

    def account(self, name: str) -> AccountInfo | None: ...


def first_of(service: _Service, entry: BatchEntry) -> BatchEntry:
    """The batch whose requests all answers of its lineage are to."""
    return service.entry(service.lineage.members(entry.ref)[0]) or entry


async def reconciled(
    service: _Service,
    entry: BatchEntry,
    copy: Path,
    requests: RequestFile | None,
    *,
    cancel: CancelCheck = never,
    tell: Callable[[int], object] = lambda _: None,
    remembers: bool = True,
) -> Reconciliation | None:
    """Compare a batch's own results with its counts and requests, and remember what came of it.

    With `remembers=False`, for requests that may be others, nothing is remembered. `tell` is
    called in the thread that does it, now and then, with the ids looked at so far. None if
    cancelled.

    Raises:
        ResultsError: the results cannot be read.
        SubmitError: the requests cannot be read.
    """
    counts, account = entry.batch.request_counts, service.account(entry.ref.account)
    counted = COUNTED if answers_every_request(account) else ANSWERED
    found = await in_daemon_thread(
        lambda: compared(copy, counts, requests, cancel, tell, counted=counted)
    )
    if found is not None and remembers:
        service.lineage.remember_reconciled(entry.ref, found)
    return found


def compared(
    copy: Path,
    counts: RequestCounts | None,
    requests: RequestFile | None,
    cancel: CancelCheck = never,
    tell: Callable[[int], object] = lambda _: None,
    *,
    counted: Sequence[str] = COUNTED,
) -> Reconciliation | None:
    """The same of any file of results; blocking, and nothing is remembered."""
    ids = (request.custom_id for request in requests.requests()) if requests else None
    with ResultsFile.open(copy) as results:
        return reconcile(
            results, counts=counts, counted=counted, requests=ids, cancel=cancel, tell=tell
        )


def write_problems(path: Path, found: Reconciliation) -> None:
    """Write a line of JSON for each id that is off.

    Raises:
        ResultsError: the file cannot be written.
    """
    with atomic_file(path) as out:
        for kind, custom_id in problems(found):
            out.write(json.dumps({"problem": kind, "custom_id": custom_id}).encode() + b"\n")
