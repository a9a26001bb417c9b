"""The line to type a filter in, with what it does to the list beside it."""

from collections.abc import Callable

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from batchtui.core.text import human_count
from batchtui.tui.cells import Cell
from batchtui.tui.ordering import Filter
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.typing_line import typing_line

TYPED = 28
"""Cells to leave for the words that are typed."""


class FilterBar(Horizontal):
    """Shown while a filter is typed or in force. `beside` is what has the keys after typing."""

    DEFAULT_CSS = """
    FilterBar { height: 1; display: none; background: $panel; }
    FilterBar #mark { width: 3; }
    FilterBar Input { width: 1fr; min-width: 12; }
    FilterBar #count { width: 30; }
    """

    class Changed(Message):
        """Another filter is wanted."""

        def __init__(self, kept: Filter) -> None:
            super().__init__()
            self.kept = kept

        def can_replace(self, message: Message) -> bool:
            """Only the latest matters."""
            return isinstance(message, FilterBar.Changed)

    class Left(Message):
        """Typing is over; the filter stays."""

    kept = Filter()

    def __init__(self, beside: Callable[[], Widget], *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._beside = beside

    def compose(self) -> ComposeResult:
        """A mark, the words, the count."""
        yield Bar(id="mark")
        yield typing_line("words", placeholder="words of id, label, account, state or verdict")
        yield Bar(id="count")

    def on_mount(self) -> None:
        """Look like a prompt."""
        self.query_one("#mark", Bar).show(Cell("/", "accent"))

    @property
    def typing(self) -> bool:
        """Somebody types here."""
        return self.query_one(Input).has_focus

    def begin(self) -> None:
        """Let somebody type."""
        self.display = True
        self.screen.set_focus(self.query_one(Input))

    def toggle_failures(self) -> None:
        """Only batches with failed requests, or all."""
        self._want(Filter(self.kept.words, failures=not self.kept.failures))

    def clear(self) -> None:
        """Show all."""
        self.query_one(Input).value = ""
        self._want(Filter())

    def show_count(self, shown: int, total: int) -> None:
        """Tell how many are shown, in as many words as leave room to type."""
        self.display = bool(self.kept) or self.typing
        count = f"{human_count(shown)} of {human_count(total)}"
        failures = "failures only · " if self.kept.failures else ""
        ways = (f"{failures}{count} shown · esc shows all", f"{failures}{count}", count)
        text = next((way for way in ways if len(way) + TYPED < self.app.size.width), count)
        bar = self.query_one("#count", Bar)
        if bar.styles.width is None or bar.styles.width.value != len(text) + 2:
            bar.styles.width = len(text) + 2
        none = self.kept and not shown
        bar.show(right=(Cell(text, "warn" if none else "muted"),))

    def _want(self, kept: Filter) -> None:
        if kept != self.kept:
            self.kept = kept
            self.post_message(self.Changed(kept))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._want(Filter.of(event.value, failures=self.kept.failures))

    def on_key(self, event: events.Key) -> None:
        """Back to the list, before the next key is handed on; the filter stays."""
        if event.key in ("enter", "down"):
            event.stop()
            self.screen.set_focus(self._beside())
            self.post_message(self.Left())
