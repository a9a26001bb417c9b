"""Text for people: hostile text made safe, widths in terminal cells, human numbers and times."""

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

TAB = "    "
ELLIPSIS = "…"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LINE_SEPARATORS = "\x0b\x0c\x85\u2028\u2029"
_JOINERS = "\u200c\u200d\u00ad"


class _Mask(dict[int, str]):
    """Maps each character that a terminal would act on, or not show, to one that it shows.

    C0 controls become their Unicode pictures; C1 controls, bidi and other format characters,
    surrogates and unassigned ones the replacement character. Joiners and soft hyphens vanish,
    since terminals disagree about their width; spaces of other kinds stay.
    """

    def __missing__(self, code: int) -> str:
        masked = self[code] = _masked(chr(code))
        return masked


def _masked(char: str) -> str:
    if char.isprintable():
        return char
    if char < " ":
        return chr(0x2400 + ord(char))
    if char == "\x7f":
        return "\N{SYMBOL FOR DELETE}"
    if char in _JOINERS:
        return ""
    if unicodedata.category(char) == "Zs":
        return char if char == "\u3000" else " "
    return _REPLACEMENT


_ONE_LINE = _Mask({ord("\t"): " ", ord("\n"): "⏎", ord("\r"): ""})
_ONE_LINE.update(dict.fromkeys(map(ord, _LINE_SEPARATORS), "⏎"))
_MULTI_LINE = _Mask({ord("\t"): TAB, ord("\n"): "\n"})
_MULTI_LINE.update(dict.fromkeys(map(ord, _LINE_SEPARATORS), "\n"))


def safe(text: str) -> str:
    """Text that any terminal shows and none acts on. Line breaks stay, tabs become spaces."""
    if text.isprintable():
        return text
    return text.replace("\r\n", "\n").translate(_MULTI_LINE)


def one_line(text: str) -> str:
    """`safe` text on one line: each line break becomes `⏎`."""
    if text.isprintable():
        return text
    return text.translate(_ONE_LINE)


def cell_width(text: str) -> int:
    """How many terminal cells safe text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


@lru_cache(4096)
def _char_width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def truncate(text: str, width: int) -> str:
    """Safe one-line text cut to at most `width` cells, with an ellipsis where it was cut."""
    if width <= 0:
        return ""
    if cell_width(text) <= width:
        return text
    kept, used = [], 0
    for char in text:
        used += _char_width(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + ELLIPSIS


def truncate_middle(text: str, width: int) -> str:
    """Safe one-line text cut in its middle to at most `width` cells: ids differ at the end."""
    if cell_width(text) <= width:
        return text
    tail = max(0, width - 1) * 3 // 5
    end = truncate(text[::-1], tail + 1)[:-1][::-1] if tail else ""
    return truncate(text, width - cell_width(end)) + end


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Safe one-line text cut or filled to exactly `width` cells; `right` aligns to the right."""
    text = truncate(text, width)
    fill = " " * (width - cell_width(text))
    return fill + text if right else text + fill


def human_count(number: int) -> str:
    """A number with thousands separators: `100,000`."""
    return f"{number:,}"


def counted(number: int, noun: str, several: str = "") -> str:
    """A number of things: `1 row`, `2,000 rows`. `several` is a plural that has no mere `s`."""
    return f"{human_count(number)} {noun if number == 1 else several or f'{noun}s'}"


def human_bytes(size: float) -> str:
    """A size in decimal units with three significant digits at most: `1.12 GB`, `824 B`."""
    if abs(size) < 1000:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if abs(size) < 999.5:
            return f"{size:.3g} {unit}"
    return f"{size / 1000:.3g} TB"


def human_duration(span: timedelta) -> str:
    """Two units at most: `42s`, `12m`, `3h 05m`, `2d 04h`. Negative spans get a minus sign."""
    seconds = int(abs(span).total_seconds())
    sign = "-" if span < timedelta(0) and seconds else ""
    return sign + _duration(seconds)


def _duration(seconds: int) -> str:
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days >= 10:
        return f"{days}d"
    if days:
        return f"{days}d {hours % 24:02d}h"
    if hours:
        return f"{hours}h {minutes % 60:02d}m"
    return f"{minutes}m" if minutes else f"{seconds}s"


_FIRST_BATCHES = 2000
"""Nothing that we list is older; a time before it stands for one that was not told."""


def human_age(then: datetime, now: datetime) -> str:
    """How long ago, in whole minutes at the finest: `now`, `5m`, `3h`, `2d`.

    `?` where the time was not told. Coarse on purpose: a list that shows it need not repaint
    each second.
    """
    if then.year < _FIRST_BATCHES:
        return "?"
    seconds = int((now - then).total_seconds())
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 86400:
        return f"{seconds // 3600}h"
    return f"{seconds // 86400}d"


def rfc3339(moment: datetime) -> str:
    """An aware time as RFC 3339 in UTC, with microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word most like the given one, or empty: for "did you mean".

    `cutoff` is how much they must be alike, from 0 to 1.
    """
    from difflib import get_close_matches  # noqa: PLC0415  (only a wrong word needs it)

    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), "")
