"""One download of one batch's results: streamed to disk and indexed in the same pass.

It runs in a thread of its own with blocking reads. Whoever watches it, from any thread, reads
frozen snapshots. Two downloads of the same results, in one process or two, share one: the
second waits for the first, and takes over if that one dies.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from batchtui.core.clock import Clock, SystemClock
from batchtui.core.errors import BatchtuiError, ResultsError
from batchtui.core.streams import OpenResults
from batchtui.results.fetching.control import CanceledError, Control, PausedError
from batchtui.results.fetching.fetch import Fetch
from batchtui.results.fetching.part import prepare_folder
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState, ProgressBoard
from batchtui.results.file.disk import disk_error, free_bytes
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.store.cache import (
    ResultsMeta,
    local_copy,
    lock_path,
    part_path,
    read_meta,
    results_path,
)
from batchtui.results.store.lock import FileLock

__all__ = [
    "Download",
    "DownloadSnapshot",
    "DownloadState",
    "ResultsMeta",
    "local_copy",
    "results_path",
]

_FOLLOW_INTERVAL = 0.5
"""Seconds between two looks at a download in another place."""


def _ignore() -> None:
    pass


class Download:
    """Fetches results to `target` (see `store.cache` for the files beside it).

    `expected_rows` is what the batch's counts promise: fewer rows are never a complete copy.
    `meta` says where the results come from and is kept beside them. `on_progress` is called in
    the download's thread at every change of state, and at progress at most ten times a second.
    `on_published` is called there with the target once the copy that was fetched is in its place.
    `sleep` waits between tries; the default one ends at once when the download is cancelled or
    paused.
    """

    def __init__(
        self,
        open_results: OpenResults,
        target: Path,
        *,
        expected_rows: int | None = None,
        clock: Clock | None = None,
        meta: Mapping[str, str] | None = None,
        on_progress: Callable[[], object] = _ignore,
        on_published: Callable[[Path], object] = lambda _: None,
        sleep: Callable[[float], object] | None = None,
        free_bytes: Callable[[Path], int] = free_bytes,
    ) -> None:
        self.target = target
        self.result: ResultsMeta | None = None
        """What was fetched; None until it is complete, or where a copy was there already."""
        clock = clock or SystemClock()
        self._control = Control(sleep)
        self._on_published = on_published
        self._lock = FileLock(lock_path(target))
        self._board = ProgressBoard(clock, expected_rows, on_progress)
        self._fetch = Fetch(
            open_results,
            target,
            expected_rows=expected_rows,
            source=dict(meta or {}),
            clock=clock,
            board=self._board,
            check=self._control.check,
            rest=self._control.rest,
            free_bytes=free_bytes,
        )
        self._thread = threading.Thread(target=self._run, name="batchtui-download", daemon=True)

    def start(self) -> None:
        """Begin. Once only."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to stop: at the next bytes, or at once while it waits between tries.

        What has arrived stays on disk; a later download resumes it if the server can.
        """
        self._control.cancel()

    def pause(self) -> None:
        """Ask it to rest: it closes the connection, and lets another program have its turn.

        What has arrived stays on disk and readable.
        """
        self._control.pause()

    def resume(self) -> None:
        """Ask it to go on after a pause: from where it was, if the server can."""
        self._control.resume()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it has ended, or for `timeout` seconds; True if it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def progress(self) -> DownloadSnapshot:
        """The latest snapshot."""
        return self._board.now

    def open_rows(self) -> ResultsFile | None:
        """The rows so far, or None while there are none; the caller closes the file.

        They grow by themselves as more arrive, up to the complete copy. After a restart from
        the beginning, those of the former try stay until there are as many new ones, or all; then
        `DownloadSnapshot.generation` goes up: open them again. Of a download in another
        process that begins again, only `OpenBytes.is_displaced` tells.

        Raises:
            ResultsError: the file cannot be opened.
        """
        rows = self._fetch.open_rows()
        if rows is not None:
            return rows
        state, path = self.progress().state, part_path(self.target)
        if state is DownloadState.DONE:
            return ResultsFile.open(self.target, lazy=True)
        if state is DownloadState.WAITING and path.exists():
            return ResultsFile.open(path, lazy=True)
        return None

    def _run(self) -> None:
        state, error = DownloadState.FAILED, None
        try:
            self._work()
            state = DownloadState.DONE
        except CanceledError:
            state = DownloadState.CANCELED
        except BatchtuiError as failure:
            error = failure
        except OSError as failure:
            error = disk_error(failure, self.target)
        finally:
            self._lock.release()
            if state is DownloadState.FAILED and error is None:
                error = ResultsError("the download stopped", "a fault of this program")
            self._board.enter(state, error)

    def _work(self) -> None:
        prepare_folder(self.target)
        while not self._try():
            self._lock.release()
            self._board.enter(DownloadState.PAUSED)
            self._control.wait_while_paused()

    def _try(self) -> bool:
        """Get it done, whoever does it; False if it was paused before."""
        try:
            self._wait_for_turn()
            if _size(self.target) is not None:
                self._adopt_copy()
            else:
                self.result = self._fetch.run()
                self._on_published(self.target)
        except PausedError:
            return False
        return True

    def _adopt_copy(self) -> None:
        self.result = read_meta(self.target)
        size = self.target.stat().st_size
        rows = self.result.rows if self.result else 0
        generation = self._fetch.let_go()
        self._board.progress(
            DownloadState.RECEIVING,
            received=size,
            total_bytes=size,
            rows=rows,
            generation=generation,
        )

    def _wait_for_turn(self) -> None:
        while not self._lock.acquire():
            received = _size(part_path(self.target)) or 0
            self._board.progress(DownloadState.WAITING, received=received, rows=0)
            self._control.rest(_FOLLOW_INTERVAL)


def _size(path: Path) -> int | None:
    """The bytes of a file; None if there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return None
