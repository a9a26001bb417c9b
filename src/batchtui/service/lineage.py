"""Batches that send requests of others again: who descends from whom, and what holds of all."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.archive.request_files import RememberedFile
from batchtui.config.kinds import DEFAULT_KIND
from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import ResultsError, SubmitError
from batchtui.core.models import BatchRef
from batchtui.core.submissions import Submission
from batchtui.results.store.cache import local_copy
from batchtui.service.ledger import Ledger

if TYPE_CHECKING:
    from batchtui.archive.archive import Archive
    from batchtui.requests.reading import RequestFile
    from batchtui.results.compare.reconcile import Reconciliation
    from batchtui.service.request_files import BatchRequests


class Lineage:
    """What is remembered of how batches were made. For the event loop's thread."""

    def __init__(self, ledger: Ledger, results_dir: Path) -> None:
        self._ledger = ledger
        self._results_dir = results_dir

    def submission(self, ref: BatchRef) -> Submission | None:
        """How a batch was made, if it was made here."""
        return next(filter(None, map(self._made, self._ledger.twins.members(ref))), None)

    def _made(self, ref: BatchRef) -> Submission | None:
        kept = self._ledger.kept_ref(ref)
        found = self._ledger.guard(lambda it: it.submissions.of_batch(kept), None)
        return replace(found, account=ref.account) if found else None

    def parent(self, ref: BatchRef) -> BatchRef | None:
        """The batch whose requests this one sent again."""
        made = self.submission(ref)
        if made is None or not made.parent:
            return None
        return self._ledger.twins.home(BatchRef(made.account, made.parent))

    def children(self, ref: BatchRef) -> list[BatchRef]:
        """The batches that sent requests of this one again, oldest first."""
        twins = self._ledger.twins
        made = (child for one in twins.members(ref) for child in self._sent_again(one))
        return list(dict.fromkeys(map(twins.home, made)))

    def _sent_again(self, ref: BatchRef) -> list[BatchRef]:
        kept, none = self._ledger.kept_ref(ref), list[Submission]()
        made = self._ledger.guard(lambda it: it.submissions.children(kept), none)
        return [BatchRef(ref.account, one.batch_id) for one in made]

    def members(self, ref: BatchRef) -> list[BatchRef]:
        """The first batch of the lineage and all that descend from it, in the order of sending."""
        root = ref
        seen = {root}
        while (parent := self.parent(root)) and parent not in seen:
            root = parent
            seen.add(root)
        found = {root: -1}
        waiting = [root]
        while waiting:
            for child in self.children(waiting.pop()):
                if child not in found:
                    made = self.submission(child)
                    found[child] = made.number if made else 0
                    waiting.append(child)
        return sorted(found, key=found.__getitem__)

    def request_file(self, ref: BatchRef) -> RememberedFile | None:
        """The file that a batch's requests are in, where that is known."""
        return next(filter(None, map(self._file_of, self._ledger.kept_refs(ref))), None)

    def _file_of(self, kept: BatchRef) -> RememberedFile | None:
        return self._ledger.guard(lambda it: it.request_files.get(kept), None)

    async def requests(self, ref: BatchRef) -> "RequestFile":
        """The requests of a batch, found again and the same as they were.

        Raises:
            SubmitError: where they are is not known, or they are gone or changed.
        """
        from batchtui.service.request_files import NAME_FILE, found_again

        known = self.request_file(ref)
        if known is None:
            what = f"the requests of {ref.id} are not known here"
            raise SubmitError(what, "it was not created from here", NAME_FILE)
        made, kind = self.submission(ref), self._kind(ref)
        return await in_daemon_thread(lambda: found_again(known, made, kind))

    def _kind(self, ref: BatchRef) -> str:
        entry = self._ledger.twins.get(ref)
        return entry.batch.kind if entry else DEFAULT_KIND

    async def name_requests(self, ref: BatchRef, path: Path) -> "BatchRequests":
        """Take a file that somebody named for the requests of a batch.

        It is remembered if nothing speaks against that it is what the batch was made of.

        Raises:
            SubmitError: no requests can be read from it.
        """
        from batchtui.service.request_files import named

        known, made, kind, total = self.request_file(ref), self.submission(ref), self._kind(ref), 0
        if (entry := self._ledger.twins.get(ref)) and (counts := entry.batch.request_counts):
            total = counts.total
        found = await in_daemon_thread(lambda: named(path, kind, known, made, total))
        if (remembered := found.remembered) is None:
            return found

        def keep(archive: "Archive") -> None:
            for kept in self._ledger.kept_refs(ref):
                archive.request_files.put(kept, remembered)

        self._ledger.guard(keep, None)
        return found

    def remember_reconciled(self, ref: BatchRef, found: "Reconciliation") -> None:
        """Keep what came of comparing a batch's results with its requests."""
        self._ledger.remember_reconciled(ref, found.summed_up(self._ledger.clock.now()))

    def under_way(self, ref: BatchRef) -> list[BatchRef]:
        """The batches that send requests of this one again, and have not ended."""
        entries = map(self._ledger.twins.get, self.children(ref))
        return [one.ref for one in entries if one and not one.batch.state.is_final]

    async def effective_results(self, ref: BatchRef) -> Path:
        """The newest answer to each request of a lineage, as one file of results; made if stale.

        Members without a local copy are left out if they have not ended, or their results were
        never to be had; the caller fetches those that it wants.

        Raises:
            ResultsError: no member has a local copy, or the file cannot be made.
        """
        from batchtui.results.compare import effective

        members = self.members(ref)
        copies = [copy for member in members if (copy := self._copy(member))]
        if not copies:
            raise ResultsError(f"no results of {ref.id} or its retries are here")
        target, now = (
            effective.effective_path(self._results_dir, self._ledger.kept_ref(members[0])),
            self._ledger.clock.now(),
        )
        if not effective.is_fresh(target, copies):
            await in_daemon_thread(lambda: effective.write_effective(target, copies, now))
        return target

    def _copy(self, ref: BatchRef) -> Path | None:
        copies = (local_copy(self._results_dir, kept) for kept in self._ledger.kept_refs(ref))
        return next(filter(None, copies), None)
