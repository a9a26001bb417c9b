"""What lists and lines show: cells, columns, and where rows come from. Knows no Textual."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

TONES = ("ok", "warn", "bad", "busy", "muted", "accent", "strong")
"""What a cell's look can mean. The colours are the theme's; every tone also has words."""


class Cell(NamedTuple):
    """What one cell shows: text on one line, a tone of `TONES`, and the parts to highlight."""

    text: str
    tone: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    """Start and end offsets into `text` of highlighted parts, ascending, not overlapping."""


Line = tuple[Cell, ...]
"""Pieces side by side. What does not fit wraps under the last piece."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Its width is in terminal cells, without the gap after it.

    Spare width is shared out by `grow`. Where there is too little, columns with the highest
    `drop` go first; those with 0 stay and are cut. `middle` cuts text in the middle, for ids,
    whose ends tell them apart.
    """

    key: str
    title: str
    width: int
    right: bool = False
    grow: int = 0
    drop: int = 0
    middle: bool = False


class RowSource(Protocol):
    """Where the rows come from. Cheap to ask: only visible rows are asked for."""

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def row_id(self, index: int) -> Hashable:
        """What names the row, whatever index it moves to."""
        ...

    def index_of(self, row_id: Hashable) -> int | None:
        """Where that row is now, or None if it is gone."""
        ...

    def cells(self, index: int) -> Mapping[str, Cell]:
        """The cells by column key; a missing one is blank."""
        ...


class NoRows:
    """The source of an empty list."""

    def __len__(self) -> int:
        return 0

    def row_id(self, index: int) -> Hashable:
        """There are no rows."""
        raise IndexError(index)

    def index_of(self, row_id: Hashable) -> int | None:  # noqa: ARG002
        """There are no rows."""
        return None

    def cells(self, index: int) -> Mapping[str, Cell]:
        """There are no rows."""
        raise IndexError(index)


Layout = list[tuple[Column, int]]
"""The columns shown, with their widths."""

GAP = 2
"""Cells between columns."""


def fit_columns(columns: Sequence[Column], room: int) -> Layout:
    """The columns that fit into `room` cells, the least important left out."""
    shown = list(columns)
    while (spare := room - _width(shown)) < 0:
        droppable = [column for column in shown if column.drop]
        if not droppable:
            break
        shown.remove(max(droppable, key=lambda column: column.drop))
    return _grown(shown, spare)


def window_columns(columns: Sequence[Column], room: int, first: int) -> Layout:
    """The columns that stay, and of the others as many as fit from the one numbered `first` on."""
    stay = [column for column in columns if not column.drop]
    others = [column for column in columns if column.drop][first:]
    shown: list[Column] = []
    while others and _width([*stay, *shown, others[0]]) <= room:
        shown.append(others.pop(0))
    spare = room - _width([*stay, *shown])
    if others and not shown and spare > GAP:
        return [*_grown(stay, 0), (others[0], spare - GAP)]
    return _grown([column for column in columns if column in (*stay, *shown)], spare)


def last_window(columns: Sequence[Column], room: int) -> int:
    """The smallest `first` of `window_columns` with which the last column is shown."""
    count = sum(bool(column.drop) for column in columns)
    ends = (first for first in range(count) if _ends(columns, room, first))
    return next(ends, max(0, count - 1))


def _ends(columns: Sequence[Column], room: int, first: int) -> bool:
    shown = [column for column, _ in window_columns(columns, room, first)]
    return shown[-1] is columns[-1]


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width + GAP for column in columns) - GAP


def _grown(columns: Sequence[Column], spare: int) -> Layout:
    grow = sum(column.grow for column in columns)
    if spare <= 0 or not grow:
        return [(column, column.width) for column in columns]
    return [(column, column.width + spare * column.grow // grow) for column in columns]
