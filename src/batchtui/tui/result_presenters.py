"""What the results viewer says, as words and tones: pure, and all of it safe for a terminal.

Texts of a file are hostile; here they become safe (lists, heads) or the text of a `Passage`,
which masks its text as it is wrapped.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from batchtui.core.errors import BatchtuiError
from batchtui.core.models import BatchEntry, BatchRef
from batchtui.core.text import human_bytes, human_count, human_duration, one_line, safe
from batchtui.results.blocks import Block, BlockStyle
from batchtui.results.download import DownloadSnapshot, DownloadState
from batchtui.results.index import BROKEN
from batchtui.results.records import Record
from batchtui.results.results_file import Row
from batchtui.tui.reflow import Passage
from batchtui.tui.widgets.row_model import Cell, Column


class TypeLook(NamedTuple):
    """How a result type is shown: never by its colour alone."""

    glyph: str
    plain: str
    word: str
    tone: str


_LOOKS: Final[Mapping[str, TypeLook]] = {
    "succeeded": TypeLook("✓", "+", "succeeded", "ok"),
    "errored": TypeLook("✗", "x", "errored", "bad"),
    "expired": TypeLook("◷", "~", "expired", "warn"),
    "canceled": TypeLook("⊘", "-", "canceled", "muted"),
    BROKEN: TypeLook("‼", "!", "broken", "bad"),
}

_RECORD_TONES: Final = {"ok": "good", "bad": "bad", "warn": "warn"}


def type_look(name: str) -> TypeLook:
    """The look of a result type; of one nobody has heard of, too."""
    return _LOOKS.get(name) or TypeLook("?", "?", one_line(name) or "unknown", "warn")


def type_words(name: str, *, plain: bool) -> str:
    """Glyph and word of a result type."""
    look = type_look(name)
    return f"{look.plain if plain else look.glyph} {look.word}"


# The list


def result_columns(rows: int) -> tuple[Column, ...]:
    """The columns of the list, the number as wide as the last row's."""
    return (
        Column("number", "#", max(2, len(human_count(rows))), right=True, drop=5),
        Column("custom_id", "custom_id", 16, grow=3),
        Column("type", "result", 11),
        Column("stop", "stop reason", 11, drop=4),
        Column("in", "in", 7, right=True, drop=6),
        Column("out", "out", 7, right=True, drop=3),
        Column("preview", "preview", 12, grow=7),
    )


def row_cells(
    row: Row, *, preview: str | None, pattern: re.Pattern[str] | None, plain: bool
) -> dict[str, Cell]:
    """The cells of a row. `preview` stands in for the row's own, to show where a search hit."""
    look = type_look(row.type)
    shown = one_line(row.preview if preview is None else preview)
    stop = one_line(row.error_type or row.stop_reason)
    return {
        "number": Cell(human_count(row.number + 1), "muted"),
        "custom_id": _marked(one_line(row.custom_id) or "(no custom_id)", pattern, ""),
        "type": Cell(type_words(row.type, plain=plain), look.tone),
        "stop": Cell(stop, "" if row.stop_reason == "end_turn" else look.tone and "warn"),
        "in": Cell(_tokens(row.input_tokens), "muted"),
        "out": Cell(_tokens(row.output_tokens), "muted"),
        "preview": _marked(shown, pattern, "bad" if row.type == "errored" else ""),
    }


def _tokens(count: int | None) -> str:
    if count is None:
        return ""
    return human_count(count) if count < 1_000_000 else f"{count / 1e6:.3g}M"


def _marked(text: str, pattern: re.Pattern[str] | None, tone: str) -> Cell:
    if pattern is None:
        return Cell(text, tone)
    return Cell(text, tone, tuple(match.span() for match in pattern.finditer(text[:600])))


_BEFORE_HIT: Final = 24


def hit_preview(texts: Iterator[str], pattern: re.Pattern[str]) -> str | None:
    """A piece of the first text around what was searched, or None where it is nowhere."""
    for text in texts:
        if match := pattern.search(text):
            start = max(0, match.start() - _BEFORE_HIT)
            return ("…" if start else "") + text[start : match.end() + 200]
    return None


# Lines of the screen


def title_cells(source: BatchRef | Path, entry: BatchEntry | None, size: int) -> list[Cell]:
    """Whose results these are."""
    if isinstance(source, Path):
        cells = [Cell(one_line(source.name), "accent"), Cell(one_line(str(source.parent)), "muted")]
    else:
        cells = [Cell(one_line(source.id), "accent")]
    if entry is not None and entry.label:
        cells.insert(0, Cell(one_line(entry.label), "accent"))
    return [Cell("results", "muted"), *cells, Cell(human_bytes(size), "muted")]


def facet_cells(counts: Mapping[str, int], only: str | None, *, plain: bool) -> list[Cell]:
    """Rows in all and per type; what of it the list shows stands in brackets."""
    total = sum(counts.values())
    words = f"{human_count(total)} row{'' if total == 1 else 's'}"
    cells = [Cell(words) if only else Cell(f"[{words}]", "strong")]
    for name in sorted(counts, key=_facet_order):
        look = type_look(name)
        words = f"{look.plain if plain else look.glyph} {human_count(counts[name])} {look.word}"
        cells.append(Cell(f"[{words}]", "strong") if name == only else Cell(words, look.tone))
    return cells


def facet_choices(counts: Mapping[str, int], *, plain: bool) -> list[tuple[str, str, str]]:
    """What the list can be cut down to: type (empty for all), words, and number of rows."""
    every = ("", "all rows", human_count(sum(counts.values())))
    names = sorted(counts, key=_facet_order)
    return [every, *((n, type_words(n, plain=plain), human_count(counts[n])) for n in names)]


def _facet_order(name: str) -> tuple[int, str]:
    known = list(_LOOKS)
    return (known.index(name) if name in known else len(known), name)


_DOWNLOAD_WORDS: Final = {
    DownloadState.WAITING: Cell("another copy of the program downloads", "busy"),
    DownloadState.RETRYING: Cell("cut off, trying again", "warn"),
    DownloadState.RECEIVING: Cell("downloading", "busy"),
}


def download_cells(now: DownloadSnapshot) -> list[Cell]:
    """How a download goes: rows, bytes, rate, time left; nothing once it has ended."""
    if now.finished:
        return []
    rows = human_count(now.rows)
    if now.expected_rows:
        percent = min(100, now.rows * 100 // now.expected_rows)
        rows += f" of {human_count(now.expected_rows)} rows ({percent} %)"
    else:
        rows += " rows"
    size = human_bytes(now.received)
    if now.total_bytes:
        size += f" of {human_bytes(now.total_bytes)}"
    doing = _DOWNLOAD_WORDS.get(now.state, Cell("connecting", "busy"))
    cells = [doing, Cell(rows, "strong"), Cell(size)]
    if now.rate > 0:
        cells.append(Cell(f"{human_bytes(now.rate)}/s", "muted"))
    if now.remaining is not None:
        cells.append(Cell(f"{human_duration(timedelta(seconds=now.remaining))} left", "muted"))
    return [*cells, Cell("x stops", "muted")]


def search_cells(
    query: str, *, hits: int, place: int | None, scanned: int, rows: int, done: bool
) -> list[Cell]:
    """What was searched, how many rows have it, and how far the search is."""
    words = f"{human_count(hits)} hit{'' if hits == 1 else 's'}"
    if place is not None:
        words = f"{human_count(place + 1)} of {words}"
    if done and not hits:
        words = "no hits"
    cells = [Cell(f"/{one_line(query)}", "accent"), Cell(words, "strong")]
    if not done:
        cells.append(Cell(f"{scanned * 100 // max(rows, 1)} % searched", "busy"))
    return cells


def error_cells(error: BatchtuiError) -> list[Cell]:
    """An error in one line."""
    return [Cell(one_line(str(error)), "bad"), Cell(one_line(error.hint), "muted")]


def error_text(error: BatchtuiError) -> str:
    """An error as a page of its own: what, why, what to do."""
    parts = (error.what, error.why, error.hint)
    return "\n\n".join([*(safe(part) for part in parts if part), "r  try again     esc  back"])


# The record


def record_head(record: Record, row: int, rows: int) -> tuple[Cell, ...]:
    """Which record it is."""
    place = f"{human_count(row + 1)} of {human_count(rows)}"
    return (Cell(one_line(record.custom_id) or "(no custom_id)", "strong"), Cell(place, "muted"))


def copyable(record: Record) -> dict[str, tuple[str, str]]:
    """What of a record can be copied: key -> its name and the text, as it is in the file."""
    texts = {
        "c": ("custom_id", record.custom_id),
        "t": ("answer", record.answer),
        "m": ("error message", record.error_message),
        "r": ("row as JSON", record.raw.decode("utf-8", "replace")),
        "i": ("message id", record.message_id),
        "q": ("request id", record.request_id),
    }
    return {key: (name, text) for key, (name, text) in texts.items() if text}


def record_passages(
    record: Record, *, unfolded: bool, plain: bool, match: re.Pattern[str] | None = None
) -> list[Passage]:
    """A record for reading: a head, then every block.

    Folded blocks show their first words only, unless `unfolded`, or unless `match`, what was
    searched, is in them.
    """
    bar = "| " if plain else "│ "
    passages = [*_head(record, plain=plain)]
    for block in record.blocks:
        hidden = block.fold and not unfolded and not (match and match.search(block.body))
        passages.append(Passage(""))
        passages += _block(block, bar, folded=hidden, plain=plain)
    if not record.blocks:
        passages += [Passage(""), Passage("The answer is empty.", "muted")]
    return passages


def _head(record: Record, *, plain: bool) -> Iterator[Passage]:
    look = type_look(record.type)
    words = [type_words(record.type, plain=plain)]
    words += filter(None, (record.error_type, record.stop_reason))
    if record.stop_sequence:
        words.append(f"at {record.stop_sequence!r}")
    yield Passage("   ".join(words), _RECORD_TONES.get(look.tone, "muted"))
    origin = "   ".join(filter(None, (record.model, record.message_id, record.request_id)))
    if origin:
        yield Passage(origin, "muted")
    if usage := _usage(record):
        yield Passage(usage, "muted")


_USAGE_WORDS: Final = {
    "input_tokens": "tokens in",
    "output_tokens": "out",
    "cache_read_input_tokens": "cache read",
    "cache_creation_input_tokens": "cache written",
    "output_tokens_details.thinking_tokens": "thinking",
    "server_tool_use.web_search_requests": "searches",
    "server_tool_use.web_fetch_requests": "fetches",
}


def _usage(record: Record) -> str:
    """Tokens in the field's words; counters nobody here has heard of under their own names."""
    parts = []
    for name, value in record.usage:
        if value == "0" and name not in ("input_tokens", "output_tokens"):
            continue
        number = human_count(int(value)) if value.isdecimal() and len(value) < 20 else value
        words = _USAGE_WORDS.get(name)
        parts.append(f"{words} {number}" if words else f"{name.replace('_', ' ')} {number}")
    return " · ".join(parts)


_BODY_STYLES: Final[Mapping[BlockStyle, str]] = {
    BlockStyle.PROSE: "prose",
    BlockStyle.CODE: "code",
    BlockStyle.JSON: "json",
    BlockStyle.LIST: "text",
    BlockStyle.MUTED: "muted",
    BlockStyle.ERROR: "error",
}


def _block(block: Block, bar: str, *, folded: bool, plain: bool) -> Iterator[Passage]:
    if block.title:
        yield Passage(_title(block, folded=folded, plain=plain), _title_style(block), words=False)
    if folded:
        return
    if block.style is BlockStyle.LIST:
        yield from _items(block.body, bar)
    else:
        style = "thinking" if block.kind == "thinking" else _BODY_STYLES[block.style]
        lead = "" if block.kind == "text" else bar
        words = style not in ("code", "json")
        yield Passage(block.body.rstrip("\n"), style, lead, lead, words=words)
    yield from _footnotes(block)


def _title_style(block: Block) -> str:
    if block.style is BlockStyle.ERROR:
        return "bad"
    return "muted" if block.fold else "heading"


def _title(block: Block, *, folded: bool, plain: bool) -> str:
    if not block.fold:
        return f"{_mark(block, plain=plain)} {block.title}"
    arrow = (">" if folded else "v") if plain else ("▸" if folded else "▾")
    size = human_count(len(block.body))
    return f"{arrow} {block.title} · {size} characters · T {'un' if folded else ''}folds"


def _mark(block: Block, *, plain: bool) -> str:
    """A result of a tool hangs under its call; all else stands for itself."""
    if block.answers is not None:
        return "`-" if plain else "└"
    if block.style is BlockStyle.ERROR:
        return "x" if plain else "✗"
    return "*" if plain else "◆"


def _items(body: str, bar: str) -> Iterator[Passage]:
    """One item per paragraph: its head, then its lines, quieter."""
    for number, item in enumerate(body.split("\n\n"), 1):
        head, _, rest = item.partition("\n")
        lead = f"{bar}{number}. "
        hang = bar + " " * (len(lead) - len(bar))
        yield Passage(head, "text", lead, hang)
        if rest:
            yield Passage(rest, "link", hang, hang)


def _footnotes(block: Block) -> Iterator[Passage]:
    if block.footnotes:
        yield Passage("")
    for note in block.footnotes:
        lead = f"[{note.mark}] "
        hang = " " * len(lead)
        yield Passage(note.title or note.source or "source", "text", lead, hang)
        if note.title and note.source:
            yield Passage(note.source, "link", hang, hang)
        if note.quote:
            yield Passage(f"“{note.quote}”", "muted", hang, hang)


def raw_passages(record: Record) -> list[Passage]:
    """The line as it is in the file, indented where it is JSON; broken bytes as escapes."""
    if record.type == BROKEN:
        return [Passage("not JSON; these are the bytes of the line:", "muted"), *broken(record)]
    return [Passage(record.json_text, "json", words=False)]


def broken(record: Record) -> list[Passage]:
    """The bytes of a line that is no JSON, those that are no text as escapes."""
    return [Passage(record.raw.decode("utf-8", "backslashreplace"), "code", words=False)]
