"""Matches with Python's `re` in a process of its own, which dies of a match that takes too long.

Run as a script by `query.regex_process`; it knows nothing of the package, so that it starts
at once. It reads the seconds of processor time that a text may take, the flags, the pattern's
length and bytes; then requests until the input ends: what is asked (`m` or `s`), how many
texts, their lengths, their bytes in UTF-8. To `m` it answers one byte for each text; to `s`
the number of places, and the start and end of each.
"""

import re
import signal
import struct
import sys
from typing import BinaryIO

MOST_PLACES = 10_000
"""Places of one text that are told, at most."""


def _read(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        sys.exit(0)
    return data


def _numbers(source: BinaryIO, count: int) -> tuple[int, ...]:
    return struct.unpack(f"={count}Q", _read(source, 8 * count))


def _places(pattern: re.Pattern[str], text: str) -> list[int]:
    places: list[int] = []
    for match in pattern.finditer(text):
        if match.end() > match.start():
            places += match.span()
        if len(places) >= 2 * MOST_PLACES:
            break
    return places


def _answer(asked: bytes, pattern: re.Pattern[str], text: str) -> bytes:
    if asked == b"m":
        return b"\1" if pattern.search(text) else b"\0"
    places = _places(pattern, text)
    return struct.pack(f"={1 + len(places)}Q", len(places) // 2, *places)


def main() -> None:
    """Serve until the input ends."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    (limit,) = struct.unpack("=d", _read(source, 8))
    flags, length = _numbers(source, 2)
    pattern = re.compile(_read(source, length).decode("utf-8", "surrogatepass"), flags)
    while True:
        asked = _read(source, 1)
        (count,) = _numbers(source, 1)
        texts = [_read(source, length) for length in _numbers(source, count)]
        for encoded in texts:
            # Nothing handles the signal: it ends the process in the midst of a match, too.
            signal.setitimer(signal.ITIMER_VIRTUAL, limit)
            out.write(_answer(asked, pattern, encoded.decode()))
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        out.flush()


if __name__ == "__main__":
    main()
