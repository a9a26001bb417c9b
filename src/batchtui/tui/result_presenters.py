"""What the results viewer says, as words and tones: pure, and all of it safe for a terminal.

Texts of a file are hostile; here they become safe (lists, heads) or the text of a `Passage`,
which masks its text as it is wrapped.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from batchtui.core.text import (
    human_count,
    one_line,
)
from batchtui.results.index import BROKEN
from batchtui.results.results_file import Row
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


def result_columns(
    rows: int, *, width: int, widest_id: int, every: bool = False
) -> tuple[Column, ...]:
    """The columns of a list `width` cells wide.

    The number is as wide as that of the last of the `rows`, the id as `widest_id`, as far as
    there is room. A narrow list has the outcome in one column, unless `every` is wanted.
    """
    longest = max(_SHORTEST_ID, min(_LONGEST_ID, width // 5))
    custom_id = Column(
        "custom_id", "custom_id", max(_SHORTEST_ID, min(widest_id, longest)), middle=True
    )
    if width < _NARROW and not every:
        return (
            custom_id,
            Column("outcome", "result", 13, grow=1),
            Column("out", "out", 7, right=True, drop=1),
            Column("preview", "preview", 24, grow=4),
        )
    return (
        Column("number", "#", max(2, len(human_count(rows))), right=True, drop=5),
        custom_id,
        Column("type", "result", 11),
        Column("stop", "stop reason", 11, grow=1, drop=4),
        Column("in", "in", 7, right=True, drop=6),
        Column("out", "out", 7, right=True, drop=3),
        Column("preview", "preview", 10 if every else 24, grow=7),
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
        "custom_id": marked_cell(id_words(row.custom_id), pattern, ""),
        "type": Cell(type_words(row.type, plain=plain), look.tone),
        "outcome": _outcome(row, plain=plain),
        "stop": Cell(stop, "" if row.stop_reason == "end_turn" else look.tone and "warn"),
        "in": Cell(_tokens(row.input_tokens), "muted"),
        "out": Cell(_tokens(row.output_tokens), "muted"),
        "preview": marked_cell(shown, pattern, "bad" if row.type == "errored" else ""),
    }


def _tokens(count: int | None) -> str:
    if count is None:
        return ""
    return human_count(count) if count < 1_000_000 else f"{count / 1e6:.3g}M"


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


def marked_cell(text: str, pattern: re.Pattern[str] | None, tone: str) -> Cell:
    """A cell in which what was searched is highlighted."""
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
