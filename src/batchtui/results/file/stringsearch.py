"""Finding bytes in a window of a file: with SIMD where stringzilla is, else the slow way.

The only module that knows stringzilla. Windows are `bytearray`s that are read into again and
again, so nothing here keeps one.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import msgspec

stringzilla: ModuleType | None
try:
    stringzilla = importlib.import_module("stringzilla")
except ImportError:
    stringzilla = None

Buffer = bytes | bytearray

_LOWER = bytes(range(256)).lower()


def is_accelerated() -> bool:
    """Searches that ignore case work on UTF-8, and views can be placed; else on ASCII, and not."""
    return stringzilla is not None


def find(data: Buffer, needle: bytes, start: int, end: int) -> int:
    """Where the needle first is, in `data[start:end]`; -1 if it is not."""
    if stringzilla is None:
        return data.find(needle, start, end)
    place: int = stringzilla.find(data, needle, start, end)
    return place


def find_folded(data: Buffer, needle: bytes, start: int, end: int) -> int:
    """Where something that folds as the needle does first is; -1 if there is nothing.

    As `str.casefold` folds, if both are UTF-8. Unless `is_accelerated`, both must be ASCII.
    """
    if stringzilla is None:
        place = data[start:end].lower().find(needle.lower())
        return place if place < 0 else start + place
    # Offsets given to `utf8_uncased_search` are of bytes, since the haystack is.
    found: int = stringzilla.utf8_uncased_search(data, needle, start, end)
    return found


def lower_into(data: bytearray, size: int, out: bytearray) -> None:
    """Write so many bytes to `out`, the letters of ASCII in lower case.

    Only to be used where searches are accelerated.
    """
    if stringzilla is not None:
        source, target = memoryview(data)[:size], memoryview(out)[:size]
        target[:] = source
        stringzilla.translate(target, _LOWER, inplace=True)


def is_utf8(data: bytes) -> bool:
    """Whether it is, as strictly as Python has it."""
    if data.isascii():
        return True
    try:
        if stringzilla is None:
            str(data, "utf-8")
        else:  # three times as fast
            stringzilla.utf8_uncased_search(data, b"\0", validate=True)
    except ValueError:
        return False
    return True


class Placer:
    """Tells where in a block of bytes the views lie that a decoder made of it.

    Only to be used where searches are accelerated.
    """

    def __init__(self, block: bytes) -> None:
        self._block = block  # If it went away, its address would mean nothing.
        self._string = stringzilla.Str if stringzilla is not None else _Nowhere
        self._address: int = self._string(block).address

    def __call__(self, view: "msgspec.Raw") -> int:
        """The offset of a view in the block."""
        place: int = self._string(memoryview(view)).address
        return place - self._address


class _Nowhere:
    """Stands for a string whose address cannot be told."""

    address = 0

    def __init__(self, data: Buffer | memoryview) -> None:
        pass
