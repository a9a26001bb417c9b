"""Which custom_ids there are, in 16 bytes each."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator


class IdIndex:
    """Finds the places of custom_ids by their hashes.

    Two ids may share a hash, so that what is found has to be looked at. Of a batch's 100,000
    ids two do in one of four thousand million cases.
    """

    def __init__(self) -> None:
        self._hashes = array("q")
        self._places = array("Q")
        self._sorted = True

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, custom_id: str, place: int) -> None:
        """Note that an id is at a place, any number."""
        self._hashes.append(hash(custom_id))
        self._places.append(place)
        self._sorted = False

    def find(self, custom_id: str) -> list[int]:
        """The places of an id, in the order in which they were added."""
        self._sort()
        wanted = hash(custom_id)
        at = bisect_left(self._hashes, wanted)
        found = []
        while at < len(self._hashes) and self._hashes[at] == wanted:
            found.append(self._places[at])
            at += 1
        return found

    def repeated(self) -> Iterator[list[int]]:
        """The places of each id that has several, in no order of the ids."""
        self._sort()
        start = 0
        for at in range(1, len(self._hashes) + 1):
            if at == len(self._hashes) or self._hashes[at] != self._hashes[start]:
                if at - start > 1:
                    yield list(self._places[start:at])
                start = at

    def settle(self) -> None:
        """All ids are in: from now on they can be found in any thread."""
        self._sort()

    def _sort(self) -> None:
        if self._sorted:
            return
        order = sorted(range(len(self._hashes)), key=self._hashes.__getitem__)
        self._hashes = array("q", map(self._hashes.__getitem__, order))
        self._places = array("Q", map(self._places.__getitem__, order))
        self._sorted = True
