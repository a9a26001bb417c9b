"""The one facade of both faces: a store kept true, events, and actions."""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from batchtui.archive.archive import Archive
from batchtui.config.paths import Paths
from batchtui.config.schema import Config
from batchtui.core.clock import Clock, SystemClock
from batchtui.core.errors import ArchiveError
from batchtui.core.models import AccountHealth, AccountInfo, BatchEntry, BatchRef, Presence
from batchtui.core.progress import Progress
from batchtui.core.rules import Deed
from batchtui.results.fetching.download import Download
from batchtui.results.store.cache import local_copy
from batchtui.service.account import Account
from batchtui.service.actions import Actions
from batchtui.service.cadence import Cadence
from batchtui.service.choice import chosen
from batchtui.service.downloads import Downloads
from batchtui.service.finding import find
from batchtui.service.holder import holder_name
from batchtui.service.hub import EventHub, Subscription
from batchtui.service.labels import Labels
from batchtui.service.lease import LeaseKeeper
from batchtui.service.ledger import Ledger, OpenArchive
from batchtui.service.leftovers import Leftovers
from batchtui.service.lineage import Lineage
from batchtui.service.pace import Pace
from batchtui.service.patience import Patience
from batchtui.service.poller import AccountPoller
from batchtui.service.pollers import Pollers
from batchtui.service.refreshing import refresh
from batchtui.service.submission_log import SubmissionLog
from batchtui.service.submit import Submitter

ARCHIVE_PATIENCE = 0.5
"""Seconds to wait for another program's write: the event loop waits as well."""


class BatchService:
    """Watches the batches of all accounts and acts on them. For one event loop.

    Use it as an async context manager; it knows at once what the archive remembers. `start`
    polls for as long as it lives; `refresh_once` asks each account once.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        open_archive: OpenArchive,
        results_dir: Path,
        *,
        cadence: Cadence = Cadence(),  # noqa: B008  (frozen)
        clock: Clock | None = None,
        spread: Callable[[], float] | None = None,
        results_budget: int | None = None,
    ) -> None:
        clock = clock or SystemClock()
        spread = spread or (lambda: random.uniform(-1, 1))  # noqa: S311  (spreads load, no secret)
        names = [account.name for account in accounts]
        self.accounts: tuple[AccountInfo, ...] = tuple(account.info for account in accounts)
        self._clock = clock
        self._hub = EventHub()
        publish = self._hub.publish
        kept_as = {account.name: account.kept_as for account in accounts}

        def copy_of(ref: BatchRef) -> Path | None:
            return local_copy(results_dir, BatchRef(kept_as[ref.account], ref.id))

        self._ledger = Ledger(
            open_archive,
            self._hub,
            clock,
            accounts=names,
            kept_as=kept_as,
            local_copy=copy_of,
        )
        marks = {account.name: account.key_mark for account in accounts}
        holder = holder_name()
        lease = LeaseKeeper(names, self._ledger, clock, holder=holder, marks=marks)
        each = [AccountPoller(one, self._ledger, lease, cadence, clock, spread) for one in accounts]
        self._pollers = Pollers(each, lease, self._hub.fail)
        self._downloads = Downloads(
            results_dir,
            self._ledger,
            clock,
            lambda ref: self.acting(ref, Deed.RESULTS),
            self._pollers.provider,
            publish,
            budget=results_budget,
        )
        self._actions = Actions(self._ledger, clock, holder)
        log = SubmissionLog(self._ledger, publish, holder)
        self.submissions = Submitter(self._ledger, log, publish, self.account, self._pollers.sync)
        """Creates batches."""
        self.leftovers = Leftovers(names, self._ledger, log, self.submissions, publish)
        """Settles what programs that died have left behind; `start` does so by itself."""
        self.lineage = Lineage(self._ledger, results_dir)
        """Knows which batches send requests of others again, and where their requests are."""
        self.labels = Labels(self._ledger)
        """Writes on batches."""
        self._pace = Pace(self._ledger, clock)
        self._pollers.remember(self._ledger, marks)

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

        An archive that cannot be used is told through `archive_error`; the service works on
        without it.

        Raises:
            ConfigError: no account is configured, or one of `accounts` is not.
        """
        clock = clock or SystemClock()
        polling = config.polling
        return cls(
            [
                Account(one, read_only=config.read_only, env=env, clock=clock)
                for one in chosen(config, accounts)
            ],
            lambda: Archive.open(paths.archive_file, busy_timeout=ARCHIVE_PATIENCE),
            config.results.dir or paths.results_dir,
            cadence=Cadence(polling.focused, polling.active, polling.idle, polling.max_backoff),
            clock=clock,
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
        return self._ledger.twins.entries()

    def entry(self, ref: BatchRef) -> BatchEntry | None:
        """One batch by any of its refs, if it is known."""
        return self._ledger.twins.get(ref)

    def account(self, name: str) -> AccountInfo | None:
        """An account by its name, if it is configured."""
        return next((account for account in self.accounts if account.name == name), None)

    def acting(
        self, ref: BatchRef, deed: Deed | None = None, *, through: str = ""
    ) -> AccountInfo | None:
        """The account through which something is done to a batch; None if it is not configured.

        Of several that reach it the one that somebody named, else one that can, and answers.
        """
        return self.account(self._acting_ref(ref, deed, through).account)

    def _acting_ref(self, ref: BatchRef, deed: Deed | None = None, through: str = "") -> BatchRef:
        if through:
            return BatchRef(through, ref.id)
        return self._ledger.twins.most_able(ref, self.account, self._pollers.health, deed)

    def health(self) -> tuple[AccountHealth, ...]:
        """How each account is doing, in the order of the configuration."""
        return tuple(poller.health for poller in self._pollers)

    def events(self) -> Subscription:
        """All events from now on, as an async iterator that ends when the service closes."""
        return self._hub.subscribe()

    def start(self) -> None:
        """Begin to poll all accounts."""
        self._pollers.start(self.leftovers.run())

    async def aclose(self) -> None:
        """Stop polling and downloads, let other copies take over, close connections."""
        self._downloads.close()
        await self._pollers.stop()
        self._hub.close()
        self._ledger.close()

    async def refresh_once(self, *, everything: bool = False) -> None:
        """Poll each account once, at the same time; failures are found in `health`.

        `everything` goes through the providers' whole lists instead of their newest page.
        """
        await refresh(tuple(self._pollers), self._clock, walk=everything)

    def poke(self, account: str | None = None) -> None:
        """Poll now: one account, or all."""
        self._pollers.poke(account)

    @property
    def paused(self) -> bool:
        """Polling of all accounts has been stopped."""
        return self._pollers.paused

    def pause(self, *, paused: bool) -> None:
        """Stop polling all accounts, or go on."""
        self._pollers.pause(paused=paused)

    def set_attention(self, focus: BatchRef | None, *, attended: bool = True) -> None:
        """Tell which batch is looked at, and whether anybody looks at the terminal at all."""
        if focus:
            self._downloads.look(focus)
        acting = self._acting_ref(focus) if focus else None
        self._pollers.attend(acting, attended=attended)

    async def find(self, text: str, *, certain: bool = False) -> BatchEntry:
        """The batch that `text` names; see `service.finding.find`."""
        return await find(self, text, Patience(self._clock), certain=certain)

    async def retrieve(self, ref: BatchRef) -> BatchEntry:
        """A batch as its provider describes it now.

        Raises:
            ApiError, ConfigError: the provider did not say.
        """
        ref = self._acting_ref(ref)
        await (await self._pollers.sync(ref.account)).retrieve(ref)
        entry = self.entry(ref)
        assert entry is not None, "a retrieved batch is known"
        return entry

    async def cancel(self, ref: BatchRef, *, through: str = "") -> BatchEntry:
        """Cancel a batch, `through` the account that was named; see `Actions.cancel` for errors."""
        acting = self._acting_ref(ref, Deed.CANCEL, through)
        poller = self._pollers.of(acting.account)
        entry = await self._actions.cancel(poller.account.info, await poller.sync(), acting)
        return self.entry(ref) or entry

    async def delete(self, ref: BatchRef, *, keep_results: bool = False, through: str = "") -> None:
        """Delete a batch, with `keep_results` only once its results lie here.

        It goes `through` the account that was named.

        Raises:
            ResultsError: its results could not be kept; nothing was deleted.
            UsageError, StateError, ArchiveError, ApiError, ConfigError: see `Actions.delete`.
        """
        acting = self._acting_ref(ref, Deed.DELETE, through)
        poller = self._pollers.of(acting.account)
        keep = self._downloads.keep if keep_results else None
        await self._actions.delete(poller.account.info, await poller.sync(), acting, keep)
        self._ledger.mark(self._ledger.twins.members(ref), Presence.DELETED)

    def progress(self, ref: BatchRef) -> Progress | None:
        """How far a known batch is."""
        entry = self.entry(ref)
        return self._pace.of(entry) if entry else None

    def local_results(self, ref: BatchRef) -> Path | None:
        """The complete local copy of a batch's results."""
        return self._downloads.local(ref)

    async def start_download(self, ref: BatchRef) -> Download:
        """Start or join the download of a batch's results; see `Downloads.start`."""
        return await self._downloads.start(ref)

    async def fetch_results(self, ref: BatchRef) -> Path:
        """The local copy of a batch's results, downloaded first if needed.

        Raises:
            ResultsError, StateError, ApiError, ConfigError: there is none, and why.
        """
        if copy := self._downloads.local(ref):
            return copy
        entry = self.entry(ref)
        if entry is None or not entry.batch.results_available:
            await self.retrieve(ref)
        return await self._downloads.fetch(ref)

    async def models(self, account: str) -> tuple[str, ...] | None:
        """Names of the models of an account; None where its server does not say.

        Raises:
            ApiError, ConfigError: it could not be asked.
        """
        return await (await self._pollers.provider(account)).list_models()
