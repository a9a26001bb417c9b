"""What is under way: deeds done to several batches one after the other, and downloads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from batchtui.core.events import DownloadProgress
from batchtui.core.models import BatchRef
from batchtui.core.text import human_bytes, human_count, one_line


@dataclass
class Round:
    """A deed done to several batches. It stops between two of them."""

    doing: str
    """What is done, as `Deleting`."""
    total: int
    done: int = 0
    """Batches it was done to."""
    current: BatchRef | None = None
    stopped: bool = False
    """No further batch is to be taken."""
    note: str = ""
    """How far it is with the one batch that it is about."""

    @property
    def words(self) -> str:
        """How far it is: `Deleting: 3 of 243`."""
        return f"{self.doing}: {human_count(self.done)} of {human_count(self.total)}"


class Rounds:
    """The rounds and downloads under way. `changed` is called when what they say may differ."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.running: list[Round] = []
        self._moving: dict[BatchRef, DownloadProgress] = {}
        self._changed = changed

    def __bool__(self) -> bool:
        return bool(self.running or self._moving)

    def begin(self, doing: str, total: int) -> Round:
        """A round begins."""
        begun = Round(doing, total)
        self.running.append(begun)
        return begun

    @contextmanager
    def going(self, doing: str, ref: BatchRef) -> Iterator[Round]:
        """A round about one batch, for as long as this lasts; stopped in the end."""
        one = self.begin(doing, 1)
        self.step(one, ref)
        try:
            yield one
        finally:
            one.stopped = True
            self.step(one, None)

    def step(self, one: Round, ref: BatchRef | None) -> None:
        """A round goes on to a batch, or has ended."""
        one.current = ref
        if ref is None:
            self.running.remove(one)
        self._changed()

    def hear(self, event: DownloadProgress) -> None:
        """A download moved."""
        if event.is_final:
            self._moving.pop(event.ref, None)
        else:
            self._moving[event.ref] = event
        self._changed()

    def stop(self) -> tuple[BatchRef, ...]:
        """Take no further batches; returns the batches whose downloads are to be stopped."""
        for one in self.running:
            one.stopped = True
        self._changed()
        return tuple(self._moving)

    @property
    def unfinished(self) -> tuple[Round, ...]:
        """The rounds over several batches."""
        return tuple(one for one in self.running if one.total > 1)

    @property
    def words(self) -> str:
        """All that is under way in a line; empty where it is over before one has read it."""
        return " · ".join(self._parts())

    @property
    def stopping(self) -> bool:
        """All rounds were told to stop, and one has not ended yet."""
        return bool(self.running) and all(one.stopped for one in self.running)

    def _parts(self) -> Iterator[str]:
        of_rounds = {one.current for one in self.running}
        for one in self.running:
            event = self._moving.get(one.current) if one.current else None
            if one.total > 1:
                yield one.words
            if one.note:
                yield one.note
            if event is not None:
                yield _fetching(event)
        for ref, event in self._moving.items():
            if ref not in of_rounds:
                yield _fetching(event)


def _fetching(event: DownloadProgress) -> str:
    of = f" of {human_count(event.expected_rows)}" if event.expected_rows else ""
    rows = f"{human_count(event.rows)}{of} rows"
    moved = f"{human_bytes(event.received)}, {human_bytes(event.rate)}/s"
    return f"fetching …{one_line(event.ref.id[-4:])}: {rows}, {moved}"
