"""Rows out of a results file: byte-exact lines, or text for reading."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from batchtui.core.streams import CancelCheck
from batchtui.results.blocks import Block
from batchtui.results.disk import disk_error
from batchtui.results.records import Record
from batchtui.results.results_file import ResultsFile

_BLOCK = 1 << 20


def export_jsonl(
    file: ResultsFile,
    rows: Iterable[int] | None,
    out: BinaryIO,
    *,
    cancel: CancelCheck = lambda: False,
) -> int:
    """Write rows as the lines they are, each with one newline; returns how many were written.

    All rows (`rows` is None) are the whole file, byte for byte.

    Raises:
        ResultsError: the file cannot be read.
        OSError: `out` cannot be written, a closed pipe included.
    """
    if rows is None:
        return _copy(file, out, cancel)
    written = 0
    for row in rows:
        if cancel():
            break
        out.write(file.line(row) + b"\n")
        written += 1
    return written


def _copy(file: ResultsFile, out: BinaryIO, cancel: CancelCheck) -> int:
    position, size = 0, file.size
    while position < size and not cancel():
        block = file.read(position, min(_BLOCK, size - position))
        if not block:
            break
        out.write(block)
        position += len(block)
    return len(file)


def export_text(
    file: ResultsFile,
    rows: Iterable[int] | None,
    out: BinaryIO,
    *,
    mask: Callable[[str], str] = str,
    cancel: CancelCheck = lambda: False,
) -> int:
    """Write rows as text for reading, an empty line between two; returns how many were written.

    `mask` passes over each text before it is written: `core.text.safe` for a terminal. What
    UTF-8 cannot hold (lone surrogates) is written as an escape.

    Raises: as `export_jsonl`.
    """
    written = 0
    for row in range(len(file)) if rows is None else rows:
        if cancel():
            break
        text = mask(record_text(file.record(row), row))
        out.write(("\n" * bool(written) + text).encode("utf-8", "backslashreplace"))
        written += 1
    return written


def record_text(record: Record, number: int) -> str:
    """A record as text, ending in a newline. Not masked."""
    head = [record.custom_id or f"row {number + 1}", record.type]
    head += [part for part in (record.stop_reason, record.model, record.request_id) if part]
    parts = [f"── {' · '.join(head)}", *map(_block_text, record.blocks)]
    if record.usage:
        parts.append("usage: " + ", ".join(f"{name} {value}" for name, value in record.usage))
    return "\n".join(parts) + "\n"


def _block_text(block: Block) -> str:
    notes = (
        "  ".join(filter(None, (f"[{note.mark}]", note.title, note.source)))
        for note in block.footnotes
    )
    title = f"[{block.title}]" if block.title else ""
    return "\n".join(filter(None, (title, block.body.rstrip("\n"), *notes)))


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` only once all of it is written.

    If the work in it fails, is cancelled or the disk is full, `path` stays as it was. Links
    are followed; devices and pipes are written directly.

    Raises:
        ResultsError: the folder or the disk cannot take it.
    """
    with _writing(path):
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as out:
                yield out
            return
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("xb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error
