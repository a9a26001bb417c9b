"""The record view: passages of any length, wrapped lazily, with what was searched marked."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual import work
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.message import Message
from textual.strip import Strip

from batchtui.core.background import in_daemon_thread
from batchtui.results.query.marking import Marker
from batchtui.tui.commands import bindings
from batchtui.tui.record_matches import Matches
from batchtui.tui.record_places import Anchor, anchor_of, row_of
from batchtui.tui.reflow import Passage, Reflow
from batchtui.tui.widgets.record_paint import RECORD_CSS, STYLES, row_segments
from batchtui.tui.widgets.scrolling import SteadyScroll, set_line_count, suit_scrollbar

_FIRST_STEPS: Final = 8
"""Steps wrapped at once, at most, for a screenful; the rest follows while the screen lives on."""
_PUBLISH_EVERY: Final = 64
"""Steps between two updates of the scroll bar: about half a megabyte."""


class RecordView(SteadyScroll, can_focus=True, inherit_bindings=False):
    """Shows passages. Only the rows that are seen are styled; wrapping goes on in the background.

    Give it what to show with `show`. `measure` is the widest that prose is set.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"record--{name}" for name in STYLES}
    DEFAULT_CSS = f"""
    RecordView {{
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }}
    {RECORD_CSS}
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("record")]

    class Step(Message):
        """The reader wants the record `by` places further."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class OtherSide(Message):
        """The keys are to be for what stands beside this."""

    class Matched(Message):
        """More matches are known, or another one was gone to."""

    class Exhausted(Message):
        """There is no further match in this record, which was not known when it was asked for."""

    measure = 110

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self._flow = Reflow((), 1)
        self._marker: Marker | None = None
        self.matches: Matches | None = None
        """Where in the record what was searched stands, as far as is known."""
        self.here: int | None = None
        """The number of the match that was gone to last."""
        self._goal: Anchor | None = None
        self._to_end = False
        self._seeking = 0
        """The match to go to once it is known: the next one (1), or the last one (-1)."""
        self._is_asked = False
        """The reader waits for that match."""
        self._strips: LRUCache[int, Strip] = LRUCache(512)
        self._looks: dict[str, Style] = {}

    def on_mount(self) -> None:
        """The scrollbar is drawn with what the terminal has."""
        suit_scrollbar(self)

    @property
    def wrapped(self) -> bool:
        """All of the record is wrapped: its end can be scrolled to."""
        return self._flow.done

    @property
    def top_block(self) -> int:
        """The block whose text is at the top of the view; -1 for none."""
        rows = self._flow.rows
        at = min(round(self.scroll_y), len(rows) - 1)
        return self._flow.passages[rows.passages[at]].block if at >= 0 else -1

    # What is shown

    def show(
        self,
        passages: Sequence[Passage],
        *,
        marker: Marker | None = None,
        keep_place: bool = False,
        from_end: bool = False,
    ) -> None:
        """Show other passages, from their first match, or the last if `from_end`, or the top.

        `keep_place` stays where the reader is: for the same record shown in another way.
        """
        self._marker = marker or None
        self._seeking = 0 if keep_place or not marker else -1 if from_end else 1
        self._to_end = self._is_asked = False
        goal = self._anchor() if keep_place else None
        if not keep_place:
            self._go(0)
        if self._flow.passages != tuple(passages) or not self._flow.width:
            self._reflow(passages, goal)
        else:
            self._find()

    def on_resize(self) -> None:
        """Wrap anew where the width changed; the reader stays at the same words."""
        if self.scrollable_content_region.width != self._flow.width:
            self._reflow(self._flow.passages, self._goal or self._anchor())

    def _reflow(self, passages: Sequence[Passage], goal: Anchor | None) -> None:
        width = self.scrollable_content_region.width
        self._flow.give_up()
        self._flow = Reflow(passages, width, self.measure)
        self._goal = goal
        for _ in range(_FIRST_STEPS if width > 0 else 0):
            if not self._wrap_step() or len(self._flow.rows) > 2 * self.size.height:
                break
        self._find()

    def _find(self) -> None:
        """Look for matches in what is wrapped, then go on behind with what is left."""
        self.matches = Matches(self._flow, self._marker) if self._marker else None
        self.here = None
        if self._flow.width <= 0:
            return
        if self.matches is not None and self.matches.is_quick:
            for _ in range(_FIRST_STEPS):
                if not self.matches.step():
                    break
            self._seek()
        self._publish()
        self._repaint()
        if not self._flow.done or (self.matches is not None and not self.matches.done):
            self._go_on(self._flow, self.matches)
        else:
            self._finish()

    @work(group="reflow", exclusive=True, description="the rest of a record")
    async def _go_on(self, flow: Reflow, matches: Matches | None) -> None:
        """Wrap and find matches, a step between any two events, while the same text is shown."""
        for count in range(1, 1 << 62):
            await asyncio.sleep(0)
            if flow is not self._flow:
                return
            more = not flow.done and self._wrap_step()
            found = matches is not None and await self._match_step(matches)
            if flow is not self._flow:
                return
            if count % _PUBLISH_EVERY == 0:
                self._publish()
            if not more and not found:
                break
        self._publish()
        self._finish()

    async def _match_step(self, matches: Matches) -> bool:
        known = len(matches)
        found = matches.step() if matches.is_quick else await in_daemon_thread(matches.step)
        if matches is self.matches and len(matches) > known:
            self._seek()
            if self._is_in_view(matches.starts[known]):
                self._repaint()
        return found

    def _wrap_step(self) -> bool:
        """Wrap a step, and go to the place that was asked for once it is there."""
        seen = len(self._flow.rows) - round(self.scroll_y)
        more = self._flow.step()
        if seen < self.size.height:
            self._repaint()
        if self._goal is not None and (row := row_of(self._flow, self._goal)) is not None:
            self._goal = None
            self._publish()
            self._go(row)
        return more

    def _publish(self) -> None:
        """Tell how much there is."""
        set_line_count(self, len(self._flow.rows))
        if self._to_end:
            self._go(len(self._flow.rows))
        if self.matches is not None:
            self.post_message(self.Matched())

    def _finish(self) -> None:
        """All of the record is known now."""
        if self._seeking < 0 and self.matches:
            self._go_to_match(len(self.matches) - 1)
        elif self._seeking > 0 and self._is_asked:
            self.post_message(self.Exhausted())
        self._seeking = 0

    def _repaint(self) -> None:
        self._strips.clear()
        self.refresh()

    # Places

    def _go(self, row: float) -> None:
        self.scroll_to(y=row, animate=False, force=True)

    def _anchor(self) -> Anchor | None:
        return anchor_of(self._flow, round(self.scroll_y))

    def _row_at(self, place: int) -> int:
        return bisect_right(self._flow.rows.places, place) - 1

    def _is_in_view(self, place: int) -> bool:
        return 0 <= self._row_at(place) - round(self.scroll_y) < self.size.height

    # Matches

    def go_to_match(self, direction: int) -> bool:
        """Go to the next match (1) or the previous one (-1); False where there is none.

        Where the rest of the record is not known yet, it goes there later, or tells that there
        was none by `Exhausted`.
        """
        matches, rows = self.matches, self._flow.rows
        if matches is None or not len(rows):
            return False
        if self.here is not None and self._is_in_view(matches.starts[self.here]):
            number = self.here + direction
        else:
            top = rows.places[min(round(self.scroll_y), len(rows) - 1)]
            number = bisect_left(matches.starts, top) - (direction < 0)
        if 0 <= number < len(matches):
            self._go_to_match(number)
            return True
        if direction > 0 and not matches.done:
            self._seeking, self._is_asked = 1, True
            return True
        return False

    def _seek(self) -> None:
        """Go to the next match, if that is waited for and it is there."""
        assert self.matches is not None
        number = 0 if self.here is None else self.here + 1
        if self._seeking > 0 and number < len(self.matches):
            self._seeking = 0
            self._publish()
            self._go_to_match(number)

    def _go_to_match(self, number: int) -> None:
        assert self.matches is not None
        self.here = number
        self._to_end = False
        row = self._row_at(self.matches.starts[number])
        if not 0 <= row - round(self.scroll_y) < self.size.height:
            self._go(row - self.size.height // 3)
        self._repaint()
        self.post_message(self.Matched())

    # Painting

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
            segments = row_segments(self._flow, index, self.matches, self.here, self._look)
            strip = Strip(segments).crop_extend(0, width, self._look("text"))
            self._strips[index] = strip
        return strip

    def _look(self, name: str) -> Style:
        if (style := self._looks.get(name)) is None:
            style = self._looks[name] = self.get_component_rich_style(f"record--{name}")
        return style

    # Keys

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

    def action_record_side(self) -> None:
        """Hand the keys to what stands beside."""
        self.post_message(self.OtherSide())

    def _move(self, rows: int) -> None:
        self._to_end = False
        self._go(round(self.scroll_y) + rows)
