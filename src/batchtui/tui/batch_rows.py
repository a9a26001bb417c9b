"""The batches as rows: filtered, in order, found by ref."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping

from batchtui.core.models import BatchEntry, BatchesDiff, BatchRef
from batchtui.core.text import cell_width
from batchtui.core.verdict import state_word
from batchtui.tui.cells import Cell
from batchtui.tui.ordering import Filter, Order
from batchtui.tui.presenters import Look, account_cell, batch_cells, requests_cell

_ALL = ""
"""No account has an empty name."""


class BatchRows:
    """A `RowSource` of batches. `look` tells the time and the character set for each painting."""

    def __init__(self, look: Callable[[], Look]) -> None:
        self.order = Order()
        self.filter = Filter()
        self.account = ""
        """The only account whose batches are listed and counted; empty for all."""
        self._look = look
        self._standings: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """By account, and of all."""
        self.widest_count = 0
        """Cells of the longest text about the requests of a batch that was ever here."""
        self.widest_account = 0
        """The same of its accounts."""
        self.labelled = False
        """A batch that was ever here has a label."""
        self._entries: dict[BatchRef, BatchEntry] = {}
        self._shown: list[BatchRef] = []
        self._index: dict[BatchRef, int] = {}

    def __len__(self) -> int:
        return len(self._shown)

    @property
    def total(self) -> int:
        """All batches of the account, or of all of them, shown or not."""
        return self.count_of(self.account)

    def count_of(self, account: str) -> int:
        """All batches of an account."""
        return self._standings[account].total()

    @property
    def standings(self) -> Counter[str]:
        """How many batches there are of each `state_word`, shown or not."""
        return self._standings[self.account or _ALL]

    @property
    def entries(self) -> Iterable[BatchEntry]:
        """All batches, shown or not, in no order."""
        return self._entries.values()

    @property
    def shown(self) -> tuple[BatchRef, ...]:
        """Refs of the batches shown, in order."""
        return tuple(self._shown)

    def get(self, ref: object) -> BatchEntry | None:
        """The entry of a ref, shown or not."""
        return self._entries.get(ref)  # type: ignore[call-overload,no-any-return]

    def row_id(self, index: int) -> BatchRef:
        """See `RowSource.row_id`."""
        return self._shown[index]

    def index_of(self, row_id: Hashable) -> int | None:
        """See `RowSource.index_of`."""
        return self._index.get(row_id)  # type: ignore[call-overload,no-any-return]

    def cells(self, index: int) -> Mapping[str, Cell]:
        """See `RowSource.cells`."""
        return batch_cells(self._entries[self._shown[index]], self._look())

    def replace(self, entries: Iterable[BatchEntry]) -> None:
        """Take these batches instead of what was there."""
        self._entries.clear()
        self._standings.clear()
        for entry in entries:
            self._put(entry)
        self.arrange()

    def arrange(self, order: Order | None = None, kept: Filter | None = None) -> None:
        """Filter and sort anew, by another order or filter where one is given."""
        self.order = order or self.order
        self.filter = self.filter if kept is None else kept
        keeps = self.filter.keeps
        entries: Iterable[BatchEntry] = self._entries.values()
        if self.account:
            entries = [entry for entry in entries if self.account in entry.accounts]
        self._take(self.order.arrange(filter(keeps, entries) if self.filter else entries))

    def apply(self, diff: BatchesDiff) -> None:
        """Take a change of the store. Cheap where no batch moves to another place."""
        moved = bool(diff.added)
        for entry in (*diff.updated, *diff.added):
            moved = moved or self._moves(entry)
            self._put(entry)
        if moved:
            self.arrange()

    def _put(self, entry: BatchEntry) -> None:
        old = self._entries.get(entry.ref)
        if old is not None:
            self._count(old, -1)
        self._entries[entry.ref] = entry
        self._count(entry, 1)
        self.labelled = self.labelled or bool(entry.label)
        self.widest_count = max(self.widest_count, len(requests_cell(entry.batch).text))
        account = cell_width(account_cell(entry).text)
        self.widest_account = max(self.widest_account, account)

    def _count(self, entry: BatchEntry, by: int) -> None:
        for account in (_ALL, *entry.accounts):
            self._standings[account][state_word(entry)] += by

    def _moves(self, entry: BatchEntry) -> bool:
        old = self._entries.get(entry.ref)
        if old is None or old.accounts != entry.accounts:
            return True
        if self.filter.keeps(old) != self.filter.keeps(entry):
            return True
        return self.order.place(old) != self.order.place(entry)

    def _take(self, arranged: list[BatchEntry]) -> None:
        self._shown = [entry.ref for entry in arranged]
        self._index = {ref: index for index, ref in enumerate(self._shown)}
