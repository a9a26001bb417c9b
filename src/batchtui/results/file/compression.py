"""What a file is compressed with, told by its first bytes; reading and writing it all the same."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, Protocol, Self


class Compression(StrEnum):
    """How the bytes of a source are packed."""

    NONE = ""
    GZIP = "gzip"
    ZSTD = "zstd"


def compression_of(head: bytes) -> Compression:
    """What the first four bytes of a file tell."""
    if head.startswith(b"\x1f\x8b"):
        return Compression.GZIP
    is_skippable_frame = head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50
    if head == b"\x28\xb5\x2f\xfd" or is_skippable_frame:
        return Compression.ZSTD
    return Compression.NONE


def is_plain(descriptor: int) -> bool:
    """It can be read in place: an ordinary file, not compressed."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    return compression_of(os.pread(descriptor, 4, 0)) is Compression.NONE


def is_plain_file(path: Path) -> bool:
    """The same of the file at a path; False where it cannot be read. A pipe is not opened."""
    try:
        if not path.is_file():
            return False
        with path.open("rb", buffering=0) as file:
            return is_plain(file.fileno())
    except OSError:
        return False


class Readable(Protocol):
    """What bytes are read from. It is a context, which closes what it made itself."""

    def read1(self, size: int = ..., /) -> bytes:
        """Bytes after at most one read below: what is there now, none only at the end."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: object, error: object, traceback: object, /) -> object: ...


def unpacked(source: Readable, compression: Compression) -> Readable:
    """A reader of what the source holds; it raises `damages` where that is damaged or cut."""
    reader: Readable = source
    if compression is Compression.GZIP:
        reader = import_module("gzip").GzipFile(fileobj=source, mode="rb")
    elif compression is Compression.ZSTD:
        reader = _zstd().ZstdFile(source)
    return reader


@contextlib.contextmanager
def packing(out: BinaryIO, compression: Compression) -> Iterator[BinaryIO]:
    """What is written here goes compressed to `out`; it is complete when the block is left."""
    if compression is Compression.NONE:
        yield out
        return
    packed: BinaryIO
    if compression is Compression.GZIP:
        # Neither a name nor a time: the same rows make the same file.
        packed = import_module("gzip").GzipFile("", "wb", _GZIP_LEVEL, out, mtime=0)
    else:
        packed = _zstd().ZstdFile(out, "w")
    with packed:
        yield packed


_GZIP_LEVEL = 6
"""That of `gzip` by itself: the highest takes several times as long, for hardly less."""


def damages(compression: Compression) -> tuple[type[Exception], ...]:
    """What is raised where packed bytes are damaged or cut."""
    if compression is Compression.GZIP:
        return (EOFError, import_module("zlib").error, import_module("gzip").BadGzipFile)
    return (EOFError, _zstd().ZstdError) if compression is Compression.ZSTD else ()


def _zstd() -> ModuleType:
    """The standard library's zstd, or what stands for it before Python 3.14."""
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return import_module(name)
