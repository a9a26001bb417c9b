"""Every command of the terminal face, declared once.

The declaration drives the key bindings, the key bar, the palette, the help, the check of a
user's key map, and the removal of dangerous commands where they are not allowed. The action of
a command `area.verb` is the method `action_area_verb` of the app, screen or widget it is bound on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a key can do.

    `keys` is a comma-separated list of Textual key names, empty for palette only; `label` a word
    or two for the key bar; `help` a sentence. `dangerous` ones change something at the provider:
    they confirm first, and do not exist in read-only mode. `needs` names the attribute of
    `core.models.Capabilities` without which an account cannot do it. `bar` says how early the key
    bar shows it, 0 for never.
    """

    id: str
    keys: str
    label: str
    help: str
    dangerous: bool = False
    needs: str = ""
    bar: int = 0

    @property
    def scope(self) -> str:
        """The area it belongs to: the part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def action(self) -> str:
        """Name of the action without `action_`."""
        return self.id.replace(".", "_")

    def binding(self) -> Binding:
        """The Textual binding; its id is the command's, so a key map can change its keys."""
        return Binding(
            self.keys, self.action, self.label, show=False, tooltip=self.help, id=self.id
        )


_APP = (
    Command("app.help", "question_mark", "Help", "Show every key of this screen", bar=90),
    Command("app.palette", "colon,ctrl+p", "Palette", "Find a command by its name", bar=80),
    Command("app.message", "exclamation_mark", "Messages", "Read the last messages, whole"),
    Command("app.theme", "", "Theme", "Choose the colours"),
    Command(
        "app.mouse", "m", "Mouse", "Turn the mouse on or off; off lets the terminal select text"
    ),
    Command("app.suspend", "ctrl+z", "Suspend", "Go back to the shell; `fg` brings it back"),
    Command("app.quit", "ctrl+q", "Quit", "Leave the program; batches go on without it"),
)

_LIST = (
    Command("list.down", "j,down", "Down", "Move one row down"),
    Command("list.up", "k,up", "Up", "Move one row up"),
    Command("list.page_down", "pagedown,ctrl+d", "Page down", "Move a screenful down"),
    Command("list.page_up", "pageup,ctrl+u", "Page up", "Move a screenful up"),
    Command("list.top", "g,home", "Top", "Move to the first row"),
    Command("list.bottom", "G,end", "Bottom", "Move to the last row"),
)

_BATCHES = (
    Command(
        "batches.open",
        "enter,l",
        "Open",
        "Open the results, or all details while there are none",
        bar=10,
    ),
    Command("batches.stop", "x", "Stop", "Stop the downloads, and what is done to several", bar=5),
    Command("batches.results", "o", "Results", "Open the results of this batch"),
    Command(
        "batches.answers",
        "E",
        "All answers",
        "Open the newest answers of a batch and its retries as one",
    ),
    Command(
        "batches.reconcile",
        "equals_sign",
        "Reconcile",
        "Compare the results of this batch with its requests, id by id",
    ),
    Command("batches.filter", "slash", "Filter", "Show only batches with these words", bar=20),
    Command("batches.sort", "s", "Sort", "Choose the column to sort by", bar=60),
    Command("batches.active_first", "S", "Active first", "Keep unfinished batches on top, or not"),
    Command("batches.failures", "f", "Failures", "Show only batches with requests that failed"),
    Command("batches.wide", "w", "Wide", "Show every column, without the details beside them"),
    Command(
        "batches.next_columns", "right", "More columns", "Show the columns further right", bar=15
    ),
    Command("batches.previous_columns", "left", "Columns back", "Show the columns further left"),
    Command("batches.raw", "R", "Raw JSON", "Show the batch as the provider sent it"),
    Command("batches.detail", "v", "Details", "Show or hide the details"),
    Command("batches.mark", "space", "Mark", "Mark this batch, for one action on several"),
    Command("batches.mark_all", "A", "Mark all", "Mark all batches shown, or none"),
    Command("batches.refresh", "r", "Refresh", "Ask the providers now", bar=77),
    Command("batches.pause", "p", "Pause", "Stop or resume asking the providers", bar=78),
    Command("batches.accounts", "a", "Accounts", "How each account is doing", bar=75),
    Command(
        "batches.account", "t", "One account", "Show the batches of one account, or of all", bar=76
    ),
    Command("batches.download", "d", "Download", "Fetch the results to this machine", bar=40),
    Command(
        "batches.create",
        "c",
        "Create",
        "Create a batch from a file of requests, which is checked first",
        dangerous=True,
        needs="can_create",
        bar=28,
    ),
    Command("batches.submissions", "C", "Sent", "What was sent from here, and what became of it"),
    Command("batches.remark", "e", "Label", "Write a label, tags or a note on this batch", bar=55),
    Command("batches.copy", "y", "Copy", "Copy the id or an equivalent command", bar=50),
    Command(
        "batches.cancel",
        "X",
        "Cancel",
        "Cancel the batch, after a question",
        dangerous=True,
        needs="can_cancel",
        bar=30,
    ),
    Command(
        "batches.delete",
        "D",
        "Delete",
        "Delete the batch at the provider, after a question",
        dangerous=True,
        needs="can_delete",
        bar=31,
    ),
    Command("batches.back", "escape", "Back", "Clear the filter, then the marks, then messages"),
    Command("batches.quit", "q", "Quit", "Leave the program; batches go on without it", bar=85),
)

_RESULTS = (
    Command("results.open", "enter,l", "Open", "Read this result, or choose this value", bar=10),
    Command(
        "results.search", "slash", "Search", "Find results by their text, or by a query", bar=20
    ),
    Command("results.next_hit", "n", "Next", "Go to the next hit", bar=30),
    Command("results.previous_hit", "N", "Previous", "Go to the previous hit"),
    Command("results.next_error", "e", "Next error", "Go to the next request that failed", bar=40),
    Command("results.previous_error", "E", "Previous error", "Go to the previous one that failed"),
    Command("results.only_hits", "f", "Only hits", "Show only what was found, or all", bar=25),
    Command(
        "results.facets", "t", "Facets", "Count types, errors, models, ...; choose some", bar=35
    ),
    Command("results.exclude", "minus", "Exclude", "In the facets: leave these rows out", bar=15),
    Command("results.sort", "s", "Sort", "Choose what to sort by", bar=45),
    Command("results.file_order", "S", "File order", "Show the rows as they are in the file"),
    Command("results.mark", "space", "Mark", "Mark this row, to write several", bar=50),
    Command("results.mark_shown", "A", "Mark all", "Mark all rows shown, or none of them"),
    Command("results.unmark", "U", "Unmark", "Mark nothing any more"),
    Command("results.export", "W", "Export", "Write rows to a file: all, shown or marked", bar=52),
    Command(
        "results.send_again",
        "a",
        "Send again",
        "Send requests again, or write them: unanswered, marked or shown ones",
        bar=53,
    ),
    Command("results.input", "i", "Input", "Show requests beside answers, or above them", bar=56),
    Command("results.raw", "R", "Raw JSON", "Show the record as it is in the file", bar=60),
    Command(
        "results.wide",
        "w",
        "Wide",
        "Show every column, without the record beside them",
        bar=65,
    ),
    Command("results.thinking", "T", "Thinking", "Fold or unfold the thinking"),
    Command("results.markdown", "M", "Markdown", "Set Markdown for reading, or show it as written"),
    Command("results.pager", "o", "Pager", "Read the record in $PAGER", bar=62),
    Command("results.editor", "O", "Editor", "Read a copy of the record in $EDITOR"),
    Command("results.copy", "y", "Copy", "Copy the custom_id, the answer or the row", bar=55),
    Command("results.retry", "r", "Try again", "Fetch the results again, after an error", bar=5),
    Command("results.pause", "p", "Pause", "Let the download rest, or go on", bar=6),
    Command("results.stop", "x", "Stop", "Stop writing, or the download; what is there stays"),
    Command("results.keep", "K", "Keep", "Keep this local copy whatever its age, or not"),
    Command("results.back", "escape,h,backspace", "Back", "Go back", bar=70),
    Command("results.leave", "q", "Leave", "Go back, or leave the program from here"),
)

_RECORD = (
    Command("record.down", "j,down", "Down", "Scroll down"),
    Command("record.up", "k,up", "Up", "Scroll up"),
    Command("record.page_down", "pagedown,ctrl+d", "Page down", "Scroll a screenful down"),
    Command("record.page_up", "pageup,ctrl+u", "Page up", "Scroll a screenful up"),
    Command("record.top", "g,home", "Top", "Scroll to the start"),
    Command("record.bottom", "G,end", "Bottom", "Scroll to the end"),
    Command("record.side", "tab", "Other side", "Go to the request, or to its answer", bar=12),
    Command("record.next", "right", "Next record", "Read the next record", bar=13),
    Command("record.previous", "left", "Previous record", "Read the previous record"),
)

_CREATE = (
    Command("create.check", "enter", "Check", "Check the requests; nothing is sent yet", bar=10),
    Command(
        "create.complete", "tab", "Complete", "Complete the path, or go to the next field", bar=20
    ),
    Command("create.next", "down", "Next field", "Go to the next field"),
    Command("create.previous", "up,shift+tab", "Previous field", "Go to the previous field"),
    Command("create.recent", "ctrl+r", "Recent", "Choose a file that was sent before", bar=30),
    Command("create.account", "ctrl+o", "Account", "Choose the account it goes to", bar=40),
    Command(
        "create.send", "s", "Send", "Send the requests, after a question", dangerous=True, bar=10
    ),
    Command("create.split", "p", "Split", "Make several batches of it, or one", bar=12),
    Command(
        "create.convert",
        "c",
        "Convert",
        "Translate requests to OpenAI where nothing is lost",
        bar=13,
    ),
    Command("create.keep", "K", "Keep a copy", "Keep a copy of what is sent, or not", bar=50),
    Command(
        "create.stop", "x", "Stop", "Stop the check, or the sending until its last byte", bar=5
    ),
    Command("create.back", "escape,q", "Back", "Back to what was typed, then to the list", bar=70),
)

COMMANDS: tuple[Command, ...] = _APP + _LIST + _BATCHES + _RESULTS + _RECORD + _CREATE

SURFACES: dict[str, tuple[str, ...]] = {
    "batches": ("app", "list", "batches"),
    "results": ("app", "list", "results"),
    "record": ("app", "record", "results"),
    "create": ("app", "create"),
}
"""Which areas hear keys at the same time: within one surface a key means one thing."""

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}


def commands(*scopes: str) -> tuple[Command, ...]:
    """The commands of these areas, in the order of their declaration."""
    return tuple(command for command in COMMANDS if command.scope in scopes)


def bindings(*scopes: str) -> list[Binding]:
    """Bindings of these areas, for a class's `BINDINGS`."""
    return [command.binding() for command in commands(*scopes) if command.keys]


def by_action(action: str) -> Command | None:
    """The command behind an action name, or None for an action that is no command."""
    return next((command for command in COMMANDS if command.action == action), None)


def split_keys(keys: str) -> tuple[str, ...]:
    """The keys of a comma-separated list."""
    return tuple(key.strip() for key in keys.split(",") if key.strip())


def bar_commands(available: Iterable[Command], first: Sequence[str] = ()) -> Sequence[Command]:
    """Those the key bar shows, the most useful first: those of the ids `first`, in that order."""
    ranks = {id_: rank - len(first) for rank, id_ in enumerate(first)}
    shown = (command for command in available if command.bar)
    return sorted(shown, key=lambda command: ranks.get(command.id, command.bar))
