"""`watch`: a line for each change, from now on."""

import argparse
from collections.abc import Collection

from batchtui.cli import exits
from batchtui.cli.batch_fields import as_json, name, one_line_summary
from batchtui.cli.context import Context
from batchtui.cli.lookup import DENIED, HealthNotes, find_all, known, report_failures
from batchtui.cli.running import run_async
from batchtui.core.events import BatchesChanged, HealthChanged
from batchtui.core.models import BatchEntry, BatchRef, Presence
from batchtui.core.text import one_line, rfc3339
from batchtui.core.verdict import state_word
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService


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
        watching.begin()
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
        self._words = {entry.ref: state_word(entry.batch) for entry in service.entries()}
        self._notes = HealthNotes(context.diagnostics)

    def begin(self) -> None:
        """Write how the named batches stand, or else the active ones, oldest first."""
        for entry in reversed(self._service.entries()):
            if self._refs or self._is_active(entry):
                self._write("present", entry)
        self._context.out.flush()

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
                    self._notes.tell(health)
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
