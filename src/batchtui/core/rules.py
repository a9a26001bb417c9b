"""What may be done to a batch, and if not, why not: one answer for the service and all faces."""

from dataclasses import dataclass
from enum import StrEnum

from batchtui.core.models import (
    AccountInfo,
    Batch,
    BatchEntry,
    BatchState,
    Capabilities,
    PendingAction,
    Presence,
)
from batchtui.core.text import rfc3339


class Deed(StrEnum):
    """What somebody may want of a batch, or of an account: to create one."""

    CREATE = "create"
    CANCEL = "cancel"
    DELETE = "delete"
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. `what` goes on where the batch was named: `cannot be canceled`."""

    what: str
    why: str
    hint: str = ""
    by_account: bool = False
    """The account's settings or kind forbid it, whatever the state of the batch."""


def why_no_create(account: AccountInfo | None) -> Refusal | None:
    """Why no batch can be created in an account; None if it can be tried."""
    return _forbidden(account, "no batch can be created", Deed.CREATE)


def why_not(entry: BatchEntry, account: AccountInfo | None, deed: Deed) -> Refusal | None:
    """Why this cannot be done to a batch as it was last seen; None if it can be tried.

    `account` is the batch's, or None where it is not configured.
    """
    if deed is Deed.RESULTS:
        return _why_no_results(entry, account)
    what = "cannot be canceled" if deed is Deed.CANCEL else "cannot be deleted"
    return (
        _forbidden(account, what, deed)
        or _gone_or_busy(entry, what)
        or (_why_no_cancel if deed is Deed.CANCEL else _why_no_delete)(entry.batch, what)
    )


def answers_every_request(account: AccountInfo | None) -> bool:
    """Whether results have a row for each request; taken for so where the account is unknown."""
    return account is None or account.capabilities.every_request_answered


def is_forbidden(account: AccountInfo | None, deed: Deed) -> bool:
    """Whether an account's settings or kind forbid something, whatever the batch."""
    return _forbidden(account, "", deed) is not None


def _forbidden(account: AccountInfo | None, what: str, deed: Deed) -> Refusal | None:
    if account is None:
        return _not_configured(what)
    if account.read_only:
        hint = "take read_only out of its settings, or --read-only off"
        return Refusal(what, f"account {account.name} is read-only", hint, by_account=True)
    if not _is_able(account.capabilities, deed):
        return Refusal(what, f"{account.kind} has no call for it", by_account=True)
    return None


def _is_able(able: Capabilities, deed: Deed) -> bool:
    match deed:
        case Deed.CREATE:
            return able.can_create
        case Deed.CANCEL:
            return able.can_cancel
        case Deed.DELETE:
            return able.can_delete
    return True


def _not_configured(what: str) -> Refusal:
    hint = "`batchtui config show` lists the accounts"
    return Refusal(what, "its account is not configured", hint, by_account=True)


def _gone_or_busy(entry: BatchEntry, what: str) -> Refusal | None:
    if entry.presence is Presence.DELETED:
        return Refusal(what, "it was deleted")
    if entry.presence is Presence.UNLISTED:
        return Refusal(what, "the provider no longer has it")
    if entry.pending is PendingAction.CANCEL:
        return Refusal(what, "a cancel is under way", "wait for its answer")
    if entry.pending is PendingAction.DELETE:
        return Refusal(what, "a delete is under way", "wait for its answer")
    return None


def _why_no_cancel(batch: Batch, what: str) -> Refusal | None:
    if batch.state.is_final:
        return Refusal(what, f"it has ended: {batch.state.value}")
    if batch.state is BatchState.CANCELING:
        return Refusal(what, "it is being canceled already")
    return None


def _why_no_delete(batch: Batch, what: str) -> Refusal | None:
    if batch.state.is_final:
        return None
    if batch.state is BatchState.CANCELING:
        return Refusal(what, "it is still canceling", "delete it once it has ended")
    hint = "cancel it first, and delete it once it has ended"
    return Refusal(what, f"it is {batch.provider_status or batch.state.value}", hint)


def _why_no_results(entry: BatchEntry, account: AccountInfo | None) -> Refusal | None:
    batch = entry.batch
    if entry.local_results:
        return None
    if not batch.state.is_final:
        hint = f"`batchtui wait {batch.ref.id}` returns when it has ended"
        why = f"it is {batch.provider_status or batch.state.value}"
        return Refusal("has no results yet", why, hint)
    what = "has no results any more"
    if entry.presence is Presence.DELETED:
        return Refusal(what, "it was deleted, and there is no local copy")
    if batch.archived_at and not batch.results_available:
        why = f"the provider removed them at {rfc3339(batch.archived_at)}; there is no local copy"
        return Refusal(what, why, "download results while the provider keeps them")
    if not batch.results_available:
        return Refusal("has no results", "the provider offers none")
    return None if account else _not_configured("cannot be asked for its results")
