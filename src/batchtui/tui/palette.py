"""The palette: every command that means anything now, and the themes."""

from collections.abc import Callable, Iterable
from functools import partial

from textual import on
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input
from textual.widgets.option_list import Option

from batchtui.tui.commands import Command
from batchtui.tui.keymap import Keymap
from batchtui.tui.screens.frame import FrameScreen

Entry = tuple[str, str, Callable[[], object]]
"""What an entry is called, what it does in a sentence, and the doing."""


class Palette(CommandPalette):
    """A palette that keeps up with fast typing, and says at once that it has found nothing."""

    def __init__(self, providers: Iterable[type[Provider]], kind: str) -> None:
        super().__init__(list(providers), placeholder=f"A {kind} …")
        self._kind = kind

    def _action_command_list(self, action: str) -> None:
        """A list that has no rows on the screen yet has no pages: the base would fail."""
        placed = bool(self.query_one(CommandList).scrollable_content_region)
        if placed or action not in ("page_down", "page_up"):
            super()._action_command_list(action)

    def _start_no_matches_countdown(self, search_value: str) -> None:
        """The base waits with an empty box."""
        self._stop_no_matches_countdown()
        if search_value:
            none = Option(f"no {self._kind} has these words", id=self._NO_MATCHES, disabled=True)
            self.query_one(CommandList).add_option(none)
        self._list_visible = bool(search_value)

    @on(Input.Submitted)
    def _take_once(self, event: Input.Submitted) -> None:
        if not self.is_current:
            event.prevent_default().stop()


def palette(screen: FrameScreen, keymap: Keymap) -> CommandPalette:
    """The commands of a screen."""
    entries = [_entry(screen, command, keymap) for command in screen.useful()]
    return Palette([_provider(entries)], "command")


def theme_palette(screen: Screen[object], choose: Callable[[str], None]) -> CommandPalette:
    """The themes."""
    entries = [(name, "", partial(choose, name)) for name in sorted(screen.app.available_themes)]
    return Palette([_provider(entries)], "theme")


def _entry(screen: FrameScreen, command: Command, keymap: Keymap) -> Entry:
    key = keymap.shown(command)
    label = f"{command.label} ({key})" if key else command.label

    async def run() -> None:
        await screen.run_action(
            command.action if command.scope != "app" else f"app.{command.action}"
        )

    return label, command.help, run


def _provider(entries: Iterable[Entry]) -> type[Provider]:
    entries = tuple(entries)

    class Entries(Provider):
        """Finds among these entries."""

        async def discover(self) -> Hits:
            """All of them."""
            for label, help_text, run in entries:
                yield DiscoveryHit(Content(label), run, label, help_text or None)

        async def search(self, query: str) -> Hits:
            """Those that fit, by label or by what they do."""
            matcher = self.matcher(query)
            for label, help_text, run in entries:
                score = max(matcher.match(label), matcher.match(help_text) / 2)
                if score > 0:
                    yield Hit(score, Content(label), run, label, help_text or None)

    return Entries
