"""Lines of Anthropic's results, decoded as far as columns and spans need it."""

import msgspec

from batchtui.results.file.span_finding import Block


class Usage(msgspec.Struct, gc=False):
    """The token counts of an answer."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class Message(msgspec.Struct, gc=False):
    """An answer."""

    model: str | None = None
    stop_reason: str | None = None
    usage: Usage | None = None
    content: list[Block] | str | None = None
    stop_details: msgspec.Raw = msgspec.Raw()


class Result(msgspec.Struct, gc=False):
    """What became of a request."""

    type: str | None = None
    message: Message | None = None
    error: msgspec.Raw = msgspec.Raw()


class Line(msgspec.Struct, gc=False):
    """The fields of a line that have columns or spans; all others are skipped undecoded."""

    custom_id: msgspec.Raw = msgspec.Raw()
    result: Result | None = None


class InnerError(msgspec.Struct, gc=False):
    """The error itself, in the envelope of an answer's body."""

    type: str | None = None


class Error(msgspec.Struct, gc=False):
    """An error, or the envelope of one."""

    type: str | None = None
    error: InnerError | None = None


decode_lines = msgspec.json.Decoder(Line).decode_lines
"""The lines of a block. Raises ValueError or RecursionError."""

decode_error = msgspec.json.Decoder(Error).decode
"""An error of a line. Raises as `decode_lines`."""
