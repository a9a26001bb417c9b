"""`reconcile`: the results of a batch against its counts and its requests."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.fetching import fetched
from batchtui.cli.lookup import find
from batchtui.cli.output import Output
from batchtui.cli.request_files import requests_of
from batchtui.cli.running import run_async
from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import SubmitError
from batchtui.core.models import BatchEntry, RequestCounts
from batchtui.core.text import counted, human_count, one_line
from batchtui.requests.reading import RequestFile
from batchtui.results.compare.reconcile import Reconciliation, reconcile
from batchtui.results.export.target import atomic_file
from batchtui.results.file.results_file import ResultsFile
from batchtui.service.answers import effective_results
from batchtui.service.manager import BatchService

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
        requests = await _requests(context, service, entry, args.requests)
        counts = None if args.effective else entry.batch.request_counts
        found = await in_daemon_thread(lambda: _compared(copy, counts, requests))
    if args.output is not None:
        _write(Path(args.output), found)
    if args.json:
        context.out.json(as_document(found))
    else:
        _show(context.out, found)
    return exits.OK if found.is_clean else exits.UNSUCCESSFUL


async def _requests(
    context: Context, service: BatchService, entry: BatchEntry, named: str | None
) -> RequestFile | None:
    try:
        return await requests_of(context, service, entry, named)
    except SubmitError as error:
        if named is not None:
            raise
        context.diagnostics.note(f"compared with the counts only: {error}; {error.hint}")
        return None


def _compared(
    copy: Path, counts: RequestCounts | None, requests: RequestFile | None
) -> Reconciliation:
    ids = (request.custom_id for request in requests.requests()) if requests else None
    with ResultsFile.open(copy) as results:
        found = reconcile(results, counts=counts, requests=ids)
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


_KINDS = ("missing", "duplicate", "unexpected", "asked_twice")


def _each(found: Reconciliation) -> Iterator[tuple[str, str]]:
    """Each id that is off, with what is off about it."""
    for kind in _KINDS:
        for custom_id in getattr(found, kind):
            yield kind, custom_id


def _write(path: Path, found: Reconciliation) -> None:
    """Write a line of JSON for each id that is off.

    Raises:
        ResultsError: the file cannot be written.
    """
    with atomic_file(path) as out:
        for kind, custom_id in _each(found):
            out.write(json.dumps({"problem": kind, "custom_id": custom_id}).encode() + b"\n")


def _show(out: Output, found: Reconciliation) -> None:
    asked = "not known" if found.requests is None else human_count(found.requests)
    pairs = {
        "requests": asked,
        "results": human_count(found.rows),
        "missing": _ids(found.missing),
        "duplicate": _ids(found.duplicate),
        "unexpected": _ids(found.unexpected),
        "asked twice": _ids(found.asked_twice),
        "without an id": counted(found.nameless, "result") if found.nameless else "",
    }
    pairs |= {
        f"{one.type}": f"{human_count(one.counted)} by the counts, {counted(one.rows, 'result')}"
        for one in found.miscounts
    }
    out.fields({name: text for name, text in pairs.items() if text})
    whole = "as far as the counts tell, " if found.requests is None else ""
    if found.is_clean:
        out.line(f"{whole}every request has one result", "good")
    else:
        out.line("requests and results do not agree", "bad")


def _ids(ids: tuple[str, ...]) -> str:
    if not ids:
        return ""
    more = "\n..." if len(ids) > _SHOWN else ""
    return f"{human_count(len(ids))}\n" + "\n".join(map(one_line, ids[:_SHOWN])) + more
