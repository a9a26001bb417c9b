"""What batches cost whose results are kept here: added up beside the event loop, each once."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from batchtui.core.background import ANSWERS, in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.errors import ResultsError
from batchtui.core.models import BatchEntry

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

SETTLED: Final = 0.5
"""Seconds for which a batch is looked at before anything is read for it."""

UNDER_WAY: Final = "being added up"

_FULL_PRICE: Final = "no batch price is known of a model, the full one was taken"


class _Copy(NamedTuple):
    """A local copy, and by whose prices it is paid."""

    path: str
    kind: str
    dialect: str


class Costs:
    """Knows costs, or finds them out: of the copy that was asked for last, one at a time."""

    def __init__(
        self,
        clock: Callable[[], Clock],
        start: Callable[[Coroutine[None, None, None]], object],
        show: Callable[[], object],
    ) -> None:
        self._clock = clock
        self._start = start
        self._show = show
        self._known: dict[_Copy, str] = {}
        self._wanted: _Copy | None = None
        self._is_working = False

    def words(self, service: "BatchService", entry: BatchEntry) -> str:
        """What a batch cost; empty where its results are not here. `show` is called once known."""
        if not entry.local_results:
            self._wanted = None
            return ""
        account = service.acting(entry.ref)
        copy = _Copy(entry.local_results, entry.batch.kind, account.dialect if account else "")
        if copy in self._known:
            self._wanted = None
            return self._known[copy]
        self._wanted = copy
        if not self._is_working:
            self._is_working = True
            self._start(self._work())
        return UNDER_WAY

    async def _work(self) -> None:
        try:
            while (copy := self._wanted) is not None:
                await self._clock().sleep(SETTLED)
                if copy == self._wanted:
                    await self._add_up(copy)
        finally:
            self._is_working = False

    async def _add_up(self, copy: _Copy) -> None:
        words = await in_daemon_thread(lambda: _words(copy, lambda: self._given_up(copy)))
        if words is not None:
            self._known[copy] = words
            if copy == self._wanted:
                self._wanted = None
                self._show()

    def _given_up(self, copy: _Copy) -> bool:
        ANSWERS.give()
        return copy != self._wanted or not self._is_working


def _words(copy: _Copy, given_up: Callable[[], bool]) -> str | None:
    from batchtui.service.costing import bill_of, gaps, seller_of, total_words  # noqa: PLC0415
    from batchtui.service.prices import GenaiPrices  # noqa: PLC0415  (slow to import, both)

    try:
        seller = seller_of(copy.kind, copy.dialect)
        bill = bill_of(Path(copy.path), GenaiPrices(), seller, cancel=given_up)
    except ResultsError as error:
        return f"unknown: {error.why or error.what}"
    if bill is None:
        return None
    why = next(gaps(bill), _FULL_PRICE if bill.has_full_prices else "")
    return f"{total_words(bill)}: {why}" if why else total_words(bill)
