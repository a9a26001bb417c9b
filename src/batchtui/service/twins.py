"""The batches as people see them: one that several accounts reach is one entry."""

from collections.abc import Callable, Hashable, Sequence

from batchtui.core.models import AccountHealth, AccountInfo, BatchEntry, BatchesDiff, BatchRef
from batchtui.core.rules import Deed
from batchtui.core.twins import identity, most_able, united
from batchtui.service.store import BatchStore, diff_of, newest_first


class Twins:
    """The store's entries, those of one batch united.

    The ref by which a batch was seen first in this session names it for as long as the session
    lasts, so that no row changes its name; all its other refs lead there. `accounts` are those of
    the configuration, in its order.
    """

    def __init__(self, store: BatchStore, accounts: Sequence[str]) -> None:
        self._store = store
        self._rank = {name: rank for rank, name in enumerate(accounts)}
        self._homes: dict[BatchRef, BatchRef] = {}
        self._by_identity: dict[Hashable, BatchRef] = {}
        self._members: dict[BatchRef, list[BatchRef]] = {}
        """Of the batches that several accounts reach, by the ref that names them, which is first.
        """
        self._shown: dict[BatchRef, BatchEntry] = {}

    def home(self, ref: BatchRef) -> BatchRef:
        """The ref that names a batch, whichever of its refs is given."""
        return self._homes.get(ref, ref)

    def members(self, ref: BatchRef) -> list[BatchRef]:
        """All refs of a batch, the one that names it first; of an unknown one, what was given."""
        home = self.home(ref)
        return list(self._members.get(home, (home,)))

    def get(self, ref: BatchRef) -> BatchEntry | None:
        """The entry of a batch by any of its refs, if it is known."""
        return self._shown.get(self.home(ref))

    def known(self, ref: BatchRef) -> list[BatchEntry]:
        """What each account that reaches a batch knows of it."""
        return [entry for one in self.members(ref) if (entry := self._store.get(one))]

    def most_able(
        self,
        ref: BatchRef,
        account: Callable[[str], AccountInfo | None],
        health: Callable[[str], AccountHealth | None],
        deed: Deed | None,
    ) -> BatchRef:
        """The ref through which something is done to a batch; see `core.twins.most_able`."""
        known = self.known(ref)
        return most_able(known, account, health, deed) if len(known) > 1 else ref

    def entries(self) -> tuple[BatchEntry, ...]:
        """All batches, each once, newest first."""
        return newest_first(self._shown.values())

    def take(self, diff: BatchesDiff) -> BatchesDiff:
        """Follow a change of the store; what it means for the batches as people see them."""
        changed: list[tuple[BatchEntry | None, BatchEntry]] = []
        for home in dict.fromkeys(self._settled(entry) for entry in (*diff.added, *diff.updated)):
            old, new = self._shown.get(home), self._united(home)
            self._shown[home] = new
            if new != old:
                changed.append((old, new))
        return diff_of(changed)

    def _settled(self, entry: BatchEntry) -> BatchRef:
        """The ref that names the batch of this entry, which may be new."""
        ref = entry.ref
        if ref in self._homes or len(self._rank) < 2:
            return self.home(ref)
        known_as = identity(entry.batch)
        home = ref if known_as is None else self._by_identity.setdefault(known_as, ref)
        self._homes[ref] = home
        if home != ref:
            self._members.setdefault(home, [home]).append(ref)
        return home

    def _united(self, home: BatchRef) -> BatchEntry:
        entries = self.known(home)
        if len(entries) == 1:
            return entries[0]
        accounts = sorted((one.ref.account for one in entries), key=self._rank.__getitem__)
        return united(entries, accounts)
