"""Copies of requests that stay: what came through a pipe, and what was sent."""

import os
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from batchtui.core.disk import disk_words, private_file
from batchtui.core.errors import SubmitError
from batchtui.requests.framing import on_one_line
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
    with _copy(path) as out:
        taken = 0
        while block := os.read(descriptor, BLOCK_BYTES):
            out.write(block)
            taken += len(block)
            tell(taken)


def write_requests(file: RequestFile, path: Path, part: Part | None = None) -> None:
    """Write requests as they are sent, as JSON lines, to a private file of ours.

    Raises:
        SubmitError: the disk cannot take them, or they cannot be read.
    """
    start, stop = (part.start, part.stop) if part else (0, None)
    with file.read() as reading, _copy(path) as out:
        for element in islice(reading, start, stop):
            if not element.findings:
                out.write(on_one_line(element.raw) + b"\n")


def write_chosen(file: RequestFile, path: Path, ids: Container[str]) -> set[str]:
    """Write the requests of some custom_ids as `write_requests` does; the ids that were found.

    Of several requests with one id, all are written.

    Raises:
        SubmitError: the disk cannot take them, or they cannot be read.
    """
    found: set[str] = set()
    with _copy(path) as out:
        for request in file.requests():
            if request.custom_id in ids:
                found.add(request.custom_id)
                out.write(on_one_line(request.raw) + b"\n")
    return found


@contextmanager
def _copy(path: Path) -> Iterator[BinaryIO]:
    """A private file, there once it is whole, and its folder where that is missing."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with private_file(path) as out:
            yield out
    except OSError as error:
        raise SubmitError(*disk_words(error, path)) from error
