"""`ls` and `show`: what the batches are now."""

import argparse
import json
from collections.abc import Collection, Sequence

from batchtui.cli import exits
from batchtui.cli.batch_fields import as_json, details, is_stale, progress_fields, standings, table
from batchtui.cli.context import Context
from batchtui.cli.kinship import kin_fields, kin_json
from batchtui.cli.lookup import find, impatience, known, of_account, refresh, report_failures
from batchtui.cli.running import run_async
from batchtui.cli.unsettled import tell_unsettled
from batchtui.core.errors import ApiError, ConfigError, NotFoundError
from batchtui.core.models import BatchEntry, BatchRef, Capabilities
from batchtui.core.progress import stalled
from batchtui.service.manager import BatchService
from batchtui.service.sync import MAX_PAGES, PAGE


def ls(context: Context, args: argparse.Namespace) -> int:
    """Ask each account once and list what is known, newest first.

    An account that fails hides no other: it is told of, and its last known batches are marked.
    """
    code = run_async(_ls(context, args))
    tell_unsettled(context)
    return code


async def _ls(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        await refresh(context, service, everything=args.all)
        now = context.clock.now()
        codes = report_failures(service, context.diagnostics, now)
        stale = {health.account for health in service.health() if health.error}
        entries = _chosen(service.entries(), args)
        _print_list(context, args, service, entries, stale)
        if not _is_what_was_asked(entries, args):
            _tell_incomplete(context, service, everything=args.all)
        return exits.worst(codes)


def _chosen(entries: Sequence[BatchEntry], args: argparse.Namespace) -> list[BatchEntry]:
    words = args.state or ()
    chosen = [entry for entry in entries if not words or not standings(entry).isdisjoint(words)]
    return chosen[: args.limit]


def _is_what_was_asked(entries: Sequence[BatchEntry], args: argparse.Namespace) -> bool:
    """Older batches than these could not be among them."""
    newest = not args.state and args.limit is not None and args.limit <= PAGE
    return newest and len(entries) == args.limit


def _tell_incomplete(context: Context, service: BatchService, *, everything: bool) -> None:
    for health in service.health():
        if not (health.complete or health.error):
            asked = f"only its {PAGE} newest batches were asked for; --all for the rest"
            if everything:
                asked = f"its list is incomplete: it has no end within {MAX_PAGES:,} pages"
            context.diagnostics.note(of_account(health.account, asked))


def _print_list(
    context: Context,
    args: argparse.Namespace,
    service: BatchService,
    entries: Sequence[BatchEntry],
    stale: Collection[str],
) -> None:
    out = context.out
    if args.json:
        out.json([as_json(entry, stale=is_stale(entry, stale)) for entry in entries])
    elif args.jsonl:
        for entry in entries:
            out.json_line(as_json(entry, stale=is_stale(entry, stale)))
    elif entries:
        several = len(service.accounts) > 1
        out.table(*table(entries, context.clock.now(), accounts=several, stale=stale))
    elif not stale:
        context.diagnostics.note("no batches" + (" in that state" if args.state else ""))


def show(context: Context, args: argparse.Namespace) -> int:
    """Show one batch as its provider describes it now, or else as it was last known."""
    code = run_async(_show(context, args))
    tell_unsettled(context)
    return code


async def _show(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        ref = (await find(context, service, args.id)).ref
        failure = await _refreshed(context, service, ref)
        entry = known(service, ref)
        if args.json:
            raw = json.loads(entry.batch.raw)
            kin = kin_json(service.lineage, ref)
            context.out.json(as_json(entry, stale=failure is not None) | kin | {"raw": raw})
        else:
            account = service.acting(ref)
            able = account.capabilities if account else Capabilities()
            _print_details(context, service, entry, able)
        return exits.code_for(failure) if failure else exits.OK


async def _refreshed(context: Context, service: BatchService, ref: BatchRef) -> Exception | None:
    """Ask for the batch anew; what hindered it is told, and returned unless it is just gone."""
    try:
        async with impatience(context, service):
            await service.retrieve(ref)
    except NotFoundError as error:
        context.diagnostics.note(f"{error}; this is what was last known")
    except (ApiError, ConfigError) as error:
        context.diagnostics.error(error)
        context.diagnostics.note("this is what was last known")
        return error
    return None


def _print_details(
    context: Context, service: BatchService, entry: BatchEntry, able: Capabilities
) -> None:
    now, progress = context.clock.now(), service.progress(entry.ref)
    pairs = details(entry, now) | kin_fields(service.lineage, entry.ref)
    if progress is not None and not entry.batch.state.is_final:
        pairs |= progress_fields(progress)
    if doubt := stalled(entry.batch, now, able):
        pairs |= {"may be stuck": doubt}
    context.out.fields(pairs)
