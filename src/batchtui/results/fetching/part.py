"""The copy of results that is still arriving: its bytes, its index, its checksum."""

import hashlib
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from batchtui.core.errors import ResultsError
from batchtui.results.fetching.follower import Follower
from batchtui.results.file.disk import disk_error
from batchtui.results.file.index_file import Identity, index_path_beside, save_index
from batchtui.results.file.line_index import LineIndex
from batchtui.results.file.open_bytes import OpenBytes
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.reading.wire import BrokenLineError, decode
from batchtui.results.store.cache import (
    PartMeta,
    ResultsMeta,
    meta_path,
    part_meta_path,
    part_path,
    read_part_meta,
    write_note,
)


class Part:
    """One attempt at a file. Written by the download's thread; its rows may be read by others.

    What is written is indexed right behind, in another thread (see `followed`).
    """

    def __init__(self, target: Path, descriptor: int, meta: PartMeta) -> None:
        self.index = LineIndex()
        self.meta = meta
        self._target = target
        self._descriptor = descriptor
        self._sha256 = hashlib.sha256()
        self._written = 0
        self._follower: Follower | None = None
        self.close = weakref.finalize(self, os.close, descriptor)
        """Closes the file, which stays; so does the garbage collector."""

    @classmethod
    def create(cls, target: Path, meta: PartMeta) -> "Part":
        """A new, empty part in place of any older one, whose open files stay readable.

        Raises:
            ResultsError: the folder cannot be written.
        """
        path = part_path(target)
        try:
            path.unlink(missing_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            part = cls(target, os.open(path, flags, 0o600), meta)
            write_note(part_meta_path(target), meta)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise disk_error(error, path) from error
        return part

    @classmethod
    def left_over(cls, target: Path) -> "Part | None":
        """The part that an earlier download left, indexed, if a server could resume it."""
        meta = read_part_meta(target)
        if meta is None or not can_resume(meta.etag):
            return None
        try:
            descriptor = os.open(part_path(target), os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None
        part = cls(target, descriptor, meta)
        try:
            with part.followed(lambda: None):
                part._wrote(os.fstat(descriptor).st_size)
        except (OSError, ResultsError):
            return None
        return part

    @contextmanager
    def followed(self, on_taken: Callable[[], object]) -> Iterator[None]:
        """While it is written: what is, is indexed meanwhile, and all of it at the end.

        `on_taken` is called after each block that was indexed, in the thread that did it.
        """

        def take(block: bytes) -> None:
            self._sha256.update(block)
            self.index.feed(block)
            on_taken()

        self._follower = Follower(self._descriptor, self.index.received, take)
        try:
            yield
        finally:
            self._follower.end()
            self._follower = None

    @property
    def received(self) -> int:
        """Bytes that are in the file."""
        return self._written

    @property
    def is_in_place(self) -> bool:
        """Nobody has removed its file, replaced it or written to it."""
        try:
            there, mine = part_path(self._target).stat(), os.fstat(self._descriptor)
        except OSError:
            return False
        return os.path.samestat(there, mine) and mine.st_size == self.received

    @property
    def can_resume(self) -> bool:
        """There is something to go on with, and a way to know that it is the same content."""
        return self.received > 0 and can_resume(self.meta.etag)

    @property
    def rows(self) -> int:
        """Rows, among them a last one without a newline."""
        tail = self.index.tail.strip() or self.index.passed_over
        return len(self.index) + (bool(tail) and not self.index.tail_is_row)

    @property
    def sha256(self) -> str:
        """Of all bytes so far, in hexadecimal."""
        return self._sha256.hexdigest()

    def append(self, block: bytes) -> None:
        """Write bytes behind the others. Only while it is `followed`.

        Raises:
            ResultsError: the disk is full, or failed. The part is removed: it cannot go on, and
                the room it takes is missed.
        """
        view, offset = memoryview(block), self.received
        try:
            while view:
                written = os.pwrite(self._descriptor, view, offset)
                view, offset = view[written:], offset + written
        except OSError as error:
            self.discard()
            raise disk_error(error, part_path(self._target)) from error
        self._wrote(offset)

    def _wrote(self, written: int) -> None:
        self._written = written
        if self._follower is not None:
            self._follower.follow(written)

    @property
    def tail_is_cut(self) -> bool:
        """What follows the last newline is no JSON: the head of a line, most likely."""
        if self.index.passed_over:
            return True
        tail = self.index.tail
        if self.index.tail_is_row or not tail.strip():
            return False
        try:
            decode(tail)
        except BrokenLineError:
            return True
        return False

    def publish(self, meta: ResultsMeta) -> None:
        """Make it the complete copy: all on disk, then renamed.

        Raises:
            ResultsError: the disk is full, or failed.
        """
        try:
            os.fsync(self._descriptor)
            write_note(meta_path(self._target), meta)
            part_path(self._target).replace(self._target)
            part_meta_path(self._target).unlink(missing_ok=True)
            _sync_folder(self._target.parent)
            identity = Identity.of(self._descriptor)
        except OSError as error:
            raise disk_error(error, self._target) from error
        save_index(self.index, identity, index_path_beside(self._target))

    def discard(self) -> None:
        """Remove the file. Open copies of it stay readable."""
        part_path(self._target).unlink(missing_ok=True)
        part_meta_path(self._target).unlink(missing_ok=True)

    def open_rows(self) -> ResultsFile:
        """The rows so far, and those to come; the caller closes it."""
        return ResultsFile(OpenBytes(os.dup(self._descriptor), self._target), self.index)


def can_resume(etag: str) -> bool:
    """Whether the etag names these very bytes: a weak one (`W/"…"`) does not."""
    return bool(etag) and not etag.startswith("W/")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def prepare_folder(target: Path) -> None:
    """Make the folder of a target, for the owner only.

    Raises:
        ResultsError: it cannot be made.
    """
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, target.parent) from error
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise ResultsError(
            f"cannot write to {target.parent}",
            "the folder is not writable",
            "check its owner and permissions, or choose another cache folder (XDG_CACHE_HOME)",
        )
