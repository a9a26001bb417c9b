"""`results`: the lines of a batch's results, or of a file of them, whole or searched."""

import argparse
import asyncio
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.lookup import find
from batchtui.cli.running import run_async
from batchtui.core.errors import UsageError
from batchtui.core.events import DownloadProgress
from batchtui.core.models import BatchRef
from batchtui.core.text import human_bytes, human_count, safe
from batchtui.results.export import atomic_file, export_jsonl, export_text
from batchtui.results.query import Query, parse, suggest_type
from batchtui.results.results_file import ResultsFile
from batchtui.results.search import search
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService

SUCCEEDED = "succeeded"


def results(context: Context, args: argparse.Namespace) -> int:
    """Print results, downloaded first where there is no local copy.

    Without a query the exit code judges all of the results; with one it is 0, found or not.
    """
    query = parse(args.query) if args.query is not None else None
    with ResultsFile.open(_source(context, args.source)) as file:
        _tell_oddities(context, file, query)
        if args.count:
            context.out.line(str(_count(file, query)))
        else:
            _write(context, args, file, query)
        context.out.flush()
        return exits.OK if query is not None else _judged(file)


def _source(context: Context, text: str) -> Path:
    """The file to read: the one that was named, or the local copy of the batch that was."""
    path = Path(text)
    if path.is_file():
        return path
    if path.exists() or path.suffix == ".jsonl" or "/" in text:
        why = "it is no file" if path.exists() else "there is no such file"
        raise UsageError(f"cannot read {text}", why, "name a batch, or a .jsonl file of results")
    return run_async(_local_copy(context, text))


async def _local_copy(context: Context, text: str) -> Path:
    async with context.open_service() as service:
        ref = (await find(service, text)).ref
        if copy := service.local_results(ref):
            return copy
        await service.retrieve(ref)
        return await _fetched(context, service, ref)


async def _fetched(context: Context, service: BatchService, ref: BatchRef) -> Path:
    teller = asyncio.create_task(_tell_progress(context, service.events(), ref))
    try:
        return await service.fetch_results(ref)
    finally:
        teller.cancel()
        context.diagnostics.clear_progress()


async def _tell_progress(context: Context, events: Subscription, ref: BatchRef) -> None:
    async for event in events:
        if isinstance(event, DownloadProgress) and event.ref == ref and not event.done:
            context.diagnostics.progress(_progress_text(event))


def _progress_text(event: DownloadProgress) -> str:
    size = f" of {human_bytes(event.total_bytes)}" if event.total_bytes else ""
    rows = f" of {human_count(event.expected_rows)}" if event.expected_rows else ""
    return (
        f"downloading {event.ref.id}: {human_bytes(event.received)}{size}, "
        f"{human_count(event.rows)}{rows} rows, {human_bytes(event.rate)}/s"
    )


def _tell_oddities(context: Context, file: ResultsFile, query: Query | None) -> None:
    broken = file.index.broken_rows
    if broken:
        what = "1 line is" if broken == 1 else f"{human_count(broken)} lines are"
        context.diagnostics.note(f"{file.path}: {what} not JSON, and passed on as found")
    if query and (advice := suggest_type(query, list(file.index.type_counts()))):
        context.diagnostics.note(advice)


def _count(file: ResultsFile, query: Query | None) -> int:
    return len(file) if query is None else sum(1 for _ in _matching(file, query))


def _matching(file: ResultsFile, query: Query) -> Iterator[int]:
    for step in search(file, query):
        yield from step.hits


def _write(
    context: Context, args: argparse.Namespace, file: ResultsFile, query: Query | None
) -> None:
    rows = None if query is None else _matching(file, query)
    if context.out.is_terminal and args.output is None and args.format == "jsonl":
        for row in range(len(file)) if rows is None else rows:
            context.out.data_line(file.line(row))
        return
    with _target(context, args) as target:
        if args.format == "text":
            mask = safe if args.output is None and context.out.is_terminal else str
            export_text(file, rows, target, mask=mask)
        else:
            export_jsonl(file, rows, target)


def _target(context: Context, args: argparse.Namespace) -> AbstractContextManager[BinaryIO]:
    return context.out.binary() if args.output is None else atomic_file(Path(args.output))


def _judged(file: ResultsFile) -> int:
    types: Iterable[str] = file.index.type_counts()
    return exits.OK if all(kind == SUCCEEDED for kind in types) else exits.UNSUCCESSFUL
