r"""A text to be found in lines of JSON, without decoding them where their bytes decide it.

What is looked for in the bytes is the needle as JSON spells it. A hit counts where a text
span of the line says so; lines whose flags say that they may spell the needle in another
way are decoded, as are those with a hit in a `NESTED` span.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from batchtui.results.file.spans import (
    ESCAPES,
    ESCAPES_ASCII,
    ESCAPES_FOLDING,
    ESCAPES_SLASH,
    FOLDING,
    NESTED,
    ODD,
    TWICE,
)
from batchtui.results.file.stringsearch import Buffer, find, find_folded, is_accelerated
from batchtui.results.file.window import Window

_CORE = re.compile(r"[ -.0-~]+")
_PRINTABLE = re.compile(r"[ -~]*")
_LETTER = re.compile(r"[a-z]")

_PIECE = 1 << 20
"""Characters that are folded at a time."""

_LIGATURES = "\ufb00".encode()[:2]
"""How all of them begin, in UTF-8; looked for at once."""

_PLAIN_ENOUGH = 4
"""Neighbouring characters of a needle that only themselves fold to."""

_BACKSLASH = ord("\\")


Ground = tuple[Buffer, Callable[[Buffer, bytes, int, int], int]]
"""The bytes of a window, as they are or in lower case, and what finds a piece in them."""


class Needle:
    """Finds the rows one of whose texts contains the needle."""

    def __init__(self, needle: str, *, ignores_case: bool) -> None:
        self._needle = needle.casefold() if ignores_case else needle
        self._ignores_case = ignores_case
        caseless = self._needle.isascii() and not _LETTER.search(self._needle)
        self._folds = ignores_case and not caseless
        self._strange = _strange(self._needle) if self._folds else {}
        self._lowers = (
            self._folds
            and is_accelerated()
            and not _is_folded_quickly(self._needle, self._strange.values())
        )
        self._spelled = _spelled(self._needle)
        core = max(_CORE.findall(self._needle), key=len, default="")
        self._core = _spelled(core) or b""
        self._undecided = _table(self._undecided_flags())
        self._hides_core = ODD | ESCAPES_ASCII | (ESCAPES_FOLDING if self._folds else 0)
        if b"\\" in self._core:
            self._hides_core |= TWICE
        self._core_hidden = _table(self._hides_core)
        self._core_first = bool(self._core) and self._folds and not self._needle.isascii()

    def _undecided_flags(self) -> int:
        """Flags of lines that may have the needle though the bytes of it are not in them."""
        flags = ODD
        if self._spelled is None:
            return flags
        if "/" in self._needle:
            flags |= ESCAPES_SLASH
        if b"\\" in self._spelled:
            flags |= TWICE
        if not _PRINTABLE.fullmatch(self._needle):
            return flags | ESCAPES
        return flags | ESCAPES_ASCII | (ESCAPES_FOLDING if self._folds else 0)

    def rows(self, window: Window, rows: Sequence[int]) -> Sequence[int]:
        """Those among some rows of a window that have the needle."""
        readable: Sequence[int] = ()
        if not rows:
            return ()
        ground = self._ground(window)
        if self._spelled is None or (self._folds and not is_accelerated()):
            doubtful = [row for row in rows if self._may_have(window, ground, row)]
        elif self._is_out_of_question(window, ground, rows):
            return ()
        else:
            readable, doubtful = self._sorted_out(window, ground, rows)
        if self._folds and not self._needle.isascii():
            ground = window.data, find_folded
        hits: list[int] = []
        for first, last in _runs(readable):
            hits += self._scan(window, ground, first, last, doubtful)
        if not doubtful:
            return hits
        found = set(hits)
        found.update(row for row in doubtful if row not in found and self._is_in(window, row))
        return sorted(found)

    def _ground(self, window: Window) -> Ground:
        """Where to look for pieces of ASCII.

        Words such as "sky" take a hundred times as long where case is folded than in a copy in
        lower case, which does unless something beyond ASCII is there that folds to part of them.
        """
        data = window.data
        if not self._folds:
            return data, find
        if not self._lowers or any(find(data, each, 0, len(data)) >= 0 for each in self._strange):
            return data, find_folded
        return window.lowered, find

    def _is_out_of_question(self, window: Window, ground: Ground, rows: Sequence[int]) -> bool:
        """Whether no row can have it: parts of ASCII are looked for faster than all of it."""
        if not self._core_first:
            return False
        first, last = rows[0], rows[-1]
        if window.index.flags[first : last + 1].translate(self._core_hidden).find(1) >= 0:
            return False
        start, end = window.place(first)[0], window.place(last)[1]
        data, look = ground
        return look(data, self._core, start, end) < 0

    def _sorted_out(
        self, window: Window, ground: Ground, rows: Sequence[int]
    ) -> tuple[Sequence[int], list[int]]:
        """The rows in whose bytes a hit is one, and those in which it may be missing."""
        first, flags = rows[0], window.index.flags
        marks = flags[first : rows[-1] + 1].translate(self._undecided)
        if marks.find(1) < 0:
            return rows, []
        doubtful = [row for row in rows if marks[row - first]]
        odd = {row for row in doubtful if flags[row] & ODD}
        readable = [row for row in rows if row not in odd] if odd else rows
        return readable, [row for row in doubtful if self._may_have(window, ground, row)]

    def _may_have(self, window: Window, ground: Ground, row: int) -> bool:
        """False where some part of the needle is missing that the row would spell as we do."""
        flags = window.index.flags[row]
        if self._spelled is None:
            return bool(flags & ODD)
        if not self._core or flags & self._hides_core:
            return True
        start, end = window.place(row)
        if self._folds and not is_accelerated():
            line = window.data[start:end]
            return not line.isascii() or self._core in line.lower()
        data, look = ground
        return look(data, self._core, start, end) >= 0

    def _is_in(self, window: Window, row: int) -> bool:
        texts: Iterable[str] = window.texts(row)
        if self._ignores_case:
            texts = (piece.casefold() for text in texts for piece in self._pieces(text))
        return any(self._needle in text for text in texts)

    def _pieces(self, text: str) -> Iterator[str]:
        """A text in pieces in one of which the needle is, if it is in there: folded, a text takes
        twelve times the room meanwhile.
        """
        for start in range(0, max(1, len(text)), _PIECE):
            yield text[start : start + _PIECE + len(self._needle)]

    def _scan(
        self, window: Window, ground: Ground, first: int, last: int, doubtful: list[int]
    ) -> list[int]:
        """The rows from `first` to `last` that have it; those that must be decoded are added."""
        (data, look), needle = ground, self._spelled or b""
        index, base = window.index, window.base
        offsets, flags, bounds = index.offsets, index.flags, index.spans.bounds
        starts, ends, kinds = index.spans.starts, index.spans.ends, index.spans.kinds
        hits: list[int] = []
        row, position, stop = first, window.place(first)[0], window.place(last)[1]
        while (hit := look(data, needle, position, stop)) >= 0:
            if row < last and base + hit >= offsets[row + 1]:
                row = bisect_right(offsets, base + hit, row + 1, last + 1) - 1
            begin = offsets[row] - base
            span = bisect_right(ends, hit - begin, bounds[row], bounds[row + 1])
            if span < bounds[row + 1]:
                if hit - begin < starts[span]:
                    position = begin + starts[span]
                    continue
                if kinds[span] == NESTED:
                    if not doubtful or doubtful[-1] != row:
                        doubtful.append(row)
                    position = begin + ends[span]
                    continue
                if _in_escape(window.data, hit, unicode=flags[row] & ESCAPES):
                    position = hit + 1
                    continue
                hits.append(row)
            if row == last:
                break
            row += 1
            position = offsets[row] - base
        return hits


def _table(mask: int) -> bytes:
    """For `translate`: 1 for flags of which some are in the mask, else 0."""
    return bytes(bool(flags & mask) for flags in range(256))


def _strange(needle: str) -> dict[bytes, set[int]]:
    """What beyond ASCII, in UTF-8, may fold to which characters of a needle, or to more."""
    strange: dict[bytes, set[int]] = {}
    for char in FOLDING:
        encoded = char.encode()
        key = _LIGATURES if encoded.startswith(_LIGATURES) else encoded
        if places := _places_of(char.casefold(), needle):
            strange.setdefault(key, set()).update(places)
    return strange


def _places_of(folded: str, needle: str) -> set[int]:
    """Where in a needle a text may lie, or a part of it at an end of the needle."""
    places: set[int] = set()
    for start in range(1 - len(folded), len(needle)):
        inside = range(max(start, 0), min(start + len(folded), len(needle)))
        if all(needle[place] == folded[place - start] for place in inside):
            places.update(inside)
    return places


def _is_folded_quickly(needle: str, strange: Iterable[set[int]]) -> bool:
    """Whether enough of a needle is one thing only, so that folding has something to go by."""
    doubtful = set().union(*strange)
    plain = "".join(" " if place in doubtful else "x" for place in range(len(needle)))
    return not doubtful or max(map(len, plain.split()), default=0) >= _PLAIN_ENOUGH


def _spelled(text: str) -> bytes | None:
    """As JSON writes it without need to escape; None where UTF-8 cannot hold it."""
    try:
        return json.dumps(text, ensure_ascii=False)[1:-1].encode()
    except UnicodeEncodeError:
        return None


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each group of neighbouring rows."""
    if not rows:
        return
    first = previous = rows[0]
    if rows[-1] - first + 1 == len(rows):
        yield first, rows[-1]
        return
    for row in rows[1:]:
        if row != previous + 1:
            yield first, previous
            first = row
        previous = row
    yield first, previous


def _in_escape(data: Buffer, place: int, *, unicode: int) -> bool:
    r"""Whether a place in a string is inside of an escape: the `n` of `\n`, a digit of `\u00e9`."""
    if data[place - 1] == _BACKSLASH and _escapes_next(data, place - 1):
        return True
    if not unicode:
        return False
    return any(
        data[start : start + 2] == b"\\u" and _escapes_next(data, start)
        for start in range(place - 5, place - 1)
    )


def _escapes_next(data: Buffer, place: int) -> bool:
    """Whether the backslash at a place begins an escape, rather than being the end of one."""
    start = place
    while start and data[start - 1] == _BACKSLASH:
        start -= 1
    return (place - start) % 2 == 0
