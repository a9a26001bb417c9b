"""The record view: passages of any length, wrapped lazily, with what was searched marked."""

import asyncio
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import work
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from batchtui.tui.commands import bindings
from batchtui.tui.reflow import Passage, Reflow, Row
from batchtui.tui.text_spans import Span, json_spans, prose_spans

_STYLES: Final = (
    "text", "muted", "heading", "good", "bad", "warn", "thinking", "code", "error", "link",
    "strong", "code-span", "json-key", "json-string", "json-number", "json-word", "match",
)  # fmt: skip
_SPANS: Final = {"json": json_spans, "prose": prose_spans}
"""The styles whose lines have parts."""
_FIRST_STEPS: Final = 8
"""Steps wrapped at once when a record is shown; the rest follows while the screen lives on."""
_PUBLISH_EVERY: Final = 64
"""Steps between two updates of the scroll bar: about a megabyte."""

Anchor = tuple[int, int]
"""A place that outlives a new width: a passage, and characters of it before the top row."""


class RecordView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows passages. Only the rows that are seen are styled; wrapping goes on in the background.

    Give it what to show with `show`. `measure` is the widest that prose is set.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"record--{name}" for name in _STYLES}
    DEFAULT_CSS = """
    RecordView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .record--text { color: $foreground; }
        & > .record--muted { color: $text-muted; }
        & > .record--heading { color: $text-accent; text-style: bold; }
        & > .record--strong { color: $foreground; text-style: bold; }
        & > .record--good { color: $text-success; text-style: bold; }
        & > .record--bad { color: $text-error; text-style: bold; }
        & > .record--warn { color: $text-warning; text-style: bold; }
        & > .record--thinking { color: $text-muted; text-style: italic; }
        & > .record--code { color: $foreground; }
        & > .record--error { color: $text-error; }
        & > .record--link { color: $text-primary; }
        & > .record--code-span { color: $text-secondary; }
        & > .record--json-key { color: $text-accent; }
        & > .record--json-string { color: $text-success; }
        & > .record--json-number { color: $text-warning; }
        & > .record--json-word { color: $text-primary; text-style: bold; }
        & > .record--match { background: $warning 45%; color: $foreground; text-style: bold; }
        &:ansi > .record--match { background: ansi_default; text-style: reverse bold; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("record")]

    class Step(Message):
        """The reader wants the record `by` places further."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    measure = 110

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self._flow = Reflow((), 1)
        self._highlight: re.Pattern[str] | None = None
        self._goal: Anchor | None = None
        self._to_end = False
        self._seek_match = False
        self._strips: LRUCache[int, Strip] = LRUCache(512)
        self._looks: dict[str, Style] = {}

    @property
    def wrapped(self) -> bool:
        """All of the record is wrapped: its end can be scrolled to."""
        return self._flow.done

    def show(
        self,
        passages: Sequence[Passage],
        *,
        highlight: re.Pattern[str] | None = None,
        keep_place: bool = False,
    ) -> None:
        """Show other passages, from the first match of `highlight` or the top.

        `keep_place` stays where the reader is: for the same record shown in another way.
        """
        self._highlight = highlight
        self._seek_match = highlight is not None and not keep_place
        self._to_end = False
        goal = self._anchor() if keep_place else None
        if not keep_place:
            self._go(0)
        self._reflow(passages, goal)

    def mark(self, highlight: re.Pattern[str] | None) -> None:
        """Mark other matches, without moving."""
        self._highlight = highlight
        self._repaint()

    def _reflow(self, passages: Sequence[Passage], goal: Anchor | None) -> None:
        width = self.scrollable_content_region.width
        self._flow = Reflow(passages, width, self.measure)
        self._goal = goal
        if width <= 0:
            return
        for _ in range(_FIRST_STEPS):
            if not self._step():
                break
        self._publish()
        if not self._flow.done:
            self._wrap_rest(self._flow)

    @work(group="reflow", exclusive=True)
    async def _wrap_rest(self, flow: Reflow) -> None:
        """Wrap on, a step between any two events, as long as the same text is shown."""
        for count in range(1, 1 << 31):
            await asyncio.sleep(0)
            if flow is not self._flow:
                return
            more = self._step()
            if not more or count % _PUBLISH_EVERY == 0:
                self._publish()
            if not more:
                return

    def _step(self) -> bool:
        """Wrap a step, and go to the place that was asked for once it is there."""
        known = len(self._flow.rows)
        more = self._flow.step()
        if self._goal is not None and (row := self._row_of(self._goal)) is not None:
            self._goal = None
            self._publish()
            self._go(row)
        if self._seek_match and (row := self._first_match(known)) is not None:
            self._seek_match = False
            self._publish()
            if row >= self.size.height:
                self._go(row - self.size.height // 3)
        return more

    def _publish(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._flow.rows))
        self._repaint()
        if self._to_end:
            self._go(len(self._flow.rows))

    def _repaint(self) -> None:
        self._strips.clear()
        self.refresh()

    def _go(self, row: float) -> None:
        self.scroll_to(y=row, animate=False, force=True)

    def _anchor(self) -> Anchor | None:
        rows = self._flow.rows
        at = round(self.scroll_y)
        if not 0 < at < len(rows):
            return None
        passage, before = rows[at].passage, 0
        while not rows[at].starts_passage:
            at -= 1
            before += len(rows[at].text)
        return passage, before

    def _row_of(self, anchor: Anchor) -> int | None:
        passage, before = anchor
        rows = self._flow.rows
        if not rows or (rows[-1].passage <= passage and not self._flow.done):
            return None
        at = next((n for n, row in enumerate(rows) if row.passage == passage), None)
        while at is not None and at + 1 < len(rows) and before >= len(rows[at].text):
            before -= len(rows[at].text)
            at += 1
        return at

    def _first_match(self, known: int) -> int | None:
        if self._highlight is None:
            return None
        rows = self._flow.rows
        for at in range(known, len(rows)):
            text = rows[at].text
            if at + 1 < len(rows) and not rows[at + 1].starts_line:
                text += rows[at + 1].text
            if self._highlight.search(text):
                return at
        return None

    def on_resize(self) -> None:
        """Wrap anew where the width changed; the reader stays at the same words."""
        if self.scrollable_content_region.width != self._flow.width:
            self._reflow(self._flow.passages, self._goal or self._anchor())

    def notify_style_update(self) -> None:
        """Textual: colours may have changed."""
        super().notify_style_update()
        self._looks.clear()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """Textual: one visible row."""
        index = y + round(self.scroll_y)
        width = self.scrollable_content_region.width
        if index >= len(self._flow.rows):
            return Strip.blank(width, self.rich_style)
        if (strip := self._strips.get(index)) is None:
            segments = self._segments(index, self._flow.rows[index])
            strip = Strip(segments).crop_extend(0, width, self._look("text"))
            self._strips[index] = strip
        return strip

    def _segments(self, index: int, row: Row) -> list[Segment]:
        passage = self._flow.passages[row.passage]
        lead = passage.lead if row.starts_passage else passage.hang
        segments = [Segment(lead, self._look(passage.mark))] if lead else []
        if not row.text:
            return segments
        line, before = self._flow.line_around(index)
        styles = _paint(before, before + len(row.text), passage.style, self._spans(index, line))
        for start, end, style in styles:
            segments.append(Segment(line[start:end], self._look(style)))
        return segments

    def _spans(self, index: int, line: str) -> list[Span]:
        """What of a line looks special: its JSON parts, then, over them, the matches."""
        spans: list[Span] = []
        if spans_of := _SPANS.get(self._flow.passages[self._flow.rows[index].passage].style):
            spans += spans_of(line)
        if self._highlight is not None:
            spans += [(*match.span(), "match") for match in self._highlight.finditer(line)]
        return spans

    def _look(self, name: str) -> Style:
        name = "text" if name in _SPANS else name
        if (style := self._looks.get(name)) is None:
            style = self._looks[name] = self.get_component_rich_style(f"record--{name}")
        return style

    def action_record_down(self) -> None:
        """Scroll a row down."""
        self._move(1)

    def action_record_up(self) -> None:
        """Scroll a row up."""
        self._move(-1)

    def action_record_page_down(self) -> None:
        """Scroll a screenful less one row, so that the eye finds its place."""
        self._move(max(1, self.size.height - 1))

    def action_record_page_up(self) -> None:
        """Scroll a screenful less one row back."""
        self._move(-max(1, self.size.height - 1))

    def action_record_top(self) -> None:
        """Go to the top."""
        self._to_end = False
        self._go(0)

    def action_record_bottom(self) -> None:
        """Go to the end, and stay there while more is being wrapped."""
        self._to_end = not self._flow.done
        self._go(len(self._flow.rows))

    def action_record_next(self) -> None:
        """Ask for the next record."""
        self.post_message(self.Step(1))

    def action_record_previous(self) -> None:
        """Ask for the previous record."""
        self.post_message(self.Step(-1))

    def _move(self, rows: int) -> None:
        self._to_end = False
        self._go(round(self.scroll_y) + rows)


def _paint(start: int, end: int, base: str, spans: list[Span]) -> list[Span]:
    """The stretch from `start` to `end` cut where its look changes; later spans win."""
    spans = [span for span in spans if span[0] < end and span[1] > start]
    cuts = {start, end, *(cut for span in spans for cut in span[:2] if start < cut < end)}
    painted = []
    for left, right in pairwise(sorted(cuts)):
        over = [name for first, last, name in spans if first <= left and right <= last]
        painted.append((left, right, over[-1] if over else base))
    return painted
