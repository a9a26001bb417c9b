"""What came of a request, whatever protocol tells it: the face that all shapes of lines share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from batchtui.results.reading.wire import Json

SUCCEEDED, ERRORED, EXPIRED, CANCELED = "succeeded", "errored", "expired", "canceled"


class Piece(NamedTuple):
    """A content block, in the form of Anthropic's, and where in the native line it comes from.

    All strings in it that a search looks at stand in the line too, each by itself: none is
    joined of several, none is ours.
    """

    block: dict[str, Json]
    path: str
    """As `jq` has it: `.response.body.choices[0].message.content`."""


class Tokens(NamedTuple):
    """Token counts; None where the line has none. `input` is without those of the cache."""

    input: Json = None
    output: Json = None
    cache_read: Json = None
    cache_creation: Json = None


NO_TOKENS = Tokens()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line's meaning. Texts are the wire's own, and empty where it has none."""

    custom_id: str
    type: str
    """`succeeded`, `errored`, `expired` or `canceled`."""
    pieces: tuple[Piece, ...] = ()
    model: str = ""
    message_id: str = ""
    stop_reason: str = ""
    usage: dict[str, Json] = field(default_factory=dict)
    """As the wire has it."""
    tokens: Tokens = NO_TOKENS
    error: Json = None
    """As the wire has it."""
    error_type: str = ""
    error_message: str = ""
    error_path: str = "."
    remark: str = ""
    """Our words where the wire has none for what went wrong; a search does not find them."""
    request_id: str = ""
    rest: dict[str, Json] = field(default_factory=dict)
    """What a record shows as details."""
    rest_path: str = "."

    @property
    def content(self) -> list[Json]:
        """The content blocks alone."""
        return [piece.block for piece in self.pieces]


class Shape(NamedTuple):
    """How the lines of a protocol are known and read."""

    name: str
    knows: Callable[[dict[str, Json]], bool]
    """The line is of this shape; told by its keys, so that a file may mix shapes."""
    read: Callable[[dict[str, Json]], Outcome]
    """Never fails: what cannot be understood becomes a block of JSON."""


def nested(value: Json) -> Json:
    """The JSON that stands as text in JSON; where there is none in it, the text itself."""
    if not isinstance(value, str):
        return value
    try:
        inner: Json = msgspec.json.decode(value)
    except (ValueError, RecursionError):
        return value
    return inner
