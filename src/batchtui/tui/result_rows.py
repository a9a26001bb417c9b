"""Which rows of a results file are shown, and which of them were found. Knows no Textual."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from batchtui.core.errors import ResultsError
from batchtui.core.text import cell_width, safe
from batchtui.results.index import FAILED_TYPES, LineIndex
from batchtui.results.query import Query, Text, suggest_type
from batchtui.results.results_file import ResultsFile
from batchtui.results.search import SearchStep, search
from batchtui.results.texts import texts_of_line
from batchtui.tui.cells import Cell
from batchtui.tui.result_presenters import hit_preview, id_words, row_cells

_WINDOW_BYTES = 64 << 10
"""What a search step decodes: two milliseconds' work, so that keys are answered at once."""

_LONGEST_PREVIEWED = 1 << 20
"""Bytes of a line above which it is not decoded just for its preview."""


_SURELY_SEEN = 24
"""Characters of a preview that every list has room for."""


class ShownRows:
    """The rows shown, ascending: all, or those of one result type. They may grow."""

    def __init__(self, only: str | None = None) -> None:
        self.only = only
        self._rows = array("Q")
        self._seen = 0
        self._count = 0

    def take_in(self, index: LineIndex) -> None:
        """See the rows that were indexed since the last call."""
        if len(index) < self._seen:
            self._seen = 0
        if self.only is not None:
            fresh = index.rows_of({self.only}, self._seen)
            del self._rows[bisect_left(self._rows, self._seen) :]
            self._rows.extend(fresh)
        # A last line without a newline may yet turn out longer, and of another type.
        self._seen = len(index) - index.tail_is_row
        self._count = len(index)

    def __len__(self) -> int:
        return self._count if self.only is None else len(self._rows)

    def __getitem__(self, place: int) -> int:
        """The file's row at a place of the list."""
        return place if self.only is None else self._rows[place]

    def place_of(self, row: int) -> int | None:
        """Where in the list a row of the file is, or None."""
        if self.only is None:
            return row if 0 <= row < self._count else None
        place = bisect_left(self._rows, row)
        return place if place < len(self._rows) and self._rows[place] == row else None

    def nearest_place(self, row: int) -> int:
        """The place of that row, or of the next one that is shown."""
        place = row if self.only is None else bisect_left(self._rows, row)
        return max(0, min(place, len(self) - 1))


class RowSearch:
    """A search and what it has found so far, ascending. Take `step`s until `done`.

    `hits` are rows of the type `only`; what it finds among the others is just counted in
    `hidden`. After the file has grown, it is not done any more; a last line that turned out
    longer is searched again.
    """

    def __init__(self, file: ResultsFile, query: Query, only: str | None = None) -> None:
        self.query = query
        self.pattern = pattern_of(query)
        self.hits = array("Q")
        self._only = only
        self._found = array("Q")
        """Hits of all types."""
        self._scanned = 0
        self._file = file
        self._generation = file.generation
        self._searched_bytes = -1
        self._steps: Iterator[SearchStep] | None = None

    @property
    def done(self) -> bool:
        """Every row that is known has been searched."""
        now = (self._file.generation, self._file.indexed_bytes)
        return self._steps is None and (self._generation, self._searched_bytes) == now

    @property
    def percent(self) -> int:
        """How much of the rows has been searched; 100 only once it is done."""
        return 100 if self.done else min(99, self._scanned * 100 // max(1, len(self._file)))

    @property
    def doubt(self) -> str:
        """What was likely meant, where a result type is asked for that no row has; else empty."""
        return suggest_type(self.query, list(self._file.index.type_counts()))

    @property
    def hidden(self) -> int:
        """How many rows of other types have it."""
        return len(self._found) - len(self.hits)

    def narrow(self, only: str | None) -> None:
        """Take hits of one type only, or of all."""
        self._only = only
        self.hits = array("Q", self._wanted(self._found))

    def _wanted(self, rows: Sequence[int]) -> Sequence[int]:
        if self._only is None:
            return rows
        types = self._file.index.types
        return [row for row in rows if types[row] == self._only]

    def step(self) -> Sequence[int]:
        """Search a window more; returns the hits in it.

        Raises:
            ResultsError: the file cannot be read.
        """
        if self._generation != self._file.generation:
            self._generation = self._file.generation
            self._search_from(0)
        steps = self._steps or self._search_from(self._scanned)
        found = next(steps)
        hits = self._wanted(found.hits)
        self._found.extend(found.hits)
        self.hits.extend(hits)
        self._scanned = found.scanned_rows
        if found.done:
            self._steps = None
            self._searched_bytes = self._file.indexed_bytes
            self._scanned -= self._file.index.tail_is_row
        return hits

    def _search_from(self, row: int) -> Iterator[SearchStep]:
        for hits in (self.hits, self._found):
            del hits[bisect_left(hits, row) :]
        steps = search(self._file, self.query, start=row, window_bytes=_WINDOW_BYTES)
        self._steps = steps
        return steps

    def has(self, row: int) -> bool:
        """Whether the row is a hit, as far as was searched."""
        return self.place_of(row) is not None

    def place_of(self, row: int) -> int | None:
        """Which of the hits the row is, from 0, or None."""
        place = bisect_left(self.hits, row)
        return place if place < len(self.hits) and self.hits[place] == row else None


def pattern_of(query: Query) -> re.Pattern[str] | None:
    """What of a query can be marked in a text that is safe for a terminal, or None."""
    texts = [leaf for leaf in query.highlights if isinstance(leaf, Text)]
    words = (
        f"(?i:{re.escape(safe(text.needle))})"
        if text.ignores_case
        else re.escape(safe(text.needle))
        for text in sorted(texts, key=lambda text: -len(text.needle))
    )
    joined = "|".join(words)
    return re.compile(joined) if joined else None


def next_hit(hits: Sequence[int], shown: ShownRows, row: int, direction: int) -> int | None:
    """The nearest shown hit after (1) or before (-1) a row, around the end if need be."""
    if direction > 0:
        start = bisect_right(hits, row)
        order = chain(range(start, len(hits)), range(start))
    else:
        start = bisect_left(hits, row)
        order = chain(range(start - 1, -1, -1), range(len(hits) - 1, start - 1, -1))
    return next((hits[at] for at in order if shown.place_of(hits[at]) is not None), None)


def next_failure(index: LineIndex, shown: ShownRows, place: int, direction: int) -> int | None:
    """The nearest row of the list without an answer, after or before a place, around the end."""
    count = len(shown)
    failed = {code for code, name in enumerate(index.types.names) if name in FAILED_TYPES}
    codes = index.types.codes
    for distance in range(1, count + 1):
        row = shown[(place + direction * distance) % count]
        if codes[row] in failed:
            return row
    return None


class ResultSource:
    """The rows of a file as a row list asks for them; only visible ones are decoded."""

    def __init__(
        self,
        file: ResultsFile,
        shown: ShownRows,
        found: Callable[[], RowSearch | None],
        *,
        plain: bool,
    ) -> None:
        self.file = file
        self.shown = shown
        self._found = found
        self._plain = plain
        self.widest_id = 0
        """Cells of the widest custom_id that was looked at by `widen`."""
        self._hit_preview = lru_cache(256)(self._find_preview)

    def __len__(self) -> int:
        return len(self.shown)

    def row_id(self, index: int) -> Hashable:
        """The row's number in the file."""
        return self.shown[index]

    def index_of(self, row_id: Hashable) -> int | None:
        """Where in the list that row is."""
        return self.shown.place_of(row_id) if isinstance(row_id, int) else None

    def cells(self, index: int) -> Mapping[str, Cell]:
        """The row's cells; of one that cannot be read, why."""
        found = self._found()
        pattern = found.pattern if found else None
        try:
            row = self.file.row(self.shown[index])
            preview = None
            if found and pattern and found.has(row.number) and row.length <= _LONGEST_PREVIEWED:
                preview = self._hit_preview(row.number, pattern, self.file.generation)
        except (ResultsError, IndexError) as error:
            return {"preview": Cell(str(error) or "this row is gone", "bad")}
        return row_cells(row, preview=preview, pattern=pattern, plain=self._plain)

    def widen(self, places: Iterable[int]) -> None:
        """See to it that `widest_id` holds for these rows of the list, too."""
        for place in places:
            try:
                custom_id = self.file.row(self.shown[place]).custom_id
            except (ResultsError, IndexError):
                continue
            self.widest_id = max(self.widest_id, cell_width(id_words(custom_id)))

    def _find_preview(self, row: int, pattern: re.Pattern[str], generation: int) -> str | None:  # noqa: ARG002
        """Where the hit is in the text, unless the row's own preview or its id show it."""
        shown = self.file.row(row)
        if pattern.search(shown.preview[:_SURELY_SEEN]) or pattern.search(shown.custom_id):
            return None
        return hit_preview(texts_of_line(self.file.line(row)), pattern)
