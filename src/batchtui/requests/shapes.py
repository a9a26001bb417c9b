"""How requests are written for each provider kind: in a file, and in what creates a batch.

Requests are kept as they are. Nothing here translates between kinds: where that can be done
without a loss, `convert` does it, and only if it is asked to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Envelope(NamedTuple):
    """What stands around the requests in the document that creates a batch."""

    head: bytes
    between: bytes
    tail: bytes

    @property
    def size(self) -> int:
        """Bytes of a document without requests."""
        return len(self.head) + len(self.tail)

    @property
    def is_lines(self) -> bool:
        """Each request stands on a line of its own."""
        return self.between == b"\n"


CHAT_URL = "/v1/chat/completions"
"""The endpoint of OpenAI's that most requests are for."""

_ARRAY = Envelope(b'{"requests":[', b",", b"]}")
_LINES = Envelope(b"", b"\n", b"\n")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a request of one kind looks like."""

    kind: str
    """The provider kind: `anthropic`, ..."""
    title: str
    """Whom such requests are for, in words."""
    id_field: str
    """The field by which an answer names its request; unique within a batch."""
    params_field: str
    """The field with what the model, or whoever answers, is asked; empty if the request is that."""
    fields: tuple[str, ...]
    """Those that a request consists of."""
    is_closed: bool
    """The API refuses a request with any other field."""
    example: str
    envelope: Envelope

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields without which it is no request at all."""
        return tuple(name for name in (self.id_field, self.params_field) if name)

    @property
    def params_words(self) -> str:
        """Where the params stand, to follow "in"."""
        return f"its {self.params_field}" if self.params_field else "it"

    def knows(self, request: Mapping[str, object]) -> bool:
        """By its fields, a request is one of this kind."""
        return (self.params_field or self.id_field) in request


ANTHROPIC = Shape(
    kind="anthropic",
    title="Anthropic",
    id_field="custom_id",
    params_field="params",
    fields=("custom_id", "params"),
    is_closed=True,  # `additionalProperties: false` in the API's own description
    example='{"custom_id": "...", "params": {...}}',
    envelope=_ARRAY,
)
OPENAI = Shape(
    kind="openai",
    title="OpenAI",
    id_field="custom_id",
    params_field="body",
    fields=("custom_id", "method", "url", "body"),
    is_closed=False,
    example='{"custom_id": "...", "method": "POST", "url": "/v1/...", "body": {...}}',
    envelope=_LINES,
)
LETTA = Shape(
    kind="letta",
    title="Letta",
    id_field="agent_id",
    params_field="",
    fields=("agent_id",),
    is_closed=False,
    example='{"agent_id": "...", "messages": [...]}',
    envelope=_ARRAY,
)
SHAPES: Mapping[str, Shape] = {shape.kind: shape for shape in (ANTHROPIC, OPENAI, LETTA)}
"""By provider kind."""


def shape_of(request: Mapping[str, object]) -> Shape | None:
    """The kind of request that something is by its fields; None if it is none of them."""
    return next((shape for shape in SHAPES.values() if shape.knows(request)), None)
