"""One record: a line that says which, what it says under it, and its facts above or beside that."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.getters import query_one

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import QueryError, ResultsError
from batchtui.core.text import human_bytes, one_line, safe
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import Query
from batchtui.results.query.marking import Marker
from batchtui.results.reading.record import Record
from batchtui.results.reading.records import parse_record
from batchtui.tui.record_facts import margin_lines
from batchtui.tui.record_presenters import (
    Manner,
    has_folds,
    has_prose,
    match_cell,
    passages_of,
    record_head,
)
from batchtui.tui.reflow import Passage
from batchtui.tui.result_presenters import id_words
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.record_view import RecordView

_QUICK = 128 << 10
"""Bytes of a line that is decoded within a frame; longer ones are in a thread."""
_MOST_BLOCKS = 5_000
"""Blocks of a record that are shown: what has more is read in another program."""
_MARGIN = 32
"""Cells of the margin, in which the ids of messages and requests are whole."""


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage is looked for, as decoding makes none, but much to look through meanwhile."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class RecordPane(Vertical):
    """Shows a record, readable or as it is in the file, its thinking folded or not.

    How it is shown stays the same for the next records.
    """

    DEFAULT_CSS = f"""
    RecordPane {{
        & RecordView {{ height: 1fr; width: 1fr; padding: 0 1; }}
        & LinesView {{ width: {_MARGIN}; padding: 0 1; display: none; }}
        &.-margin LinesView {{ display: block; }}
    }}
    """

    view = query_one(RecordView)
    """The text, which takes the keys."""

    def __init__(self, *, plain: bool, id: str | None = None) -> None:  # noqa: A002  (Textual's)
        super().__init__(id=id)
        self.manner = Manner(plain=plain)
        """How records are shown."""
        self.record: Record | None = None
        """What is shown."""
        self.from_end = False
        """The next record is shown from its last match."""
        self._shown: tuple[object, ...] = ()
        """Which record it is."""
        self._query: Query | None = None
        self._marker: Marker | None = None
        self._head_marker: Marker | None = None
        self._place = (0, 0)
        self._head_spans: tuple[object, tuple[tuple[int, int], ...]] = (None, ())
        """What was searched in which id, where that takes a thread."""
        self._prompt_of: Callable[[str], list[Passage]] | None = None

    def compose(self) -> ComposeResult:
        """The line, the text, and the margin."""
        yield Bar()
        with Horizontal():
            yield RecordView()
            margin = LinesView(id="record-margin")
            margin.can_focus = False
            yield margin

    # Which record

    def read(self, file: ResultsFile, row: int, query: Query | None) -> None:
        """Show a row of a file, from the first place that the query marks, or from its top."""
        from_end, self.from_end = self.from_end, False
        try:
            which = (file.path, file.generation, row, file.index.lengths[row])
            searched = self._mark(query)
            self._place = (row, len(file))
            if which != self._shown:
                self._open(which, file.line(row), from_end=from_end)
            elif searched and self.record is not None:
                self._present(keep_place=self._marker is None)
        except (ResultsError, IndexError) as error:
            self.fail(str(error) or "this row is gone")
        self._tell()

    def _mark(self, query: Query | None) -> bool:
        """Mark what a query looks for; False where that is marked already."""
        if query == self._query:
            return False
        self._query = query
        try:
            self._marker = Marker(query, safe) if query else None
            self._head_marker = Marker(query, one_line) if query else None
        except QueryError:
            self._marker = self._head_marker = None
        return True

    def _open(self, which: tuple[object, ...], line: bytes, *, from_end: bool) -> None:
        self._shown = which
        if len(line) <= _QUICK:
            self._take(parse_record(line, most=_MOST_BLOCKS), from_end=from_end)
            return
        self.record = None
        self.view.show([Passage(f"Reading {human_bytes(len(line))} ...", "muted")])
        self._decode(line, from_end=from_end)

    @work(group="record", exclusive=True, description="a long record")
    async def _decode(self, line: bytes, *, from_end: bool) -> None:
        which = self._shown
        with _no_collection():
            record = await in_daemon_thread(lambda: parse_record(line, most=_MOST_BLOCKS))
        if which == self._shown:
            self._take(record, from_end=from_end)
            self._tell()

    def _take(self, record: Record, *, from_end: bool) -> None:
        self.record = record
        self.query_one(LinesView).show(margin_lines(record, plain=self.manner.plain))
        self._present(from_end=from_end)

    def record_of(self, row: int) -> Record | None:
        """The record of a row, if that is the one in view."""
        return self.record if self.display and self._place[0] == row else None

    def fail(self, words: str) -> None:
        """Say why there is no record to show."""
        self.clear()
        self.view.show([Passage(words, "error")])

    def clear(self) -> None:
        """Show nothing."""
        self.record, self._shown = None, ()
        self.query_one(Bar).show()
        self.query_one(LinesView).show(())
        self.view.show([])

    # How it is shown

    def _present(self, *, keep_place: bool = False, from_end: bool = False) -> None:
        record = self.record
        if record is None:
            return
        marker = self._marker
        waits = marker is not None and not marker.is_quick and has_folds(record)
        if len(record.raw) <= _QUICK and not waits:
            passages = passages_of(record, self.manner, self._marker)
            self._show(passages, keep_place=keep_place, from_end=from_end)
        else:
            if waits and not keep_place:  # What is unfolded for a match is known later.
                self.view.show(passages_of(record, self.manner))
            self._prepare(record, keep_place=keep_place, from_end=from_end)

    @work(group="record", exclusive=True, description="a long record")
    async def _prepare(self, record: Record, *, keep_place: bool, from_end: bool) -> None:
        """Find what is to be unfolded in a thread: a search may have to look through all of it."""
        manner, marker = self.manner, self._marker
        passages = await in_daemon_thread(lambda: passages_of(record, manner, marker))
        if record is self.record and (manner, marker) == (self.manner, self._marker):
            self._show(passages, keep_place=keep_place, from_end=from_end)

    @property
    def shows_prompts(self) -> bool:
        """Requests stand above their answers."""
        return self._prompt_of is not None

    def show_prompts(self, prompt_of: Callable[[str], list[Passage]] | None) -> None:
        """Have what `prompt_of` makes of a custom_id above the answers, or nothing."""
        self._prompt_of = prompt_of
        self._present()

    def _show(self, passages: list[Passage], *, keep_place: bool, from_end: bool) -> None:
        if self._prompt_of is not None and self.record is not None and not self.manner.raw:
            passages = [*self._prompt_of(self.record.custom_id), *passages]
        self.view.show(passages, marker=self._marker, keep_place=keep_place, from_end=from_end)

    def _change(self, manner: Manner, *, keep_place: bool = True) -> None:
        self.manner = manner
        self._present(keep_place=keep_place)

    def toggle_raw(self) -> None:
        """Show the line as it is in the file, or the record again."""
        self._change(replace(self.manner, raw=not self.manner.raw), keep_place=False)

    def toggle_folds(self) -> str:
        """Unfold the thinking, or fold it again; says what cannot be seen of that."""
        if problem := self._unseen("folded", has_folds, "nothing in this record can be folded"):
            return problem
        unfolded = not self.manner.unfolded
        self._change(replace(self.manner, unfolded=unfolded))
        return "" if self.display else f"records are shown {'un' * unfolded}folded"

    def toggle_markdown(self) -> str:
        """Set Markdown for reading, or show it as it is written; says what that did."""
        if problem := self._unseen("set", has_prose, "there is no Markdown in this record"):
            return problem
        rendered = not self.manner.rendered
        self._change(replace(self.manner, rendered=rendered))
        return "Markdown is set for reading" if rendered else "Markdown is shown as it is written"

    def _unseen(self, what: str, has: Callable[[Record], bool], nothing: str) -> str:
        """Why another manner would change nothing that is in view."""
        if self.display and self.manner.raw:
            return f"the raw line is never {what}: R shows the record"
        if self.display and self.record is not None and not has(self.record):
            return nothing
        return ""

    def on_resize(self) -> None:
        """There may be room for a margin now, or none any more."""
        beside = self.size.width >= self.view.measure + _MARGIN
        if beside == self.manner.with_head:
            self.set_class(beside, "-margin")
            self._change(replace(self.manner, with_head=not beside))

    # Matches

    def go_to_match(self, direction: int) -> bool:
        """Go to the next match (1) or the previous one (-1) in it; False where there is none."""
        return self.record is not None and self.view.go_to_match(direction)

    @on(RecordView.Matched)
    def _tell(self) -> None:
        """Say which record it is, and which match."""
        if not self._shown:
            return
        row, rows = self._place
        custom_id = self.record.custom_id if self.record is not None else ""
        cells = [*record_head(custom_id, row, rows, self._id_spans(id_words(custom_id)))]
        matches = self.view.matches
        if matches is not None:
            cells.append(match_cell(self.view.here, len(matches), done=matches.done))
        self.query_one(Bar).show(*cells)

    def _id_spans(self, name: str) -> tuple[tuple[int, int], ...]:
        """What was searched in an id; nothing as long as a thread looks for that."""
        marker = self._head_marker
        if marker is None:
            return ()
        if marker.is_quick:
            return tuple(marker.spans(name))
        if self._head_spans[0] != (which := (name, marker)):
            self._head_spans = (which, ())
            self._look_at_id(name, marker)
        return self._head_spans[1]

    @work(group="head", exclusive=True, description="what was searched in an id")
    async def _look_at_id(self, name: str, marker: Marker) -> None:
        spans = await in_daemon_thread(lambda: marker.spans(name))
        if self._head_spans[0] == (name, marker):
            self._head_spans = ((name, marker), tuple(spans))
            self._tell()
