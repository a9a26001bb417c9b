"""Calls that change something at a provider, each checked first and audited."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from batchtui.core.clock import Clock
from batchtui.core.errors import (
    ApiError,
    ArchiveError,
    BadRequestError,
    BatchtuiError,
    ConflictError,
    NotFoundError,
    StateError,
    UsageError,
)
from batchtui.core.models import (
    AccountInfo,
    BatchEntry,
    BatchRef,
    BatchState,
    PendingAction,
    Presence,
)
from batchtui.core.rules import Deed, why_not
from batchtui.service.ledger import Ledger
from batchtui.service.sync import AccountSync

T = TypeVar("T")
KeepResults = Callable[[BatchRef], Awaitable[object]]


class Actions:
    """Cancel and delete. One call at a time for each batch; no audit row, no call."""

    def __init__(self, ledger: Ledger, clock: Clock, holder: str) -> None:
        self._ledger = ledger
        self._clock = clock
        self._holder = holder

    async def cancel(self, account: AccountInfo, sync: AccountSync, ref: BatchRef) -> BatchEntry:
        """Ask for cancellation; a batch that is being canceled already is left as it is.

        Raises:
            UsageError: the account is read-only or cannot cancel.
            StateError: the batch has ended, or is being acted on.
            ArchiveError: the call cannot be noted, so it was not made.
            ApiError: the provider refused or did not answer.
        """
        with self._claimed(account, ref, PendingAction.CANCEL):
            entry = await self._fresh(sync, ref)
            if entry.batch.state is not BatchState.CANCELING:
                self._require(entry, account, Deed.CANCEL)
                call = self._audited(ref, "cancel", lambda: sync.provider.cancel(ref.id))
                self._ledger.record([await self._explained(sync, ref, call)])
        return self._entry(ref)

    async def delete(
        self,
        account: AccountInfo,
        sync: AccountSync,
        ref: BatchRef,
        keep: KeepResults | None = None,
    ) -> None:
        """Delete an ended batch and its results at the provider, after `keep` has returned.

        Raises:
            UsageError: the account is read-only or cannot delete.
            StateError: the batch has not ended, or is being acted on.
            ArchiveError: the call cannot be noted, so it was not made.
            ResultsError: its results could not be kept; nothing was deleted.
            ApiError: the provider refused or did not answer.
        """
        with self._claimed(account, ref, PendingAction.DELETE):
            entry = await self._fresh(sync, ref)
            self._require(entry, account, Deed.DELETE)
            if keep:
                await keep(ref)
            call = self._audited(ref, "delete", lambda: sync.provider.delete(ref.id))
            await self._explained(sync, ref, call)
            self._ledger.mark([ref], Presence.DELETED)

    @contextmanager
    def _claimed(
        self, account: AccountInfo, ref: BatchRef, action: PendingAction
    ) -> Iterator[None]:
        """Show the batch as being acted on, and keep a second call from it meanwhile."""
        entry = self._ledger.store.get(ref)
        if entry:
            refusal = why_not(entry, account, Deed(action.value))
            if refusal and (refusal.by_account or entry.pending):
                self._require(entry, account, Deed(action.value))
        self._ledger.pending(ref, action)
        try:
            yield
        finally:
            self._ledger.pending(ref, None)

    def _require(self, entry: BatchEntry, account: AccountInfo, deed: Deed) -> None:
        refusal = why_not(entry, account, deed)
        if refusal:
            kind = UsageError if refusal.by_account else StateError
            raise kind(f"{entry.ref.id} {refusal.what}", refusal.why, refusal.hint)

    async def _fresh(self, sync: AccountSync, ref: BatchRef) -> BatchEntry:
        """The batch as it stands now; a passing 404 for a listed one leaves what was known."""
        try:
            await sync.retrieve(ref)
        except NotFoundError:
            entry = self._ledger.store.get(ref)
            if entry is None or entry.presence is not Presence.LISTED:
                raise
        return self._free(ref)

    def _entry(self, ref: BatchRef) -> BatchEntry:
        entry = self._ledger.store.get(ref)
        assert entry is not None, "a batch that was just recorded is known"
        return entry

    def _free(self, ref: BatchRef) -> BatchEntry:
        """The entry without our own claim on it."""
        return replace(self._entry(ref), pending=None)

    async def _audited(self, ref: BatchRef, verb: str, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call between an opened and a closed audit row."""
        kept = self._ledger.kept_ref(ref)
        try:
            audit = self._ledger.require_archive().audit
            row = audit.begin(self._clock.now(), kept, verb, holder=self._holder)
        except ArchiveError as error:
            what = f"did not {verb} {ref.id}: the call cannot be noted first"
            raise ArchiveError(what, str(error), error.hint) from error
        outcome, detail = "interrupted", ""
        try:
            answer = await call()
        except BatchtuiError as error:
            unsure = isinstance(error, ApiError) and error.maybe_done
            outcome, detail = "unknown" if unsure else "failed", str(error)
            raise
        else:
            outcome = "done"
            return answer
        finally:
            now = self._clock.now()
            self._ledger.guard(lambda it: it.audit.finish(row, now, outcome, detail), None)

    async def _explained(self, sync: AccountSync, ref: BatchRef, call: Awaitable[T]) -> T:
        """Let a refusal that comes from the batch's state be told as such."""
        state = self._entry(ref).batch.state
        try:
            return await call
        except (BadRequestError, ConflictError) as error:
            entry = await self._refreshed(sync, ref)
            if entry and entry.batch.state is not state:
                hint = f"it is now {entry.batch.state.value}"
                raise StateError(error.what, error.why, hint) from error
            raise

    async def _refreshed(self, sync: AccountSync, ref: BatchRef) -> BatchEntry | None:
        try:
            return await self._fresh(sync, ref)
        except ApiError:
            return None
