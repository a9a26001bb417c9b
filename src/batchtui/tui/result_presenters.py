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
from batchtui.core.text import (
    cell_width,
    human_bytes,
    human_count,
    human_duration,
    one_line,
    safe,
)
from batchtui.results.download import DownloadSnapshot, DownloadState
from batchtui.results.index import BROKEN
from batchtui.results.results_file import Row
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
        Column("custom_id", "custom_id", 18, grow=3, middle=True),
        Column("type", "result", 11),
        Column("stop", "stop reason", 11, grow=1, drop=4),
        Column("in", "in", 7, right=True, drop=6),
        Column("out", "out", 7, right=True, drop=3),
        Column("preview", "preview", 20, grow=7),
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


_BEFORE_HIT: Final = 8


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
    cells = [Cell("results", "muted")]
    if entry is not None and entry.label:
        cells.append(Cell(one_line(entry.label), "accent"))
    if isinstance(source, Path):
        cells.append(Cell(one_line(source.name), "accent"))
    else:
        cells.append(Cell(one_line(source.id), "accent"))
    cells.append(Cell(human_bytes(size), "muted"))
    if isinstance(source, Path) and str(source.parent) != ".":
        cells.append(Cell(f"in {one_line(str(source.parent))}", "muted"))
    return cells


def facet_cells(
    counts: Mapping[str, int], only: str | None, *, width: int, plain: bool
) -> list[Cell]:
    """Rows in all and per type; what of it the list shows stands in brackets.

    Where `width` is too small for the words, all types but `broken` are their glyphs only.
    """
    total = sum(counts.values())
    words = f"{human_count(total)} row{'' if total == 1 else 's'}"
    first = Cell(words) if only else Cell(f"[{words}]", "strong")
    names = sorted(counts, key=_facet_order)

    def cells(*, short: bool) -> list[Cell]:
        return [first, *(_facet(n, counts[n], only, short=short, plain=plain) for n in names)]

    worded = cells(short=False)
    fits = sum(cell_width(cell.text) + 2 for cell in worded) <= width
    return worded if fits else cells(short=True)


def _facet(name: str, count: int, only: str | None, *, short: bool, plain: bool) -> Cell:
    look = type_look(name)
    words = f"{look.plain if plain else look.glyph} {human_count(count)}"
    if not short or name in (BROKEN, only):
        words += f" {look.word}"
    return Cell(f"[{words}]", "strong") if name == only else Cell(words, look.tone)


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
    DownloadState.PAUSED: Cell("paused", "warn"),
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
    query: str, *, typing: bool, hits: int, place: int | None, percent: int
) -> list[Cell]:
    """What was searched, how many rows have it, and how far the search is."""
    words = f"{human_count(hits)} hit{'' if hits == 1 else 's'}"
    if place is not None:
        words = f"{human_count(place + 1)} of {words}"
    if percent == 100 and not hits:
        words = "no hits"
    cells = [Cell(words, "strong")]
    if not typing:
        cells.insert(0, Cell(f"/{one_line(query)}", "accent"))
    if percent < 100:
        cells.append(Cell(f"{percent} % searched", "busy"))
    return cells


def error_cells(error: BatchtuiError) -> list[Cell]:
    """An error in one line."""
    return [Cell(one_line(str(error)), "bad"), Cell(one_line(error.hint), "muted")]


def error_text(error: BatchtuiError) -> str:
    """An error as a page of its own: what, why, what to do."""
    parts = (error.what, error.why, error.hint)
    return "\n\n".join([*(safe(part) for part in parts if part), "r  try again     esc  back"])


def empty_text(
    *, rows: int, shown: int, only: str | None, size: int | None, error: BatchtuiError | None
) -> str:
    """What stands in place of the list while it has no rows; empty where it has some.

    `size` is that of the file in bytes, None while there is no file.
    """
    if rows:
        return "" if shown else f"No row is {one_line(only or '')}.\n\nt  other types"
    if error is not None:
        return error_text(error)
    if size is None:
        return "Fetching the results …"
    return "Reading …" if size else "The file is empty: it has no results."
