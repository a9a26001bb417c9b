"""Where a text shows why its record was found."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

from batchtui.results.query import regex
from batchtui.results.query.language import Query, Text

Spans = Iterator[tuple[int, int]]
"""Starts and ends, in characters."""


class Marker:
    """Finds what a query looks for in texts as they are shown; false where that is nothing.

    `mask` is what was done to the texts before they are shown (`core.text.safe`): words of the
    query are looked for as it leaves them.

    Raises:
        QueryError: a regular expression of the query is none.
    """

    def __init__(self, query: Query, mask: Callable[[str], str] = str) -> None:
        self.is_quick = all(isinstance(leaf, Text) for leaf in query.highlights)
        """It never has to wait for another process, as regular expressions may have to."""
        self._finders = [
            _words(mask(leaf.needle), ignores_case=leaf.ignores_case)
            if isinstance(leaf, Text)
            else regex.compile(leaf.pattern, leaf.ignores_case).spans
            for leaf in query.highlights
        ]

    def __bool__(self) -> bool:
        return bool(self._finders)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The places in a text, in order, those that overlap or touch joined."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(span for find in self._finders for span in find(text)):
            if joined and start <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(end, joined[-1][1])
            else:
                joined.append((start, end))
        return joined


def _words(needle: str, *, ignores_case: bool) -> Callable[[str], Spans]:
    def find(text: str) -> Spans:
        return _folded_places(text, needle.casefold()) if ignores_case else _places(text, needle)

    return find


def _places(text: str, needle: str) -> Spans:
    start = text.find(needle) if needle else -1
    while start >= 0:
        end = start + len(needle)
        yield start, end
        start = text.find(needle, end)


def _folded_places(text: str, needle: str) -> Spans:
    folded = text.casefold()
    places = _places(folded, needle)
    if len(folded) == len(text):  # No character folds to none: each one's place is its own.
        yield from places
        return
    starts = list(accumulate((len(char.casefold()) for char in text), initial=0))
    for start, end in places:
        yield bisect_right(starts, start) - 1, bisect_right(starts, end - 1)
