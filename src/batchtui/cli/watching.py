"""`watch`: a line for each change, from now on."""

import argparse
import json
from collections.abc import Collection

from batchtui.cli import exits
from batchtui.cli.batch_fields import as_json, name, one_line_summary
from batchtui.cli.context import Context
from batchtui.cli.lookup import Troubles, find_all, known, refresh, report_failures
from batchtui.cli.running import run_async
from batchtui.core.events import BatchesChanged
from batchtui.core.models import BatchEntry, BatchesDiff, BatchRef, Presence
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
        refs = await find_all(context, service, args.ids)
        # The whole list, so that no old batch passes for news when it is first seen.
        await refresh(context, service, everything=not refs)
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
    return all(health.denied for health in service.health())


class _Watching:
    """Writes what happens, to all batches or to some."""

    def __init__(
        self, context: Context, service: BatchService, refs: Collection[BatchRef], *, jsonl: bool
    ) -> None:
        self._context = context
        self._service = service
        self._refs = refs
        self._jsonl = jsonl
        self._words = {entry.ref: state_word(entry) for entry in service.entries()}
        self._said: dict[BatchRef, str] = {}
        self._troubles = Troubles(context.diagnostics)

    def begin(self) -> None:
        """Write how the named batches stand, or else the active ones, oldest first."""
        for entry in reversed(self._service.entries()):
            if self._refs or self._is_active(entry):
                self._write("present", entry)
            else:
                self._is_news(entry)
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
            if isinstance(event, BatchesChanged):
                self._write_changes(event.diff)
            else:
                self._troubles.take(event)
            if self.over:
                return

    def _write_changes(self, diff: BatchesDiff) -> None:
        ended = {entry.ref for entry in diff.ended}
        for entry in diff.added:
            self._write("added", entry)
        for entry in diff.updated:
            self._write("ended" if entry.ref in ended else "changed", entry)
        self._context.out.flush()

    def result(self) -> int:
        """The exit code: how the named batches ended."""
        entries = [known(self._service, ref) for ref in self._refs]
        return exits.worst(map(exits.code_for_batch, entries))

    def _write(self, what: str, entry: BatchEntry) -> None:
        """Write a line, unless it would say what is known of this batch already."""
        if (self._refs and entry.ref not in self._refs) or not self._is_news(entry):
            return
        now = self._context.clock.now()
        if self._jsonl:
            self._context.out.json_line({"at": rfc3339(now), "event": what} | as_json(entry))
            return
        before, word = self._words.get(entry.ref, ""), state_word(entry)
        self._words[entry.ref] = word
        change = f"{before} -> " if before and before != word else ""
        where = f"{', '.join(entry.accounts)}  " if len(self._service.accounts) > 1 else ""
        text = f"{where}{name(entry)}: {change}{_standing(entry)}"
        self._context.out.line(one_line(f"{rfc3339(now.replace(microsecond=0))}  {text}"))

    def _is_news(self, entry: BatchEntry) -> bool:
        said = json.dumps(as_json(entry)) if self._jsonl else _standing(entry)
        before = self._said.get(entry.ref)
        self._said[entry.ref] = said
        return said != before


def _standing(entry: BatchEntry) -> str:
    gone = "" if entry.presence is Presence.LISTED else f" ({entry.presence.value})"
    return f"{one_line_summary(entry)}{gone}"
