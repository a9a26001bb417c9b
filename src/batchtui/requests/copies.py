"""Copies of requests that stay: what came through a pipe, and what was sent."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from batchtui.core.disk import disk_words
from batchtui.core.errors import SubmitError
from batchtui.requests.reading import BLOCK_BYTES, RequestFile
from batchtui.requests.split import Part


def take_in(
    descriptor: int, path: Path, tell: Callable[[int], object] = lambda _size: None
) -> None:
    """Write what comes from a descriptor to a private file of ours, which is there at the end.

    `tell` is handed the bytes so far.

    Raises:
        SubmitError: the disk cannot take it, or the descriptor cannot be read.
    """
    with _private_file(path) as out:
        taken = 0
        while block := os.read(descriptor, BLOCK_BYTES):
            out.write(block)
            taken += len(block)
            tell(taken)


def write_requests(file: RequestFile, path: Path, part: Part | None = None) -> None:
    """Write requests as they are sent, as JSON lines, to a private file of ours.

    A line break within a request, which JSON allows between its values, becomes a space: JSON
    has none in strings.

    Raises:
        SubmitError: the disk cannot take them, or they cannot be read.
    """
    start, stop = (part.start, part.stop) if part else (0, None)
    with file.read() as reading, _private_file(path) as out:
        for element in islice(reading, start, stop):
            if not element.findings:
                out.write(element.raw.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n")


@contextmanager
def _private_file(path: Path) -> Iterator[BinaryIO]:
    """A file only for its owner, that takes the place of `path` once all of it is on the disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(temporary, flags, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(descriptor)
        temporary.replace(path)
    except OSError as error:
        raise SubmitError(*disk_words(error, path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
