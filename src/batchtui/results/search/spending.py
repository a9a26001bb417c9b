"""What the requests of a results file took: tokens by model, as their results tell.

Columns tell it of most rows. A row is read where they do not suffice: how long what it wrote
to the cache is kept, web searches, the work of compacting a conversation.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce

from batchtui.core.prices import LENGTH_STEPS, Usage
from batchtui.core.streams import CancelCheck, never
from batchtui.results.file.line_index import ABSENT, LineIndex
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.spans import TWICE
from batchtui.results.reading.shapes.outcome import CANCELED, ERRORED, EXPIRED, SUCCEEDED
from batchtui.results.reading.usage import LineUsage, usage_of_line

BATCH_TIER = "batch"
OTHER_MODELS = "(other models)"

_STEP_ROWS = 2_000
_MOST_MODELS = 1000
_NOT_BILLED = frozenset({ERRORED, CANCELED, EXPIRED})
_TELLING_BLOCKS = frozenset(
    {"server_tool_use", "web_search_tool_result", "compaction", "advisor_tool_result", "fallback"}
)
"""Rows with one of these have usage that no column holds."""


@dataclass(frozen=True, slots=True)
class ModelKey:
    """Requests that are priced alike, but for the length of their prompts."""

    model: str
    """As the wire has it: mask it before a terminal. Empty where it has none."""
    is_anthropic: bool
    """Told by a line of Anthropic's; else by one of another protocol."""
    tier: str = ""
    """The service tier, where a row tells another one than that of batches."""


@dataclass(slots=True)
class Spent:
    """What requests took that are priced alike."""

    by_length: dict[int, Usage] = field(default_factory=dict)
    """By how many of `LENGTH_STEPS` the prompts exceed."""
    uncounted: int = 0
    """Requests among them whose usage is not, or not wholly, known."""

    @property
    def usage(self) -> Usage:
        """All that is known."""
        return reduce(Usage.plus, self.by_length.values(), Usage())

    def add(self, one: Usage, *, is_whole: bool = True) -> None:
        """Add a request."""
        prompt = one.input_tokens + one.cache_read + one.cache_write
        self.add_alike(bisect_left(LENGTH_STEPS, prompt), one)
        self.uncounted += not is_whole

    def add_alike(self, steps: int, usage: Usage) -> None:
        """Add requests whose prompts exceed that many steps."""
        if usage.requests:
            self.by_length[steps] = self.by_length.get(steps, Usage()).plus(usage)


@dataclass(slots=True)
class Spending:
    """What all rows took."""

    rows: int = 0
    models: dict[ModelKey, Spent] = field(default_factory=dict)
    not_billed: int = 0
    """Requests that errored, expired or were canceled."""
    unread: int = 0
    """Rows that do not tell what became of their request."""

    def of(self, key: ModelKey) -> Spent:
        """The sums of a model; those beyond a thousand share one."""
        if key not in self.models and len(self.models) >= _MOST_MODELS:
            key = ModelKey(OTHER_MODELS, key.is_anthropic, key.tier)
        return self.models.setdefault(key, Spent())


def spending(file: ResultsFile, *, cancel: CancelCheck = never) -> Spending | None:
    """Add up all rows; None if cancelled. `cancel` is asked every some milliseconds.

    Raises:
        ResultsError: the file cannot be read.
    """
    rows = len(file)
    adding = _Adding(file)
    for start in range(0, rows, _STEP_ROWS):
        if cancel():
            return None
        adding.add(start, min(rows, start + _STEP_ROWS))
    return adding.result(rows)


class _Adding:
    """Plain rows are added up in plain lists, by the code of their model: there may be millions."""

    def __init__(self, file: ResultsFile) -> None:
        self._file = file
        self._index = file.index
        self._apart = Spending()
        self._plain: dict[int, list[int]] = {}
        """By the code of a model of Anthropic's lines, or the inverted one of others'."""
        self._to_be_read: set[int] = set()
        """Codes of models, of Anthropic's lines, with another tier than that of batches."""

    def add(self, start: int, stop: int) -> None:
        """Add neighbouring rows."""
        index, plain = self._index, self._plain
        billed = [name == SUCCEEDED for name in index.types.names]
        telling = [not _TELLING_BLOCKS.isdisjoint(names) for names in index.blocks.names]
        for row, (kind, flags, model, blocks, given, out, read, write) in enumerate(
            _columns(index, start, stop), start
        ):
            if not billed[kind]:
                continue
            is_other = flags & TWICE
            key = ~model if is_other else model
            sums = plain.get(key)
            if (
                sums is None
                or given < 0
                or out < 0
                or given + read > _PLAIN_PROMPT
                or (write > 0 or telling[blocks] or key in self._to_be_read)
            ):
                plain.setdefault(key, [0, 0, 0, 0])
                self._add_apart(row, key)
                continue
            sums[0] += 1
            sums[1] += given
            sums[2] += out
            if read > 0:
                sums[3] += read

    def _add_apart(self, row: int, key: int) -> None:
        told = self._by_columns(row) if key < 0 else self._by_line(row)
        tier = "" if told.tier == BATCH_TIER else told.tier
        if tier and key >= 0:
            self._to_be_read.add(key)
        one = self._apart.of(self._key(key, tier))
        one.add(told.usage, is_whole=told.is_whole)

    def _by_line(self, row: int) -> LineUsage:
        if not self._index.is_readable(row):
            return self._by_columns(row)
        return usage_of_line(self._file.line(row))

    def _by_columns(self, row: int) -> LineUsage:
        """Embeddings have no output, so that one without is whole."""
        index = self._index
        given = index.input_tokens[row]
        usage = Usage(
            requests=1,
            input_tokens=max(0, given),
            cache_read=max(0, index.cache_read[row]),
            cache_write=max(0, index.cache_creation[row]),
            output_tokens=max(0, index.output_tokens[row]),
        )
        return LineUsage(usage, "", given != ABSENT)

    def _key(self, key: int, tier: str = "") -> ModelKey:
        code = ~key if key < 0 else key
        return ModelKey(self._index.models.names[code], key >= 0, tier)

    def result(self, rows: int) -> Spending:
        """All that was added."""
        found = self._apart
        for key, (requests, given, out, read) in self._plain.items():
            usage = Usage(requests, given, read, output_tokens=out)
            if requests:
                found.of(self._key(key)).add_alike(0, usage)
        found.rows = rows
        for name, count in self._index.type_counts().items():
            if name in _NOT_BILLED:
                found.not_billed += count
            elif name != SUCCEEDED:
                found.unread += count
        return found


_PLAIN_PROMPT = LENGTH_STEPS[0]


def _columns(index: LineIndex, start: int, stop: int) -> Iterator[tuple[int, ...]]:
    columns = (
        index.types.codes,
        index.flags,
        index.models.codes,
        index.blocks.codes,
        index.input_tokens,
        index.output_tokens,
        index.cache_read,
        index.cache_creation,
    )
    return zip(*(column[start:stop] for column in columns), strict=True)
