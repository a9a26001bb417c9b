"""Rows as text for reading."""

from collections.abc import Callable, Iterator

from batchtui.results.export.rows import RowGroup
from batchtui.results.export.tables import WriteGroup
from batchtui.results.export.target import Sink, write_text
from batchtui.results.reading.blocks import Block
from batchtui.results.reading.record import Record
from batchtui.results.reading.records import parse_record


def text_writer(out: Sink, mask: Callable[[str], str] = str) -> WriteGroup:
    """Writes rows as text for reading, an empty line between two.

    `mask` passes over each text before it is written: `core.text.safe` for a terminal. What
    UTF-8 cannot hold (lone surrogates) is written as an escape.
    """
    separator = b""

    def write_group(group: RowGroup) -> None:
        nonlocal separator
        out.write(separator)
        separator = b"\n"
        if len(group.rows) == 1:
            [line] = group.lines
            group.forget()
            record, row = parse_record(line), group.rows[0]
            del line
            for part in _record_parts(record, row):
                write_text(out, part, mask)
                write_text(out, "\n", mask)
            return
        numbered = zip(group.rows, group.lines, strict=True)
        texts = [mask(record_text(parse_record(line), row)) for row, line in numbered]
        out.write("\n".join(texts).encode("utf-8", "backslashreplace"))

    return write_group


def record_text(record: Record, number: int) -> str:
    """A record as text, ending in a newline. Not masked."""
    return "\n".join([*_record_parts(record, number), ""])


def _record_parts(record: Record, number: int) -> Iterator[str]:
    """Its lines, and its blocks as they are, each without a newline at the end."""
    head = [record.custom_id or f"row {number + 1}", record.type]
    head += [part for part in (record.stop_reason, record.model, record.request_id) if part]
    yield f"── {' · '.join(head)}"
    yield from map(_block_text, record.blocks)
    if record.usage:
        yield "usage: " + ", ".join(f"{name} {value}" for name, value in record.usage)


def _block_text(block: Block) -> str:
    notes = (
        "  ".join(filter(None, (f"[{note.mark}]", note.title, note.source)))
        for note in block.footnotes
    )
    title = f"[{block.title}]" if block.title else ""
    return "\n".join(filter(None, (title, block.body.rstrip("\n"), *notes)))
