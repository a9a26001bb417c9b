"""`wait`: until batches have ended, however they ended."""

import argparse
import asyncio
import re
from collections.abc import Sequence
from itertools import chain, repeat

from batchtui.cli import exits
from batchtui.cli.batch_fields import as_json, name, one_line_summary
from batchtui.cli.context import Context
from batchtui.cli.lookup import DENIED, Troubles, denial, find, impatience, known
from batchtui.cli.running import run_async
from batchtui.core.errors import ApiError, UnknownBatchError
from batchtui.core.events import (
    ArchiveFailed,
    ArchiveRecovered,
    BatchesChanged,
    Event,
    HealthChanged,
)
from batchtui.core.models import AccountHealth, BatchEntry, BatchRef, Presence
from batchtui.core.text import human_duration, rfc3339
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService

NEW_FOR = 120.0
"""For so many seconds a whole id that nobody knows may be that of a new batch."""

PAUSES = (1.0, 2.0, 5.0, 10.0)
"""Seconds between two searches; the last for all further ones."""

_WHOLE_ID = re.compile(r"(?:[^:]*:)?[A-Za-z0-9_-]{20,100}")


def wait(context: Context, args: argparse.Namespace) -> int:
    """Wait until all, or any, of some batches have ended, however they ended.

    Network trouble does not end the waiting; a refused key, or a batch that is gone, does. One
    that was created a moment ago may be unknown at first.
    """
    return run_async(_wait_in_time(context, args))


async def _wait_in_time(context: Context, args: argparse.Namespace) -> int:
    seconds = args.timeout.total_seconds() if args.timeout is not None else None
    deadline = asyncio.timeout(seconds or None)
    try:
        async with deadline:
            return await _wait(context, args, look_once=seconds == 0)
    except TimeoutError:
        if not deadline.expired():
            raise
        return _timed_out(context, f"timed out after {human_duration(args.timeout)}")


def _timed_out(context: Context, why: str) -> int:
    context.diagnostics.note(f"{why}: not ended yet")
    return exits.TIMED_OUT


async def _wait(context: Context, args: argparse.Namespace, *, look_once: bool) -> int:
    async with context.open_service() as service:
        search = find if look_once else find_patiently
        entries = [await search(context, service, text) for text in args.ids]
        refs = list(dict.fromkeys(entry.ref for entry in entries))
        await _look_anew(context, service, refs)
        events = service.events()
        waiting = _Waiting(context, service, refs, any_will_do=args.any)
        waiting.begin()
        if not waiting.over:
            if look_once:
                return _timed_out(context, "looked once")
            service.start()
            await waiting.until_over(events)
        return waiting.result(args)


async def find_patiently(context: Context, service: BatchService, text: str) -> BatchEntry:
    """Find a batch that may have been created a moment ago, through trouble that may pass.

    Servers answer 404 for the first seconds of a batch: what looks like a whole id is asked for
    again for `NEW_FOR` seconds. A failure that may pass by itself, such as a network that is
    down, is waited out however long it takes.

    Raises: as `lookup.find`.
    """
    clock, told, unknown_since = context.clock, "", None
    patience = NEW_FOR if _WHOLE_ID.fullmatch(text) else 0
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        try:
            return await find(context, service, text)
        except UnknownBatchError as error:
            now = clock.monotonic()
            unknown_since = now if unknown_since is None else unknown_since
            if now - unknown_since >= patience:
                raise
            trouble, wish = f"{error.what} yet", 0.0
        except ApiError as error:
            if not error.retryable:
                raise
            trouble, wish = str(error), error.retry_after or 0.0
        if trouble != told:
            context.diagnostics.note(f"{trouble}; asking again")
            told = trouble
        await clock.sleep(max(pause, wish))
    raise AssertionError("the pauses have no end")


async def _look_anew(context: Context, service: BatchService, refs: Sequence[BatchRef]) -> None:
    """Ask for each batch that has not ended; trouble that may pass is only told."""
    for ref in refs:
        if known(service, ref).batch.state.is_final:
            continue
        try:
            async with impatience(context, service):
                await service.retrieve(ref)
        except DENIED:
            raise
        except ApiError as error:
            context.diagnostics.note(f"{error}; going on")


class _Waiting:
    """The batches that are waited for, and what was told of them."""

    def __init__(
        self,
        context: Context,
        service: BatchService,
        refs: Sequence[BatchRef],
        *,
        any_will_do: bool,
    ) -> None:
        self._context = context
        self._service = service
        self._refs = refs
        self._any = any_will_do
        self._troubles = Troubles(context.diagnostics)

    def begin(self) -> None:
        """Tell how the batches stand.

        Raises:
            UnknownBatchError: one of them is gone, and was not seen to end.
        """
        for ref in self._refs:
            self._tell(known(self._service, ref))
            _require_there(known(self._service, ref))
        self._show_progress()

    @property
    def _ended(self) -> list[BatchEntry]:
        entries = [known(self._service, ref) for ref in self._refs]
        return [entry for entry in entries if entry.batch.state.is_final]

    @property
    def over(self) -> bool:
        """Enough of them have ended."""
        return len(self._ended) >= (1 if self._any else len(self._refs))

    async def until_over(self, events: Subscription) -> None:
        """Follow the events until enough batches have ended.

        Raises:
            AuthError, PermissionDeniedError, ConfigError: an account can no longer be asked.
            UnknownBatchError: a batch is gone before it ended.
        """
        self._look_at_first()
        async for event in events:
            self._take(event)
            if self.over:
                return
            self._show_progress()

    def result(self, args: argparse.Namespace) -> int:
        """Print the ended batches if asked to; the exit code that judges them."""
        self._context.diagnostics.clear_progress()
        ended = self._ended
        if args.json:
            self._context.out.json([as_json(entry) for entry in ended])
        elif args.jsonl:
            for entry in ended:
                self._context.out.json_line(as_json(entry))
        for entry in ended:
            if entry.batch.request_counts is None:
                self._context.diagnostics.note(
                    f"{name(entry)}: the provider gave no counts, so nobody can tell how it went"
                )
        return exits.worst(map(exits.code_for_batch, ended))

    def _take(self, event: Event) -> None:
        match event:
            case BatchesChanged(diff):
                for entry in (*diff.added, *diff.updated):
                    if entry.ref in self._refs:
                        self._tell(entry)
                        _require_there(entry)
                self._look_at_first()
            case HealthChanged(health) if self._concerns(health):
                self._troubles.take(event)
                if self._is_cut_off_by(health) and (error := denial(health)):
                    raise error
            case ArchiveFailed() | ArchiveRecovered():
                self._troubles.take(event)

    def _concerns(self, health: AccountHealth) -> bool:
        return any(health.account in known(self._service, ref).accounts for ref in self._refs)

    def _is_cut_off_by(self, health: AccountHealth) -> bool:
        """Some batch can be asked for through none of its accounts."""
        denied = {one.account for one in (*self._service.health(), health) if one.denied}
        return any(denied.issuperset(known(self._service, ref).accounts) for ref in self._refs)

    def _look_at_first(self) -> None:
        """Have a batch that has not ended asked for more often."""
        running = (ref for ref in self._refs if not known(self._service, ref).batch.state.is_final)
        self._service.set_attention(next(running, None))

    def _tell(self, entry: BatchEntry) -> None:
        if not self._context.diagnostics.is_terminal or entry.batch.state.is_final:
            self._context.diagnostics.note(f"{name(entry)}: {one_line_summary(entry)}")

    def _show_progress(self) -> None:
        running = [known(self._service, ref) for ref in self._refs]
        running = [entry for entry in running if not entry.batch.state.is_final]
        if not running:
            return
        first = running[0]
        text = f"waiting for {len(running)} of {len(self._refs)}: {name(first)}"
        expiry = first.batch.expires_at
        until = f", expires {rfc3339(expiry.replace(microsecond=0))}" if expiry else ""
        self._context.diagnostics.progress(f"{text}: {one_line_summary(first)}{until}")


def _require_there(entry: BatchEntry) -> None:
    if entry.presence is not Presence.LISTED and not entry.batch.state.is_final:
        raise UnknownBatchError(
            f"{entry.ref.id} is gone", "the provider no longer knows it, and it was not seen to end"
        )
