"""Where in a record what was searched stands: found as the record is wrapped, in bounded steps."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from batchtui.core.text import safe
from batchtui.results.query.marking import Marker
from batchtui.tui.reflow import Reflow
from batchtui.tui.reflow_rows import Row

_WINDOW: Final = 8_192
"""Characters looked through in one step."""
_OVERLAP: Final = 1_024
"""Characters looked through twice, so that no match is parted that is shorter."""
_CONTEXT: Final = 32
"""Characters before a window that tell whether a word begins with it."""


class Matches:
    """The matches in the text of a flow: in each passage by itself, across its lines and rows.

    They are known by their places (see `Row.at`), ascending. Take `step`s until `done`.
    """

    def __init__(self, flow: Reflow, marker: Marker) -> None:
        self.starts = array("Q")
        self.ends = array("Q")
        self.is_quick = marker.is_quick
        self._flow = flow
        self._marker = marker
        self._row = 0
        """The first row that was not looked at."""
        self._tail = ""
        """The end of what was, which is looked at again."""
        self._from = 0
        """Matches from this place on are new."""

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def done(self) -> bool:
        """All of the record was looked through."""
        return self._flow.done and self._row == len(self._flow.rows)

    @property
    def is_cut(self) -> bool:
        """There is text that is not shown, in which nothing was looked for."""
        return self._flow.is_cut

    def step(self) -> bool:
        """Look through a window more; False where there is none yet."""
        taken = self._window()
        if taken is None:
            return False
        text, at, is_last = taken
        limit = len(text) if is_last else len(text) - _OVERLAP
        is_ours = self._flow.passages[self._flow.rows.passages[self._row - 1]].is_ours
        for start, end in () if is_ours else self._marker.spans(text):
            if self._from <= at + start and start < limit:
                self.starts.append(at + start)
                self.ends.append(at + end)
                self._from = at + end
        self._from = max(self._from, at + limit)
        self._tail = "" if is_last else text[max(0, limit - _CONTEXT) :]
        return True

    def _window(self) -> tuple[str, int, bool] | None:
        """The next text, its place, and whether its passage ends with it."""
        rows, first = self._flow.rows, self._row
        if first == len(rows):
            return None
        passage, size, last = rows.passages[first], 0, first
        while last < len(rows) and rows.passages[last] == passage and size < _WINDOW:
            size += len(rows.texts[last]) + 1
            last += 1
        ends = self._flow.done if last == len(rows) else rows.passages[last] != passage
        if size < _WINDOW and not ends:
            return None
        pieces = [self._tail]
        for row in range(first, last):
            is_first_of_passage = row == 0 or rows.passages[row - 1] != passage
            if rows.starts[row] and not is_first_of_passage:
                pieces.append("\n")
            pieces.append(rows.texts[row])
        text = "".join(pieces)
        end = rows.places[last - 1] + len(rows.texts[last - 1])
        self._row = last
        return text, end - len(text), ends

    def in_row(self, row: Row, here: int | None = None) -> Iterator[tuple[int, int, bool]]:
        """The parts of a row's text that belong to matches, and whether to number `here`."""
        number, end = bisect_right(self.ends, row.at), row.at + len(row.text)
        while number < len(self.starts) and self.starts[number] < end:
            start, stop = self.starts[number] - row.at, self.ends[number] - row.at
            yield max(0, start), min(len(row.text), stop), number == here
            number += 1


def has_match(text: str, marker: Marker) -> bool:
    """Whether there is a match in a text of any size, which is not masked."""
    for start in range(0, max(1, len(text)), _WINDOW):
        if marker.spans(safe(text[max(0, start - _OVERLAP) : start + _WINDOW])):
            return True
    return False
