"""Results that cannot be read in place: standard input, pipes, gzip and zstd.

Their bytes are spooled to a private file without a name, indexed in the same pass; the rows are
usable while they arrive. What a file is compressed with is told by its first bytes, never by
its name.
"""

import os
import select
import stat
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Self

from batchtui.core.clock import Clock, SystemClock
from batchtui.core.errors import ResultsError
from batchtui.core.text import human_bytes
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState, ProgressBoard
from batchtui.results.file.compression import (
    Compression,
    Readable,
    compression_of,
    damages,
    is_plain,
    unpacked,
)
from batchtui.results.file.disk import SPARE_BYTES, disk_error, free_bytes
from batchtui.results.file.line_index import LineIndex
from batchtui.results.file.open_bytes import OpenBytes
from batchtui.results.file.results_file import ResultsFile

STANDARD_INPUT = Path("-")

_STEP = 128 << 10
_CHECK_ROOM_EVERY = 16 << 20
"""Bytes between two looks at the room that is left; so many are taken without a look."""
_LOOK_AROUND_EVERY = 0.2
"""Seconds between two looks whether to stop, while nothing arrives."""


def spool_for(
    path: Path,
    folder: Path,
    *,
    stdin: int = 0,
    clock: Clock | None = None,
    on_progress: Callable[[], object] = lambda: None,
    free_bytes: Callable[[Path], int] = free_bytes,
) -> "Spool | None":
    """A spool for a source, not started; None for a plain file, which needs none.

    `path` may be `-`: the descriptor `stdin`. `folder` holds the spooled bytes, and is made.

    Raises:
        ResultsError: there is no such file, or the folder cannot be written.
    """
    descriptor = _opened(path, stdin)
    try:
        if path != STANDARD_INPUT and is_plain(descriptor):
            os.close(descriptor)
            return None
        return Spool(
            descriptor,
            path,
            folder,
            clock=clock or SystemClock(),
            on_progress=on_progress,
            free_bytes=free_bytes,
        )
    except OSError as error:
        os.close(descriptor)
        raise disk_error(error, path, "read") from error
    except BaseException:
        os.close(descriptor)
        raise


def _opened(path: Path, stdin: int) -> int:
    try:
        if path == STANDARD_INPUT:
            return os.dup(stdin)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise disk_error(error, path, "read") from error
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ResultsError(f"cannot read {path}", "it is a folder", "name a file of results")
    return descriptor


class _CanceledError(Exception):
    """Leaves the thread's work; never leaves this module."""


class Spool:
    """Takes in a source in a thread of its own. To its watchers it is like a `Download`.

    Whatever goes wrong, the rows up to there stay usable.
    """

    def __init__(
        self,
        descriptor: int,
        path: Path,
        folder: Path,
        *,
        clock: Clock,
        on_progress: Callable[[], object],
        free_bytes: Callable[[Path], int],
    ) -> None:
        self.path = path
        """The source, `-` for standard input."""
        self._folder = folder
        self._free_bytes = free_bytes
        self._spooled = _spool_file(folder)
        self.close = weakref.finalize(self, os.close, self._spooled)
        """Gives the room back once no rows are open either; so does the garbage collector."""
        self._index = LineIndex()
        self._canceled = threading.Event()
        self._source = _Source(descriptor, self._check)
        self._checked = 0
        self._board = ProgressBoard(clock, None, on_progress)
        self._thread = threading.Thread(target=self._run, name="batchtui-spool", daemon=True)

    def start(self) -> None:
        """Begin. Once only."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to stop; the rows so far stay usable."""
        self._canceled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it has ended, or for `timeout` seconds; True if it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def progress(self) -> DownloadSnapshot:
        """The latest snapshot; its `error` says why not all of the source could be read."""
        return self._board.now

    def open_rows(self) -> ResultsFile:
        """The rows so far, and those to come; the caller closes the file."""
        return ResultsFile(OpenBytes(os.dup(self._spooled), self.path), self._index)

    def _run(self) -> None:
        state, error = DownloadState.FAILED, None
        try:
            self._take_all()
            state = DownloadState.DONE
        except _CanceledError:
            state = DownloadState.CANCELED
        except ResultsError as failure:
            error = failure
        finally:
            self._source.close()
            self._index.finish()
            if state is DownloadState.FAILED and error is None:
                error = ResultsError("reading stopped", "a fault of this program")
            self._tell()
            self._board.enter(state, error)

    def _take_all(self) -> None:
        source = self._source
        compression = compression_of(source.peek(4))
        with unpacked(source, compression) as stream:
            while block := self._next(stream, compression):
                self._check()
                self._append(block)
                self._tell()

    def _next(self, stream: Readable, compression: Compression) -> bytes:
        try:
            return stream.read1(_STEP)
        except damages(compression) as error:
            why = "it ends too early" if isinstance(error, EOFError) else str(error)
            what = f"cannot unpack all of {self.path}"
            hint = "the rows up to there can be used"
            raise ResultsError(what, f"{why} ({compression})", hint) from error
        except OSError as error:
            raise disk_error(error, self.path, "read") from error

    def _append(self, block: bytes) -> None:
        self._check_room(len(block))
        view, offset = memoryview(block), self._index.received
        try:
            while view:
                written = os.pwrite(self._spooled, view, offset)
                view, offset = view[written:], offset + written
        except OSError as error:
            raise disk_error(error, self._folder) from error
        self._index.feed(block)

    def _check_room(self, size: int) -> None:
        received = self._index.received
        if received + size < self._checked + _CHECK_ROOM_EVERY:
            return
        self._checked = received
        free = self._free_bytes(self._folder)
        if free < SPARE_BYTES + _CHECK_ROOM_EVERY:
            taken = human_bytes(received)
            raise ResultsError(
                f"there is no room for all of {self.path} in {self._folder}",
                f"{taken} have been taken in, the disk has {human_bytes(free)} free",
                "make room there, or choose another cache folder (XDG_CACHE_HOME)",
            )

    def _check(self) -> None:
        if self._canceled.is_set():
            raise _CanceledError

    def _tell(self) -> None:
        self._board.progress(
            DownloadState.RECEIVING,
            received=self._index.received,
            rows=len(self._index),
            portion=self._source.portion,
        )


def _spool_file(folder: Path) -> int:
    """The descriptor of a file that only this process can reach, and that vanishes with it."""
    from tempfile import TemporaryFile  # noqa: PLC0415  (slow to import)

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            return os.dup(file.fileno())
    except OSError as error:
        raise disk_error(error, folder) from error


class _Source:
    """Reads a descriptor; `check` raises what ends it, also while nothing arrives."""

    def __init__(self, descriptor: int, check: Callable[[], None]) -> None:
        status = os.fstat(descriptor)
        self.is_file = stat.S_ISREG(status.st_mode)
        self._size = status.st_size
        self._taken = 0
        self._descriptor = descriptor
        self._check = check
        self._head = b""

    @property
    def portion(self) -> float | None:
        """How much of the source has been read, from 0 to 1; None where it has no known size."""
        return min(1.0, self._taken / self._size) if self.is_file and self._size else None

    def peek(self, size: int) -> bytes:
        """The first bytes, which a read gives again; fewer only at the end."""
        while len(self._head) < size and (more := self._read(size - len(self._head))):
            self._head += more
        return self._head

    def read(self, size: int = _STEP) -> bytes:
        """Bytes as they come; none only at the end."""
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._read(size)

    read1 = read

    def _read(self, size: int) -> bytes:
        while not select.select([self._descriptor], [], [], _LOOK_AROUND_EVERY)[0]:
            self._check()
        data = os.read(self._descriptor, size)
        self._taken += len(data)
        return data

    def close(self) -> None:
        """Close the descriptor, at most once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.close()
