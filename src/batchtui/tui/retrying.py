"""A retry from the results viewer: which requests, what is changed in them, where they go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.models import BatchEntry, BatchRef
from batchtui.core.submissions import Draft, Part
from batchtui.core.text import one_line
from batchtui.requests.body import RequestsBody
from batchtui.requests.copies import write_requests
from batchtui.requests.edits import Edit
from batchtui.requests.preflight import Report, check
from batchtui.requests.reading import RequestFile
from batchtui.requests.source import open_requests
from batchtui.results.file.results_file import ResultsFile
from batchtui.service.drafting import with_costs
from batchtui.service.request_files import BatchRequests
from batchtui.service.retry import (
    RetryFile,
    ids_of,
    requests_to_retry,
    retry_draft,
    rules_of_retry,
    write_retry,
)
from batchtui.tui.cells import Cell, Line
from batchtui.tui.creation import Creation
from batchtui.tui.editing import change_lines
from batchtui.tui.request_presenters import cost_line, problem_lines

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService


@dataclass(frozen=True)
class Retrying:
    """One retry of a batch. What is slow is done in threads."""

    service: "BatchService"
    parent: BatchEntry
    named: BatchRequests
    """Where the batch's requests are."""
    copies: Path
    """Where what is sent is kept."""
    clock: Clock

    @property
    def requests(self) -> RequestFile:
        """Their file."""
        return self.named.file

    @property
    def ref(self) -> BatchRef:
        """The batch."""
        return self.parent.ref

    async def unanswered(self) -> set[str]:
        """Ids of the requests that neither the batch nor a retry of it has answered.

        Raises:
            StateError: a retry is under way, so that nobody can tell yet.
            SubmitError: the requests are not those of the batch.
            BatchtuiError: the results or the requests cannot be read.
        """
        return await requests_to_retry(self.service, self.ref, self.named)

    async def ids_of(self, file: ResultsFile, rows: Sequence[int]) -> set[str]:
        """Ids of some rows."""
        return await in_daemon_thread(lambda: ids_of(file, rows))

    async def write_chosen(self, ids: set[str], path: Path) -> RetryFile:
        """Write the requests of these ids as they are.

        Raises:
            SubmitError: there is none of them, or the disk cannot take them.
        """
        return await in_daemon_thread(lambda: write_retry(self.requests, ids, path))

    async def write(self, chosen: Path, edits: Sequence[Edit], path: Path) -> None:
        """Write the chosen requests with the edits.

        Raises:
            SubmitError: the disk cannot take them, or they cannot be read.
        """
        await in_daemon_thread(
            lambda: write_requests(self._opened(chosen).changed(edits=edits), path)
        )

    def _opened(self, chosen: Path) -> RequestFile:
        return open_requests(chosen, shape=self.requests.shape)

    async def checked(self, chosen: Path, edits: Sequence[Edit]) -> Report:
        """The report of the check, with the costs.

        Raises:
            UsageError: batches of that kind cannot be created from a file.
            SubmitError: they cannot be read.
        """
        rules = rules_of_retry(self.service, self.parent)

        def work() -> Report:
            *_, last = check(self._opened(chosen).changed(edits=edits), rules, split=True)
            assert last.report is not None, "a check ends with its report"
            return with_costs(last.report, rules)

        return await in_daemon_thread(work)

    def creation(self, report: Report, *, resends: bool, changed: Callable[[], object]) -> Creation:
        """The sending of what was checked.

        `resends` says that what was sent before is meant, if it is known what became of it.
        """
        made = self.service.lineage.submission(self.ref)

        def draft_of(body: RequestsBody, part: Part) -> Draft:
            return retry_draft(
                report.file, body, part, parent=self.parent, made=made, label="",
                copies=self.copies, now=self.clock.now(),
            )  # fmt: skip

        account = self.ref.account
        return Creation(self.service, report, account, draft_of, changed=changed, resends=resends)


def question_lines(report: Report, parent: BatchEntry) -> list[Line]:
    """What is to be known before they are sent."""
    name = parent.label or parent.ref.id
    lines: list[Line] = [(Cell(f"Again, of {one_line(name)}", "strong"),)]
    lines += change_lines(report.changes) or [(Cell("as they were", "muted"),)]
    return [*lines, cost_line(report), *problem_lines(report)]
