"""A provider in memory that keeps count of the calls and fails when told to."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from batchtui.core.errors import ApiError, NotFoundError
from batchtui.core.models import (
    AccountInfo,
    Batch,
    BatchState,
    Capabilities,
    Page,
    Retrieved,
)


class FakeStream:
    offset = 0
    etag = ""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.total_bytes = len(data)

    def chunks(self) -> Iterator[bytes]:
        yield self.data


class FakeProvider:
    kind = "anthropic"

    def __init__(self, *batches: Batch, capabilities: Capabilities | None = None) -> None:
        self.capabilities = capabilities or Capabilities()
        self.batches = {batch.ref.id: batch for batch in batches}
        self.calls: list[str] = []
        self.failures: list[ApiError] = []
        self.hidden: set[str] = set()
        self.retry_after: float | None = None
        self.skipped = 0
        self.results = b""
        self.gate: asyncio.Event | None = None
        self.closed = False
        self.arrives: Batch | None = None
        self.options = None
        self.models: tuple[str, ...] | None = None

    def put(self, batch: Batch) -> None:
        self.batches[batch.ref.id] = batch

    async def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.gate:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)

    async def list_batches(self, *, limit: int = 100, after_id: str | None = None) -> Page:
        ordered = sorted(self.batches.values(), key=lambda b: b.created_at, reverse=True)
        ordered = [batch for batch in ordered if batch.ref.id not in self.hidden]
        await self._called("list")
        ids = [batch.ref.id for batch in ordered]
        start = ids.index(after_id) + 1 if after_id in ids else 0
        page = ordered[start : start + limit]
        return Page(
            tuple(page),
            has_more=start + limit < len(ordered),
            last_id=page[-1].ref.id if page else None,
            retry_after=self.retry_after,
            skipped=self.skipped,
        )

    def _found(self, batch_id: str) -> Batch:
        if batch_id not in self.batches or batch_id in self.hidden:
            raise NotFoundError("no such batch", status=404)
        return self.batches[batch_id]

    async def retrieve(self, batch_id: str) -> Retrieved:
        await self._called(f"retrieve {batch_id}")
        return Retrieved(self._found(batch_id), self.retry_after)

    async def create(self, body, *, length=None, options=None, uploaded=None) -> Batch:
        """Takes the body, then answers, or fails; `arrives` says whether the batch exists."""
        sent = b"".join([chunk async for chunk in body])
        assert length == len(sent)
        if self.arrives is not None:
            self.put(self.arrives)
        self.options = options
        await self._called("create")
        return self.arrives

    async def list_models(self):
        return self.models

    async def cancel(self, batch_id: str) -> Batch:
        await self._called(f"cancel {batch_id}")
        self.put(replace(self._found(batch_id), state=BatchState.CANCELING))
        return self.batches[batch_id]

    async def delete(self, batch_id: str) -> None:
        await self._called(f"delete {batch_id}")
        del self.batches[self._found(batch_id).ref.id]

    @contextmanager
    def open_results(self, batch_id: str, *, offset: int = 0, etag: str = ""):
        self.calls.append(f"results {batch_id}")
        if self.failures:
            raise self.failures.pop(0)
        yield FakeStream(self.results)

    async def aclose(self) -> None:
        self.closed = True


class FakeAccount:
    """An account whose provider is given, or fails to open."""

    def __init__(self, provider, name="work", *, read_only=False, key_mark="", kept_as=""):
        self.name = name
        self.info = AccountInfo(
            name, "anthropic", "http://127.0.0.1", read_only, provider.capabilities
        )
        self.kept_as = kept_as or name
        self.key_mark = key_mark
        self.given = provider
        self.broken = None

    async def provider(self):
        if self.broken:
            raise self.broken
        return self.given

    async def aclose(self):
        await self.given.aclose()
