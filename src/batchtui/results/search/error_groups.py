"""Error messages that say the same, but for numbers, ids and what they quote."""

import re
from heapq import nlargest

from batchtui.results.query.narrowing import literal, term

_KINDS = {
    "double": r'"[^"\n]*"',
    "back": r"`[^`\n]*`",
    "single": r"'[^'\n]*'",
    "uuid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "prefixed": r"(?:req|msg|msgbatch|batch|file|toolu|srvtoolu|container|sess)_\w+",
    "number": r"\w*\d\w*(?:[.,:]\d\w*)*",
}
"""What differs between messages of a group, as regular expressions for a query."""

_VARIABLE = re.compile(
    "|".join(
        (
            rf"(?P<double>{_KINDS['double']})",
            rf"(?P<back>{_KINDS['back']})",
            rf"(?P<single>(?<!\w){_KINDS['single']}(?!\w))",
            rf"\b(?:(?P<uuid>{_KINDS['uuid']})|(?P<prefixed>{_KINDS['prefixed']}))\b",
            r"\b(?P<number>[^\W\d]*\d\w*(?:[.,:]\d\w*)*)",
        )
    )
)
_SHOWN = {"double": '"…"', "back": "`…`", "single": "'…'"}

_LONGEST = 500
"""Characters of a message that are compared."""

_MOST_GROUPS = 2_000
_FIRST_IDS = 3


def normalized(message: str) -> str:
    """The message with `…` for what differs between messages that say the same; its head only."""
    shown = _VARIABLE.sub(lambda match: _SHOWN.get(match.lastgroup or "", "…"), message[:_LONGEST])
    return shown + ("…" if len(message) > _LONGEST else "")


def shortened(message: str) -> str:
    """The head of the message, literally."""
    return message[:_LONGEST] + ("…" if len(message) > _LONGEST else "")


def pattern_of(message: str) -> str:
    r"""A regular expression, without slashes, for all messages that normalize to the same."""
    head, pieces, at = message[:_LONGEST], [r"\A"], 0
    for match in _VARIABLE.finditer(head):
        pieces += [literal(head[at : match.start()]), _KINDS[match.lastgroup or ""]]
        at = match.end()
    pieces.append(literal(head[at:]) + ("" if len(message) > _LONGEST else r"\Z"))
    return "".join(pieces)


class ErrorGroup:
    """Rows whose errors say the same. `first_ids` are the first of their custom_ids.

    `key` is their message, normalized.
    """

    def __init__(self, error_type: str, message: str) -> None:
        self.error_type = error_type
        self.key = normalized(message)
        self.count = 0
        self.first_ids: list[str] = []
        self._sample = message
        self._differs = False
        self._query = ""

    @property
    def message(self) -> str:
        """The message: literally where all rows agree, else with `…` for what differs."""
        return self.key if self._differs else shortened(self._sample)

    def add(self, message: str, custom_id: str) -> None:
        """One more such row."""
        self._differs = self._differs or message != self._sample
        self.count += 1
        if len(self.first_ids) < _FIRST_IDS:
            self.first_ids.append(custom_id)

    @property
    def query(self) -> str:
        """The query text that narrows to these rows."""
        if not self._query:
            kind = term("error", self.error_type) if self.error_type else "type:errored"
            self._query = f"{kind} /{pattern_of(self._sample)}/"
        return self._query


class ErrorGroups:
    """The groups so far. Beyond a bound of groups, rows are counted only."""

    def __init__(self) -> None:
        self.rows = 0
        """Rows with a message."""
        self._groups: dict[tuple[str, str], ErrorGroup] = {}
        self._of_message: dict[tuple[str, str], ErrorGroup] = {}

    def add(self, error_type: str, message: str, custom_id: str) -> None:
        """Put a row into its group. Messages may be long; only their heads are kept."""
        key = (error_type, message[: _LONGEST + 1])
        group = self._of_message.get(key) or self._group(*key)
        self.rows += 1
        if group:
            group.add(key[1], custom_id)

    def _group(self, error_type: str, message: str) -> ErrorGroup | None:
        fresh = ErrorGroup(error_type, message)
        key = (error_type, fresh.key)
        group = self._groups.get(key)
        if group is None and len(self._groups) < _MOST_GROUPS:
            group = self._groups[key] = fresh
        if group and len(self._of_message) < _MOST_GROUPS:
            self._of_message[error_type, message] = group
        return group

    def largest(self, count: int) -> list[ErrorGroup]:
        """The groups of most rows, the largest first."""
        return nlargest(count, self._groups.values(), key=lambda group: group.count)
