"""The local copy of a batch's results, downloaded first where there is none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from batchtui.cli.context import Context
from batchtui.cli.files import can_keep, is_file
from batchtui.cli.lookup import find
from batchtui.cli.running import run_async
from batchtui.core.errors import ResultsError, UnknownBatchError
from batchtui.core.events import DownloadProgress
from batchtui.core.models import BatchRef
from batchtui.core.text import counted, human_bytes, human_count, human_duration
from batchtui.service.answers import effective_results
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService

Fetch = Callable[[BatchService, BatchRef], Awaitable[Path]]


def local_copy(context: Context, text: str, stack: ExitStack, *, effective: bool = False) -> Path:
    """The complete copy of the batch that `text` names; a download tells of its progress.

    If `effective`, the newest answers of the batch and its retries.

    Where no copy can be kept, it is one that goes away after use: with the `stack`.

    Raises:
        BatchtuiError: there is no such batch, or its results cannot be had, and why.
    """
    try:
        copy = run_async(_local_copy(context, text, effective))
    except UnknownBatchError as unknown:
        if is_file(Path(text)):
            hint = f"to read the file of that name, write ./{text}"
            raise UnknownBatchError(unknown.what, unknown.why, hint) from unknown
        raise
    if copy is None:
        copy = run_async(_local_copy(_keeping_nothing(context, stack), text, effective))
    if copy is None:
        raise ResultsError("there is no room for the results", "no folder can be written")
    return copy


async def _local_copy(context: Context, text: str, effective: bool) -> Path | None:
    """The local copy of a batch's results; None where it would have to be made and cannot."""
    async with context.open_service() as service:
        ref = (await find(context, service, text)).ref
        copy = service.local_results(ref)
        if copy and not effective:
            return copy
        if not can_keep(_results_folder(context)):
            return None
        if effective:
            return await fetched(context, service, ref, effective_results)
        return await fetched(context, service, ref)


def _results_folder(context: Context) -> Path:
    return context.loaded.config.results.dir or context.paths.results_dir


def _keeping_nothing(context: Context, stack: ExitStack) -> Context:
    """The same context with a results folder that goes away after use."""
    context.diagnostics.note(
        f"{_results_folder(context)} cannot be written, so the results are not kept; "
        "set XDG_CACHE_HOME, or dir in [results], to a folder that can"
    )
    folder = stack.enter_context(TemporaryDirectory(prefix="batchtui-results-"))
    return replace(context, flags={**context.flags, "results.dir": folder})


async def fetched(
    context: Context,
    service: BatchService,
    ref: BatchRef,
    fetch: Fetch = BatchService.fetch_results,
) -> Path:
    """The local copy of a batch's results, or what `fetch` makes of it; downloads are told.

    Raises:
        BatchtuiError: they cannot be had, and why.
    """
    async with downloads_told(context, service):
        return await fetch(service, ref)


@asynccontextmanager
async def downloads_told(context: Context, service: BatchService) -> AsyncIterator[None]:
    """Tells how far downloads are, for as long as this lasts."""
    teller = asyncio.create_task(_tell_progress(context, service.events()))
    try:
        yield
    finally:
        teller.cancel()
        context.diagnostics.clear_progress()


async def _tell_progress(context: Context, events: Subscription) -> None:
    async for event in events:
        if isinstance(event, DownloadProgress) and not event.is_final:
            context.diagnostics.progress(_progress_text(event))


def _progress_text(event: DownloadProgress) -> str:
    size = f" of {human_bytes(event.total_bytes)}" if event.total_bytes else ""
    if event.expected_rows:
        rows = f"{human_count(event.rows)} of {counted(event.expected_rows, 'row')}"
    else:
        rows = counted(event.rows, "row")
    received = f"{human_bytes(event.received)}{size}"
    text = f"downloading {event.ref.id}: {received}, {rows}, {human_bytes(event.rate)}/s"
    if event.remaining is None:
        return text
    return f"{text}, {human_duration(timedelta(seconds=event.remaining))} left"
