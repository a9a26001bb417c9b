"""The local copy of a batch's results, downloaded first where there is none."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.cli.context import Context
from batchtui.cli.lookup import find
from batchtui.cli.running import run_async
from batchtui.core.events import DownloadProgress
from batchtui.core.models import BatchRef
from batchtui.core.text import human_bytes, human_count, human_duration

if TYPE_CHECKING:
    from batchtui.service.hub import Subscription
    from batchtui.service.manager import BatchService


def local_copy(context: Context, text: str) -> Path:
    """The complete copy of the batch that `text` names; a download tells of its progress.

    Raises:
        BatchtuiError: there is no such batch, or its results cannot be had.
    """
    return run_async(_local_copy(context, text))


async def _local_copy(context: Context, text: str) -> Path:
    async with context.open_service() as service:
        ref = (await find(service, text)).ref
        if copy := service.local_results(ref):
            return copy
        await service.retrieve(ref)
        return await _fetched(context, service, ref)


async def _fetched(context: Context, service: "BatchService", ref: BatchRef) -> Path:
    teller = asyncio.create_task(_tell_progress(context, service.events(), ref))
    try:
        return await service.fetch_results(ref)
    finally:
        teller.cancel()
        context.diagnostics.clear_progress()


async def _tell_progress(context: Context, events: "Subscription", ref: BatchRef) -> None:
    async for event in events:
        if isinstance(event, DownloadProgress) and event.ref == ref and not event.done:
            context.diagnostics.progress(_progress_text(event))


def _progress_text(event: DownloadProgress) -> str:
    size = f" of {human_bytes(event.total_bytes)}" if event.total_bytes else ""
    rows = f" of {human_count(event.expected_rows)}" if event.expected_rows else ""
    text = (
        f"downloading {event.ref.id}: {human_bytes(event.received)}{size}, "
        f"{human_count(event.rows)}{rows} rows, {human_bytes(event.rate)}/s"
    )
    if event.remaining is None:
        return text
    return f"{text}, {human_duration(timedelta(seconds=event.remaining))} left"
