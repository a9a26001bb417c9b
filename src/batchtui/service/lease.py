"""Of several copies of the program on one archive, one polls an account and the others read."""

import os
import socket
from collections.abc import Callable, Iterable
from uuid import uuid4

from batchtui.core.clock import Clock
from batchtui.service.ledger import Ledger

TTL = 12.0
"""Seconds after which a holder that does not renew is taken to be dead."""

RENEW_EVERY = 4.0


def holder_name() -> str:
    """A name for this process that no other has: host, process id and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


class LeaseKeeper:
    """Renews this process's leases, and takes over those whose holder is gone."""

    def __init__(
        self, accounts: Iterable[str], ledger: Ledger, clock: Clock, holder: str | None = None
    ) -> None:
        self._accounts = tuple(accounts)
        self._ledger = ledger
        self._clock = clock
        self._holder = holder or holder_name()
        self._held: set[str] = set()

    def holds(self, account: str) -> bool:
        """Whether this process polls the account. True where the archive cannot be used."""
        return account in self._held or self._ledger.archive_error is not None

    def renew(self) -> set[str]:
        """Try to hold every account; returns those whose holding changed."""
        now = self._clock.now().timestamp()
        held = {
            account
            for account in self._accounts
            if self._ledger.guard(
                lambda account=account: self._ledger.archive.leases.acquire(  # type: ignore[misc]
                    account, self._holder, now, TTL
                ),
                fallback=True,
            )
        }
        changed, self._held = held ^ self._held, held
        return changed

    async def run(self, on_change: Callable[[str], None]) -> None:
        """Renew for ever, telling of accounts whose holding changed."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            for account in self.renew():
                on_change(account)

    def release(self) -> None:
        """Let others take over at once."""
        for account in self._held:
            self._ledger.guard(
                lambda account=account: self._ledger.archive.leases.release(  # type: ignore[misc]
                    account, self._holder
                ),
                None,
            )
        self._held = set()
