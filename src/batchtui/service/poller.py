"""One task per account that asks its provider for news at the right times."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from batchtui.core.clock import Clock
from batchtui.core.errors import (
    ApiError,
    AuthError,
    BatchtuiError,
    ConfigError,
    NoAnswerError,
    NotFoundError,
    PermissionDeniedError,
)
from batchtui.core.models import AccountHealth, AccountStatus, BatchRef, Page, Presence
from batchtui.service.account import Account
from batchtui.service.cadence import Cadence, Situation, focus_delay, interval, next_delay
from batchtui.service.lease import LeaseKeeper
from batchtui.service.ledger import Ledger
from batchtui.service.patience import COULD_NOT_LIST, Silence
from batchtui.service.sync import AccountSync

WALK_EVERY = 3600.0
"""Seconds between walks through the whole list, which find old batches and their end."""

FOLLOW_EVERY = 2.0
"""Seconds between looks into the archive while another process polls the account."""

FOCUS_SETTLE = 1.0
"""Seconds a batch must be looked at before it is asked for: scrolling past is no interest."""

DENIED = (AuthError, PermissionDeniedError, ConfigError)
"""What does not pass by itself: somebody has to do something."""

_FOREVER = 3600.0


class AccountPoller:
    """Polls one account: list by cadence, the focused batch more often. Single flight.

    A failure makes the account stale, never blank, and moves the next try further away; so does
    silence, as soon as it is long. A poke polls at once, whatever else holds.
    """

    def __init__(
        self,
        account: Account,
        ledger: Ledger,
        lease: LeaseKeeper,
        cadence: Cadence,
        clock: Clock,
        spread: Callable[[], float],
    ) -> None:
        self.account = account
        self.health = AccountHealth(account.name)
        self.answered = 0
        """How often the account's server has answered so far, or failed to."""
        self._revision = 0
        self._next_follow = clock.monotonic()
        self._told: AccountHealth | None = None
        self._ledger = ledger
        self._lease = lease
        self._cadence = cadence
        self._clock = clock
        self._spread = spread
        self._sync: AccountSync | None = None
        self._flight = asyncio.Lock()
        self._silence = Silence(clock)
        self._wake = asyncio.Event()
        self._poked = False
        self._paused = False
        self._distrusts = False
        self._attended = True
        self._focus: BatchRef | None = None
        self._next_list = self._next_focus = self._next_walk = clock.monotonic()

    async def run(self) -> None:
        """Poll for ever."""
        while True:
            await self._tick()
            await self._wait()

    def poke(self) -> None:
        """Poll now."""
        self._poked = True
        self._silence.poke()
        self._wake.set()

    def nudge(self) -> None:
        """Look again at what is due, after the lease or the attention changed."""
        self._wake.set()

    def pause(self, *, paused: bool) -> None:
        """Stop polling, or go on; a poke still polls."""
        self._paused = paused
        self._wake.set()

    def attend(self, focus: BatchRef | None, *, attended: bool) -> None:
        """Tell what is looked at, and whether anybody looks at all."""
        if attended and not self._attended:
            regular = interval(self._cadence, self._situation(attended=True))
            self._next_list = min(self._next_list, self._clock.monotonic() + regular)
        if focus != self._focus:
            self._next_focus = max(self._next_focus, self._clock.monotonic() + FOCUS_SETTLE)
        self._focus, self._attended = focus, attended
        self._wake.set()

    async def sync(self) -> AccountSync:
        """What does the asking.

        Raises:
            ConfigError: the account's key or a setting cannot be used.
        """
        provider = await self.account.provider()
        if self._sync is None or self._sync.provider is not provider:
            self._sync = AccountSync(
                self.account.name, provider, self._ledger, self._clock, self._silence.heard
            )
        return self._sync

    async def poll(self, *, walk: bool = False) -> None:
        """Ask for the list once; failures go to `health`. With `walk`, go through all of it."""
        walk = walk or self._distrusts
        async with self._flight:
            try:
                await self._silence.mind(self._listed(await self.sync(), walk), self._silent)
            except (ApiError, ConfigError) as error:
                self._failed(error)

    async def _listed(self, sync: AccountSync, walk: bool) -> None:
        page = await sync.poll()
        self._succeeded(page)
        if walk:
            self._walked(complete=await sync.walk(page))

    def give_up(self, seconds: float) -> None:
        """Nobody waits any longer for an answer, which did not come for so long."""
        self._failed(NoAnswerError(COULD_NOT_LIST, f"no answer within {seconds:g} s"))

    def distrust(self) -> None:
        """What is known comes from another key: it counts as unlisted until it is seen again."""
        refs = [entry.ref for entry in self._ledger.store.of_account(self.account.name)]
        self._ledger.mark(refs, Presence.UNLISTED)
        self._distrusts = True

    def remember(self) -> None:
        """Take over what the archive holds."""
        self._revision = self._ledger.follow(self.account.name, 0)

    def _walked(self, *, complete: bool) -> None:
        self._distrusts = False
        self._next_walk = self._clock.monotonic() + WALK_EVERY
        recovered = replace(self.health, status=AccountStatus.LIVE, error=None, error_text="")
        self._tell(replace(recovered, complete=complete))

    async def _tick(self) -> None:
        now = self._clock.monotonic()
        if self._poked:
            self._poked = False
            await self._poll_due(now)
        elif self._paused:
            self._tell(replace(self.health, status=AccountStatus.PAUSED, next_poll=None))
        elif not self._lease.holds(self.account.name):
            await self._follow(now)
        elif now >= self._next_list:
            await self._poll_due(now)
        elif self._focus_active() and now >= self._next_focus:
            await self._poll_focus()

    async def _poll_due(self, now: float) -> None:
        await self.poll(walk=now >= self._next_walk)

    async def _poll_focus(self) -> None:
        assert self._focus is not None
        floor = None
        async with self._flight:
            try:
                question = (await self.sync()).retrieve(self._focus)
                floor = await self._silence.mind(question, self._silent)
            except NotFoundError:
                pass  # the sync minds how long it has been missing
            except (ApiError, ConfigError) as error:
                self._failed(error)
        self._next_focus = self._clock.monotonic() + focus_delay(self._cadence, floor)

    async def _follow(self, now: float) -> None:
        """Take over what the process that polls has stored; ask only for what is looked at."""
        if self._focus_active() and now >= self._next_focus:
            await self._poll_focus()
            self._next_focus = now + self._cadence.active
        if now < self._next_follow:
            return
        self._next_follow = now + FOLLOW_EVERY
        self._revision = self._ledger.follow(self.account.name, self._revision)
        kept = self._ledger.stored_health(self.account.name) or self.health
        self._tell(
            AccountHealth(
                self.account.name,
                AccountStatus.FOLLOWING,
                last_success=kept.last_success,
                interval=FOLLOW_EVERY,
                error_text=kept.error_text,
                denied=kept.denied,
            )
        )
        self._next_list = now

    async def _wait(self) -> None:
        """Sleep until something is due, or somebody asks."""
        sleeper = asyncio.ensure_future(self._clock.sleep(self._until_due()))
        waker = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({sleeper, waker}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()
            waker.cancel()
        self._wake.clear()

    def _until_due(self) -> float:
        if self._poked:
            return 0.0
        if self._paused:
            return _FOREVER
        if not self._lease.holds(self.account.name):
            return max(0.0, self._next_follow - self._clock.monotonic())
        due = min(self._next_list, self._next_focus) if self._focus_active() else self._next_list
        return max(0.0, due - self._clock.monotonic())

    def _focus_active(self) -> bool:
        if self._focus is None or not self._attended or self.health.failures:
            return False
        entry = self._ledger.store.get(self._focus)
        return entry is not None and not entry.batch.state.is_final

    def _situation(self, *, attended: bool, retry_after: float | None = None) -> Situation:
        active = bool(self._sync and self._sync.active())
        return Situation(active, attended, self.health.failures, retry_after)

    def _schedule(self, retry_after: float | None) -> datetime:
        situation = self._situation(attended=self._attended, retry_after=retry_after)
        delay = next_delay(self._cadence, situation, self._spread())
        self._next_list = self._clock.monotonic() + delay
        return self._clock.now() + timedelta(seconds=delay)

    def _succeeded(self, page: Page) -> None:
        now = self._clock.now()
        complete = self.health.complete or not page.has_more
        self.answered += 1
        self.health = replace(self.health, failures=0)
        next_poll = self._schedule(page.retry_after)
        self._tell(
            AccountHealth(
                self.account.name,
                AccountStatus.LIVE,
                last_success=now,
                next_poll=next_poll,
                interval=round((next_poll - now).total_seconds(), 1),
                complete=complete,
                skipped=page.skipped,
            )
        )

    def _failed(self, error: BatchtuiError) -> None:
        wish = error.retry_after if isinstance(error, ApiError) else None
        self.answered += 1
        self.health = replace(self.health, failures=self.health.failures + 1)
        next_poll = self._schedule(wish)
        self._tell(self._stale(error, next_poll))

    def _silent(self, error: NoAnswerError) -> None:
        """What is shown gets old, although the question may still be answered."""
        self._tell(self._stale(error, self._clock.now()))

    def _stale(self, error: BatchtuiError, next_poll: datetime) -> AccountHealth:
        return replace(
            self.health,
            status=AccountStatus.STALE,
            next_poll=next_poll,
            error=error,
            error_text=str(error),
            denied=isinstance(error, DENIED),
        )

    def _tell(self, health: AccountHealth) -> None:
        """Publish a change of health that somebody could see; mere times are no news."""
        self.health = health
        if health.status is not AccountStatus.FOLLOWING:
            self._ledger.keep_health(health)
        news = health if health.failures else replace(health, last_success=None, next_poll=None)
        if news != self._told:
            self._told = news
            self._ledger.tell_health(health)
