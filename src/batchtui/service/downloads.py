"""Local copies of results: where they lie, and one download at a time for each batch."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.errors import NotFoundError, ResultsError, StateError
from batchtui.core.events import DownloadProgress
from batchtui.core.models import AccountInfo, Batch, BatchEntry, BatchRef, Presence
from batchtui.core.retention import results_until
from batchtui.core.rules import Deed, answers_every_request, why_not
from batchtui.core.streams import ResultStream
from batchtui.providers.base import Provider
from batchtui.results.fetching.download import Download, DownloadSnapshot, DownloadState
from batchtui.results.store.budget import make_room
from batchtui.results.store.cache import is_intact, local_copy, results_path
from batchtui.service.ledger import Ledger

JUST_ENDED = timedelta(minutes=5)
"""For so long after the end of a batch, a 404 for its results may be passing."""

FETCH_AGAIN_MARGIN = timedelta(days=1)
"""A copy whose results the provider drops sooner than this counts as the only one."""


class Downloads:
    """Starts, shares and tells of downloads. For the event loop's thread."""

    def __init__(
        self,
        folder: Path,
        ledger: Ledger,
        clock: Clock,
        account_of: Callable[[BatchRef], AccountInfo | None],
        provider_of: Callable[[str], Awaitable[Provider]],
        publish: Callable[[DownloadProgress], None],
        *,
        budget: int | None = None,
    ) -> None:
        self._folder = folder
        self._ledger = ledger
        self._clock = clock
        self._account_of = account_of
        self._provider_of = provider_of
        self._publish = publish
        self._budget = budget
        """Bytes that all local copies may take."""
        self._dropped: list[BatchRef] = []
        """Whose copies have gone since the last look, by the names they are kept under."""
        self._running: dict[BatchRef, Download] = {}
        self._finished: dict[BatchRef, asyncio.Event] = {}

    def local(self, ref: BatchRef) -> Path | None:
        """The complete local copy of a batch's results."""
        copies = (local_copy(self._folder, kept) for kept in self._ledger.kept_refs(ref))
        return next(filter(None, copies), None)

    def running(self, ref: BatchRef) -> Download | None:
        """The download of a batch's results that is under way."""
        return self._running.get(self._ledger.twins.home(ref))

    async def start(self, ref: BatchRef) -> Download:
        """Start a download, or join the one under way.

        Raises:
            StateError: there are no results now, and why.
            ConfigError: the account cannot be used.
        """
        if running := self.running(ref):
            return running
        entry = self._ledger.twins.get(ref)
        if entry is None:
            raise StateError(f"{ref} is not known here")
        account = self._account_of(ref)
        _require_results(replace(entry, local_results=""), account)
        provider = await self._provider_of(account.name if account else ref.account)
        return self.running(ref) or self._begin(entry, provider)

    async def fetch(self, ref: BatchRef) -> Path:
        """The local copy, downloaded first where there is none.

        Raises:
            ResultsError, ApiError, StateError, ConfigError: there is no complete copy, and why.
        """
        if copy := self.local(ref):
            return copy
        download = await self.start(ref)
        await self._finished[self._ledger.twins.home(ref)].wait()
        snapshot = download.progress()
        if snapshot.error:
            raise snapshot.error
        copy = self.local(ref)
        if copy is None:
            raise ResultsError(f"the download of {ref} was stopped")
        return copy

    async def keep(self, ref: BatchRef) -> Path:
        """The local copy, read whole and found good; for when there will be no other.

        Raises:
            ResultsError, ApiError, StateError, ConfigError: there is none, and why.
        """
        copy = await self.fetch(ref)
        if not await in_daemon_thread(lambda: is_intact(copy)):
            raise ResultsError(
                f"the local copy of {ref.id} is damaged",
                f"{copy} is not what was downloaded",
                "remove it, and download the results again",
            )
        return copy

    def look(self, ref: BatchRef) -> None:
        """Notice a copy that another process made or removed."""
        for one in self._ledger.twins.members(ref):
            copy = local_copy(self._folder, self._ledger.kept_ref(one))
            self._ledger.local_results(one, copy)

    def _look_at_kept(self, kept: BatchRef) -> None:
        if ref := self._ledger.ref_kept_as(kept):
            self.look(ref)

    def close(self) -> None:
        """Stop all downloads; what has arrived is kept for the next try."""
        for download in self._running.values():
            download.cancel()

    def _begin(self, entry: BatchEntry, provider: Provider) -> Download:
        ref, loop = entry.ref, asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has closed: nobody listens any more
                loop.call_soon_threadsafe(self._tell, ref)

        download = Download(
            self._opener(entry, provider),
            results_path(self._folder, self._ledger.kept_ref(ref)),
            expected_rows=_expected_rows(entry.batch, self._account_of(ref)),
            meta={"account": ref.account, "id": ref.id, "kind": entry.batch.kind},
            clock=self._clock,
            on_progress=wake,
            on_published=self._make_room,
        )
        self._running[ref] = download
        self._finished[ref] = asyncio.Event()
        download.start()
        return download

    def _make_room(self, fresh: Path) -> None:
        """Keep to the budget; in the thread of a download that has just published its copy."""
        if self._budget is not None:
            self._dropped += make_room(
                self._folder, self._budget, self._can_fetch_again, fresh=fresh
            )

    def _can_fetch_again(self, kept: BatchRef) -> bool:
        ref = self._ledger.ref_kept_as(kept)
        entry = self._ledger.store.get(ref) if ref else None
        if entry is None or entry.pending or entry.presence is not Presence.LISTED:
            return False
        until = results_until(entry.batch)
        ends_soon = until is not None and until < self._clock.now() + FETCH_AGAIN_MARGIN
        return entry.batch.results_available and not ends_soon

    def _opener(
        self, entry: BatchEntry, provider: Provider
    ) -> Callable[..., AbstractContextManager[ResultStream]]:
        @contextmanager
        def opened(*, offset: int = 0, etag: str = "") -> Iterator[ResultStream]:
            try:
                with provider.open_results(entry.ref.id, offset=offset, etag=etag) as stream:
                    yield stream
            except NotFoundError as error:
                ended = entry.batch.ended_at
                just_ended = ended is not None and self._clock.now() - ended < JUST_ENDED
                error.retryable = error.retryable or just_ended
                raise

        return opened

    def _tell(self, ref: BatchRef) -> None:
        download = self._running.get(ref)
        if download is None:
            return
        snapshot = download.progress()
        if snapshot.state.is_final:
            download.wait()  # its thread is at its very end, and holds the index until then
            del self._running[ref]
            self.look(ref)
            while self._dropped:
                self._look_at_kept(self._dropped.pop())
            self._finished.pop(ref).set()
        self._publish(_event(ref, snapshot))


def _event(ref: BatchRef, snapshot: DownloadSnapshot) -> DownloadProgress:
    return DownloadProgress(
        ref,
        received=snapshot.received,
        total_bytes=snapshot.total_bytes,
        rows=snapshot.rows,
        expected_rows=snapshot.expected_rows,
        rate=snapshot.rate,
        remaining=snapshot.remaining,
        done=snapshot.state is DownloadState.DONE,
        canceled=snapshot.state is DownloadState.CANCELED,
        failed=snapshot.state is DownloadState.FAILED,
        error=snapshot.error,
    )


def _expected_rows(batch: Batch, account: AccountInfo | None) -> int | None:
    """Rows that the results have at least; None where that is not known."""
    counts = batch.request_counts
    if counts is None:
        return None
    every = answers_every_request(account)
    return counts.total if every else counts.succeeded + counts.errored


def _require_results(entry: BatchEntry, account: AccountInfo | None) -> None:
    refusal = why_not(entry, account, Deed.RESULTS)
    if refusal:
        raise StateError(f"{entry.ref.id} {refusal.what}", refusal.why, refusal.hint)
