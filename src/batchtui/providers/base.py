"""What a wire protocol must offer. One module per protocol implements it."""

from collections.abc import AsyncIterable, Callable
from contextlib import AbstractContextManager
from typing import Protocol

from batchtui.core.models import Batch, Capabilities, Page, Retrieved
from batchtui.core.streams import ResultStream
from batchtui.core.submissions import NO_OPTIONS, CreateOptions


class Provider(Protocol):
    """One account's batches over one wire protocol.

    Every call raises `core.errors.ApiError` or one of its kinds, and nothing else. Calls that may
    be repeated are retried by the provider within its policy. `create` never is, since a repeated
    one could make a second batch; `open_results` neither, since its reader retries by itself.
    """

    kind: str
    capabilities: Capabilities

    async def list_batches(self, *, limit: int = 100, after_id: str | None = None) -> Page:
        """A page of batches, newest first: the newest, or those older than `after_id`."""
        ...

    async def retrieve(self, batch_id: str) -> Retrieved:
        """One batch."""
        ...

    async def create(
        self,
        body: bytes | AsyncIterable[bytes],
        *,
        length: int | None = None,
        options: CreateOptions = NO_OPTIONS,
        uploaded: Callable[[str], object] = lambda _file_id: None,
    ) -> Batch:
        """Submit a batch; `body` is the whole request document in the protocol's native form.

        `length` is the size in bytes of one that comes in pieces. What its iterator raises comes
        through as it is. The error of a failed call says in `maybe_done` whether the batch may
        exist; it cannot while the last byte has not been handed over.

        Where requests are uploaded first (`Capabilities.uploads_first`), `uploaded` is called with
        the id of the file before a batch is made of it. If it raises, none is made.
        """
        ...

    async def list_models(self) -> tuple[str, ...] | None:
        """Names of the models that the account can use; None where the server does not say."""
        ...

    async def cancel(self, batch_id: str) -> Batch:
        """Ask for cancellation; returns the batch as it stands after it."""
        ...

    async def delete(self, batch_id: str) -> None:
        """Delete an ended batch at the provider, with its results."""
        ...

    def open_results(
        self, batch_id: str, *, offset: int = 0, etag: str = ""
    ) -> AbstractContextManager[ResultStream]:
        """The results as bytes. Blocking: for a worker thread, unlike the rest."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
