"""Which requests go into which batch, where a file is too much for one."""

from dataclasses import dataclass

from batchtui.requests.shapes import Envelope


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

    def __init__(self, envelope: Envelope, max_requests: int, max_bytes: int) -> None:
        self._envelope = envelope
        self._max_requests = max_requests
        self._max_bytes = max_bytes
        self._parts: list[Part] = []
        self._start = self._stop = 0
        self._bytes = envelope.size

    def add(self, size: int) -> None:
        """The next request, of so many bytes."""
        requests = self._stop - self._start
        between = len(self._envelope.between) if requests else 0
        full = requests >= self._max_requests or self._bytes + between + size > self._max_bytes
        if requests and full:
            self._close()
            between = 0
        self._bytes += size + between
        self._stop += 1

    def parts(self) -> tuple[Part, ...]:
        """All parts; none where there was no request."""
        if self._stop > self._start:
            self._close()
        return tuple(self._parts)

    def _close(self) -> None:
        self._parts.append(Part(self._start, self._stop, self._bytes))
        self._start, self._bytes = self._stop, self._envelope.size


def as_one(parts: tuple[Part, ...], envelope: Envelope) -> Part:
    """All parts as one batch."""
    inner = sum(part.body_bytes - envelope.size for part in parts)
    stop = parts[-1].stop if parts else 0
    between = len(envelope.between) * max(0, len(parts) - 1)
    return Part(0, stop, envelope.size + inner + between)
