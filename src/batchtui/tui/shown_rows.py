"""Which rows of a results file are shown, and in which order. Knows no Textual."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain


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

    def next_of(self, wanted: Iterable[int], place: int, direction: int) -> int | None:
        """The nearest place of a wanted row after (1) or before (-1) one, around the end."""
        rows, after = self.rows, place + (direction > 0)
        around: Iterable[int] = chain(range(after, len(rows)), range(after))
        if direction < 0:
            around = chain(range(after - 1, -1, -1), range(len(rows) - 1, after - 1, -1))
        is_wanted = set(wanted).__contains__
        return next((at for at in around if is_wanted(rows[at])), None)


def _arranged(count: int, hits: "array[int] | None", order: "array[int]") -> "array[int]":
    rows = order
    if count > len(order):
        rows = array("Q", chain(order, range(len(order), count)))
    return rows if hits is None else array("Q", filter(set(hits).__contains__, rows))
