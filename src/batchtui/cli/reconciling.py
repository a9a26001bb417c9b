"""`reconcile`: the results of a batch against its counts and its requests."""

import argparse
from pathlib import Path

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.fetching import fetched
from batchtui.cli.files import output_of
from batchtui.cli.lookup import find
from batchtui.cli.output import Output
from batchtui.cli.request_files import requests_of
from batchtui.cli.running import run_async
from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import SubmitError
from batchtui.core.models import UNDATED, BatchEntry
from batchtui.core.text import human_count
from batchtui.results.compare.reconcile import Reconciliation
from batchtui.results.compare.wording import facts
from batchtui.service.answers import effective_results
from batchtui.service.manager import BatchService
from batchtui.service.reconciling import compared, first_of, reconciled, write_problems
from batchtui.service.request_files import BatchRequests

_SHOWN = 10
"""Ids of a kind that are shown to people."""


def reconcile_batch(context: Context, args: argparse.Namespace) -> int:
    """Say which requests have no result, several, or which results nobody asked for."""
    return run_async(_reconcile(context, args))


async def _reconcile(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        entry = await find(context, service, args.id)
        fetch = effective_results if args.effective else BatchService.fetch_results
        copy = await fetched(context, service, entry.ref, fetch)
        entry = service.entry(entry.ref) or entry
        asked = first_of(service, entry) if args.effective else entry
        requests = await _requests(context, service, asked, args.requests)
        target = None
        if args.output is not None:
            target = output_of(args.output, copy, requests.file.path if requests else None)
        found = await _found(context, service, entry, copy, requests, effective=args.effective)
    if target is not None:
        write_problems(target, found)
    if args.json:
        context.out.json(as_document(found))
    else:
        _show(context.out, found)
    return exits.OK if found.is_clean else exits.UNSUCCESSFUL


async def _requests(
    context: Context, service: BatchService, entry: BatchEntry, named: str | None
) -> BatchRequests | None:
    try:
        return await requests_of(context, service, entry, named)
    except SubmitError as error:
        if named is not None:
            raise
        context.diagnostics.note(f"compared with the counts only: {error}; {error.hint}")
        return None


async def _found(
    context: Context,
    service: BatchService,
    entry: BatchEntry,
    copy: Path,
    requests: BatchRequests | None,
    *,
    effective: bool,
) -> Reconciliation:
    def tell(ids: int) -> None:
        context.diagnostics.progress(f"comparing: {human_count(ids)} ids")

    try:
        file, own = (requests.file, not requests.doubt) if requests else (None, True)
        if effective:
            found = await in_daemon_thread(lambda: compared(copy, None, file, tell=tell))
        else:
            found = await reconciled(service, entry, copy, file, tell=tell, remembers=own)
    finally:
        context.diagnostics.clear_progress()
    assert found is not None, "it is not cancelled"
    return found


def as_document(found: Reconciliation) -> dict[str, object]:
    """What was found, as JSON."""
    return {
        "ok": found.is_clean,
        "rows": found.rows,
        "requests": found.requests,
        "missing": list(found.missing),
        "duplicate": list(found.duplicate),
        "unexpected": list(found.unexpected),
        "asked_twice": list(found.asked_twice),
        "nameless_rows": found.nameless,
        "miscounts": [
            {"type": one.type, "counted": one.counted, "rows": one.rows} for one in found.miscounts
        ],
    }


def _show(out: Output, found: Reconciliation) -> None:
    out.fields(facts(found, _SHOWN))
    out.line(found.summed_up(UNDATED).conclusion, "good" if found.is_clean else "bad")
