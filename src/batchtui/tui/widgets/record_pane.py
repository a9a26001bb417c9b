"""One record: a line that says which, what it says under it, and its facts above or beside that."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.getters import query_one
from textual.message import Message

from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import QueryError, ResultsError
from batchtui.core.text import human_bytes, one_line, safe
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import Query
from batchtui.results.query.marking import Marker
from batchtui.results.reading.record import Record
from batchtui.results.reading.records import parse_record
from batchtui.tui.prompts import Prompts
from batchtui.tui.record_facts import margin_lines
from batchtui.tui.record_presenters import Manner, has_folds, has_prose, passages_of
from batchtui.tui.reflow import Passage
from batchtui.tui.widgets.lines import LinesView
from batchtui.tui.widgets.record_head import RecordHead
from batchtui.tui.widgets.record_view import RecordView
from batchtui.tui.widgets.request_side import RequestSide

_QUICK = 128 << 10
"""Bytes of a line that is decoded within a frame; longer ones are in a thread."""
_MOST_BLOCKS = 5_000
"""Blocks of a record that are shown: what has more is read in another program."""
_MARGIN = 32
"""Cells of the margin, in which the ids of messages and requests are whole."""
_TURN = Lock()
"""Only one long line is read at a time: those that are not wanted any more take room, too."""
_SIDE = 60
"""Cells that a request and its answer need each to stand beside each other."""


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
        & RequestSide {{ display: none; }}
        &.-beside RequestSide {{ display: block; }}
        &.-beside RecordView {{ border-top: solid $surface-lighten-2; }}
        &.-beside RecordView {{ border-title-color: $text-muted; }}
        &.-beside RecordView:focus {{
            border-top: solid $accent;
            border-title-color: $text-accent;
            border-title-style: bold;
        }}
        & LinesView {{ width: {_MARGIN}; padding: 0 1; display: none; }}
        &.-margin LinesView {{ display: block; }}
    }}
    """

    class Arranged(Message):
        """Other things are in view than before, beside the text or above it."""

    head = query_one(RecordHead)
    view = query_one("#record-answer", RecordView)
    """The text, which takes the keys."""
    request = query_one(RequestSide)
    """What was asked, beside it."""

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
        self._place = (0, 0)

    def compose(self) -> ComposeResult:
        """The line, the request, the answer, and the margin."""
        yield RecordHead()
        with Horizontal():
            request, answer = RequestSide(id="record-request"), RecordView(id="record-answer")
            request.border_title, answer.border_title = " Request ", " Answer "
            yield request
            yield answer
            margin = LinesView(id="record-margin")
            margin.can_focus = False
            yield margin

    # Which record

    def read(self, file: ResultsFile, row: int, query: Query | None) -> None:
        """Show a row of a file, from the first place that the query marks, or from its top."""
        from_end, self.from_end = self.from_end, False
        try:
            which = (file, file.generation, row, file.index.lengths[row])
            searched = self._mark(query)
            self._place = (row, len(file))
            if which != self._shown:
                self._open(which, file, row, from_end=from_end)
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
            self.request.marker = Marker(query.of_inputs, safe) if query else None
            self.head.marker = Marker(query, one_line) if query else None
        except QueryError:
            self._marker = self.request.marker = self.head.marker = None
        return True

    def _open(
        self, which: tuple[object, ...], file: ResultsFile, row: int, *, from_end: bool
    ) -> None:
        self._shown = which
        size = file.index.lengths[row]
        if size <= _QUICK:
            self._take(parse_record(file.line(row), most=_MOST_BLOCKS), from_end=from_end)
            return
        self.record = None
        self.view.show([Passage(f"Reading {human_bytes(size)} ...", "muted")])
        self._decode(file.another(), row, from_end=from_end)

    @work(group="record", exclusive=True, description="a long record")
    async def _decode(self, file: ResultsFile, row: int, *, from_end: bool) -> None:
        which = self._shown

        def read() -> Record | None:
            with _TURN:
                if which != self._shown:
                    return None
                return parse_record(file.line(row), most=_MOST_BLOCKS)

        try:
            with _no_collection():
                record = await in_daemon_thread(read)
        except (ResultsError, IndexError) as error:
            if which == self._shown:
                self.fail(str(error) or "this row is gone")
            return
        if record is not None and which == self._shown:
            self._take(record, from_end=from_end)
            self._tell()

    def _take(self, record: Record, *, from_end: bool) -> None:
        self.record = record
        self._look_up_request()
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
        self.head.clear()
        self.request.look_up(None)
        self.request.show([])
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

    def _show(self, passages: list[Passage], *, keep_place: bool, from_end: bool) -> None:
        if self.beside:
            self.request.present(self.manner, keep_place=keep_place)
        elif self.shows_requests and not self.manner.raw:
            passages = [*self.request.above(self.manner), *passages]
        self.view.show(passages, marker=self._marker, keep_place=keep_place, from_end=from_end)

    def _change(self, manner: Manner, *, keep_place: bool = True) -> None:
        self.manner = manner
        self._present(keep_place=keep_place)

    def toggle_raw(self) -> None:
        """Show the line as it is in the file, or the record again."""
        self._change(replace(self.manner, raw=not self.manner.raw), keep_place=False)

    def toggle_folds(self) -> str:
        """Unfold the thinking, or fold it again; says what cannot be seen of that."""
        has = self._has_folds
        if problem := self._unseen("folded", has, "nothing in this record can be folded"):
            return problem
        unfolded = not self.manner.unfolded
        self._change(replace(self.manner, unfolded=unfolded))
        return "" if self.display else f"records are shown {'un' * unfolded}folded"

    def _has_folds(self, record: Record) -> bool:
        return has_folds(record) or self.request.has_folds

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
        """There may be room for a margin or a request now, or none any more."""
        self._arrange()

    def _arrange(self, *, anew: bool = False) -> None:
        """Put beside the text what there is room for; `anew` where other things are wanted."""
        beside = self.shows_requests and self._has_room
        margin = self.size.width >= _MARGIN + (2 * _SIDE if beside else self.view.measure)
        self.set_class(margin, "-margin")
        changed = beside != self.beside or margin == self.manner.with_head
        self.set_class(beside, "-beside")
        if not beside and self.request.has_focus:
            self.view.focus()
        if changed or anew:
            self.post_message(self.Arranged())
            self._look_up_request()
            keeps = beside or not anew
            self._change(replace(self.manner, with_head=not margin), keep_place=keeps)

    # The request

    @property
    def _has_room(self) -> bool:
        return self.size.width >= 2 * _SIDE

    @property
    def beside(self) -> bool:
        """Requests stand beside their answers."""
        return self.has_class("-beside")

    @property
    def shows_requests(self) -> bool:
        """Requests stand beside their answers or above them."""
        wanted = self.request.wanted
        return (self._has_room if wanted is None else wanted) and self.request.prompts is not None

    def take_prompts(self, prompts: Prompts, *, wanted: bool = False) -> None:
        """Requests are known from now on, and `wanted` also where they stand above answers."""
        self.request.prompts = prompts
        self._want_requests(wanted or self.request.wanted)

    def toggle_requests(self) -> None:
        """Show requests, or do not any more."""
        self._want_requests(not self.shows_requests)

    def _want_requests(self, wanted: bool | None) -> None:
        self.request.wanted = wanted
        self._arrange(anew=True)

    def _look_up_request(self) -> None:
        shown = self.record if self.shows_requests else None
        self.request.look_up(shown.custom_id if shown is not None else None)

    @on(RequestSide.Came)
    def _present_request(self) -> None:
        self._present(keep_place=True)

    @on(RecordView.OtherSide)
    def _change_sides(self) -> None:
        """The keys are for the request, or for the answer again."""
        if self.beside:
            (self.request if self.view.has_focus else self.view).focus()

    # Matches

    def go_to_match(self, direction: int) -> bool:
        """Go to the next match (1) or the previous one (-1) in it; False where there is none."""
        return self.record is not None and self.view.go_to_match(direction)

    @on(RecordView.Matched)
    def _tell(self) -> None:
        """Say which record it is, and which match."""
        if self._shown:
            custom_id = self.record.custom_id if self.record is not None else ""
            self.head.tell(custom_id, self._place, self.view.matches, self.view.here)
