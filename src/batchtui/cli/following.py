"""`watch` and `wait`: what happens to batches from now on."""

import argparse
import asyncio
from collections.abc import Collection, Sequence

from batchtui.cli import exits
from batchtui.cli.batch_fields import as_json, name, one_line_summary, state_word
from batchtui.cli.context import Context
from batchtui.cli.lookup import DENIED, find_all, known, report_failures
from batchtui.cli.running import run_async
from batchtui.core.errors import ApiError, UnknownBatchError
from batchtui.core.events import BatchesChanged, Event, HealthChanged
from batchtui.core.models import AccountHealth, BatchEntry, BatchRef, Presence
from batchtui.core.text import human_duration, one_line, rfc3339
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService


def wait(context: Context, args: argparse.Namespace) -> int:
    """Wait until all, or any, of some batches have ended, however they ended.

    Network trouble does not end the waiting; a refused key, or a batch that is gone, does.
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
        refs = await find_all(service, args.ids)
        await _look_anew(context, service, refs)
        events = service.events()
        waiting = _Waiting(context, service, refs, any_will_do=args.any)
        if not waiting.over:
            if look_once:
                return _timed_out(context, "looked once")
            service.start()
            await waiting.until_over(events)
        return waiting.result(args)


async def _look_anew(context: Context, service: BatchService, refs: Sequence[BatchRef]) -> None:
    """Ask for each batch that has not ended; trouble that may pass is only told."""
    for ref in refs:
        if known(service, ref).batch.state.is_final:
            continue
        try:
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
        for ref in refs:
            self._tell(known(service, ref))
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
        return exits.worst(exits.code_for_batch(entry.batch) for entry in ended)

    def _take(self, event: Event) -> None:
        match event:
            case BatchesChanged(diff):
                for entry in (*diff.added, *diff.updated):
                    if entry.ref in self._refs:
                        self._tell(entry)
                        _require_there(entry)
                self._look_at_first()
            case HealthChanged(health) if self._concerns(health):
                _tell_health(self._context, health)
                if isinstance(health.error, DENIED):
                    raise health.error

    def _concerns(self, health: AccountHealth) -> bool:
        return any(ref.account == health.account for ref in self._refs)

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


def _tell_health(context: Context, health: AccountHealth) -> None:
    if health.error_text:
        context.diagnostics.note(f"account {health.account}: {health.error_text}; going on")


def watch(context: Context, args: argparse.Namespace) -> int:
    """Print a line for each batch that is active, then one for each change, until interrupted.

    With ids, only of these, and only until all of them have ended.
    """
    return run_async(_watch(context, args))


async def _watch(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        refs = await find_all(service, args.ids)
        await service.refresh_once()
        codes = report_failures(service, context.diagnostics, context.clock.now())
        if len(codes) == len(service.accounts) and _all_denied(service):
            return exits.worst(codes)
        events = service.events()
        watching = _Watching(context, service, refs, jsonl=args.jsonl)
        if not watching.over:
            service.start()
            await watching.follow(events)
        return watching.result()


def _all_denied(service: BatchService) -> bool:
    return all(isinstance(health.error, DENIED) for health in service.health())


class _Watching:
    """Writes what happens, to all batches or to some."""

    def __init__(
        self, context: Context, service: BatchService, refs: Collection[BatchRef], *, jsonl: bool
    ) -> None:
        self._context = context
        self._service = service
        self._refs = refs
        self._jsonl = jsonl
        self._words: dict[BatchRef, str] = {}
        self._errors: dict[str, str] = {}
        for entry in reversed(service.entries()):
            self._words[entry.ref] = state_word(entry.batch)
            if entry.ref in refs if refs else self._is_active(entry):
                self._write("present", entry)
        context.out.flush()

    @staticmethod
    def _is_active(entry: BatchEntry) -> bool:
        return entry.presence is Presence.LISTED and not entry.batch.state.is_final

    @property
    def over(self) -> bool:
        """All of the named batches have ended; without names, never."""
        entries = [known(self._service, ref) for ref in self._refs]
        return bool(entries) and all(entry.batch.state.is_final for entry in entries)

    async def follow(self, events: Subscription) -> None:
        """Write each change as it comes."""
        async for event in events:
            match event:
                case BatchesChanged(diff):
                    ended = {entry.ref for entry in diff.ended}
                    for entry in diff.added:
                        self._write("added", entry)
                    for entry in diff.updated:
                        self._write("ended" if entry.ref in ended else "changed", entry)
                    self._context.out.flush()
                case HealthChanged(health):
                    self._tell(health)
            if self.over:
                return

    def result(self) -> int:
        """The exit code: how the named batches ended."""
        batches = [known(self._service, ref).batch for ref in self._refs]
        return exits.worst(exits.code_for_batch(batch) for batch in batches)

    def _write(self, what: str, entry: BatchEntry) -> None:
        if self._refs and entry.ref not in self._refs:
            return
        now = self._context.clock.now()
        if self._jsonl:
            self._context.out.json_line({"at": rfc3339(now), "event": what} | as_json(entry))
            return
        before = self._words.get(entry.ref, "")
        word = state_word(entry.batch)
        self._words[entry.ref] = word
        change = f"{before} -> " if before and before != word else ""
        gone = "" if entry.presence is Presence.LISTED else f" ({entry.presence.value})"
        text = f"{name(entry)}: {change}{one_line_summary(entry)}{gone}"
        where = f"{entry.ref.account}  " if len(self._service.accounts) > 1 else ""
        self._context.out.line(one_line(f"{rfc3339(now.replace(microsecond=0))}  {where}{text}"))

    def _tell(self, health: AccountHealth) -> None:
        before = self._errors.get(health.account, "")
        self._errors[health.account] = health.error_text
        if health.error_text and health.error_text != before:
            self._context.diagnostics.note(f"account {health.account}: {health.error_text}")
        elif before and not health.error_text:
            self._context.diagnostics.note(f"account {health.account}: answers again")
