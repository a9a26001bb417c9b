"""Where the rows of the results viewer come from: a file, or a download on its way to be one."""

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.errors import BatchtuiError, ResultsError
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState
from batchtui.results.file.index_file import index_path_beside
from batchtui.results.file.results_file import ResultsFile
from batchtui.tui.keeping import Keeping
from batchtui.tui.shared_ids import SharedIds

if TYPE_CHECKING:
    from batchtui.core.models import BatchEntry, BatchRef
    from batchtui.results.fetching.download import Download
    from batchtui.results.fetching.sources import Spool

LOOK_EVERY: Final = 1.0
"""Seconds between two looks at whether a file has grown."""
PROGRESS_EVERY: Final = 0.2
"""Seconds between two looks at a download."""
_FIRST_ROWS_EVERY: Final = 0.02
"""The same, while its first rows may come any moment."""
_ON_ITS_WAY: Final = (DownloadState.NEW, DownloadState.CONNECTING, DownloadState.RECEIVING)
_TELL_EVERY: Final = 0.1
"""Seconds of indexing between two calls of `changed`."""


class ResultsService(Protocol):
    """What the viewer asks of the service."""

    def entry(self, ref: "BatchRef") -> "BatchEntry | None":
        """The batch, as it is known."""
        ...

    def local_results(self, ref: "BatchRef") -> Path | None:
        """The complete local copy of its results."""
        ...

    async def start_download(self, ref: "BatchRef") -> "Download":
        """Start a download of its results, or join the one under way."""
        ...


class ResultsFeed:
    """Opens, downloads and indexes one source; `file` has the rows known so far.

    `changed` is called whenever there is more to see. `index_path` is where the index of a file
    is kept; that of a batch's local copy lies beside it.
    """

    def __init__(
        self,
        source: "BatchRef | Path | Spool",
        service: ResultsService | None,
        clock: Clock,
        changed: Callable[[], None],
        index_path: Path | None = None,
    ) -> None:
        self._spool, self.source = _told_apart(source)
        """What it is called by: the batch, or the path of the file."""
        self.file: ResultsFile | None = None
        self._fetched: Download | None = None
        self.error: BatchtuiError | None = None
        """Why there are no rows, or no more of them."""
        self._service = service
        self._clock = clock
        self._changed = changed
        self._index_path = index_path
        self._copy: Path | None = None
        self._keeping = Keeping()
        self._shared_ids = SharedIds()
        self.news = ""
        """What became of the file while it was open, until somebody has been told."""
        self._generation = 0
        self._is_local = False
        """The file is one that was complete when it was opened."""

    @property
    def shared_ids(self) -> int:
        """How many custom_ids stand in several rows, as far as that was counted."""
        return self._shared_ids.number

    @property
    def entry(self) -> "BatchEntry | None":
        """The batch whose results these are, where it is known."""
        if self._service is None or isinstance(self.source, Path):
            return None
        return self._service.entry(self.source)

    @property
    def download(self) -> "Download | Spool | None":
        """The download under way, or the one that stopped."""
        return self._spool or self._fetched

    @property
    def arriving(self) -> DownloadSnapshot | None:
        """How the download goes, while there is one under way."""
        now = self.download.progress() if self.download is not None else None
        return None if now is None or now.finished else now

    def begin(self) -> None:
        """Open what is on this disk already, so that its first rows are in the first painting."""
        try:
            path = self._local()
            if path is not None:
                self._open(path).index_step()
        except BatchtuiError as error:
            self.error = error

    async def run(self) -> None:
        """Feed until cancelled, or there is an `error`: also a complete file may still grow."""
        self.error = None
        try:
            await self._feed()
        except BatchtuiError as error:
            self.error = error
            self._changed()

    async def _feed(self) -> None:
        if not self._is_local:
            path = await self._settle()
            if path is not None and self.file is None:
                self._open(path)
                self._changed()
        while self.file is not None:
            self._heed_another_file(self.file)
            rests = not await self._index(self.file) or not self._shared_ids.is_counted
            await self._clock.sleep(LOOK_EVERY)  # What is asked for at first goes before a count.
            if rests and await self._shared_ids.count(self.file):
                self._changed()

    @property
    def partial(self) -> DownloadSnapshot | None:
        """How far its rows have come, where they are not all there, whether or not more follow."""
        now = self.download.progress() if self.download is not None else None
        return None if now is None or now.complete else now

    @property
    def can_pause(self) -> bool:
        """A download is under way that can rest."""
        return self.arriving is not None and self._spool is None

    @property
    def is_paused(self) -> bool:
        """The download rests."""
        return self.arriving is not None and self.arriving.state is DownloadState.PAUSED

    def toggle_pause(self) -> None:
        """Let the download rest, or go on."""
        if self._fetched is None:
            return
        if self._fetched.progress().state is DownloadState.PAUSED:
            self._fetched.resume()
        else:
            self._fetched.pause()

    @property
    def kept(self) -> bool | None:
        """The batch's copy is never dropped to make room; None where there is no such copy."""
        return self._keeping.is_kept(self._target())

    def toggle_kept(self) -> bool:
        """Keep the copy whatever its age, or let it go; returns whether it is kept now.

        Raises:
            ResultsError: there is no copy, or the folder cannot be written.
        """
        return self._keeping.toggle(self._target())

    def _target(self) -> Path | None:
        """Where the local copy of a batch is, or will be."""
        return self._copy or (self._fetched.target if self._fetched is not None else None)

    def stop_download(self) -> None:
        """Ask the download to stop; the rows that are there stay."""
        if self.download is not None:
            self.download.cancel()

    def close(self) -> None:
        """Let go of the file. A download goes on."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _open(self, path: Path) -> ResultsFile:
        own = not isinstance(self.source, Path)
        index_path = index_path_beside(path) if own else self._index_path
        self.file = ResultsFile.open(path, lazy=True, index_path=index_path)
        self._is_local = True
        self._generation = 0
        return self.file

    def _local(self) -> Path | None:
        """The path of a complete file, if there is one."""
        if self._spool is not None:
            return None
        if isinstance(self.source, Path) or self._service is None:
            return self.source if isinstance(self.source, Path) else None
        self._copy = self._service.local_results(self.source)
        if self._copy is not None:
            from batchtui.results.store.cache import mark_used  # noqa: PLC0415  (not needed for a file)

            mark_used(self._copy)
        return self._copy

    async def _settle(self) -> Path | None:
        """The path of a complete file, once there is one."""
        if self._spool is not None:
            await self._follow(self._spool)
            return None
        if (path := self._local()) is not None or isinstance(self.source, Path):
            return path
        if self._service is None:
            return None
        self._fetched = await self._service.start_download(self.source)
        await self._follow(self._fetched)
        self._copy = self._service.local_results(self.source)
        return self._copy

    async def _follow(self, download: "Download | Spool") -> None:
        """See the rows of a download as they arrive, until it has ended.

        Raises:
            BatchtuiError: it ended without a complete copy.
        """
        generation, seen = -1, None
        while True:
            now = download.progress()
            others = now.generation != generation or self._is_displaced(now)
            if others and (rows := download.open_rows()) is not None:
                generation = now.generation
                self._replace(rows)
            if self.file is not None:
                await self._index(self.file)
            soon = not now.rows and now.state in _ON_ITS_WAY
            if not soon or now != seen:
                self._changed()
            if now.finished:
                break
            seen = now
            await self._clock.sleep(_FIRST_ROWS_EVERY if soon else PROGRESS_EVERY)
        if now.state is DownloadState.CANCELED:
            raise ResultsError(
                "the download was stopped", hint="the rows that arrived stay: r fetches again"
            )
        if now.error is not None:
            raise now.error

    def _is_displaced(self, now: DownloadSnapshot) -> bool:
        """Another file than the one that is read has, or gets, the rows.

        A download in another process begins again without a new generation here.
        """
        if self.file is None or self._service is None or isinstance(self.source, Path):
            return False
        if now.state is DownloadState.WAITING:
            return self.file.data.is_displaced(self.file.path)
        copy = self._service.local_results(self.source) if now.complete else None
        return copy is not None and self.file.data.is_displaced(copy)

    def _heed_another_file(self, file: ResultsFile) -> None:
        """Go on with the file that has taken the place of this one, if there is one.

        Raises:
            ResultsError: it cannot be read.
        """
        if self._spool is None and file.data.is_displaced(file.path):
            self._open(file.path).index_step()
            self.news = "this file was replaced, and read anew"
            self._changed()
            file.close()

    def _replace(self, file: ResultsFile) -> None:
        former, self.file = self.file, file
        self._changed()
        if former is not None:
            former.close()

    async def _index(self, file: ResultsFile) -> bool:
        """Index what there is, a step between any two events of the program; True if rows came."""
        before = (file.generation, len(file), file.index.received)
        told = -math.inf
        while await _step(file):
            if self._clock.monotonic() - told >= _TELL_EVERY:
                self._changed()
                told = self._clock.monotonic()
            await asyncio.sleep(0)
        if self._is_local and file.generation != self._generation:
            self._generation = file.generation
            self.news = "this file was rewritten, and read anew"
            self._shared_ids.forget()
        if save := file.index_to_save():
            await in_daemon_thread(save)
        has_come = before != (file.generation, len(file), file.index.received)
        if has_come:
            self._changed()
        return has_come


async def _step(file: ResultsFile) -> bool:
    """Index the next bytes; in a thread where that takes long. True while there is more to do."""
    if not file.index.is_amid_long_line:
        return file.index_step()
    file.renew()
    return await in_daemon_thread(file.index_more)


def _told_apart(source: "BatchRef | Path | Spool") -> "tuple[Spool | None, BatchRef | Path]":
    """A spool, if it is one, and what the source is called by."""
    if isinstance(source, Path):
        return None, source
    from batchtui.results.fetching.sources import Spool  # noqa: PLC0415  (not needed for a file)

    return (source, source.path) if isinstance(source, Spool) else (None, source)
