"""How far batches are, judged by what was seen of them and of those that ended before."""

from datetime import timedelta

from batchtui.core.clock import Clock
from batchtui.core.models import Batch, BatchEntry
from batchtui.core.progress import Progress, progress
from batchtui.service.ledger import Ledger


class Pace:
    """Judges progress with the archive's samples, of which it drops old ones, and durations."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ledger.guard(lambda archive: archive.samples.thin(clock.now()), 0)
        self._durations: dict[tuple[str, str, int], list[timedelta]] = {}

    def of(self, entry: BatchEntry) -> Progress:
        """How far a batch is."""
        ended = entry.batch.state.is_final
        samples = [] if ended else self._ledger.samples(entry.ref)
        history = [] if ended else self._history(entry.batch)
        return progress(entry.batch, self._clock.now(), samples, history)

    def _history(self, batch: Batch) -> list[timedelta]:
        """Past durations, read once for each size class: they change seldom."""
        total = batch.request_counts.total if batch.request_counts else 0
        key = (batch.ref.account, batch.kind, total.bit_length())
        if key not in self._durations:
            self._durations[key] = self._ledger.durations(batch.ref.account, batch.kind, total)
        return self._durations[key]
