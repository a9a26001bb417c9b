"""Search over the decoded texts of a results file, in bounded steps.

A step reads at most a window of bytes, so that a user interface can take one between two
frames; the caller stops by the cancel check or by dropping the generator. Hits are exact:
what is compared are the texts a person reads (`results.texts`), each by itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from batchtui.core.streams import CancelCheck
from batchtui.results.query import And, Field, Node, Not, Query, Text
from batchtui.results.results_file import ResultsFile
from batchtui.results.texts import texts_of_line

WINDOW_BYTES = 256 << 10
"""How much a step decodes: a few milliseconds' work, unless a single line is longer."""

WINDOW_ROWS = 5_000
"""How many rows a step looks at whose lines it need not read."""

_ESCAPABLE = re.compile(r'[^ -~]|["\\/]')
"""Characters that JSON may write in another way than as themselves without a `\\u`."""


@dataclass(frozen=True, slots=True)
class SearchStep:
    """Progress of a search. `hits` are the matching rows found in this step, ascending."""

    scanned_rows: int
    """Rows from the start of the file that are dealt with."""
    hits: tuple[int, ...]
    done: bool
    """The search has reached the last row of the file as it is now."""


def search(
    file: ResultsFile,
    query: Query,
    *,
    cancel: CancelCheck = lambda: False,
    start: int = 0,
    window_bytes: int = WINDOW_BYTES,
) -> Iterator[SearchStep]:
    """The rows that match, from row `start` on, in order.

    Always ends with a step that is `done`, unless cancelled. Rows that are indexed meanwhile
    are searched too; for a file that still grows, search again later from `scanned_rows`.

    Raises:
        ResultsError: the file cannot be read.
    """
    matcher = _Matcher(file, query)
    position = start
    while not cancel():
        stop = _window_end(file, position, window_bytes, reads=matcher.reads_lines)
        hits = matcher.hits(position, stop)
        position = max(position, stop)
        done = position >= len(file)
        yield SearchStep(position, hits, done)
        if done:
            return


def _window_end(file: ResultsFile, start: int, window_bytes: int, *, reads: bool) -> int:
    if not reads:
        return min(len(file), start + WINDOW_ROWS)
    lengths, stop, size = file.index.lengths, start, 0
    while stop < len(file) and (stop == start or size + lengths[stop] <= window_bytes):
        size += lengths[stop]
        stop += 1
    return stop


class _Matcher:
    """Tells which rows match, reading lines only where the columns do not decide."""

    def __init__(self, file: ResultsFile, query: Query) -> None:
        self._file = file
        nodes = query.root.children
        self._by_column = And(tuple(node for node in nodes if not _reads_line(node)))
        self._by_line = And(tuple(node for node in nodes if _reads_line(node)))
        self._known_types: dict[tuple[Field, int], bool] = {}
        self._finders = {text: _Finder(text) for text in _texts(query.root)}

    @property
    def reads_lines(self) -> bool:
        """Some term asks for a text."""
        return bool(self._by_line.children)

    def hits(self, start: int, stop: int) -> tuple[int, ...]:
        rows = [row for row in range(start, stop) if self._holds(self._by_column, row, None)]
        if not rows or not self.reads_lines:
            return tuple(rows)
        first = rows[0]
        lines = self._file.lines(first, rows[-1] + 1)
        return tuple(
            row for row in rows if self._holds(self._by_line, row, _Line(lines[row - first]))
        )

    def _holds(self, node: Node, row: int, line: "_Line | None") -> bool:
        if isinstance(node, And):
            return all(self._holds(child, row, line) for child in node.children)
        if isinstance(node, Not):
            return not self._holds(node.child, row, line)
        if isinstance(node, Field):
            return self._has_type(node, row)
        return line is not None and self._finders[node].is_in(line)

    def _has_type(self, field: Field, row: int) -> bool:
        types = self._file.index.types
        key = (field, types.codes[row])
        answer = self._known_types.get(key)
        if answer is None:
            answer = self._known_types[key] = field.matches(types[row])
        return answer


def _reads_line(node: Node) -> bool:
    return any(True for _ in _texts(node))


def _texts(node: Node) -> Iterator[Text]:
    if isinstance(node, Text):
        yield node
    elif isinstance(node, Not):
        yield from _texts(node.child)
    elif isinstance(node, And):
        for child in node.children:
            yield from _texts(child)


class _Line:
    """A line, decoded at most once, and only if some term cannot be denied without."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._texts: list[str] | None = None
        self._folded: list[str] | None = None

    @property
    def texts(self) -> list[str]:
        if self._texts is None:
            self._texts = list(texts_of_line(self.raw))
        return self._texts

    @property
    def folded(self) -> list[str]:
        if self._folded is None:
            self._folded = [text.casefold() for text in self.texts]
        return self._folded


class _Finder:
    r"""Looks for one needle.

    A needle of characters that JSON writes as themselves, or as `\u` escapes, is absent from
    a line without such escapes if its bytes are; that spares decoding most lines. Ignoring
    case, it holds for lines of ASCII only, since others may fold to ASCII letters.
    """

    def __init__(self, text: Text) -> None:
        self._ignores_case = text.ignores_case
        self._needle = text.needle.casefold() if text.ignores_case else text.needle
        plain = not _ESCAPABLE.search(self._needle)
        self._bytes = self._needle.encode() if plain else b""

    def is_in(self, line: _Line) -> bool:
        """Whether a text of the line contains the needle."""
        if self._bytes and self._denied_by_bytes(line.raw):
            return False
        texts = line.folded if self._ignores_case else line.texts
        return any(self._needle in text for text in texts)

    def _denied_by_bytes(self, raw: bytes) -> bool:
        if self._ignores_case:
            return raw.isascii() and b"\\u" not in raw and self._bytes not in raw.lower()
        return self._bytes not in raw and b"\\u" not in raw
