"""`ls` and `show`: what the batches are now."""

import argparse
import json
from collections.abc import Collection, Sequence

from batchtui.cli import exits
from batchtui.cli.batch_fields import as_json, details, table
from batchtui.cli.context import Context
from batchtui.cli.lookup import find, known, report_failures
from batchtui.cli.running import run_async
from batchtui.core.errors import ApiError, ConfigError, NotFoundError
from batchtui.core.models import BatchEntry
from batchtui.core.progress import Progress
from batchtui.core.text import human_duration
from batchtui.service.manager import BatchService


def ls(context: Context, args: argparse.Namespace) -> int:
    """Ask each account once and list what is known, newest first.

    An account that fails hides no other: it is told of, and its last known batches are marked.
    """
    return run_async(_ls(context, args))


async def _ls(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        await service.refresh_once(everything=args.all)
        now = context.clock.now()
        codes = report_failures(service, context.diagnostics, now)
        stale = {health.account for health in service.health() if health.error}
        _print_list(context, args, service, _chosen(service.entries(), args), stale)
        return exits.worst(codes)


def _chosen(entries: Sequence[BatchEntry], args: argparse.Namespace) -> list[BatchEntry]:
    chosen = [entry for entry in entries if not args.state or entry.batch.state in args.state]
    return chosen[: args.limit]


def _print_list(
    context: Context,
    args: argparse.Namespace,
    service: BatchService,
    entries: Sequence[BatchEntry],
    stale: Collection[str],
) -> None:
    out = context.out
    if args.json:
        out.json([as_json(entry, stale=entry.ref.account in stale) for entry in entries])
    elif args.jsonl:
        for entry in entries:
            out.json_line(as_json(entry, stale=entry.ref.account in stale))
    elif entries:
        several = len(service.accounts) > 1
        out.table(*table(entries, context.clock.now(), accounts=several, stale=stale))
    elif not stale:
        context.diagnostics.note("no batches" + (" in that state" if args.state else ""))


def show(context: Context, args: argparse.Namespace) -> int:
    """Show one batch as its provider describes it now, or else as it was last known."""
    return run_async(_show(context, args))


async def _show(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        ref = (await find(service, args.id)).ref
        failure = await _refreshed(context, service, args.id)
        entry = known(service, ref)
        if args.json:
            raw = json.loads(entry.batch.raw)
            context.out.json(as_json(entry, stale=failure is not None) | {"raw": raw})
        else:
            _print_details(context, entry, service.progress(ref))
        return exits.code_for(failure) if failure else exits.OK


async def _refreshed(context: Context, service: BatchService, text: str) -> Exception | None:
    """Ask for the batch anew; what hindered it is told, and returned unless it is just gone."""
    ref = service.resolve(text)
    try:
        await service.retrieve(ref)
    except NotFoundError as error:
        context.diagnostics.note(f"{error}; this is what was last known")
    except (ApiError, ConfigError) as error:
        context.diagnostics.error(error)
        context.diagnostics.note("this is what was last known")
        return error
    return None


def _print_details(context: Context, entry: BatchEntry, progress: Progress | None) -> None:
    pairs = details(entry, context.clock.now())
    if progress is not None and not entry.batch.state.is_final:
        pairs |= _progress_fields(progress)
    context.out.fields(pairs)


def _progress_fields(progress: Progress) -> dict[str, str]:
    pairs = {"running for": human_duration(progress.elapsed)}
    if progress.fraction is not None:
        pairs["done"] = f"{progress.fraction:.0%}"
    if progress.rate is not None:
        pairs["rate"] = f"{progress.rate * 60:.3g} requests a minute"
    if progress.remaining is not None:
        pairs["to go"] = human_duration(progress.remaining)
    if progress.eta is not None:
        likely, late = human_duration(progress.eta.likely), human_duration(progress.eta.late)
        pairs["to go"] = f"{likely} to {late}, judged by {progress.eta.batches} batches that ended"
    return pairs
