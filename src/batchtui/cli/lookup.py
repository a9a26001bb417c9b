"""From the ids of a command line to batches, and what to say of accounts that do not answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from batchtui.cli import exits
from batchtui.cli.diagnostics import Diagnostics
from batchtui.core.errors import (
    AuthError,
    BadRequestError,
    BatchtuiError,
    ConfigError,
    PermissionDeniedError,
    UnknownBatchError,
)
from batchtui.core.models import AccountHealth, BatchEntry, BatchRef
from batchtui.core.text import human_age

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

DENIED = (AuthError, PermissionDeniedError, ConfigError)
"""What does not pass by itself: the account cannot be asked until somebody does something."""


async def find(service: "BatchService", text: str) -> BatchEntry:
    """The batch that `text` names, also where it is part of an id that is not known here yet.

    Raises:
        AmbiguousIdError: several known batches fit.
        UnknownBatchError: no account knows it.
        ApiError, ConfigError: no account knew it, and one could not be asked.
    """
    try:
        return await service.find(text)
    except (UnknownBatchError, BadRequestError):
        await service.refresh_once()
        return known(service, service.resolve(text))


async def find_all(service: "BatchService", texts: Sequence[str]) -> list[BatchRef]:
    """The batches that the texts name, each once. Raises as `find`, for the first that fails."""
    refs = [(await find(service, text)).ref for text in texts]
    return list(dict.fromkeys(refs))


def known(service: "BatchService", ref: BatchRef) -> BatchEntry:
    """The entry of a batch that was found before."""
    entry = service.entry(ref)
    if entry is None:
        raise UnknownBatchError(f"no batch {str(ref)!r}", "it is gone")
    return entry


def report_failures(service: "BatchService", diagnostics: Diagnostics, now: datetime) -> list[int]:
    """Tell of each account that could not be asked; an exit code for each of them."""
    codes = []
    for health in service.health():
        error = health.error
        if error is None:
            continue
        hint = error.hint if isinstance(error, BatchtuiError) else ""
        diagnostics.error(
            BatchtuiError(f"account {health.account}", _what_failed(health, now), hint)
        )
        codes.append(exits.code_for(error))
    return codes


def _what_failed(health: AccountHealth, now: datetime) -> str:
    text = health.error_text or str(health.error)
    if health.last_success is None:
        return text
    return f"{text} (what is shown is from {human_age(health.last_success, now)} ago)"


class HealthNotes:
    """Tells on standard error when an account begins to fail, fails otherwise, or answers again."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self._diagnostics = diagnostics
        self._told: dict[str, str] = {}

    def tell(self, health: AccountHealth) -> None:
        """Tell of a change; the same failure again is none."""
        before, text = self._told.get(health.account, ""), health.error_text
        self._told[health.account] = text
        if text != before:
            self._diagnostics.note(f"account {health.account}: {text or 'answers again'}")
