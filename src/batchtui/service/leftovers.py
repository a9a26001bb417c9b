"""What programs that ended in the middle have left behind: told once, and settled."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from batchtui.archive.audit import AuditRow
from batchtui.archive.submissions import OpenSubmission
from batchtui.core.errors import BatchtuiError
from batchtui.core.events import Event, LeftOpen
from batchtui.core.submissions import LeftCall, Submission
from batchtui.service.holder import SILENCE_OF_CALLS, has_died
from batchtui.service.ledger import Ledger
from batchtui.service.submission_log import SubmissionLog
from batchtui.service.submit import Submitter

LOOK_EVERY = 60.0
"""Seconds between two looks while the program runs."""

Died = Callable[..., bool]


class Leftovers:
    """Takes over what nobody minds any more."""

    def __init__(
        self,
        accounts: Sequence[str],
        ledger: Ledger,
        log: SubmissionLog,
        submitter: Submitter,
        publish: Callable[[Event], None],
        *,
        has_died: Died = has_died,
    ) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._log = log
        self._submitter = submitter
        self._publish = publish
        self._has_died = has_died

    async def run(self) -> None:
        """Look at once and from time to time, for ever; settle what is found."""
        while True:
            await self.recover()
            await self._ledger.clock.sleep(LOOK_EVERY)

    async def recover(self) -> LeftOpen:
        """Tell what was left open, and settle the submissions; how they stood when found.

        Those that cannot be settled, for want of a network, stay for the next time.
        """
        mine, taken = self._takeable()
        found = LeftOpen(tuple(one.submission for one in taken), tuple(self._left_calls()))
        if found.submissions or found.calls:
            self._publish(found)
        await asyncio.gather(*(self._settle(left) for left in (*mine, *taken)))
        return found

    def _takeable(self) -> tuple[list[OpenSubmission], list[OpenSubmission]]:
        """Open submissions that wait for a next look: this program's own, and dead ones'."""
        mine, taken = [], []
        for account in self._accounts:
            for left in self._log.left_open(account):
                if self._submitter.is_busy(left.submission.number) or left.submission.candidates:
                    continue
                if left.holder == self._log.holder:
                    mine.append(left)
                elif self._is_left(left) and self._log.take_over(left):
                    taken.append(left)
        return mine, taken

    def _is_left(self, left: OpenSubmission) -> bool:
        silent = self._ledger.clock.now().timestamp() - left.beat_at
        return self._has_died(left.holder, silent)

    async def _settle(self, left: OpenSubmission) -> Submission | None:
        try:
            return await self._submitter.settle(left)
        except BatchtuiError:
            return None  # of the account: told by its health

    def _left_calls(self) -> Iterable[LeftCall]:
        """Calls whose programs have died, each told once: creates are told as submissions."""
        now, none = self._ledger.clock.now(), list[AuditRow]()
        for row in self._ledger.guard(lambda archive: archive.audit.open_rows(), none):
            ref = self._ledger.ref_kept_as(row.ref)
            silent = (now - row.at).total_seconds()
            if row.verb == "create" or ref is None or ref.account not in self._accounts:
                continue
            if self._has_died(row.holder, silent, SILENCE_OF_CALLS):
                self._close(row, now)
                yield LeftCall(ref, row.verb, row.at)

    def _close(self, row: AuditRow, now: datetime) -> None:
        outcome, why = "interrupted", "the program ended before the answer"
        self._ledger.guard(lambda it: it.audit.finish_if_open(row.number, now, outcome, why), None)
