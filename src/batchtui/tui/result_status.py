"""The lines around the list of results: whose they are, how many, what happens, what is wrong.

Pure, and all of it safe for a terminal.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from batchtui.core.errors import BatchtuiError, QueryError, whole_answer
from batchtui.core.text import (
    cell_width,
    counted,
    human_bytes,
    human_count,
    human_duration,
    one_line,
    safe,
    truncate,
)
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState
from batchtui.results.file.line_index import LineIndex
from batchtui.results.reading.row_types import BROKEN
from batchtui.results.search.sorting import ORIGINAL
from batchtui.tui.cells import Cell
from batchtui.tui.result_presenters import KNOWN_TYPES, SORT_NAMES, type_look

if TYPE_CHECKING:
    from batchtui.core.models import BatchEntry, BatchRef

STANDARD_INPUT: Final = Path("-")
"""What standard input is called where a path is expected."""


def title_cells(
    source: "BatchRef | Path",
    entry: "BatchEntry | None",
    size: int,
    *,
    kept: bool = False,
    name: str = "",
) -> list[Cell]:
    """Whose results these are; `kept` ones are never dropped to make room.

    A `name` stands for all that would be told of a file.
    """
    if name:
        return [Cell(one_line(name), "accent"), Cell(human_bytes(size), "muted")]
    cells = [Cell("results", "muted")]
    if entry is not None and entry.label:
        cells.append(Cell(one_line(entry.label), "accent"))
    if isinstance(source, Path):
        name = "standard input" if source == STANDARD_INPUT else one_line(source.name)
        cells.append(Cell(name, "accent"))
    else:
        cells.append(Cell(one_line(source.id), "accent"))
    cells.append(Cell(human_bytes(size), "muted"))
    if kept:
        cells.append(Cell("kept", "ok"))
    if isinstance(source, Path) and str(source.parent) != ".":
        cells.append(Cell(f"in {one_line(str(source.parent))}", "muted"))
    return cells


def rows_so_far(rows: int, partial: DownloadSnapshot | None) -> str:
    """How many rows there are, and of how many where they are `partial`."""
    if partial is None:
        return counted(rows, "row")
    if partial.expected_rows:
        return f"{human_count(rows)} of {counted(partial.expected_rows, 'row')} so far"
    return f"{counted(rows, 'row')} so far"


def rows_cells(
    rows: int,
    *,
    shown: int | None,
    marked: int,
    shared_ids: int = 0,
    partial: DownloadSnapshot | None = None,
) -> list[Cell]:
    """How many rows there are, how many of them are shown (None: all), how many are marked.

    Where they are `partial` and nothing arrives, that too. `shared_ids` is how many custom_ids
    stand in several rows.
    """
    words = rows_so_far(rows, partial)
    cells = [Cell(words, "strong")]
    if shown is not None:
        cells = [Cell(f"{human_count(shown)} of {words}", "accent")]
    if partial is not None and partial.state is DownloadState.PAUSED:
        cells.append(Cell("paused", "warn"))
    elif partial is not None and partial.finished:
        cells.append(Cell("partial", "warn"))
    if shared_ids:
        cells.append(Cell(counted(shared_ids, "duplicate id"), "warn"))
    return [*cells, Cell(f"{human_count(marked)} marked", "accent")] if marked else cells


def order_cells(column: str, *, descending: bool) -> tuple[Cell, ...]:
    """What the rows are sorted by; nothing for the order of the file."""
    if column == ORIGINAL and not descending:
        return ()
    return (Cell(f"by {SORT_NAMES[column]} {'▴▾'[descending]}", "muted"),)


def type_cells(
    counts: Mapping[str, int], index: LineIndex | None, *, width: int, plain: bool
) -> list[Cell]:
    """Rows per type; where all errors are of one type, which.

    Where `width` is too small for the words, all types but `broken` are their glyphs only.
    """
    names = sorted(counts, key=_facet_order)
    alike = _only_error(index) if index is not None else ""

    def cells(*, short: bool) -> list[Cell]:
        pieces = [_type_cell(name, counts[name], short=short, plain=plain) for name in names]
        return [
            cell._replace(text=f"{cell.text}, all {alike}") if alike and name == ERRORED else cell
            for name, cell in zip(names, pieces, strict=True)
        ]

    worded = cells(short=False)
    fits = sum(cell_width(cell.text) + 2 for cell in worded) <= width
    return worded if fits else cells(short=True)


ERRORED: Final = "errored"


def _only_error(index: LineIndex) -> str:
    """The one type that all errors have, or empty."""
    column = index.error_types
    pairs = zip(column.names, column.counts, strict=False)
    present = [(name, count) for name, count in pairs if name and count]
    if len(present) != 1 or present[0][1] < max(2, index.type_counts().get(ERRORED, 0)):
        return ""
    return one_line(present[0][0])


def _type_cell(name: str, count: int, *, short: bool, plain: bool) -> Cell:
    look = type_look(name)
    words = f"{look.plain if plain else look.glyph} {human_count(count)}"
    if not short or name == BROKEN:
        words += f" {look.word}"
    return Cell(words, look.tone)


def _facet_order(name: str) -> tuple[int, str]:
    known = KNOWN_TYPES.index(name) if name in KNOWN_TYPES else len(KNOWN_TYPES)
    return (known, name)


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
        rows += f" of {counted(now.expected_rows, 'row')} ({percent} %)"
    else:
        rows = counted(now.rows, "row")
    size = human_bytes(now.received)
    if now.total_bytes:
        size += f" of {human_bytes(now.total_bytes)}"
    doing = _DOWNLOAD_WORDS.get(now.state, Cell("connecting", "busy"))
    cells = [doing, Cell(rows, "strong"), Cell(size)]
    if now.rate > 0:
        cells.append(Cell(f"{human_bytes(now.rate)}/s", "muted"))
    if now.remaining is not None:
        cells.append(Cell(f"{human_duration(timedelta(seconds=now.remaining))} left", "muted"))
    does = "p goes on" if now.state is DownloadState.PAUSED else "p pauses"
    return [*cells, Cell(f"{does}  x stops", "muted")]


def search_cells(
    query: str,
    *,
    typing: bool,
    hits: int,
    rows: int,
    place: int | None,
    percent: int,
    so_far: bool = False,
) -> list[Cell]:
    """What was searched, how many of the rows have it, and how far the search is.

    `so_far` says that not all rows are there.
    """
    if percent == 100 and not hits:
        words = f"no hits in {counted(rows, 'row')}"
    else:
        words = f"{counted(hits, 'hit')} in {counted(rows, 'row')}"
    if place is not None:
        words = f"{human_count(place + 1)} of {words}"
    if so_far:
        words += " so far"
    cells = [Cell(words, "strong")]
    if not typing:
        cells.insert(0, Cell(_asked(query), "accent"))
    if percent < 100:
        cells.append(Cell(f"searching {percent} %", "busy"))
    return cells


def _asked(query: str) -> str:
    """A query with the `/` that opens the line; a regular expression has its own."""
    return one_line(query if query.startswith("/") else f"/{query}")


def problem_cells(error: QueryError, query: str, *, typing: bool, width: int) -> list[Cell]:
    """What is wrong with a query.

    While it is typed, it stands right above this line, a cell further to the right: a `^` is
    under the place. Where the place may be off the screen, it is told by its number.
    """
    what = one_line(str(error))
    hint = Cell(one_line(error.hint), "muted")
    before = 1 + cell_width(one_line(query[: error.at]))
    if not typing:
        return [Cell(_asked(query), "accent"), Cell(what, "warn"), hint]
    if cell_width(query) + 3 > width:
        return [Cell(f"character {error.at + 1}: {what}", "warn"), hint]
    if before + 2 + cell_width(what) <= width or before < cell_width(what) + 1:
        return [Cell(f"{' ' * before}^ {what}", "warn"), hint]
    return [Cell(f"{' ' * (before - 1 - cell_width(what))}{what} ^", "warn"), hint]


def error_cells(error: BatchtuiError, width: int) -> list[Cell]:
    """An error in one line of so many cells; what is too long is cut, not left out."""
    words = truncate(one_line(str(error)), max(_LEAST_OF_ERROR, width))
    return [Cell(words, "bad"), Cell(one_line(error.hint), "muted")]


_LEAST_OF_ERROR: Final = 12


def width_of(cells: Sequence[Cell]) -> int:
    """How many cells these pieces take with what stands between them and another one."""
    return sum(cell_width(cell.text) + 2 for cell in cells)


def error_text(error: BatchtuiError) -> str:
    """An error as a page of its own: what, why, what to do, and all that the server said."""
    parts = [safe(part) for part in (error.what, error.why, error.hint) if part]
    answer = [safe(whole_answer(error).strip())] if whole_answer(error) else []
    return "\n\n".join([*parts, "r  try again     esc  back", *answer])


def empty_text(
    *,
    rows: int,
    shown: int,
    size: int | None,
    error: BatchtuiError | None,
    was_rows: bool = False,
) -> str:
    """What stands in place of the list while it has no rows; empty where it has some.

    `size` is that of the file in bytes, None while there is no file; `was_rows` says that it had
    some when it was opened.
    """
    if rows:
        return "" if shown else "No row is found.\n\nf  all rows     /  another search"
    if error is not None:
        return error_text(error)
    if size is None:
        return "Fetching the results …"
    if was_rows and not size:
        return "The file was emptied while it was open: it has no results any more."
    return "Reading …" if size else "The file is empty: it has no results."
