"""Which rows of a results file are shown, and in which order. Knows no Textual."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, compress
from typing import Final


class ShownRows:
    """The rows of a list: all of a file, or the hits of a search; in the file's order or another.

    Call `show` when there are more rows, or others are wanted.
    """

    def __init__(self) -> None:
        self.rows: Sequence[int] = range(0)
        """The file's rows in the order of the list. It may grow in place."""
        self._order: array[int] | None = None
        self._arranged: tuple[object, ...] = ()

    def show(
        self,
        count: int,
        hits: "array[int] | None" = None,
        order: "array[int] | None" = None,
    ) -> None:
        """Show the first `count` rows of the file, or those of them that are `hits`, ascending.

        `order` has all rows that were known when it was made; those that came later follow them.
        """
        self._order = order
        if order is None:
            self.rows = range(count) if hits is None else hits
            self._arranged = ()
        elif self._arranged != (asked := (id(order), count, hits and id(hits), len(hits or ()))):
            self.rows, self._arranged = _arranged(count, hits, order), asked

    @property
    def in_file_order(self) -> bool:
        """The rows ascend."""
        return self._order is None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> int:
        """The file's row at a place of the list."""
        return self.rows[place]

    def place_of(self, row: int) -> int | None:
        """Where in the list a row of the file is, or None."""
        rows = self.rows
        if isinstance(rows, range):
            return row if row in rows else None
        if self._order is None:
            place = bisect_left(rows, row)
            return place if place < len(rows) and rows[place] == row else None
        try:
            return rows.index(row)
        except ValueError:
            return None

    def nearest_place(self, row: int) -> int | None:
        """The place of that row, or, in the file's order, of the next one that is shown."""
        if self._order is not None:
            return self.place_of(row)
        return max(0, min(bisect_left(self.rows, row), len(self.rows) - 1))

    def next_of(self, wanted: Sequence[int], place: int, direction: int) -> int | None:
        """The nearest place of a wanted row after (1) or before (-1) one, around the end.

        The `wanted` ascend. A place of -1 is before all; None where none of them is shown.
        """
        if not len(self.rows) or not len(wanted):
            return None
        place = min(place, len(self.rows) - 1)
        if self._order is None and len(wanted) <= len(self.rows):
            return self._next_by_wanted(wanted, place, direction)
        is_wanted = _membership(wanted)
        around = _around(len(self.rows), place + 1 if direction > 0 else max(place, 0), direction)
        return next((at for at in around if is_wanted(self.rows[at])), None)

    def _next_by_wanted(self, wanted: Sequence[int], place: int, direction: int) -> int | None:
        """The same by going through the wanted rows, where the list ascends as they do."""
        row = self.rows[place] if place >= 0 else -1
        cut = (bisect_right if direction > 0 else bisect_left)(wanted, row)
        places = (self.place_of(wanted[at]) for at in _around(len(wanted), cut, direction))
        return next((at for at in places if at is not None), None)


def _around(count: int, cut: int, direction: int) -> Iterator[int]:
    """All of so many places, from a cut between two of them on, or from there backwards."""
    parts = range(cut, count), range(cut)
    if direction > 0:
        return chain(*parts)
    return chain(reversed(parts[1]), reversed(parts[0]))


_FEW: Final = 1_000
"""Rows of which a set is made within a millisecond."""


def _membership(rows: Sequence[int]) -> Callable[[int], bool]:
    """Whether a row is among those, which ascend."""
    if len(rows) <= _FEW:
        return frozenset(rows).__contains__

    def is_among(row: int) -> bool:
        place = bisect_left(rows, row)
        return place < len(rows) and rows[place] == row

    return is_among


def _arranged(count: int, hits: "array[int] | None", order: "array[int]") -> "array[int]":
    rows = order
    if count > len(order):
        rows = array("Q", chain(order, range(len(order), count)))
    if hits is None:
        return rows
    is_hit = bytearray(count)  # A fifth of the time of a set.
    for row in hits:
        is_hit[row] = True
    return array("Q", compress(rows, map(is_hit.__getitem__, rows)))
