"""Files that are there whole, or not at all."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

from batchtui.core.disk import temporary_beside
from batchtui.core.errors import ResultsError
from batchtui.results.file.disk import disk_error

if TYPE_CHECKING:
    from concurrent.futures import Future


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes."""
        ...


_PIECE = 1 << 20
"""Characters of a text that are encoded at a time: a line may have 64 MiB of them."""


def write_text(out: Sink, text: str, mask: Callable[[str], str] | None = None) -> None:
    """Write a text in UTF-8, piece by piece; what that cannot hold is written as an escape.

    `mask` passes over each piece; no line break is cut in two.
    """
    start = 0
    while start < len(text):
        end = start + _PIECE
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        piece = text[start:end]
        out.write((mask(piece) if mask else piece).encode("utf-8", "backslashreplace"))
        start = end


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` only once all of it is written.

    If the work in it fails, is cancelled or the disk is full, `path` stays as it was. Links
    are followed; devices and pipes are written directly.

    Raises:
        ResultsError: the folder or the disk cannot take it.
    """
    with _writing(path):
        if _is_special(path):
            with path.open("wb") as out:
                yield out
            return
    with atomic_path(path) as temporary, temporary.open("xb") as out:
        yield out


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """As `atomic_file`, for writers that open their file by its name; it is not there yet.

    Raises:
        ResultsError: the folder or the disk cannot take it, or `path` is no ordinary file.
    """
    with _writing(path):
        if _is_special(path):
            raise ResultsError(f"cannot write {path}", "it is no ordinary file", "name another one")
        target = path.resolve()
        temporary = temporary_beside(target)
        try:
            yield temporary
            _sync(temporary)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


class WriteBehind:
    """Writes to a file in a thread, so that the next bytes are made meanwhile.

    Leave it as a context before the file is closed. Writes raise the errors of earlier ones.
    """

    def __init__(self, out: BinaryIO) -> None:
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  (slow to import)

        self._out = out
        self._thread = ThreadPoolExecutor(1, "batchtui-export")
        self._last: Future[int] | None = None

    def write(self, data: bytes) -> int:
        """Have the bytes written, once those before are; `data` must not change."""
        self._finish()
        self._last = self._thread.submit(self._out.write, data)
        return len(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self._thread.shutdown()
        if error is None:
            self._finish()

    def _finish(self) -> None:
        if self._last is not None:
            self._last.result()


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error
