"""What the results viewer says, as words and tones: pure, and all of it safe for a terminal.

Texts of a file are hostile; here they become safe (lists, heads) or the text of a `Passage`,
which masks its text as it is wrapped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from batchtui.core.text import human_bytes, human_count, one_line
from batchtui.results.file.line_index import ABSENT, WORD_FIELDS, LineIndex
from batchtui.results.file.row import Row
from batchtui.results.reading.row_types import BROKEN
from batchtui.results.search.sorting import count_of
from batchtui.tui.cells import Cell, Column


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

KNOWN_TYPES: Final = tuple(_LOOKS)
"""Result types in the order in which they are told."""


def type_look(name: str) -> TypeLook:
    """The look of a result type; of one nobody has heard of, too."""
    return _LOOKS.get(name) or TypeLook("?", "?", one_line(name) or "unknown", "warn")


def type_words(name: str, *, plain: bool) -> str:
    """Glyph and word of a result type."""
    look = type_look(name)
    return f"{look.plain if plain else look.glyph} {look.word}"


# The list


_NARROW: Final = 100
"""Cells of a list below which the preview needs the room of the less telling columns."""
_SHORTEST_ID: Final = 9
_LONGEST_ID: Final = 36


SORTED: Final = "sorted"
"""The key of a column that is there only because the list is sorted by it."""

_OWN_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "row": ("number",),
    "id": ("custom_id",),
    "type": ("type", "outcome"),
    "error": ("stop", "outcome"),
    "stop": ("stop", "outcome"),
    "in": ("in",),
    "out": ("out",),
}
"""In which columns of the list the values are that rows can be sorted by."""

_SORTED_WIDTHS: Final = {"model": 22, "block": 18}

SORT_NAMES: Final[Mapping[str, str]] = {
    "row": "row in the file",
    "request": "order of the requests",
    "id": "custom_id",
    "type": "result type",
    "error": "error type",
    "stop": "stop reason",
    "model": "model",
    "block": "block kinds",
    "in": "tokens in",
    "out": "tokens out",
    "tokens": "tokens in and out",
    "cache_read": "tokens read from cache",
    "cache_write": "tokens written to cache",
    "bytes": "size",
}
"""What rows can be sorted by, in words."""

SORT_OF_COLUMN: Final = {
    "number": "row",
    "custom_id": "id",
    "type": "type",
    "outcome": "type",
    "stop": "stop",
    "in": "in",
    "out": "out",
}
"""What a column of the list is sorted by, if its head is clicked."""


def sort_column(columns: Sequence[Column], sorted_by: str) -> str:
    """The key of the column that shows what the list is sorted by; empty where none does."""
    keys = {column.key for column in columns}
    candidates = (*_OWN_COLUMNS.get(sorted_by, ()), SORTED)
    return next((key for key in candidates if key in keys), "")


def result_columns(
    rows: int, *, width: int, widest_id: int, every: bool = False, sorted_by: str = ""
) -> tuple[Column, ...]:
    """The columns of a list `width` cells wide.

    The number is as wide as that of the last of the `rows`, the id as `widest_id`, as far as
    there is room. A narrow list has the outcome in one column, unless `every` is wanted. What
    the list is `sorted_by` is always there.
    """
    longest = max(_SHORTEST_ID, min(_LONGEST_ID, width // 5))
    custom_id = Column(
        "custom_id", "custom_id", max(_SHORTEST_ID, min(widest_id, longest)), middle=True
    )
    number = Column("number", "#", max(2, len(human_count(rows))), right=True, drop=5)
    columns: tuple[Column, ...]
    if width < _NARROW and not every:
        columns = (
            custom_id,
            Column("outcome", "result", 13, grow=1),
            Column("out", "out", 7, right=True, drop=1),
            Column("preview", "preview", 24, grow=4),
        )
    else:
        columns = (
            number,
            custom_id,
            Column("type", "result", 11),
            Column("stop", "stop reason", 11, grow=1, drop=4),
            Column("in", "in", 7, right=True, drop=6),
            Column("out", "out", 7, right=True, drop=3),
            Column("preview", "preview", 10 if every else 24, grow=7),
        )
    return _with_sorted(columns, sorted_by)


def _with_sorted(columns: tuple[Column, ...], sorted_by: str) -> tuple[Column, ...]:
    """The columns with that which the list is sorted by: it stays, or comes before the preview."""
    if sorted_by in ("", "row"):
        return columns
    shown = sort_column(columns, sorted_by)
    if shown:
        return tuple(replace(one, drop=0) if one.key == shown else one for one in columns)
    title, width = sorted_by.replace("_", " "), _SORTED_WIDTHS.get(sorted_by, 0)
    extra = Column(SORTED, title, width or max(8, len(title) + 1), right=not width, middle=True)
    return (*columns[:-1], extra, columns[-1])


def sorted_cell(index: LineIndex, row: int, sorted_by: str) -> Cell:
    """What a row is sorted by."""
    if sorted_by == "bytes":
        return Cell(human_bytes(index.lengths[row]), "muted")
    if sorted_by in WORD_FIELDS:
        return Cell(one_line(index.words(sorted_by)[row]))
    if sorted_by == "block":
        return Cell(one_line(" ".join(index.blocks[row])))
    count = count_of(index, sorted_by, row)
    return Cell(_tokens(None if count == ABSENT else count), "muted")


def request_cell(places: Sequence[int]) -> Cell:
    """Which request a row answers, by its place among all."""
    return Cell(human_count(places[0] + 1) if places else "none", "muted")


class HitLook(NamedTuple):
    """What a row that was found shows, and what of it is highlighted. Safe for a terminal."""

    preview: str
    preview_spans: Sequence[tuple[int, int]]
    id_spans: Sequence[tuple[int, int]]


def row_cells(row: Row, look: HitLook | None, *, plain: bool) -> dict[str, Cell]:
    """The cells of a row. `look` shows where a search hit it."""
    kind = type_look(row.type)
    preview, spans, id_spans = look or (one_line(row.preview), (), ())
    stop = one_line(row.error_type or row.stop_reason)
    tone = "bad" if row.type == "errored" else ""
    return {
        "number": Cell(human_count(row.number + 1), "muted"),
        "custom_id": Cell(id_words(row.custom_id), "", tuple(id_spans)),
        "type": Cell(type_words(row.type, plain=plain), kind.tone),
        "outcome": _outcome(row, plain=plain),
        "stop": Cell(stop, "" if row.stop_reason == "end_turn" else kind.tone and "warn"),
        "in": Cell(_tokens(row.input_tokens), "muted"),
        "out": Cell(_tokens(row.output_tokens), "muted"),
        "preview": Cell(preview, tone, tuple(spans)),
    }


def _tokens(count: int | None) -> str:
    if count is None:
        return ""
    if count < 1_000_000:
        return human_count(count)
    size, units = count / 1e6, iter("MGTPE")
    unit = next(units)
    while size >= 999.5:  # Rounded, it is a thousand.
        size, unit = size / 1000, next(units)
    return f"{size:.3g}{unit}"


def id_words(custom_id: str) -> str:
    """A custom_id as it is shown."""
    return one_line(custom_id) or "(no custom_id)"


_USUAL_STOPS: Final = frozenset({"", "end_turn"})


def _outcome(row: Row, *, plain: bool) -> Cell:
    """The result type's glyph, with the word that tells most: of an answer cut, why it ended."""
    look = type_look(row.type)
    if row.error_type or row.stop_reason not in _USUAL_STOPS:
        words = one_line(row.error_type.removesuffix("_error") or row.stop_reason)
        tone = look.tone if row.error_type else "warn"
        return Cell(f"{look.plain if plain else look.glyph} {words}", tone)
    return Cell(type_words(row.type, plain=plain), look.tone)
