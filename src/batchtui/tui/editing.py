"""Edits to the params of all requests: as they are typed, and what they change."""

import shlex
from collections.abc import Iterable, Sequence

from batchtui.core.errors import UsageError
from batchtui.core.text import counted, human_count, one_line, truncate
from batchtui.requests import edits as editing
from batchtui.requests.edits import Change, Edit, EditTally
from batchtui.requests.findings import FaultyRequestError
from batchtui.requests.parse import Request
from batchtui.requests.shapes import Shape
from batchtui.tui.cells import Cell, Line

EXAMPLE = "max_tokens=4096 model=... -temperature"

_LONGEST_VALUE = 60
"""Characters of a value in a diff."""


def parse_changes(text: str) -> tuple[Edit, ...]:
    """The edits of a line such as `max_tokens=4096 model=claude-x -temperature`.

    A word that begins with `-` takes a param out.

    Raises:
        UsageError: one of them cannot be understood.
    """
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError("a quote is not closed") from None
    removals = [word[1:] for word in words if word.startswith("-")]
    return editing.parse_edits([word for word in words if not word.startswith("-")], removals)


def first_changed(sample: Request, text: str, shape: Shape, count: int | None = None) -> list[Line]:
    """What the typed edits change in the first request, of `count` if that is known.

    Raises:
        UsageError: they cannot be understood, or made there.
    """
    of = counted(count, "request") if count is not None else "the file"
    head: Line = (
        Cell("As in "),
        Cell(one_line(sample.custom_id), "strong"),
        Cell(f", the first of {of}:"),
    )
    changes = diff_lines(sample.raw, parse_changes(text), shape)
    return [head, *(changes or [(Cell("nothing is changed", "muted"),)])]


def diff_lines(sample: bytes, edits: Sequence[Edit], shape: Shape) -> list[Line]:
    """What the edits change in one request of a shape.

    Raises:
        UsageError: an edit cannot be made there.
    """
    tally = EditTally()
    try:
        editing.edited(sample, edits, tally, shape)
    except FaultyRequestError as error:
        finding = error.findings[0]
        raise UsageError(one_line(f"{finding.message}: {finding.detail}")) from None
    return [_change_line(change) for change in tally.changes()]


def change_lines(changes: Iterable[Change]) -> list[Line]:
    """What edits change, and in how many requests."""
    return [
        (*_change_line(change), Cell(f"  in {human_count(change.requests)}", "muted"))
        for change in changes
    ]


def _change_line(change: Change) -> Line:
    return (
        Cell(f"{one_line(change.name)}: "),
        Cell(_value(change.before), "bad"),
        Cell(" → ", "muted"),
        Cell(_value(change.after), "ok"),
    )


def _value(value: str | None) -> str:
    return "(absent)" if value is None else truncate(one_line(value), _LONGEST_VALUE)
