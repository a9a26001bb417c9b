r"""Regular expressions over the texts of records, in the syntax and meaning of Python's `re`.

`^` and `$` match at lines; `\A` and `\Z` at the ends of a text; `\w \d \s \b` know Unicode.
A text is matched by itself, never across two. Lone surrogates in a text count as U+FFFD.

Where RE2 is installed it does the work, in linear time. What it cannot say (look-around,
back-references, `\b` in texts beyond ASCII) goes to `re` in a process that cannot hang the
program, for those texts only that a looser pattern in RE2 lets pass; without RE2, all does.
"""

import importlib
import re
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from batchtui.core.errors import QueryError
from batchtui.core.streams import CancelCheck, never
from batchtui.results.query.regex_process import RegexProcess
from batchtui.results.query.regex_translate import FLAGS, Translation, translate

_SEARCH_LIMIT = 2.0
"""Seconds of processor time that `re` may take over a text when searching."""

_MARK_LIMIT = 0.1
"""The same when marking, which somebody waits for."""

_HINT = r'put \ before a character that stands for itself, or all in "quotes" instead of slashes'
_SURROGATES = re.compile("[\ud800-\udfff]")


class Found(Protocol):
    """A match."""

    def span(self) -> tuple[int, int]:
        """Its start and end."""
        ...


class Compiled(Protocol):
    """As much of an RE2 object as is used here."""

    def search(self, text: bytes, pos: int = 0) -> Found | None:
        """A match, if there is one."""
        ...

    def finditer(self, text: str) -> Iterator[Found]:
        """The matches, their places in characters."""
        ...


Engine = Callable[[str], Compiled | None]
"""Compiles a pattern in RE2's syntax; None where that cannot be done."""


def re2_engine(pattern: str) -> Compiled | None:
    """RE2, where it is installed and takes the pattern."""
    try:
        re2 = importlib.import_module("re2")
    except ImportError:
        return None
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    try:
        compiled: Compiled = re2.compile(pattern.encode(), options)
    except re2.error:
        return None
    re2.purge()  # It would keep each pattern, with megabytes of automaton, for good.
    return compiled


def check(pattern: str) -> None:
    """Make sure that it is a regular expression.

    Raises:
        QueryError: it is none; `at` is the place in the pattern.
    """
    _translated(pattern, ignores_case=False)


def compile(  # noqa: A001  (called as `regex.compile`)
    pattern: str, ignores_case: bool = False, *, engine: Engine = re2_engine
) -> "Matcher":
    """Make a pattern ready for matching.

    Raises:
        QueryError: it is no regular expression; `at` is the place in the pattern.
    """
    translation = _translated(pattern, ignores_case=ignores_case)
    return Matcher(pattern, FLAGS | (re.IGNORECASE if ignores_case else 0), translation, engine)


def _translated(pattern: str, *, ignores_case: bool) -> Translation:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern, FLAGS)
            return translate(pattern, ignores_case=ignores_case)
    except re.error as error:
        at = min(error.pos or 0, len(pattern))
        raise QueryError("this is no regular expression", error.msg, _HINT, at=at) from error
    except (OverflowError, RecursionError) as error:
        raise QueryError("this is no regular expression", "it is too large", _HINT) from error


class Matcher:
    """A compiled pattern. Its methods may be called from several threads.

    `literal` is a text that every match contains as it stands, letter case included, or None.
    """

    def __init__(self, pattern: str, flags: int, translation: Translation, engine: Engine) -> None:
        self.literal = translation.literal
        self._rough = engine(translation.rough)
        self._across = None if translation.knows_text_ends else self._rough
        self._across_tells = translation.rough_tells
        of_ascii = translation.ascii_exact
        self._for_ascii = engine(of_ascii) if of_ascii is not None else None
        self._loose = engine(translation.loose)
        self._exact = self._loose if translation.is_exact else None
        self._searching = RegexProcess(pattern, flags, _SEARCH_LIMIT)
        self._marking: RegexProcess | None = RegexProcess(pattern, flags, _MARK_LIMIT)

    def search(self, text: str) -> bool:
        """Whether there is a match. Raises as `search_many`."""
        return self.search_many([text])[0]

    def search_many(self, texts: Sequence[str], cancel: CancelCheck = never) -> list[bool]:
        """Whether there is a match, for each text. Once cancelled, the rest has none.

        Raises:
            QueryError: `re` had to do it, and took too long over a text, or cannot be run.
        """
        answers = [False] * len(texts)
        doubtful: dict[int, bytes] = {}
        encoded = list(map(_encoded, texts))
        for number, is_sure in self._candidates(encoded):
            data = encoded[number]
            answer = is_sure or self._quick_answer(data)
            if answer is None:
                doubtful[number] = data
            answers[number] = bool(answer)
        if doubtful:
            found = self._searching.matches(list(doubtful.values()), cancel)
            for number, answer in zip(doubtful, found, strict=False):
                answers[number] = answer
        return answers

    def _candidates(self, texts: Sequence[bytes]) -> Iterator[tuple[int, bool]]:
        """The numbers of the texts that may match, and whether they do for sure.

        To be quick, RE2 is given all of them at once, as the lines of one text: what matches in
        one of them matches there, too.
        """
        if self._across is None or len(texts) < 2:
            yield from ((number, False) for number in range(len(texts)))
            return
        joined = b"\n".join(texts)
        starts: list[int] = []
        found = self._across.search(joined)
        while found:
            starts = starts or _starts(texts)
            start, end = found.span()
            number = bisect_right(starts, start) - 1
            is_last = number + 1 == len(texts)
            is_within = is_last or end < starts[number + 1]
            yield number, is_within and self._across_tells and joined[start:end].isascii()
            if is_last:
                return
            if not is_within:  # Long matches would cost as much each time.
                yield from ((other, False) for other in range(number + 1, len(texts)))
                return
            found = self._across.search(joined, starts[number + 1])

    def _quick_answer(self, data: bytes) -> bool | None:
        """What RE2 says; None if it cannot tell."""
        exact = self._for_ascii if data.isascii() else self._exact
        if exact:
            return exact.search(data) is not None
        if self._loose and self._loose.search(data) is None:
            return False
        return None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Start and end of each match that is not empty, for marking them.

        None if finding them would take too long.
        """
        engine = self._for_ascii if text.isascii() else self._exact
        if engine:
            found = (match.span() for match in engine.finditer(_whole(text)))
            yield from ((start, end) for start, end in found if end > start)
        elif self._marking and self._quick_answer(_encoded(text)) is not False:
            try:
                places = self._marking.places(_encoded(text))
            except QueryError:
                self._marking = None
                return
            yield from places


def _starts(texts: Sequence[bytes]) -> list[int]:
    """Where each text starts in all of them, joined by newlines."""
    return [0, *(start + number for number, start in enumerate(accumulate(map(len, texts)), 1))]


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _whole(text).encode()


def _whole(text: str) -> str:
    """The text without lone surrogates."""
    return text if text.isascii() else _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
