"""The pollers of all accounts, which begin, pause and end together."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import suppress
from typing import Any

from batchtui.core.errors import ConfigError
from batchtui.core.models import AccountHealth, BatchRef
from batchtui.core.text import nearest
from batchtui.providers.base import Provider
from batchtui.service.lease import LeaseKeeper
from batchtui.service.ledger import Ledger
from batchtui.service.poller import AccountPoller
from batchtui.service.sync import AccountSync


class Pollers:
    """One poller for each account, in the order of the configuration.

    `fail` is told of a defect that ends one of them: the others would go quiet about it.
    """

    def __init__(
        self,
        pollers: Collection[AccountPoller],
        lease: LeaseKeeper,
        fail: Callable[[BaseException], None],
    ) -> None:
        self._pollers = {poller.account.name: poller for poller in pollers}
        self._lease = lease
        self._fail = fail
        self._tasks: list[asyncio.Task[None]] = []
        self.paused = False

    def __iter__(self) -> Iterator[AccountPoller]:
        return iter(self._pollers.values())

    def of(self, account: str) -> AccountPoller:
        """The poller of an account.

        Raises:
            ConfigError: it is not configured.
        """
        poller = self._pollers.get(account)
        if poller is None:
            near = nearest(account, self._pollers)
            raise ConfigError(
                f"account {account} is not configured",
                hint=f"did you mean {near}?" if near else "`batchtui config show` lists accounts",
            )
        return poller

    async def sync(self, account: str) -> AccountSync:
        """What asks an account. Raises ConfigError: it is not configured, or cannot be used."""
        return await self.of(account).sync()

    async def provider(self, account: str) -> Provider:
        """The provider of an account. Raises as `sync`."""
        return await self.of(account).account.provider()

    def health(self, account: str) -> AccountHealth | None:
        """How an account is doing; None if it is not configured."""
        poller = self._pollers.get(account)
        return poller.health if poller else None

    def remember(self, ledger: Ledger, marks: Mapping[str, str]) -> None:
        """Take over what the archive holds; what another key has seen is to be seen anew."""
        for name, poller in self._pollers.items():
            poller.remember()
            kept, mark = ledger.kept_as(name), marks[name]
            if not ledger.guard(lambda it, k=kept, m=mark: it.accounts.claim(k, m), True):  # type: ignore[misc]
                poller.distrust()

    def start(self, *beside: Coroutine[Any, Any, None]) -> None:
        """Begin to poll, and what else runs for as long as that."""
        self._lease.renew()
        jobs = [self._lease.run(lambda account: self._pollers[account].nudge())]
        jobs += [poller.run() for poller in self]
        for job in (*jobs, *beside):
            task = asyncio.create_task(job)
            task.add_done_callback(self._watch)
            self._tasks.append(task)

    async def stop(self) -> None:
        """End what was started, let other copies take over, close connections."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()
        self._lease.release()
        for poller in self:
            await poller.account.aclose()

    def poke(self, account: str | None) -> None:
        """Poll now: one account, or all."""
        for name, poller in self._pollers.items():
            if account in (None, name):
                poller.poke()

    def pause(self, *, paused: bool) -> None:
        """Stop polling, or go on."""
        self.paused = paused
        self._lease.paused = paused
        if paused:
            self._lease.release()
        elif self._tasks:
            self._lease.renew()
        for poller in self:
            poller.pause(paused=paused)

    def attend(self, focus: BatchRef | None, *, attended: bool) -> None:
        """Tell which batch is looked at, and whether anybody looks at all."""
        for name, poller in self._pollers.items():
            mine = focus if focus and focus.account == name else None
            poller.attend(mine, attended=attended)

    def _watch(self, task: asyncio.Task[None]) -> None:
        """A task that dies of a defect takes the listeners with it, rather than going quiet."""
        if not task.cancelled() and (error := task.exception()):
            self._fail(error)
