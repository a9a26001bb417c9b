"""Of several copies of the program on one archive, one polls an account and the others read."""

from collections.abc import Callable, Iterable, Mapping

from batchtui.archive.archive import Archive
from batchtui.archive.leases import LeaseTable
from batchtui.core.clock import Clock
from batchtui.service.holder import holder_name
from batchtui.service.ledger import Ledger

TTL = 5.0
"""Seconds after which a holder that does not renew is taken to be dead."""

RENEW_EVERY = 1.5


class LeaseKeeper:
    """Renews this process's leases, and takes over those whose holder is gone.

    `marks` tells the keys of accounts apart: who asks with another key sees other batches, and
    does not follow.
    """

    def __init__(
        self,
        accounts: Iterable[str],
        ledger: Ledger,
        clock: Clock,
        *,
        holder: str | None = None,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        marks = marks or {}
        self._names = {
            account: f"{ledger.kept_as(account)} {marks.get(account, '')}".rstrip()
            for account in accounts
        }
        self._ledger = ledger
        self._clock = clock
        self._holder = holder or holder_name()
        self._held: set[str] = set()
        self._renewed_at = float("-inf")
        self.paused = False
        """Hold nothing: this process does not poll, so another may."""

    def holds(self, account: str) -> bool:
        """Whether this process polls the account.

        Where the archive has been out of reach for so long that nobody's lease can hold, all
        poll for themselves.
        """
        lost = self._clock.monotonic() - self._renewed_at > TTL
        return account in self._held or (lost and not self.paused)

    def renew(self) -> set[str]:
        """Try to hold every account; returns those whose holding changed."""
        self._ledger.check_archive()
        if self.paused:
            return set()
        held: set[str] | None = self._ledger.guard(
            lambda archive: self._acquired(archive.leases), None
        )
        if held is None:
            return set()
        self._renewed_at = self._clock.monotonic()
        changed, self._held = held ^ self._held, held
        return changed

    def _acquired(self, leases: LeaseTable) -> set[str]:
        now = self._clock.now().timestamp()
        return {
            account
            for account, name in self._names.items()
            if leases.acquire(name, self._holder, now, TTL)
        }

    async def run(self, on_change: Callable[[str], None]) -> None:
        """Renew for ever, telling of accounts whose holding changed."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            for account in self.renew():
                on_change(account)

    def release(self) -> None:
        """Let others take over at once."""
        names = [self._names[account] for account in self._held]

        def give_back(archive: Archive) -> None:
            for name in names:
                archive.leases.release(name, self._holder)

        self._ledger.guard(give_back, None)
        self._held = set()
