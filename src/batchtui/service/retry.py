"""Which requests of a batch to send again, and a file of exactly those.

What is not async is slow: for a thread.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import StateError, SubmitError
from batchtui.core.models import BatchEntry, BatchRef
from batchtui.core.submissions import NO_OPTIONS, Draft, Part, Submission
from batchtui.core.text import counted
from batchtui.requests.body import RequestsBody
from batchtui.requests.copies import write_chosen
from batchtui.requests.reading import RequestFile
from batchtui.requests.rule_set import RequestRules
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.ids import row_ids
from batchtui.service.answers import effective_results, has_no_rows
from batchtui.service.drafting import keep_copy, rules_of_kind
from batchtui.service.request_files import NAME_FILE, BatchRequests

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RetryFile:
    """A file of requests to be sent again, as JSON lines."""

    path: Path
    requests: int
    without_request: tuple[str, ...]
    """Ids that were chosen and have no request in the batch's file."""


async def requests_to_retry(
    service: "BatchService", ref: BatchRef, requests: BatchRequests
) -> set[str]:
    """Ids of the requests that neither the batch nor a retry of it has answered.

    Raises:
        StateError: a retry of it is under way, so that nobody can tell yet.
        SubmitError: the requests are not those of the batch.
        BatchtuiError: the results or the requests cannot be read.
    """
    if busy := service.lineage.under_way(ref):
        raise StateError(
            f"cannot tell what of {ref.id} to send again",
            f"{busy[0].id} does so already, and has not ended",
            "wait until it has, or choose requests by a query or marks",
        )
    if has_no_rows(service, ref):
        return await in_daemon_thread(lambda: own_ids(requests))
    copy = await effective_results(service, ref)

    def look() -> set[str]:
        with ResultsFile.open(copy) as results:
            return own_ids(requests, results)

    return await in_daemon_thread(look)


def rules_of_retry(service: "BatchService", parent: BatchEntry) -> RequestRules:
    """Those of the account, under the version that the batch itself was created with.

    Quick, and for the event loop's thread: it asks the archive.

    Raises:
        UsageError: batches of that kind cannot be created from a file.
    """
    made = service.lineage.submission(parent.ref)
    info = service.account(parent.ref.account)
    version = (made.options.version if made else "") or (info.version if info else "")
    return rules_of_kind(parent.batch.kind, version, info.dialect if info else "")


def ids_of_all(requests: RequestFile) -> set[str]:
    """Ids of all requests of a file.

    Raises:
        SubmitError: they cannot be read.
    """
    return {request.custom_id for request in requests.requests()}


def unanswered(results: ResultsFile, requests: RequestFile) -> set[str]:
    """Ids of the requests that have no row which succeeded: errored, expired, canceled, missing.

    Raises:
        ResultsError, SubmitError: the results or the requests cannot be read.
    """
    types = results.index.types
    answered = {
        custom_id for row, custom_id in enumerate(row_ids(results)) if types[row] == "succeeded"
    }
    return ids_of_all(requests) - answered


def own_ids(requests: BatchRequests, results: ResultsFile | None = None) -> set[str]:
    """`unanswered`, or all without results; of the batch itself, also where its file is in doubt.

    Raises:
        SubmitError: some have no row, so that nothing says that the batch had such a request.
        ResultsError: the results cannot be read.
    """
    ids = unanswered(results, requests.file) if results else ids_of_all(requests.file)
    if requests.doubt and (alien := ids.difference(row_ids(results) if results else ())):
        why = f"the batch has no row for {counted(len(alien), 'request')} of it"
        raise SubmitError(requests.doubt, why, NAME_FILE)
    return ids


def ids_of(results: ResultsFile, rows: Iterable[int]) -> set[str]:
    """Ids of some rows, as a query or marks choose them; those without one are passed over.

    Raises:
        ResultsError: the results cannot be read.
    """
    return {custom_id for row in rows if (custom_id := results.custom_id(row))}


def write_retry(requests: RequestFile, ids: set[str], target: Path) -> RetryFile:
    """Write the chosen requests, with the edits of `requests`, in the order of its file.

    Raises:
        SubmitError: none of the ids has a request there, or the disk cannot take them.
    """
    written = write_chosen(requests, target, ids)
    absent = tuple(sorted(ids - written))
    if not written:
        target.unlink(missing_ok=True)
        some = ", ".join(absent[:_SHOWN])
        raise SubmitError(
            f"there is nothing to send again of {requests.path}",
            f"{counted(len(absent), 'id')} chosen, none of them in that file: {some}"
            if absent
            else "no request was chosen",
        )
    return RetryFile(target, len(written), absent)


def retry_draft(
    file: RequestFile,
    body: RequestsBody,
    part: Part,
    *,
    parent: BatchEntry,
    made: Submission | None,
    label: str,
    copies: Path,
    now: datetime,
) -> Draft:
    """The draft of a batch that sends requests of `parent` again, in the way that `made` it.

    A copy of them is kept in `copies`, since `file` is there for this once.

    Raises:
        SubmitError: they cannot be kept, or read.
    """
    copy = keep_copy(file, body, part.number, copies, now)
    return Draft(
        account=parent.ref.account,
        body=body,
        file=str(copy),
        label=label or f"{parent.label or parent.ref.id} (retry)",
        options=made.options if made else NO_OPTIONS,
        copy=str(copy),
        parent=parent.ref,
        part=part,
    )
