"""Where each row of a results file lies and what it is, in columns: about 70 bytes a row.

The index is fed with the bytes of the file in order, in blocks of any size, by one thread;
other threads may read rows below `len(index)` meanwhile.
"""

from array import array
from collections.abc import Collection

import msgspec

from batchtui.results.wire import (
    BrokenLineError,
    Json,
    decode,
    error_of,
    object_of,
    text_of,
)

BROKEN = "broken"
"""The type of a row whose line is not JSON."""

UNKNOWN = "unknown"
"""The type of a row that is JSON, but no result."""

FAILED_TYPES = frozenset({"errored", "expired", "canceled", BROKEN})
"""Types of rows that hold no answer."""

ABSENT = -1
"""A token count that the row does not have."""

_MAX_COUNT = 2**63 - 1


class _Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Message(msgspec.Struct, gc=False):
    model: str | None = None
    stop_reason: str | None = None
    usage: _Usage | None = None


class _InnerError(msgspec.Struct, gc=False):
    type: str | None = None


class _Error(msgspec.Struct, gc=False):
    type: str | None = None
    error: _InnerError | None = None


class _Result(msgspec.Struct, gc=False):
    type: str | None = None
    message: _Message | None = None
    error: _Error | None = None


class _Line(msgspec.Struct, gc=False):
    """The fields of a results line that have columns; all others are skipped undecoded."""

    result: _Result | None = None


class NameColumn:
    """One string per row, out of a few different ones: a code per row, and their names."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.counts: list[int] = []
        """Rows per name, in the order of `names`."""
        self.codes = array("I")
        self._known: dict[str, int] = {}

    def append(self, name: str) -> None:
        """Add the next row's."""
        code = self._known.get(name)
        if code is None:
            code = self._known[name] = len(self.names)
            self.counts.append(0)
            self.names.append(name)
        self.counts[code] += 1
        self.codes.append(code)

    def pop(self) -> None:
        """Forget the last row."""
        self.counts[self.codes.pop()] -= 1

    def __getitem__(self, row: int) -> str:
        return self.names[self.codes[row]]


class LineIndex:
    """The columns. Token columns hold `ABSENT` where a row has no such count."""

    def __init__(self) -> None:
        self.offsets = array("Q")
        """First byte of each row in the file."""
        self.lengths = array("Q")
        """Bytes of each row, without the newline (a carriage return belongs to it)."""
        self.types = NameColumn()
        self.error_types = NameColumn()
        self.stop_reasons = NameColumn()
        self.models = NameColumn()
        self.input_tokens = array("q")
        self.output_tokens = array("q")
        self.cache_read = array("q")
        self.cache_creation = array("q")
        self.received = 0
        """Bytes fed so far."""
        self.tail_is_row = False
        """The last row is a last line without a newline (see `finish`)."""
        self._rows = 0
        self._tail: list[bytes] = []
        self._tail_start = 0
        self._decoder = msgspec.json.Decoder(_Line)

    def __len__(self) -> int:
        return self._rows

    @property
    def tail(self) -> bytes:
        """The bytes since the last newline."""
        if len(self._tail) > 1:
            self._tail = [b"".join(self._tail)]
        return self._tail[0] if self._tail else b""

    @property
    def broken_rows(self) -> int:
        """Rows whose line is not JSON."""
        return self.type_counts().get(BROKEN, 0)

    def type_counts(self) -> dict[str, int]:
        """Rows per result type, in the order in which the types were first met."""
        return {n: c for n, c in zip(self.types.names, self.types.counts, strict=False) if c}

    def rows_of(self, types: Collection[str], start: int = 0) -> list[int]:
        """The rows of these types, ascending, from row `start` on."""
        wanted = {code for code, name in enumerate(self.types.names) if name in types}
        codes = self.types.codes
        return [row for row in range(start, self._rows) if codes[row] in wanted]

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        self.reopen()
        start, newline = 0, block.find(b"\n")
        if newline >= 0 and self._tail:
            self._tail.append(block[:newline])
            self._add(self._tail_start, self.tail)
            self._tail = []
            start, newline = newline + 1, block.find(b"\n", newline + 1)
        while newline >= 0:
            self._add(self.received + start, block[start:newline])
            start = newline + 1
            newline = block.find(b"\n", start)
        if start < len(block):
            if not self._tail:
                self._tail_start = self.received + start
            self._tail.append(block[start:] if start else block)
        self.received += len(block)

    def finish(self) -> None:
        """The file ends here, for now: what follows the last newline is a row as well.

        Feeding may go on all the same, if the file turns out to have grown.
        """
        if not self.tail_is_row:
            self.tail_is_row = self._add(self._tail_start, self.tail)

    def reopen(self) -> None:
        """Take back `finish`: the last line may still go on."""
        if not self.tail_is_row:
            return
        self.tail_is_row = False
        self._rows -= 1
        for column in self._columns():
            column.pop()

    def _columns(self) -> "tuple[array[int] | NameColumn, ...]":
        return (
            self.offsets, self.lengths, self.types, self.error_types, self.stop_reasons,
            self.models, self.input_tokens, self.output_tokens, self.cache_read,
            self.cache_creation,
        )  # fmt: skip

    def _add(self, offset: int, line: bytes) -> bool:
        """Add a row, unless the line is blank."""
        if not line or line.isspace():
            return False
        fields = self._decode(line)
        self.offsets.append(offset)
        self.lengths.append(len(line))
        self._add_fields(fields)
        self._rows += 1
        return True

    def _decode(self, line: bytes) -> _Result:
        try:
            return self._decoder.decode(line).result or _Result()
        except (ValueError, RecursionError):
            return _result_of_odd_line(line)

    def _add_fields(self, result: _Result) -> None:
        error = result.error
        message = result.message or _NO_MESSAGE
        usage = message.usage or _NO_USAGE
        self.types.append(result.type or UNKNOWN)
        self.error_types.append(_error_type(error) if error else "")
        self.models.append(message.model or "")
        self.stop_reasons.append(message.stop_reason or "")
        self.input_tokens.append(_count(usage.input_tokens))
        self.output_tokens.append(_count(usage.output_tokens))
        self.cache_read.append(_count(usage.cache_read_input_tokens))
        self.cache_creation.append(_count(usage.cache_creation_input_tokens))


_NO_MESSAGE = _Message()
_NO_USAGE = _Usage()


def _error_type(error: _Error) -> str:
    inner = error.error.type if error.error else None
    return inner or error.type or ""


def _count(tokens: int | None) -> int:
    """A count as it fits a column: `ABSENT` where it is none, the greatest where it is greater."""
    if tokens is None or tokens < 0:
        return ABSENT
    return min(tokens, _MAX_COUNT)


def _result_of_odd_line(line: bytes) -> _Result:
    """The fields of a line that the typed decoder refuses: odd types, odd encoding, or broken."""
    try:
        value = decode(line)
    except BrokenLineError:
        return _Result(type=BROKEN)
    result = object_of(object_of(value).get("result"))
    error = error_of(result.get("error"))
    message = object_of(result.get("message"))
    return _Result(
        type=text_of(result.get("type")),
        message=_Message(
            text_of(message.get("model")),
            text_of(message.get("stop_reason")),
            _odd_usage(object_of(message.get("usage"))),
        ),
        error=_Error(text_of(error.get("type"))),
    )


def _odd_usage(usage: dict[str, Json]) -> _Usage:
    names = _Usage.__struct_fields__
    return _Usage(**{name: _integer(usage.get(name)) for name in names})


def _integer(value: Json) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
