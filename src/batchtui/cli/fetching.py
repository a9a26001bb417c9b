"""Where the results to print come from: a file that is named, or a batch's local copy."""

import asyncio
import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from batchtui.cli.context import Context
from batchtui.cli.files import existing_file, is_file, is_path
from batchtui.cli.lookup import find
from batchtui.cli.running import run_async
from batchtui.config.paths import make_private
from batchtui.core.errors import BatchtuiError, ResultsError, UnknownBatchError
from batchtui.core.events import DownloadProgress
from batchtui.core.models import BatchRef
from batchtui.core.text import counted, human_bytes, human_count
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService


def source_file(context: Context, text: str, stack: ExitStack) -> Path:
    """The file to read. A batch's results are downloaded first where there is no local copy.

    Only what looks like a path names a file, so that an id, which a server chose, cannot. What
    must go after use is left to the `stack`.

    Raises:
        UsageError: there is no such file.
        BatchtuiError: there is no such batch, or its results cannot be had, and why.
    """
    if is_path(text):
        return existing_file(context, text)
    try:
        copy = run_async(_local_copy(context, text))
    except UnknownBatchError as unknown:
        if is_file(Path(text)):
            hint = f"to read the file of that name, write ./{text}"
            raise UnknownBatchError(unknown.what, unknown.why, hint) from unknown
        raise
    if copy is None:
        copy = run_async(_local_copy(_keeping_nothing(context, stack), text))
    if copy is None:
        raise ResultsError("there is no room for the results", "no folder can be written")
    return copy


async def _local_copy(context: Context, text: str) -> Path | None:
    """The local copy of a batch's results; None where it would have to be made and cannot."""
    async with context.open_service() as service:
        ref = (await find(context, service, text)).ref
        if copy := service.local_results(ref):
            return copy
        if not _can_keep(_results_folder(context)):
            return None
        return await _fetched(context, service, ref)


def _results_folder(context: Context) -> Path:
    return context.loaded.config.results.dir or context.paths.results_dir


def _can_keep(folder: Path) -> bool:
    try:
        make_private(folder)
    except BatchtuiError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _keeping_nothing(context: Context, stack: ExitStack) -> Context:
    """The same context with a results folder that goes away after use."""
    context.diagnostics.note(
        f"{_results_folder(context)} cannot be written, so the results are not kept; "
        "set XDG_CACHE_HOME, or dir in [results], to a folder that can"
    )
    folder = stack.enter_context(TemporaryDirectory(prefix="batchtui-results-"))
    return replace(context, flags={**context.flags, "results.dir": folder})


async def _fetched(context: Context, service: BatchService, ref: BatchRef) -> Path:
    teller = asyncio.create_task(_tell_progress(context, service.events(), ref))
    try:
        return await service.fetch_results(ref)
    finally:
        teller.cancel()
        context.diagnostics.clear_progress()


async def _tell_progress(context: Context, events: Subscription, ref: BatchRef) -> None:
    async for event in events:
        if isinstance(event, DownloadProgress) and event.ref == ref and not event.is_final:
            context.diagnostics.progress(_progress_text(event))


def _progress_text(event: DownloadProgress) -> str:
    size = f" of {human_bytes(event.total_bytes)}" if event.total_bytes else ""
    if event.expected_rows:
        rows = f"{human_count(event.rows)} of {counted(event.expected_rows, 'row')}"
    else:
        rows = counted(event.rows, "row")
    received = f"{human_bytes(event.received)}{size}"
    return f"downloading {event.ref.id}: {received}, {rows}, {human_bytes(event.rate)}/s"
