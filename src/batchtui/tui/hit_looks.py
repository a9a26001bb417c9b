"""How the rows that a search found look in a list: where it shows why they were found."""

from collections.abc import Callable, Iterable
from typing import Final

from batchtui.core.errors import ResultsError
from batchtui.core.text import one_line
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.row import Row
from batchtui.results.query.language import Query
from batchtui.results.query.marking import Marker
from batchtui.results.reading.texts import texts_of_line
from batchtui.tui.result_presenters import HitLook, id_words

_SURELY_SEEN: Final = 24
"""Characters of a preview that every list has room for."""

_QUICK: Final = 64 << 10
"""Bytes of a line that can be looked through between two frames, and for a whole screenful."""

_LONGEST: Final = 16 << 20
"""Bytes of a line above which it is not looked through just for its preview."""

_MOST_KEPT: Final = 2_000
_BEFORE_HIT: Final = 8
_AFTER_HIT: Final = 200


class HitLooks:
    """The looks of what one query finds.

    What may take long is not done at once: `later` is called, and somebody is to call
    `catch_up` in a thread. `file` must be good for that.
    """

    def __init__(
        self, file: ResultsFile, query: Query, *, slow: bool, later: Callable[[], object]
    ) -> None:
        self._file = file
        self._shown = Marker(query, one_line)
        self._raw = Marker(query)
        self._slow = slow
        self._later = later
        self._known: dict[int, HitLook] = {}
        self._due: dict[int, Row] = {}

    def of(self, row: Row) -> HitLook | None:
        """The look of a row that was found; None where it is not known yet, or is as of others."""
        if not self._shown:
            return None
        look = self._known.get(row.number)
        if look is None and not self._slow and row.length <= _QUICK:
            look = self._known[row.number] = self._look(row)
        elif look is None and row.number not in self._due:
            self._due[row.number] = row
            self._later()
        return look

    def catch_up(self) -> bool:
        """Find out what `of` did not know; False if that was nothing."""
        due, self._due = self._due, {}
        if len(self._known) > _MOST_KEPT:
            self._known = {}
        self._known |= {number: self._look(row) for number, row in due.items()}
        return bool(due)

    def read(self, file: ResultsFile) -> None:
        """Read other rows from now on."""
        self._file, self._known, self._due = file, {}, {}

    def _look(self, row: Row) -> HitLook:
        preview, id_spans = one_line(row.preview), self._shown.spans(id_words(row.custom_id))
        spans = self._shown.spans(preview)
        seen = id_spans or (spans and spans[0][0] < _SURELY_SEEN)
        if not seen and row.length <= _LONGEST and (found := self._around_hit(row.number)):
            preview = one_line(found)
            spans = self._shown.spans(preview)
        return HitLook(preview, spans, id_spans)

    def _around_hit(self, number: int) -> str:
        """A piece of the first text around what was searched; empty where it is nowhere."""
        try:
            return around_hit(texts_of_line(self._file.line(number)), self._raw)
        except (ResultsError, IndexError):
            return ""


def around_hit(texts: Iterable[str], marker: Marker) -> str:
    """A piece of the first of the texts that has what is marked; empty where none has."""
    for text in texts:
        if spans := marker.spans(text):
            start = max(0, spans[0][0] - _BEFORE_HIT)
            return ("…" if start else "") + text[start : spans[0][1] + _AFTER_HIT]
    return ""
