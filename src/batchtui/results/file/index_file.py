"""An index, saved, so that a file that was opened once is open at once the next time.

A saved index is a cache: it is not used where it is of other bytes, of another version or
damaged, and where it cannot be written, there is none.
"""

import json
import os
import sys
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

from batchtui.core.disk import private_file
from batchtui.results.file.line_index import NUMBERS, LineIndex

_MAGIC = f"batchtui index 5 {sys.byteorder}\n".encode()
_LONGEST_HEAD = 64 << 20
_NUMBER_SIZE = 8
_SPAN_NUMBERS = ("bounds", "starts", "ends", "ids")

Buffer: TypeAlias = "array[int] | bytearray"


class Identity(NamedTuple):
    """What tells the bytes of a file from those it had before, or from those of another."""

    size: int
    modified_ns: int
    inode: int

    @classmethod
    def of(cls, descriptor: int) -> "Identity":
        """That of an open file, now."""
        status = os.fstat(descriptor)
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


class _Head(NamedTuple):
    """What stands before the columns. `columns` are their type codes and lengths in items."""

    identity: Identity
    rows: int
    tail_length: int
    passed_over: int
    tail_is_row: bool
    columns: list[tuple[str, int]]
    words: list[list[str]]
    counts: list[list[int]]
    blocks: list[tuple[str, ...]]
    block_counts: list[int]


def index_path_beside(path: Path) -> Path:
    """Where the index of a file of our own belongs: `<name>.idx`."""
    return path.with_name(path.name + ".idx")


def index_path_apart(path: Path, folder: Path) -> Path:
    """Where the index of somebody else's file belongs: in a folder of ours, by its full path.

    Should two share a place, each makes its index anew: it is known by more than its name.
    """
    name = os.fsencode(path.resolve())
    return folder / f"{zlib.crc32(name):08x}.idx"


def save_index(index: LineIndex, identity: Identity, place: Path) -> bool:
    """Save the index of a whole file; False if that is not possible.

    It is there whole or not at all, for the owner only.
    """
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with private_file(place, durable=False) as out:
            _write(out, index, identity)
    except (OSError, ValueError):
        return False
    return True


def _write(out: BinaryIO, index: LineIndex, identity: Identity) -> None:
    columns = list(_columns(index))
    words = index.word_columns()
    head = _Head(
        identity,
        len(index),
        len(index.tail),
        index.passed_over,
        index.tail_is_row,
        [(_typecode(column), len(column)) for column in columns],
        [column.names for column in words],
        [column.counts for column in words],
        index.blocks.names,
        index.blocks.counts,
    )
    encoded = json.dumps(head).encode()
    checksum = zlib.crc32(encoded)
    out.write(_MAGIC + _number(len(encoded)) + encoded + _number(checksum))
    for column in columns:
        out.write(column)
        checksum = zlib.crc32(column, checksum)
    out.write(_number(checksum))


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER_SIZE, "big")


def _columns(index: LineIndex) -> Iterator[Buffer]:
    for name in NUMBERS:
        yield getattr(index, name)
    for words in index.word_columns():
        yield words.codes
    yield index.blocks.codes
    yield index.flags
    for name in _SPAN_NUMBERS:
        yield getattr(index.spans, name)
    yield index.spans.kinds


def _typecode(column: Buffer) -> str:
    return column.typecode if isinstance(column, array) else ""


def load_index(place: Path, descriptor: int) -> LineIndex | None:
    """The saved index of an open file; None where there is none of these very bytes."""
    try:
        with place.open("rb") as saved:
            return _read(saved, descriptor)
    except (OSError, ValueError, EOFError, OverflowError, MemoryError):
        return None


def _read(saved: BinaryIO, descriptor: int) -> LineIndex | None:
    if saved.read(len(_MAGIC)) != _MAGIC:
        return None
    length = int.from_bytes(saved.read(_NUMBER_SIZE), "big")
    if length > _LONGEST_HEAD:
        return None
    encoded = saved.read(length)
    columns, checksum = [], zlib.crc32(encoded)
    if saved.read(_NUMBER_SIZE) != _number(checksum):
        return None
    identity, *others = json.loads(encoded)
    head = _Head(Identity(*identity), *others)
    if head.identity != Identity.of(descriptor):
        return None
    room = os.fstat(saved.fileno()).st_size
    for typecode, items in head.columns:
        column = _read_column(saved, typecode, items, room)
        checksum = zlib.crc32(column, checksum)
        columns.append(column)
    if saved.read() != _number(checksum):
        return None
    return _restore(head, columns, descriptor)


def _read_column(saved: BinaryIO, typecode: str, items: int, room: int) -> Buffer:
    if not 0 <= items <= room:
        raise ValueError(items)
    if not typecode:
        return bytearray(saved.read(items))
    column: array[int] = array(typecode)
    column.fromfile(saved, items)
    return column


def _restore(head: _Head, columns: list[Buffer], descriptor: int) -> LineIndex:
    index, rest = LineIndex(), iter(columns)
    for name in NUMBERS:
        setattr(index, name, next(rest))
    for words, names, counts in zip(index.word_columns(), head.words, head.counts, strict=True):
        words.restore(names, counts, _numbers(next(rest)))
    index.blocks.restore(list(map(tuple, head.blocks)), head.block_counts, _numbers(next(rest)))
    index.flags = _bytes(next(rest))
    for name in _SPAN_NUMBERS:
        setattr(index.spans, name, next(rest))
    index.spans.kinds = _bytes(next(rest))
    tail = os.pread(descriptor, head.tail_length, head.identity.size - head.tail_length)
    index.restore(
        head.rows,
        head.identity.size,
        tail,
        passed_over=head.passed_over,
        tail_is_row=head.tail_is_row,
    )
    return index


def _numbers(column: Buffer) -> "array[int]":
    if not isinstance(column, array):
        raise TypeError(type(column))
    return column


def _bytes(column: Buffer) -> bytearray:
    if not isinstance(column, bytearray):
        raise TypeError(type(column))
    return column
