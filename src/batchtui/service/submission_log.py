"""Submissions as the faces know them: kept in the archive, and every change told."""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import replace

from batchtui.archive.archive import Archive
from batchtui.archive.request_files import RememberedFile
from batchtui.archive.submissions import OpenSubmission
from batchtui.core.errors import ArchiveError
from batchtui.core.events import Event, SubmissionChanged
from batchtui.core.models import Batch, BatchRef
from batchtui.core.submissions import Draft, Submission, SubmissionState
from batchtui.service.ledger import Ledger


class SubmissionLog:
    """The submissions that this program minds, and a look at those of others.

    Outside of the archive an account goes by its configured name.
    """

    def __init__(self, ledger: Ledger, publish: Callable[[Event], None], holder: str) -> None:
        self.holder = holder
        self._ledger = ledger
        self._publish = publish

    def intend(
        self, draft: Draft, known: Iterable[str], *, beside: Collection[int] | None
    ) -> Submission | None:
        """Note what is going to be sent, and the call that does it.

        None, and nothing is noted, if the same requests were sent by others than those `beside`.

        Raises:
            ArchiveError: it cannot be noted; then it must not be sent.
        """
        kept, now = self._ledger.kept_as(draft.account), self._ledger.clock.now()
        try:
            archive = self._ledger.require_archive()
            submission = archive.submissions.intend(
                draft, kept, self.holder, now, known, beside=beside
            )
            if submission is None:
                return None
            detail = f"submission {submission.number}: {submission.count} requests of {draft.file}"
            row = archive.audit.begin(now, BatchRef(kept, ""), "create", detail, holder=self.holder)
            archive.submissions.note_audit(submission.number, row)
        except ArchiveError as error:
            what = "did not send the requests: that cannot be noted first"
            raise ArchiveError(what, str(error), error.hint) from error
        return self._told(submission, draft.account)

    def sending(self, submission: Submission) -> Submission:
        """Note that its first byte is about to go."""
        return self._changed(submission, SubmissionState.SENDING)

    def last_byte(self, submission: Submission) -> bool:
        """Note that its last byte is about to go; False if another program minds it by now.

        Raises:
            ArchiveError: it cannot be noted; then that byte must not go.
        """
        archive, now = self._ledger.require_archive(), self._ledger.clock.now()
        return archive.submissions.note_last_byte(submission.number, self.holder, now)

    def uploaded(self, submission: Submission, file_id: str) -> bool:
        """Note the file of its requests, of which a batch is about to be made.

        False if another program minds it by now.

        Raises:
            ArchiveError: it cannot be noted; then no batch must be made of the file.
        """
        archive, now = self._ledger.require_archive(), self._ledger.clock.now()
        return archive.submissions.note_upload(submission.number, self.holder, file_id, now)

    def beat(self, submission: Submission) -> None:
        """Say that this program still minds it."""
        now = self._ledger.clock.now()
        self._ledger.guard(
            lambda it: it.submissions.beat(submission.number, self.holder, now), None
        )

    def has_batch(
        self,
        submission: Submission,
        state: SubmissionState,
        batch: Batch,
        why: str = "",
        candidates: Iterable[str] = (),
    ) -> Submission:
        """Note its batch, and what is remembered with that; `candidates` if it is not proven."""
        self._ledger.record([batch])
        known = self._changed(
            submission, state, batch_id=batch.ref.id, why=why, candidates=candidates
        )
        if not known.state.has_batch:
            return known
        kept = self._ledger.kept_ref(batch.ref)
        file = RememberedFile(submission.file, submission.sha256, submission.copy)
        self._ledger.guard(lambda it: it.request_files.put(kept, file), None)
        if submission.label:
            with suppress(ArchiveError):  # told already, by the ledger
                self._ledger.remark(batch.ref, label=submission.label)
        return known

    def has_none(
        self,
        submission: Submission,
        state: SubmissionState,
        why: str,
        candidates: Iterable[str] = (),
    ) -> Submission:
        """Note that there is no batch, and why; `candidates` are those that are not it."""
        return self._changed(submission, state, why=why, candidates=candidates)

    def is_unknown(
        self, submission: Submission, why: str, candidates: Iterable[str] = ()
    ) -> Submission:
        """Note that nobody knows whether there is a batch."""
        return self._changed(submission, SubmissionState.UNKNOWN, why=why, candidates=candidates)

    def tell(self, submission: Submission) -> None:
        """Tell how it stands by now, without noting that."""
        self._told(submission, submission.account)

    def reopen(self, submission: Submission) -> bool:
        """Take back that it has a batch, or none, and mind it; False if it is not such a one.

        What was remembered of its batch is forgotten.
        """
        number, now = submission.number, self._ledger.clock.now()
        is_open = self._ledger.guard(
            lambda it: it.submissions.reopen(number, self.holder, now), False
        )
        if is_open and submission.ref is not None:
            self._forget(submission, submission.ref)
        return is_open

    def _forget(self, submission: Submission, ref: BatchRef) -> None:
        kept = self._ledger.kept_ref(ref)
        self._ledger.guard(lambda it: it.request_files.remove(kept, submission.sha256), None)
        entry = self._ledger.twins.get(ref)
        if entry is not None and submission.label and entry.label == submission.label:
            with suppress(ArchiveError):  # told already, by the ledger
                self._ledger.remark(ref, label="")

    def looked_for_in_vain(self, draft: Draft) -> list[OpenSubmission]:
        """Submissions of the same requests that were sent, and of which no batch turned up."""
        kept, none = self._ledger.kept_as(draft.account), list[OpenSubmission]()
        found = self._ledger.guard(
            lambda it: it.submissions.absent(kept, draft.body.sha256, draft.part), none
        )
        return [
            replace(left, submission=replace(left.submission, account=draft.account))
            for left in found
        ]

    def left_open(self, account: str) -> list[OpenSubmission]:
        """Those of an account whose end is not known, whoever minds them; oldest first."""
        kept, none = self._ledger.kept_as(account), list[OpenSubmission]()
        found = self._ledger.guard(lambda it: it.submissions.get_open(kept), none)
        return [
            replace(left, submission=replace(left.submission, account=account)) for left in found
        ]

    def take_over(self, left: OpenSubmission) -> bool:
        """Mind one instead of its holder; False if another program was quicker."""
        if left.holder == self.holder:
            return True
        number, now = left.submission.number, self._ledger.clock.now()
        return self._ledger.guard(
            lambda it: it.submissions.take_over(number, left.holder, self.holder, now), False
        )

    def from_here(self, account: str) -> set[str]:
        """Ids of the account's batches that are known to be made by some submission."""
        kept, none = self._ledger.kept_as(account), set[str]()
        return self._ledger.guard(lambda it: it.submissions.batch_ids(kept), none)

    def sent_before(self, draft: Draft) -> list[Submission]:
        """Those of the same requests that have a batch, or may have one; the newest first."""
        kept, none = self._ledger.kept_as(draft.account), list[Submission]()
        found = self._ledger.guard(
            lambda it: it.submissions.sent_before(kept, draft.body.sha256, draft.part), none
        )
        return [replace(one, account=draft.account) for one in found]

    def retries_in_doubt(self, parent: BatchRef) -> list[Submission]:
        """Those that may have sent requests of a batch again, oldest first."""
        kept, none = self._ledger.kept_ref(parent), list[Submission]()
        return self._ledger.guard(lambda it: it.submissions.open_children(kept), none)

    def recent(self, limit: int) -> list[Submission]:
        """The last ones of any account, the newest first."""
        none = list[Submission]()
        found = []
        for one in self._ledger.guard(lambda it: it.submissions.recent(limit), none):
            ref = self._ledger.ref_kept_as(BatchRef(one.account, ""))
            if ref is not None:
                found.append(replace(one, account=ref.account))
        return found

    def _changed(
        self,
        submission: Submission,
        state: SubmissionState,
        *,
        batch_id: str = "",
        why: str = "",
        candidates: Iterable[str] = (),
    ) -> Submission:
        """As it is now: what another program made of it, if that took it over."""
        number, candidates = submission.number, tuple(candidates)

        def write(archive: Archive) -> Submission | None:
            is_mine = archive.submissions.change(
                number,
                self.holder,
                state,
                self._ledger.clock.now(),
                batch_id=batch_id,
                why=why,
                candidates=candidates,
            )
            if is_mine and not state.is_open:
                self._close_call(archive, number, state, batch_id or why)
            return archive.submissions.get(number)

        told = replace(submission, state=state, batch_id=batch_id, why=why, candidates=candidates)
        return self._told(self._ledger.guard(write, None) or told, submission.account)

    def _close_call(
        self, archive: Archive, number: int, state: SubmissionState, detail: str
    ) -> None:
        row = archive.submissions.audit_of(number)
        if row is not None:
            outcome = "done" if state.has_batch else "failed"
            archive.audit.finish_if_open(row, self._ledger.clock.now(), outcome, detail)

    def _told(self, submission: Submission, account: str) -> Submission:
        submission = replace(submission, account=account)
        self._publish(SubmissionChanged(submission))
        return submission
