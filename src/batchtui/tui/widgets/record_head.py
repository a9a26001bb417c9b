"""The line that says which record is shown, and at which match one is."""

from typing import TYPE_CHECKING

from textual import work

from batchtui.core.background import in_daemon_thread
from batchtui.results.query.marking import Marker
from batchtui.tui.record_matches import Matches
from batchtui.tui.record_presenters import match_cell, record_head
from batchtui.tui.result_presenters import id_words
from batchtui.tui.widgets.bar import Bar

if TYPE_CHECKING:
    from batchtui.tui.cells import Cell


class RecordHead(Bar):
    """Says it with `tell`; `marker` is what is marked in ids."""

    def __init__(self) -> None:
        super().__init__()
        self.marker: Marker | None = None
        self._told: tuple[str, int, int, tuple[Cell, ...]] | None = None
        self._spans: tuple[object, tuple[tuple[int, int], ...]] = (None, ())
        """What was searched in which id, where that takes a thread."""

    def tell(
        self, custom_id: str, place: tuple[int, int], matches: Matches | None, here: int | None
    ) -> None:
        """Say which record it is, at which `place` of how many, and which of its matches."""
        told: tuple[Cell, ...] = ()
        if matches is not None:
            is_cut = matches.is_cut
            told = (match_cell(here, len(matches), done=matches.done, is_cut=is_cut),)
        self._told = (custom_id, *place, told)
        self._say()

    def clear(self) -> None:
        """Say nothing."""
        self._told = None
        self.show()

    def _say(self) -> None:
        if self._told is not None:
            custom_id, row, rows, matches = self._told
            spans = self._id_spans(id_words(custom_id))
            self.show(*record_head(custom_id, row, rows, spans), *matches)

    def _id_spans(self, name: str) -> tuple[tuple[int, int], ...]:
        """What was searched in an id; nothing as long as a thread looks for that."""
        marker = self.marker
        if marker is None:
            return ()
        if marker.is_quick:
            return tuple(marker.spans(name))
        if self._spans[0] != (which := (name, marker)):
            self._spans = (which, ())
            self._look_at_id(name, marker)
        return self._spans[1]

    @work(group="head", exclusive=True, description="what was searched in an id")
    async def _look_at_id(self, name: str, marker: Marker) -> None:
        spans = await in_daemon_thread(lambda: marker.spans(name))
        if self._spans[0] == (name, marker):
            self._spans = ((name, marker), tuple(spans))
            self._say()
