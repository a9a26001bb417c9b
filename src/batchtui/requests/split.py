"""Which requests go into which batch, where a file is too much for one."""

from dataclasses import dataclass

BODY_HEAD = b'{"requests":['
BODY_TAIL = b"]}"
_AROUND = len(BODY_HEAD) + len(BODY_TAIL)


@dataclass(frozen=True, slots=True)
class Part:
    """The requests `start` to `stop - 1` of a file, counted from 0, as one batch.

    `body_bytes` is the exact length of the body that creates it.
    """

    start: int
    stop: int
    body_bytes: int

    @property
    def requests(self) -> int:
        """How many it holds."""
        return self.stop - self.start


class Splitter:
    """Fills one part after the other, in the order of the file."""

    def __init__(self, max_requests: int, max_bytes: int) -> None:
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._parts: list[Part] = []
        self._start = self._stop = 0
        self._bytes = _AROUND

    def add(self, size: int) -> None:
        """The next request, of so many bytes."""
        requests = self._stop - self._start
        comma = 1 if requests else 0
        full = requests >= self._max_requests or self._bytes + comma + size > self._max_bytes
        if requests and full:
            self._close()
            comma = 0
        self._bytes += size + comma
        self._stop += 1

    def parts(self) -> tuple[Part, ...]:
        """All parts; none where there was no request."""
        if self._stop > self._start:
            self._close()
        return tuple(self._parts)

    def _close(self) -> None:
        self._parts.append(Part(self._start, self._stop, self._bytes))
        self._start, self._bytes = self._stop, _AROUND


def as_one(parts: tuple[Part, ...]) -> Part:
    """All parts as one batch."""
    inner = sum(part.body_bytes - _AROUND for part in parts)
    stop = parts[-1].stop if parts else 0
    return Part(0, stop, _AROUND + inner + max(0, len(parts) - 1))
