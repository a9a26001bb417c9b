"""A result in a form for reading, the same whatever protocol it came by."""

from dataclasses import dataclass
from typing import NamedTuple

from batchtui.results.reading.blocks import Block
from batchtui.results.reading.wire import BrokenLineError, decode, line_text, pretty


class UsageLine(NamedTuple):
    """One number of a message's `usage`, named by its path: `cache_creation.ephemeral_5m_…`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """A result. Texts are the wire's own: mask them before a terminal.

    `blocks` tell all of it, errors and refusals included, from top to bottom; the other
    fields are for a margin or a head. Texts are empty where the result has none.
    """

    custom_id: str
    type: str
    blocks: tuple[Block, ...]
    raw: bytes
    """The line as it is in the file."""
    answer: str = ""
    """What the model said: its text blocks, without citation marks."""
    model: str = ""
    message_id: str = ""
    stop_reason: str = ""
    stop_sequence: str = ""
    usage: tuple[UsageLine, ...] = ()
    error_type: str = ""
    error_message: str = ""
    request_id: str = ""
    """The provider's id of the failed request, for its support."""
    is_json: bool = True
    """The line is JSON, even where it cannot be decoded."""

    @property
    def json_text(self) -> str:
        """The line as indented JSON; a broken line as it is."""
        try:
            return pretty(decode(self.raw))
        except BrokenLineError:
            return line_text(self.raw)
