"""The one facade of both faces: a store kept true, events, and actions."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from batchtui.archive.archive import Archive
from batchtui.config.paths import Paths
from batchtui.config.schema import AccountConfig, Config
from batchtui.core.clock import Clock, SystemClock
from batchtui.core.errors import (
    ApiError,
    ArchiveError,
    BatchtuiError,
    ConfigError,
    NotFoundError,
    UnknownBatchError,
)
from batchtui.core.models import AccountHealth, AccountInfo, BatchEntry, BatchRef
from batchtui.core.progress import Progress, progress
from batchtui.core.text import nearest
from batchtui.providers.base import Provider
from batchtui.results.download import Download
from batchtui.service.account import Account
from batchtui.service.actions import Actions
from batchtui.service.cadence import Cadence
from batchtui.service.downloads import Downloads
from batchtui.service.hub import EventHub, Subscription
from batchtui.service.lease import LeaseKeeper
from batchtui.service.ledger import Ledger
from batchtui.service.poller import AccountPoller
from batchtui.service.resolve import resolve


class BatchService:
    """Watches the batches of all accounts and acts on them. For one event loop.

    Use it as an async context manager; it knows at once what the archive remembers. `start`
    polls for as long as it lives; `refresh_once` asks each account once.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        archive: Archive,
        results_dir: Path,
        *,
        cadence: Cadence = Cadence(),  # noqa: B008  (frozen)
        clock: Clock | None = None,
        spread: Callable[[], float] | None = None,
        archive_error: ArchiveError | None = None,
        results_budget: int | None = None,
    ) -> None:
        clock = clock or SystemClock()
        spread = spread or (lambda: random.uniform(-1, 1))  # noqa: S311  (spreads load, no secret)
        self._hub = EventHub()
        self._ledger = Ledger(archive, self._hub, clock)
        self._ledger.archive_error = archive_error
        self._clock = clock
        self._lease = LeaseKeeper([account.name for account in accounts], self._ledger, clock)
        self._pollers = {
            account.name: AccountPoller(account, self._ledger, self._lease, cadence, clock, spread)
            for account in accounts
        }
        self._actions = Actions(self._ledger, clock)
        self._downloads = Downloads(
            results_dir,
            self._ledger,
            clock,
            self._provider_of,
            self._hub.publish,
            budget=results_budget,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self.accounts: tuple[AccountInfo, ...] = tuple(account.info for account in accounts)
        self.paused = False
        self._remember()

    @classmethod
    def open(
        cls,
        config: Config,
        paths: Paths,
        *,
        env: Mapping[str, str],
        clock: Clock | None = None,
        accounts: Sequence[str] | None = None,
    ) -> Self:
        """Build the service of a configuration; `accounts` narrows it to some.

        An archive that cannot be used is told through `archive_error`, and one in memory serves.

        Raises:
            ConfigError: no account is configured, or one of `accounts` is not.
        """
        clock = clock or SystemClock()
        chosen = _chosen(config, accounts)
        archive_error = None
        try:
            archive = Archive.open(paths.archive_file)
        except ArchiveError as error:
            archive, archive_error = Archive.in_memory(), error
        polling = config.polling
        return cls(
            [Account(one, read_only=config.read_only, env=env, clock=clock) for one in chosen],
            archive,
            config.results.dir or paths.results_dir,
            cadence=Cadence(polling.focused, polling.active, polling.idle, polling.max_backoff),
            clock=clock,
            archive_error=archive_error,
            results_budget=config.results.budget,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def archive_error(self) -> ArchiveError | None:
        """Why the archive is not used; None while it is."""
        return self._ledger.archive_error

    def entries(self) -> tuple[BatchEntry, ...]:
        """Every batch known, newest first."""
        return self._ledger.store.entries()

    def entry(self, ref: BatchRef) -> BatchEntry | None:
        """One batch, if it is known."""
        return self._ledger.store.get(ref)

    def health(self) -> tuple[AccountHealth, ...]:
        """How each account is doing, in the order of the configuration."""
        return tuple(poller.health for poller in self._pollers.values())

    def events(self) -> Subscription:
        """All events from now on, as an async iterator that ends when the service closes."""
        return self._hub.subscribe()

    def start(self) -> None:
        """Begin to poll all accounts."""
        self._lease.renew()
        jobs = [self._lease.run(lambda account: self._pollers[account].nudge())]
        jobs += [poller.run() for poller in self._pollers.values()]
        for job in jobs:
            task = asyncio.create_task(job)
            task.add_done_callback(self._watch)
            self._tasks.append(task)

    async def aclose(self) -> None:
        """Stop polling and downloads, let other copies take over, close connections."""
        self._downloads.close()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()
        self._lease.release()
        for poller in self._pollers.values():
            await poller.account.aclose()
        self._hub.close()
        self._ledger.archive.close()

    async def refresh_once(self, *, everything: bool = False) -> None:
        """Poll each account once, at the same time; failures are found in `health`.

        `everything` goes through the providers' whole lists instead of their newest page.
        """
        async with asyncio.TaskGroup() as group:
            for poller in self._pollers.values():
                group.create_task(poller.poll(walk=everything))

    def poke(self, account: str | None = None) -> None:
        """Poll now: one account, or all."""
        for name, poller in self._pollers.items():
            if account in (None, name):
                poller.poke()

    def pause(self, *, paused: bool) -> None:
        """Stop polling all accounts, or go on."""
        self.paused = paused
        for poller in self._pollers.values():
            poller.pause(paused=paused)

    def set_attention(self, focus: BatchRef | None, *, attended: bool = True) -> None:
        """Tell which batch is looked at, and whether anybody looks at the terminal at all."""
        for name, poller in self._pollers.items():
            mine = focus if focus and focus.account == name else None
            poller.attend(mine, attended=attended)

    def resolve(self, text: str) -> BatchRef:
        """The known batch that `text` names; see `service.resolve`."""
        return resolve(text, [entry.ref for entry in self.entries()])

    async def find(self, text: str) -> BatchEntry:
        """The batch that `text` names, asked for at the providers if it is not known here.

        Raises:
            AmbiguousIdError: several known batches fit.
            UnknownBatchError: neither this side nor any account knows it.
            ApiError, ConfigError: no account knew it, and one could not be asked.
        """
        try:
            ref = self.resolve(text)
        except UnknownBatchError as unknown:
            return await self._ask_all(text, unknown)
        entry = self.entry(ref)
        assert entry is not None, "a resolved batch is known"
        return entry

    async def retrieve(self, ref: BatchRef) -> BatchEntry:
        """A batch as its provider describes it now.

        Raises:
            ApiError, ConfigError: the provider did not say.
        """
        await (await self._poller(ref).sync()).retrieve(ref)
        entry = self.entry(ref)
        assert entry is not None, "a retrieved batch is known"
        return entry

    async def cancel(self, ref: BatchRef) -> BatchEntry:
        """Cancel a batch; see `Actions.cancel` for the errors."""
        poller = self._poller(ref)
        return await self._actions.cancel(poller.account.info, await poller.sync(), ref)

    async def delete(self, ref: BatchRef, *, keep_results: bool = False) -> None:
        """Delete a batch, with `keep_results` only once its results lie here.

        Raises:
            ResultsError: its results could not be kept; nothing was deleted.
            UsageError, StateError, ApiError, ConfigError: see `Actions.delete`.
        """
        poller = self._poller(ref)
        if keep_results:
            await self.retrieve(ref)
            await self.fetch_results(ref)
        await self._actions.delete(poller.account.info, await poller.sync(), ref)

    def progress(self, ref: BatchRef) -> Progress | None:
        """How far a known batch is."""
        entry = self.entry(ref)
        if entry is None:
            return None
        ended = entry.batch.state.is_final
        samples = [] if ended else self._ledger.samples(ref)
        history = [] if ended else self._ledger.durations(entry.batch)
        return progress(entry.batch, self._clock.now(), samples, history)

    def local_results(self, ref: BatchRef) -> Path | None:
        """The complete local copy of a batch's results."""
        return self._downloads.local(ref)

    async def start_download(self, ref: BatchRef) -> Download:
        """Start or join the download of a batch's results; see `Downloads.start`."""
        return await self._downloads.start(ref)

    async def fetch_results(self, ref: BatchRef) -> Path:
        """The local copy of a batch's results, downloaded first if needed."""
        return await self._downloads.fetch(ref)

    async def check_account(self, name: str) -> int:
        """Ask for one batch of an account's list, to see that it works; how many came.

        Raises:
            ApiError, ConfigError: what is wrong.
        """
        provider = await self._pollers[name].account.provider()
        return len((await provider.list_batches(limit=1)).batches)

    def _poller(self, ref: BatchRef) -> AccountPoller:
        poller = self._pollers.get(ref.account)
        if poller is None:
            near = nearest(ref.account, self._pollers)
            raise ConfigError(
                f"account {ref.account} is not configured",
                hint=f"did you mean {near}?" if near else "`batchtui config show` lists accounts",
            )
        return poller

    async def _provider_of(self, account: str) -> Provider:
        return await self._poller(BatchRef(account, "")).account.provider()

    async def _ask_all(self, text: str, unknown: UnknownBatchError) -> BatchEntry:
        account, colon, rest = text.partition(":")
        refs = (
            [BatchRef(account, rest)]
            if colon and account in self._pollers
            else [BatchRef(name, text) for name in self._pollers]
        )
        failure: BatchtuiError = unknown
        for ref in refs:
            try:
                return await self.retrieve(ref)
            except NotFoundError:
                continue
            except (ApiError, ConfigError) as error:
                failure = error
        raise failure

    def _remember(self) -> None:
        """Take over what the archive and the results folder hold."""
        for account in self._pollers:
            self._ledger.remember(account, self._downloads.local)
        self._ledger.guard(lambda: self._ledger.archive.samples.thin(self._clock.now()), 0)

    def _watch(self, task: asyncio.Task[None]) -> None:
        """A task that dies of a defect takes the listeners with it, rather than going quiet."""
        if not task.cancelled() and (error := task.exception()):
            self._hub.fail(error)


def _chosen(config: Config, names: Sequence[str] | None) -> list[AccountConfig]:
    accounts = {account.name: account for account in config.accounts}
    if not accounts:
        raise ConfigError(
            "no account is configured",
            hint="set ANTHROPIC_API_KEY, or write a file with `batchtui config init`; "
            "`batchtui demo` needs neither",
        )
    for name in names or ():
        if name not in accounts:
            near = nearest(name, accounts)
            raise ConfigError(
                f"no account {name!r}",
                hint=f"did you mean {near}?" if near else f"there are: {', '.join(accounts)}",
            )
    return [accounts[name] for name in names] if names else list(accounts.values())
