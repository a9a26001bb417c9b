"""Columns of an index: one number or name per row, in as few bytes as they allow."""

from array import array
from collections import Counter
from collections.abc import Collection, Hashable, Iterable
from typing import Generic, TypeVar

ABSENT = -1
"""A count that the row does not have."""

NATURALS = "B"
"""The type code with which a column of lengths or places begins: it widens as it must."""

COUNTS = "b"
"""The same for counts that may be `ABSENT`."""

_WIDER = {"B": "H", "H": "I", "I": "Q", "b": "h", "h": "i", "i": "q"}

_LARGEST = 2**63 - 1

_MOST_SPELLINGS = 10_000

Name = TypeVar("Name", bound=Hashable)


def extended(column: "array[int]", values: Collection[int]) -> "array[int]":
    """The column with more values: itself, or a wider one if a value asks for it."""
    while True:
        try:
            fresh = array(column.typecode, values)
        except OverflowError:
            column = array(_WIDER[column.typecode], column)
        else:
            column.extend(fresh)
            return column


def counts(values: Iterable[int | None]) -> list[int]:
    """Token counts as they fit a column: `ABSENT` where there is none, at most 63 bits."""
    kept = [ABSENT if value is None else value for value in values]
    if kept and (min(kept) < ABSENT or max(kept) > _LARGEST):
        return [max(ABSENT, min(value, _LARGEST)) for value in kept]
    return kept


def together(first: int, second: int) -> int:
    """The sum of two counts, of those that are there; `ABSENT` if neither is."""
    return ABSENT if first == second == ABSENT else max(first, 0) + max(second, 0)


class NameColumn(Generic[Name]):
    """One name per row, out of a few different ones: a code per row, and their names."""

    def __init__(self) -> None:
        self.names: list[Name] = []
        """What the codes stand for."""
        self.counts: list[int] = []
        """Rows per name, in the order of `names`."""
        self.codes = array(NATURALS)
        """The code of each row. Not the same object for ever: it is replaced when it widens."""
        self._known = _Codes(self)

    def extend(self, names: Iterable[Name]) -> None:
        """Add the next rows'."""
        codes = list(map(self._known.__getitem__, names))
        self.counts.extend([0] * (len(self.names) - len(self.counts)))
        for code, count in Counter(codes).items():
            self.counts[code] += count
        self.codes = extended(self.codes, codes)
        if len(self._known) > len(self.names) + _MOST_SPELLINGS:
            self._known = _Codes(self)

    def pop(self) -> None:
        """Forget the last row."""
        self.counts[self.codes.pop()] -= 1

    def __getitem__(self, row: int) -> Name:
        return self.names[self.codes[row]]

    def restore(self, names: "list[Name]", counts: list[int], codes: "array[int]") -> None:
        """Take over what was saved of such a column."""
        self.names, self.counts, self.codes = names, counts, codes
        self._known = _Codes(self)

    def canonical(self, name: Name) -> Name:
        """The one among several spellings of a name that has a code."""
        return name


class _Codes(dict[Name, int]):
    """The code of each name, which gets one when it is first asked for."""

    def __init__(self, column: NameColumn[Name]) -> None:
        super().__init__({name: code for code, name in enumerate(column.names)})
        self._column = column

    def __missing__(self, name: Name) -> int:
        canonical = self._column.canonical(name)
        if canonical != name:
            code = self[canonical]
        else:
            code = len(self._column.names)
            self._column.names.append(name)
        self[name] = code
        return code


class SetColumn(NameColumn[tuple[str, ...]]):
    """One set of words per row, as a sorted tuple."""

    def canonical(self, name: tuple[str, ...]) -> tuple[str, ...]:
        """The words in order, each once."""
        return tuple(sorted(set(name)))
