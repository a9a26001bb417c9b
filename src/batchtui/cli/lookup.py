"""From the ids of a command line to batches, and what to say of accounts that do not answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from batchtui.cli import exits
from batchtui.cli.diagnostics import Diagnostics
from batchtui.core.errors import (
    AuthError,
    BatchtuiError,
    ConfigError,
    PermissionDeniedError,
    UnknownBatchError,
)
from batchtui.core.events import ArchiveFailed, ArchiveRecovered, Event, HealthChanged
from batchtui.core.models import AccountHealth, AccountStatus, BatchEntry, BatchRef
from batchtui.core.text import human_age

if TYPE_CHECKING:
    from batchtui.cli.context import Context
    from batchtui.service.manager import BatchService

DENIED = (AuthError, PermissionDeniedError, ConfigError)
"""What does not pass by itself: the account cannot be asked until somebody does something."""

SLOW = 3.0
"""Seconds without an answer after which a terminal is told for whom one waits."""


async def find(
    context: "Context", service: "BatchService", text: str, *, certain: bool = False
) -> BatchEntry:
    """The batch that `text` names, also where it is not known here yet.

    With `certain`, a part of an id must be unique in the whole lists of the providers.

    Raises:
        AmbiguousIdError: several known batches fit.
        UnknownBatchError: no account knows it.
        ApiError, ConfigError: no account knew it, and one could not be asked.
    """
    try:
        async with impatience(context, service):
            return await service.find(text, certain=certain)
    except UnknownBatchError as unknown:
        for health in service.health():
            if isinstance(health.error, BatchtuiError):
                what = f"{unknown.what} is known here, and account {health.account} did not answer"
                context.diagnostics.note(what)
                raise health.error from unknown
        raise


async def find_all(
    context: "Context", service: "BatchService", texts: Sequence[str]
) -> list[BatchRef]:
    """The batches that the texts name, each once. Raises as `find`, for the first that fails."""
    refs = [(await find(context, service, text)).ref for text in texts]
    return list(dict.fromkeys(refs))


async def refresh(context: "Context", service: "BatchService", *, everything: bool = False) -> None:
    """Ask each account for its list once; see `BatchService.refresh_once`."""
    async with impatience(context, service):
        await service.refresh_once(everything=everything)


def known(service: "BatchService", ref: BatchRef) -> BatchEntry:
    """The entry of a batch that was found before."""
    entry = service.entry(ref)
    if entry is None:
        raise UnknownBatchError(f"no batch {str(ref)!r}", "it is gone")
    return entry


@asynccontextmanager
async def impatience(context: "Context", service: "BatchService") -> AsyncIterator[None]:
    """While this lasts, and once it lasts long, a terminal is told for whose answer one waits."""

    async def tell() -> None:
        await context.clock.sleep(SLOW)
        context.diagnostics.progress(f"waiting for {_who_is_silent(service)} to answer")

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        context.diagnostics.clear_progress()


def _who_is_silent(service: "BatchService") -> str:
    silent = {
        health.account for health in service.health() if health.status is AccountStatus.CONNECTING
    }
    asked = [one for one in service.accounts if one.name in silent] or service.accounts
    return ", ".join(f"account {one.name} ({one.base_url})" for one in asked)


def report_failures(service: "BatchService", diagnostics: Diagnostics, now: datetime) -> list[int]:
    """Tell of each account that could not be asked; an exit code for each of them."""
    codes = []
    for health in service.health():
        error = health.error
        if error is None:
            continue
        hint = error.hint if isinstance(error, BatchtuiError) else ""
        text = of_account(health.account, _what_failed(health, now))
        diagnostics.error(BatchtuiError(text, hint=hint))
        codes.append(exits.code_for(error))
    return codes


def _what_failed(health: AccountHealth, now: datetime) -> str:
    text = health.error_text or str(health.error)
    if health.last_success is None:
        return text
    return f"{text} (what is shown is from {human_age(health.last_success, now)} ago)"


def of_account(account: str, text: str) -> str:
    """The text, said of an account, whose name it may bear already."""
    named = f"account {account}"
    return text if text.startswith(named) else f"{named}: {text}"


class Troubles:
    """Tells on standard error when an account or the archive begins to fail, or works again."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics
        self._told: dict[str, str] = {}

    def take(self, event: Event) -> None:
        """Tell of trouble, or its end, if that is what the event is."""
        match event:
            case HealthChanged(health):
                self._tell(health)
            case ArchiveFailed(error):
                self._diagnostics.error(error)
            case ArchiveRecovered():
                self._diagnostics.note("the archive works again")

    def _tell(self, health: AccountHealth) -> None:
        """The same failure again is no change."""
        before, text = self._told.get(health.account, ""), health.error_text
        self._told[health.account] = text
        if text != before:
            self._diagnostics.note(of_account(health.account, text or "answers again"))


def denial(health: AccountHealth) -> BatchtuiError | None:
    """Why waiting for an account is of no use; None while it is.

    Where another process polls the account, only the words of its error are known.
    """
    if not health.denied:
        return None
    if isinstance(health.error, BatchtuiError):
        return health.error
    return AuthError(of_account(health.account, health.error_text))
