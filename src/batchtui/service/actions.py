"""Calls that change something at a provider, each checked first and audited."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from batchtui.core.clock import Clock
from batchtui.core.errors import (
    ApiError,
    BadRequestError,
    BatchtuiError,
    ConflictError,
    NetworkError,
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
from batchtui.service.ledger import Ledger
from batchtui.service.sync import AccountSync

T = TypeVar("T")


class Actions:
    """Cancel and delete. One call at a time for each batch."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def cancel(self, account: AccountInfo, sync: AccountSync, ref: BatchRef) -> BatchEntry:
        """Ask for cancellation; a batch that is being canceled already is left as it is.

        Raises:
            UsageError: the account is read-only or cannot cancel.
            StateError: the batch has ended.
            ApiError: the provider refused or did not answer.
        """
        _require_allowed(account, "cancel", can=account.capabilities.can_cancel)
        entry = await self._fresh(sync, ref)
        if entry.batch.state.is_final:
            raise StateError(
                f"{ref.id} cannot be canceled", f"it has ended: {entry.batch.state.value}"
            )
        if entry.batch.state is BatchState.CANCELING:
            return entry
        call = self._audited(ref, PendingAction.CANCEL, lambda: sync.provider.cancel(ref.id))
        self._ledger.record([await self._explained(sync, ref, call)])
        return self._entry(ref)

    async def delete(self, account: AccountInfo, sync: AccountSync, ref: BatchRef) -> None:
        """Delete an ended batch and its results at the provider. A local copy is kept.

        Raises:
            UsageError: the account is read-only or cannot delete.
            StateError: the batch has not ended.
            ApiError: the provider refused or did not answer.
        """
        _require_allowed(account, "delete", can=account.capabilities.can_delete)
        entry = await self._fresh(sync, ref)
        if not entry.batch.state.is_final:
            raise StateError(
                f"{ref.id} cannot be deleted",
                f"it is {entry.batch.provider_status or entry.batch.state.value}",
                "cancel it first, and delete it once it has ended",
            )
        call = self._audited(ref, PendingAction.DELETE, lambda: sync.provider.delete(ref.id))
        await self._explained(sync, ref, call)
        self._ledger.mark(ref, Presence.DELETED)

    async def _fresh(self, sync: AccountSync, ref: BatchRef) -> BatchEntry:
        """The batch as it stands now; a passing 404 for a listed one leaves what was known."""
        try:
            await sync.retrieve(ref)
        except NotFoundError:
            entry = self._ledger.store.get(ref)
            if entry is None or entry.presence is not Presence.LISTED:
                raise
        return self._entry(ref)

    def _entry(self, ref: BatchRef) -> BatchEntry:
        entry = self._ledger.store.get(ref)
        assert entry is not None, "a batch that was just recorded is known"
        return entry

    async def _audited(
        self, ref: BatchRef, action: PendingAction, call: Callable[[], Awaitable[T]]
    ) -> T:
        """Make the call between an opened and a closed audit row; no row, no call."""
        audit = self._ledger.archive.audit
        row = audit.begin(self._clock.now(), ref, action.value)
        self._ledger.pending(ref, action)
        outcome, detail = "interrupted", ""
        try:
            answer = await call()
        except BatchtuiError as error:
            outcome, detail = "unknown" if isinstance(error, NetworkError) else "failed", str(error)
            raise
        else:
            outcome = "done"
            return answer
        finally:
            self._ledger.pending(ref, None)
            now = self._clock.now()
            self._ledger.guard(lambda: audit.finish(row, now, outcome, detail), None)

    async def _explained(self, sync: AccountSync, ref: BatchRef, call: Awaitable[T]) -> T:
        """Let a refusal that comes from the batch's state be told as such."""
        state = self._entry(ref).batch.state
        try:
            return await call
        except (BadRequestError, ConflictError) as error:
            entry = await self._refreshed(sync, ref)
            if entry and entry.batch.state is not state:
                raise StateError(
                    error.what, error.why, f"it is now {entry.batch.state.value}"
                ) from error
            raise

    async def _refreshed(self, sync: AccountSync, ref: BatchRef) -> BatchEntry | None:
        try:
            return await self._fresh(sync, ref)
        except ApiError:
            return None


def _require_allowed(account: AccountInfo, verb: str, *, can: bool) -> None:
    if account.read_only:
        raise UsageError(
            f"account {account.name} is read-only: nothing was done",
            hint=f"take `read_only` out of its settings, or --read-only off, to {verb}",
        )
    if not can:
        raise UsageError(f"account {account.name} ({account.kind}) cannot {verb} batches")
