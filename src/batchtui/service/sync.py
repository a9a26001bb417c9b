"""Asking one account's provider for news, with as few calls as will do."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from batchtui.core.clock import Clock
from batchtui.core.errors import BadRequestError, NotFoundError, ProtocolError
from batchtui.core.models import UNDATED, Batch, BatchEntry, BatchRef, Page, Presence
from batchtui.providers.base import Provider
from batchtui.service.ledger import Ledger

PAGE = 100
"""Batches a routine poll asks for: one call covers a day's active ones."""

WALK_PAGE = 1000
"""Batches a call of the walk through the whole list asks for, the most the API gives."""

MAX_PAGES = 1000
"""Pages of a list that are asked for: one that is longer has most likely no end."""

GONE_AFTER = timedelta(minutes=2)
"""How long a known batch must be missing before it counts as gone.

Servers answer 404 for batches that exist, right after their creation and in mid-life.
"""

MAX_RETRIEVES = 20
"""Calls for single batches in one poll."""


class AccountSync:
    """Keeps the ledger true for one account. Raises `ApiError` where the provider fails.

    `heard` is called at each answer.
    """

    def __init__(
        self,
        account: str,
        provider: Provider,
        ledger: Ledger,
        clock: Clock,
        heard: Callable[[], object] = lambda: None,
    ) -> None:
        self.account = account
        self.provider = provider
        self._ledger = ledger
        self._clock = clock
        self._heard = heard
        self._missing_since: dict[BatchRef, datetime] = {}
        self._asked: dict[BatchRef, float] = {}

    async def poll(self) -> Page:
        """One list call, then single calls for active batches that the list did not cover."""
        asked = self._ledger.asking()
        page = await self.provider.list_batches(limit=PAGE)
        self._heard()
        self._ledger.record(page.batches, asked)
        self._note_absent(page.batches, whole=not page.has_more)
        for ref in self._uncovered({batch.ref for batch in page.batches}):
            await self._check(ref)
        return page

    async def walk(self, newest: Page) -> bool:
        """Go on from the newest page through the whole list, each page applied as it arrives.

        False for a list that had no end within `MAX_PAGES`.
        """
        page, seen, pages = newest, {batch.ref: batch for batch in newest.batches}, 1
        while page.has_more and page.last_id is not None:
            if pages >= MAX_PAGES:
                return False
            pages += 1
            asked = self._ledger.asking()
            page = await self.provider.list_batches(limit=WALK_PAGE, after_id=page.last_id)
            self._heard()
            new = [batch for batch in page.batches if batch.ref not in seen]
            if not new:  # a server that repeats itself would be asked for ever
                return True
            self._ledger.record(new, asked)
            seen.update((batch.ref, batch) for batch in new)
        self._note_absent(tuple(seen.values()), whole=True)
        if self.provider.capabilities.list_is_complete:
            await self._confirm_gone(seen)
        else:
            await self._revisit(seen)
        return True

    async def _confirm_gone(self, listed: Collection[BatchRef]) -> None:
        """Ask for known batches that the whole list lacks; two answers say that they are gone."""
        old = self._clock.now() - GONE_AFTER
        absent = [
            entry.ref
            for entry in self._expected(None)
            if entry.ref not in listed and entry.batch.created_at < old
        ]
        for ref in absent[:MAX_RETRIEVES]:
            try:
                await self.retrieve(ref)
            except NotFoundError:
                self._ledger.mark([ref], Presence.UNLISTED)
            except (BadRequestError, ProtocolError):
                continue

    async def _revisit(self, listed: Collection[BatchRef]) -> None:
        """Ask for some of the known batches that such a list leaves out, in turns."""
        entries = self._ledger.store.of_account(self.account)
        known = [entry.ref for entry in entries if entry.presence is not Presence.DELETED]
        for ref in self._least_asked(ref for ref in known if ref not in listed):
            await self._check(ref)

    async def retrieve(self, ref: BatchRef) -> float | None:
        """Ask for one batch; returns the server's wish for the time before the next call.

        Raises:
            NotFoundError: the server does not know it now. A batch seen before stays listed
                until it has been missing for `GONE_AFTER`.
            ApiError: the server did not say.
        """
        try:
            answer = await self.provider.retrieve(ref.id)
            self._heard()
        except NotFoundError:
            self._heard()
            self._note_missing(ref)
            raise
        if answer.batch.ref != ref:
            raise ProtocolError(
                f"the server answered with another batch than {ref.id}",
                f"it sent {answer.batch.ref.id}",
                "check base_url: a gateway may mix things up",
            )
        self._missing_since.pop(ref, None)
        self._ledger.record([answer.batch])
        return answer.retry_after

    def active(self) -> list[BatchEntry]:
        """The account's batches that can still change."""
        return [
            entry
            for entry in self._ledger.store.of_account(self.account)
            if entry.presence is Presence.LISTED and not entry.batch.state.is_final
        ]

    def _uncovered(self, covered: set[BatchRef]) -> list[BatchRef]:
        return self._least_asked(entry.ref for entry in self.active() if entry.ref not in covered)

    def _least_asked(self, refs: Iterable[BatchRef]) -> list[BatchRef]:
        """As many as a poll may ask for, beginning with those that had to wait longest."""
        return sorted(refs, key=lambda ref: self._asked.get(ref, 0.0))[:MAX_RETRIEVES]

    async def _check(self, ref: BatchRef) -> None:
        self._asked[ref] = self._clock.monotonic()
        try:
            await self.retrieve(ref)
        except (NotFoundError, BadRequestError, ProtocolError):
            return  # one batch that cannot be asked for says nothing about the account

    def _note_absent(self, listed: Sequence[Batch], *, whole: bool) -> None:
        """Mind which known batches a stretch of the list should have shown, and did not."""
        present = {batch.ref for batch in listed}
        for ref in present:
            self._missing_since.pop(ref, None)
        dated = [batch.created_at for batch in listed if batch.created_at > UNDATED]
        if not self.provider.capabilities.list_is_complete or not (dated or whole):
            return
        oldest = None if whole else min(dated)
        for entry in self._expected(oldest):
            if entry.ref not in present and entry.batch.state.is_final:
                self._note_missing(entry.ref)

    def _expected(self, oldest: datetime | None) -> Iterable[BatchEntry]:
        for entry in self._ledger.store.of_account(self.account):
            if entry.presence is Presence.LISTED and (
                oldest is None or entry.batch.created_at > oldest
            ):
                yield entry

    def _note_missing(self, ref: BatchRef) -> None:
        now = self._clock.now()
        if now - self._missing_since.setdefault(ref, now) >= GONE_AFTER:
            self._ledger.mark([ref], Presence.UNLISTED)
            self._missing_since.pop(ref, None)
