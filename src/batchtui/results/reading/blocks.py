"""Pieces of a record in a form for reading, the same for every face.

A `Block` has a title, a body of plain text, and a style that says how to show the body; no
face needs to know the wire.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from batchtui.results.reading.wire import Json, object_of, pretty, text_of


class BlockStyle(StrEnum):
    """How a body is meant to be shown."""

    PROSE = "prose"
    """Text of the model; may be Markdown."""
    CODE = "code"
    """Output of programs, contents of files: keep every space."""
    JSON = "json"
    LIST = "list"
    """One item per paragraph, its first line the head."""
    MUTED = "muted"
    """A remark about what is absent or cannot be shown."""
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Footnote:
    """A citation. Its `[mark]` stands in the body of the block."""

    mark: int
    title: str
    source: str
    """A URL, or the place in a document."""
    quote: str


class Part(NamedTuple):
    """A piece of a block that reads best by itself: a stream of a program, a file, a script."""

    label: str
    text: str
    style: BlockStyle


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a record. Texts are the wire's own: mask them before a terminal."""

    kind: str
    """The wire's block type, or `refusal`, `error`, `details`, `canceled`, ... for ours."""
    title: str
    body: str
    style: BlockStyle = BlockStyle.PROSE
    footnotes: tuple[Footnote, ...] = ()
    fold: bool = False
    """Better folded at first: it is long, and seldom what one came for."""
    tool_id: str = ""
    """Of a tool call its id; of a tool's result the id of its call."""
    answers: int | None = None
    """Of a tool's result: which block of the record is its call."""
    path: str = ""
    """Where in the line it stands, as `jq` has it: `.result.message.content[3]`."""
    parts: tuple[Part, ...] = ()
    """The body again, in pieces, where it has some."""

    @property
    def is_call(self) -> bool:
        """It asks something of a tool; its title names the tool."""
        return bool(self.tool_id) and self.kind.endswith("_use")


def joined(parts: Iterable[Part]) -> str:
    """Parts as one text, each under its label."""
    return "\n\n".join(f"{label}:\n{text}" if label else text for label, text, _ in parts)


def unknown_block(value: Json) -> Block:
    """A block of an unknown kind or shape: its JSON."""
    kind = text_of(object_of(value).get("type"))
    return Block(kind, kind or "content", pretty(value), BlockStyle.JSON)
