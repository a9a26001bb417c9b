"""The bytes of an open file, read in place by any thread."""

import os
import stat
import weakref
from pathlib import Path
from typing import Self

from batchtui.core.errors import ResultsError
from batchtui.results.file.disk import disk_error


class OpenBytes:
    """An ordinary file that is open for reading.

    The bytes are read with `pread`, never mapped: a file that somebody truncates must not
    kill the program.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self.path = path
        self.descriptor = descriptor
        self.close = weakref.finalize(self, os.close, descriptor)
        """Closes the file; a second call does nothing."""

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file, without waiting for whoever writes it.

        Raises:
            ResultsError: there is no such file, it is no ordinary one, or it cannot be read.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise disk_error(error, path, "read") from error
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            os.close(descriptor)
            kind = "it is a folder" if stat.S_ISDIR(mode) else "it is no ordinary file"
            raise ResultsError(f"cannot read {path}", kind, "name a .jsonl file of results")
        return cls(descriptor, path)

    def another(self) -> Self:
        """The same file with a handle of its own."""
        return type(self)(os.dup(self.descriptor), self.path)

    @property
    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self.descriptor).st_size

    def is_at(self, path: Path) -> bool:
        """It is the file at `path`, or was opened there."""
        try:
            there = path.stat()
            if not stat.S_ISREG(there.st_mode):
                return False
            here = os.fstat(self.descriptor)
            return os.path.samestat(there, here) or path.samefile(self.path)
        except OSError:
            return False

    def is_displaced(self, path: Path) -> bool:
        """There is a file at `path`, and it is another one than this."""
        try:
            return not os.path.samestat(path.stat(), os.fstat(self.descriptor))
        except OSError:
            return False

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on, fewer than `length` where the file ends before.

        Raises:
            ResultsError: the file cannot be read.
        """
        pieces = []
        try:
            while length > 0:
                piece = os.pread(self.descriptor, length, offset)
                if not piece:
                    break
                pieces.append(piece)
                offset += len(piece)
                length -= len(piece)
        except OSError as error:
            raise disk_error(error, self.path, "read") from error
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_exactly(self, offset: int, length: int, what: str = "") -> bytes:
        """As many bytes as asked for; errors call them `what`. Raises as `read_into`."""
        data = self.read(offset, length)
        if len(data) < length:
            raise self._too_short(what)
        return data

    def read_into(self, buffer: memoryview, offset: int) -> None:
        """Fill a buffer.

        Raises:
            ResultsError: the file cannot be read, or is shorter than it was.
        """
        place = 0
        try:
            while place < len(buffer):
                count = os.preadv(self.descriptor, [buffer[place:]], offset + place)
                if not count:
                    raise self._too_short()
                place += count
        except OSError as error:
            raise disk_error(error, self.path, "read") from error

    def _too_short(self, what: str = "") -> ResultsError:
        return ResultsError(
            f"cannot read {what or self.path}", "the file is shorter than it was", "open it again"
        )
