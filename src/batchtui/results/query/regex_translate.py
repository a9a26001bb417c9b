r"""Python's regular expressions as RE2 understands them, and the literals they cannot do without.

RE2 has no look-around, no back-references, and its `\w \d \s \b` know ASCII only. Classes are
spelled out; what cannot be said in RE2 is loosened, so that the translation matches wherever
the original does, and then `exact` is false.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

FLAGS = re.MULTILINE
"""`^` and `$` match at lines, as in every tool that searches files."""

Item = Any
"""A piece of a parsed pattern: the parser's modules have no types."""

_ANYTHING = "(?s:.*)"
_NOTHING = r"[^\x00-\x{10FFFF}]"
_BEYOND_ASCII = r"\x{80}-\x{10FFFF}"
_UNICODE = {
    "word": r"\p{L}\p{N}_",
    "digit": r"\p{Nd}",
    "space": (
        r"\x09-\x0d\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}"
        r"\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
    ),
}
_ASCII = {"word": "0-9A-Za-z_", "digit": "0-9", "space": r"\x09-\x0d\x1c-\x20"}
_INSIDE = {c.CATEGORY_WORD: "word", c.CATEGORY_DIGIT: "digit", c.CATEGORY_SPACE: "space"}
_OUTSIDE = {
    c.CATEGORY_NOT_WORD: "word",
    c.CATEGORY_NOT_DIGIT: "digit",
    c.CATEGORY_NOT_SPACE: "space",
}
_ANCHORS = {
    c.AT_BEGINNING: "(?m:^)",
    c.AT_BEGINNING_STRING: r"\A",
    c.AT_END: "(?m:$)",
    c.AT_END_STRING: r"\z",
    c.AT_BOUNDARY: r"\b",
}
"""No `\\B`: of an empty text, some versions of Python say otherwise than RE2."""

_DOTTED_I = "iIıİ"
"""Letters that Python takes for one another when it ignores case, and RE2 does not."""

_REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT)


@dataclass(frozen=True, slots=True)
class Translation:
    """What RE2 is given."""

    rough: str
    """Matches in every text in which the original does, and in others; it is small and quick."""
    rough_tells: bool
    """Where what `rough` matches is ASCII, the original matches as well."""
    ascii_exact: str | None
    """Matches where the original does in texts of ASCII, where there is such a pattern."""
    loose: str
    """As `rough`, but closer to the original."""
    is_exact: bool
    """`loose` matches where the original does, and nowhere else."""
    knows_text_ends: bool
    """It asks for the start or the end of the whole text."""
    literal: str | None
    """A text that is in every match as it stands, letter case included."""


def translate(pattern: str, *, ignores_case: bool = False) -> Translation:
    """Translate a pattern that `re` compiles.

    Raises:
        re.error, OverflowError, RecursionError: it is no regular expression.
    """
    tree = _parser.parse(pattern, FLAGS | (re.IGNORECASE if ignores_case else 0))
    flags = tree.state.flags
    rough, loose = _Emitter(_ASCII, beyond=_BEYOND_ASCII), _Emitter(_UNICODE)
    of_ascii = _Emitter(_ASCII, knows_boundaries=True)
    roughly, ascii_exact = rough.whole(tree, flags), of_ascii.whole(tree, flags)
    return Translation(
        rough=roughly,
        rough_tells=rough.exact and not rough.folds_beyond,
        ascii_exact=ascii_exact if of_ascii.exact else None,
        loose=loose.whole(tree, flags),
        is_exact=loose.exact,
        knows_text_ends=rough.knows_text_ends,
        literal=_literal(tree, flags),
    )


class _Emitter:
    r"""Writes a parsed pattern for RE2, and notes in `exact` if something was loosened.

    `classes` say what is in `\w \d \s`, and `beyond` what else is, and is in their opposites.
    With `knows_boundaries`, `\b` is left to RE2, which is right for ASCII.
    """

    def __init__(
        self, classes: Mapping[str, str], *, beyond: str = "", knows_boundaries: bool = False
    ) -> None:
        self.exact = True
        self.folds_beyond = False
        """Characters `beyond` may stand for ASCII, since case is ignored."""
        self.knows_text_ends = False
        self._classes = classes
        self._beyond = beyond
        self._has_ascii_rules = False
        self._knows_boundaries = knows_boundaries
        self._writers: dict[Item, Callable[[Item, int], str]] = {
            c.LITERAL: _literal_char,
            c.NOT_LITERAL: lambda char, flags: self._set(
                [(c.NEGATE, None), (c.LITERAL, char)], flags
            ),
            c.IN: self._set,
            c.ANY: lambda _, flags: "(?s:.)" if flags & re.DOTALL else r"[^\n]",
            c.BRANCH: self._branch,
            c.SUBPATTERN: self._group,
            c.MAX_REPEAT: self._repeat,
            c.MIN_REPEAT: lambda value, flags: self._repeat(value, flags) + "?",
            c.POSSESSIVE_REPEAT: lambda value, flags: self._loosened(self._repeat(value, flags)),
            c.AT: self._anchor,
            c.ATOMIC_GROUP: lambda items, flags: self._loosened(f"(?:{self._all(items, flags)})"),
            c.ASSERT: lambda _value, _flags: self._loosened(""),
            c.ASSERT_NOT: lambda _value, _flags: self._loosened(""),
        }

    def whole(self, tree: Iterable[Item], flags: int) -> str:
        """The pattern; one that matches everything where `(?a)` changes what letters are."""
        written = self._all(tree, flags)
        if self._has_ascii_rules or flags & re.ASCII:
            return self._loosened(_ANYTHING)
        return f"(?i:{written})" if flags & re.IGNORECASE else written

    def _all(self, items: Iterable[Item], flags: int) -> str:
        return "".join(self._item(kind, value, flags) for kind, value in items)

    def _item(self, kind: Item, value: Item, flags: int) -> str:
        writer = self._writers.get(kind)
        return writer(value, flags) if writer else self._loosened(_ANYTHING)

    def _loosened(self, written: str) -> str:
        self.exact = False
        return written

    def _branch(self, value: Item, flags: int) -> str:
        return f"(?:{'|'.join(self._all(branch, flags) for branch in value[1])})"

    def _group(self, value: Item, flags: int) -> str:
        _, added, removed, items = value
        inner = (flags | added) & ~removed
        self._has_ascii_rules |= bool(added & re.ASCII)
        changed = (inner ^ flags) & re.IGNORECASE
        case = ("i" if inner & re.IGNORECASE else "-i") if changed else ""
        return f"(?{case}:{self._all(items, inner)})"

    def _repeat(self, value: Item, flags: int) -> str:
        least, most, items = value
        upper = "" if most is c.MAXREPEAT else str(most)
        return f"(?:{self._all(items, flags)}){{{least},{upper}}}"

    def _anchor(self, place: Item, flags: int) -> str:
        if place is c.AT_BEGINNING and not flags & re.MULTILINE:
            place = c.AT_BEGINNING_STRING
        if place is c.AT_END and not flags & re.MULTILINE:
            return self._loosened("")
        if place is c.AT_BOUNDARY and not self._knows_boundaries:
            return self._loosened("")
        self.knows_text_ends |= place in (c.AT_BEGINNING_STRING, c.AT_END_STRING)
        return _ANCHORS.get(place) or self._loosened("")

    def _set(self, items: list[Item], flags: int) -> str:
        negated = items[0][0] is c.NEGATE
        inside = "".join(self._set_item(*item) for item in items)
        if flags & re.IGNORECASE and any(_holds(items, ord(char)) for char in _DOTTED_I):
            inside += _DOTTED_I
        outside = [
            self._classes[_OUTSIDE[value]]
            for kind, value in items
            if kind is c.CATEGORY and value in _OUTSIDE
        ]
        if negated:
            return self._negated_set(inside, outside, flags)
        if any(kind is c.CATEGORY and value in _INSIDE for kind, value in items):
            inside += self._all_beyond(flags)
        choices = [f"[{inside}]"] if inside else []
        choices += [f"[^{characters}]" for characters in outside]
        return f"(?:{'|'.join(choices) or _NOTHING})"

    def _negated_set(self, inside: str, outside: list[str], flags: int) -> str:
        if not outside:
            return f"[^{inside}]" if inside else "(?s:.)"
        written = f"[{outside[0]}{self._all_beyond(flags)}]"
        return written if not inside and len(outside) == 1 else self._loosened(written)

    def _all_beyond(self, flags: int) -> str:
        self.folds_beyond |= bool(self._beyond and flags & re.IGNORECASE)
        return self._beyond

    def _set_item(self, kind: Item, value: Item) -> str:
        """What an item of a set adds to what is inside its brackets."""
        if kind is c.CATEGORY:
            return self._classes[_INSIDE[value]] if value in _INSIDE else ""
        if kind is c.RANGE:
            return "".join(_ranges(*value))
        return _spelled(value) if kind is c.LITERAL else ""


def _ranges(low: int, high: int) -> Iterator[str]:
    """A range of characters without the surrogates, which no text has."""
    for start, end in ((low, min(high, 0xD7FF)), (max(low, 0xE000), high)):
        if start <= end:
            yield rf"\x{{{start:x}}}-\x{{{end:x}}}"


def _holds(items: list[Item], char: int) -> bool:
    return any(
        (kind is c.LITERAL and value == char) or (kind is c.RANGE and value[0] <= char <= value[1])
        for kind, value in items
    )


def _is_surrogate(code: int) -> bool:
    return 0xD800 <= code <= 0xDFFF


def _spelled(code: int) -> str:
    return "" if _is_surrogate(code) else rf"\x{{{code:x}}}"


def _literal_char(code: int, flags: int) -> str:
    if flags & re.IGNORECASE and chr(code) in _DOTTED_I:
        return f"[{_DOTTED_I}]"
    return _spelled(code) or _NOTHING


def _literal(tree: Iterable[Item], flags: int) -> str | None:
    runs = _Runs()
    runs.walk(tree, flags)
    runs.end()
    return runs.longest or None


class _Runs:
    """Finds the longest run of literal characters that no match can leave out."""

    def __init__(self) -> None:
        self.longest = ""
        self._run: list[str] = []

    def end(self) -> None:
        """The run goes on no further."""
        if len(self._run) > len(self.longest):
            self.longest = "".join(self._run)
        self._run = []

    def walk(self, items: Iterable[Item], flags: int) -> None:
        for kind, value in items:
            if kind is c.LITERAL and _is_fixed(value, flags):
                self._run.append(chr(value))
            elif kind is c.SUBPATTERN:
                self.walk(value[3], (flags | value[1]) & ~value[2])
            elif kind not in (c.AT, c.ASSERT, c.ASSERT_NOT):
                self.end()
                self._walk_inside(kind, value, flags)

    def _walk_inside(self, kind: Item, value: Item, flags: int) -> None:
        if kind is c.ATOMIC_GROUP:
            self.walk(value, flags)
        elif kind in _REPEATS and value[0] > 0:
            self.walk(value[2], flags)
        self.end()


def _is_fixed(code: int, flags: int) -> bool:
    """The character can match as itself only."""
    char = chr(code)
    if _is_surrogate(code) or char == "\N{REPLACEMENT CHARACTER}":
        return False
    cased = {char.lower(), char.upper(), char.casefold()} != {char}
    return not (flags & re.IGNORECASE and cased)
