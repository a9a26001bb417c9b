"""One record: a line that says which, and what it says under it."""

import re

from textual.app import ComposeResult
from textual.containers import Vertical

from batchtui.results.records import Record
from batchtui.tui.cells import Cell
from batchtui.tui.record_presenters import has_folds, raw_passages, record_passages
from batchtui.tui.reflow import Passage
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.record_view import RecordView


class RecordPane(Vertical):
    """Shows a record, readable or as it is in the file, its thinking folded or not.

    How it is shown stays the same for the next records.
    """

    DEFAULT_CSS = "RecordPane > RecordView { height: 1fr; padding: 0 1; }"

    def __init__(self, *, plain: bool, id: str | None = None) -> None:  # noqa: A002  (Textual's)
        super().__init__(id=id)
        self.raw = False
        """Show the line of the file instead."""
        self.unfolded = False
        """Show thinking, and what else is better folded at first."""
        self.record: Record | None = None
        """What is shown."""
        self._plain = plain
        self._pattern: re.Pattern[str] | None = None

    def compose(self) -> ComposeResult:
        """The line, and the text."""
        yield Bar()
        yield RecordView()

    @property
    def view(self) -> RecordView:
        """The text, which takes the keys."""
        return self.query_one(RecordView)

    def show(self, record: Record, head: tuple[Cell, ...], pattern: re.Pattern[str] | None) -> None:
        """Show a record from its first match of `pattern`, or from its top."""
        self.query_one(Bar).show(*head)
        same = record == self.record
        if same and pattern == self._pattern:
            return
        self.record, self._pattern = record, pattern
        self.view.show(self._passages(record), highlight=pattern, keep_place=same and not pattern)

    def fail(self, words: str) -> None:
        """Say why there is no record to show."""
        self.record = None
        self.query_one(Bar).show()
        self.view.show([Passage(words, "error")])

    def clear(self) -> None:
        """Show nothing."""
        self.record = None
        self.query_one(Bar).show()
        self.view.show([])

    def toggle_raw(self) -> None:
        """Show the line as it is in the file, or the record again."""
        self.raw = not self.raw
        self._again()

    def toggle_folds(self) -> str:
        """Unfold the thinking, or fold it again; says what cannot be seen of that."""
        if self.display and self.raw:
            return "the raw line is never folded: R shows the record"
        if self.display and self.record is not None and not has_folds(self.record):
            return "nothing in this record can be folded"
        self.unfolded = not self.unfolded
        self._again()
        if self.display:
            return ""
        return "records are shown unfolded" if self.unfolded else "records are shown folded"

    def _again(self) -> None:
        if self.record is not None:
            passages = self._passages(self.record)
            self.view.show(passages, highlight=self._pattern, keep_place=not self.raw)

    def _passages(self, record: Record) -> list[Passage]:
        if self.raw:
            return raw_passages(record)
        return record_passages(
            record, unfolded=self.unfolded, plain=self._plain, match=self._pattern
        )
