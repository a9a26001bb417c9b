"""All accounts asked once, at the same time, without waiting for ever for one of them."""

import asyncio
from collections.abc import Collection

from batchtui.core.clock import Clock
from batchtui.core.models import AccountStatus
from batchtui.service.patience import PATIENCE
from batchtui.service.poller import AccountPoller


async def refresh(pollers: Collection[AccountPoller], clock: Clock, *, walk: bool) -> None:
    """Poll each account once; failures are found in their `health`.

    With `walk`, go through their whole lists. Where some have answered, silence is a failure
    sooner than it is for an account alone.
    """
    before = {poller: poller.answered for poller in pollers}
    async with asyncio.TaskGroup() as group:
        polls = {group.create_task(poller.poll(walk=walk)): poller for poller in pollers}
        patience = group.create_task(clock.sleep(PATIENCE))
        pending = set(polls)
        while pending and not patience.done():
            await asyncio.wait({*pending, patience}, return_when=asyncio.FIRST_COMPLETED)
            pending = {poll for poll in pending if not poll.done()}
        patience.cancel()
        if not any(_has_answered(poller) for poller in pollers):
            return
        for poll in pending:
            poller = polls[poll]
            if poller.answered == before[poller]:
                poll.cancel()
                poller.give_up(PATIENCE)


def _has_answered(poller: AccountPoller) -> bool:
    return poller.health.status is AccountStatus.LIVE
