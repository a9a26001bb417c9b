import asyncio

import pytest

from batchtui.archive.archive import Archive
from batchtui.core.errors import AuthError, ConfigError, RateLimitedError, ServerError
from batchtui.core.events import BatchesChanged, HealthChanged
from batchtui.core.models import AccountStatus, BatchRef, BatchState
from batchtui.service.cadence import Cadence
from batchtui.service.hub import EventHub
from batchtui.service.lease import TTL, LeaseKeeper
from batchtui.service.ledger import Ledger
from batchtui.service.poller import FOLLOW_EVERY, AccountPoller
from support.batches import a_batch
from support.providers import FakeAccount, FakeProvider

CADENCE = Cadence(focused=5, active=30, idle=300, max_backoff=300)


class Rig:
    """A poller with all around it, on a clock that stands."""

    def __init__(self, clock, archive, *batches):
        self.clock = clock
        self.provider = FakeProvider(*batches)
        self.hub = EventHub()
        self.events = self.hub.subscribe()
        self.ledger = Ledger(lambda: archive, self.hub, clock, accounts=["work"])
        self.lease = LeaseKeeper(["work"], self.ledger, clock)
        self.account = FakeAccount(self.provider)
        self.poller = AccountPoller(
            self.account, self.ledger, self.lease, CADENCE, clock, lambda: 0.0
        )

    async def start(self):
        self.lease.renew()
        self.task = asyncio.create_task(self.poller.run())
        await self.clock.advance(0)

    def news(self):
        """The events since the last call."""
        found = []
        while self.events._waiting:
            key = next(iter(self.events._waiting))
            found.append(self.events._waiting.pop(key))
        return found


@pytest.fixture
def archive():
    with Archive.in_memory() as archive:
        yield archive


@pytest.fixture
async def rig(clock, archive):
    rig = Rig(clock, archive, a_batch("a"))
    yield rig
    rig.task.cancel()


async def test_it_polls_at_once_and_then_by_cadence(rig, clock):
    await rig.start()
    assert rig.provider.calls == ["list"]
    assert rig.poller.health.status is AccountStatus.LIVE
    await clock.advance(29)
    assert len(rig.provider.calls) == 1
    await clock.advance(1)
    assert len(rig.provider.calls) == 2


async def test_when_all_has_ended_it_polls_seldom(rig, clock):
    rig.provider.put(a_batch("a", state=BatchState.COMPLETED))
    await rig.start()
    await clock.advance(299)
    assert len(rig.provider.calls) == 1
    await clock.advance(1)
    assert len(rig.provider.calls) == 2


async def test_an_unchanged_poll_is_no_event(rig, clock):
    await rig.start()
    assert {type(event) for event in rig.news()} == {BatchesChanged, HealthChanged}
    await clock.advance(60)
    assert len(rig.provider.calls) == 3
    assert rig.news() == []
    assert rig.poller.health.last_success == clock.now()


async def test_the_focused_running_batch_is_asked_for_more_often(rig, clock):
    await rig.start()
    rig.poller.attend(BatchRef("work", "a"), attended=True)
    await clock.advance(1)
    assert rig.provider.calls == ["list", "retrieve a"]
    await clock.advance(5)
    assert rig.provider.calls == ["list", "retrieve a", "retrieve a"]
    rig.provider.retry_after = 10
    await clock.advance(5)
    assert rig.provider.calls.count("retrieve a") == 3
    await clock.advance(9)
    assert rig.provider.calls.count("retrieve a") == 3
    await clock.advance(1)
    assert rig.provider.calls.count("retrieve a") == 4


async def test_the_focused_ended_batch_is_left_alone(rig, clock):
    rig.provider.put(a_batch("a", state=BatchState.COMPLETED))
    await rig.start()
    rig.poller.attend(BatchRef("work", "a"), attended=True)
    await clock.advance(60)
    assert rig.provider.calls == ["list"]


async def test_unattended_polling_is_four_times_slower_and_recovers(rig, clock):
    await rig.start()
    rig.poller.attend(None, attended=False)
    await clock.advance(30)
    assert len(rig.provider.calls) == 2
    await clock.advance(119)
    assert len(rig.provider.calls) == 2
    rig.poller.attend(None, attended=True)
    await clock.advance(1)
    assert len(rig.provider.calls) == 3


async def test_silence_is_told_once_and_an_answer_ends_it(rig, clock):
    await rig.start()
    rig.news()
    rig.provider.gate = asyncio.Event()
    seen = clock.now()
    await clock.advance(39)
    assert rig.news() == []
    await clock.advance(1)
    assert [type(event) for event in rig.news()] == [HealthChanged]
    health = rig.poller.health
    assert (health.status, health.last_success) == (AccountStatus.STALE, seen)
    assert "no answer within 10 s" in health.error_text
    await clock.advance(600)
    assert rig.news() == []
    rig.provider.gate.set()
    await clock.advance(0)
    assert rig.poller.health.status is AccountStatus.LIVE
    assert rig.provider.calls == ["list", "list"]


async def test_a_poke_gives_up_a_silent_question_and_asks_anew(rig, clock):
    await rig.start()
    rig.provider.gate = asyncio.Event()
    await clock.advance(45)
    rig.provider.gate = None
    rig.poller.poke()
    await clock.advance(0)
    assert rig.provider.calls == ["list"] * 3
    assert rig.poller.health.status is AccountStatus.LIVE


async def test_a_poke_leaves_a_young_question_alone(rig, clock):
    await rig.start()
    rig.provider.gate = asyncio.Event()
    await clock.advance(35)
    rig.poller.poke()
    await clock.advance(4)
    assert rig.provider.calls == ["list"] * 2


async def test_errors_back_off_keep_the_data_and_are_told(rig, clock):
    await rig.start()
    rig.news()
    rig.provider.failures += [ServerError("down", "500")] * 3
    await clock.advance(30)
    assert rig.poller.health.status is AccountStatus.STALE
    assert rig.poller.health.error_text == "down: 500"
    assert [type(event) for event in rig.news()] == [HealthChanged]
    for wait, calls in ((9, 2), (1, 3), (19, 3), (1, 4), (40, 5)):
        await clock.advance(wait)
        assert len(rig.provider.calls) == calls
    assert rig.poller.health.status is AccountStatus.LIVE
    assert rig.poller.health.failures == 0
    assert len(rig.ledger.store.entries()) == 1


async def test_the_wish_of_the_server_is_a_floor(rig, clock):
    rig.provider.retry_after = 45
    await rig.start()
    rig.provider.failures.append(RateLimitedError("slow", retry_after=100))
    await clock.advance(44)
    assert len(rig.provider.calls) == 1
    await clock.advance(1)
    assert len(rig.provider.calls) == 2
    await clock.advance(99)
    assert len(rig.provider.calls) == 2
    await clock.advance(1)
    assert len(rig.provider.calls) == 3


async def test_a_poke_polls_at_once_even_after_errors_and_while_paused(rig, clock):
    rig.provider.failures.append(AuthError("wrong key"))
    await rig.start()
    assert rig.poller.health.error_text == "wrong key"
    rig.poller.poke()
    await clock.advance(0)
    assert rig.poller.health.status is AccountStatus.LIVE
    rig.poller.pause(paused=True)
    await clock.advance(1000)
    assert len(rig.provider.calls) == 2
    assert rig.poller.health.status is AccountStatus.PAUSED
    rig.poller.poke()
    await clock.advance(0)
    assert len(rig.provider.calls) == 3
    rig.poller.pause(paused=False)
    await clock.advance(0)
    assert len(rig.provider.calls) == 3
    await clock.advance(30)
    assert len(rig.provider.calls) == 4


async def test_polls_never_overlap(rig, clock):
    rig.provider.gate = asyncio.Event()
    await rig.start()
    rig.poller.poke()
    await clock.advance(9)
    assert rig.provider.calls == ["list"]
    rig.provider.gate.set()
    await clock.advance(0)
    assert rig.provider.calls == ["list", "list"]


async def test_an_account_without_a_key_is_stale_with_the_reason(rig, clock):
    rig.account.broken = ConfigError("no key", "WORK_KEY is not set")
    await rig.start()
    assert rig.poller.health.status is AccountStatus.STALE
    assert rig.poller.health.error_text == "no key: WORK_KEY is not set"
    rig.account.broken = None
    await clock.advance(10)
    assert rig.poller.health.status is AccountStatus.LIVE


async def test_the_whole_list_is_walked_once_and_again_after_an_hour(clock, archive):
    batches = [a_batch(f"b{n:04}", minutes_ago=n, state=BatchState.COMPLETED) for n in range(300)]
    rig = Rig(clock, archive, *batches)
    await rig.start()
    assert rig.provider.calls == ["list", "list"]
    assert len(rig.ledger.store.entries()) == 300
    await clock.advance(3600)
    assert len(rig.provider.calls) == 2 + 12 + 1
    rig.task.cancel()


async def test_while_another_process_holds_the_lease_this_one_reads(tmp_path, clock):
    with Archive.open(tmp_path / "a.sqlite3") as one, Archive.open(tmp_path / "a.sqlite3") as two:
        first = Rig(clock, one, a_batch("a"))
        second = Rig(clock, two, a_batch("a"))
        await first.start()
        await second.start()
        assert second.provider.calls == []
        assert second.poller.health.status is AccountStatus.FOLLOWING
        assert [entry.ref.id for entry in second.ledger.store.entries()] == ["a"]
        first.provider.put(a_batch("a", state=BatchState.COMPLETED))
        first.poller.poke()
        await clock.advance(0)
        second.news()
        await clock.advance(FOLLOW_EVERY)
        diff = next(e for e in second.news() if isinstance(e, BatchesChanged)).diff
        assert diff.ended[0].ref.id == "a"
        assert second.poller.health.last_success == first.poller.health.last_success
        await clock.advance(FOLLOW_EVERY)
        assert second.news() == []
        first.task.cancel()
        await clock.advance(TTL)
        assert second.lease.renew() == {"work"}
        second.poller.nudge()
        await clock.advance(0)
        assert second.provider.calls == ["list"]
        second.task.cancel()


async def test_a_lease_that_is_let_go_is_free_at_once(tmp_path, clock):
    with Archive.open(tmp_path / "a.sqlite3") as one, Archive.open(tmp_path / "a.sqlite3") as two:
        first, second = Rig(clock, one), Rig(clock, two)
        assert first.lease.renew() == {"work"}
        assert second.lease.renew() == set()
        first.lease.release()
        assert second.lease.renew() == {"work"}
        assert first.lease.renew() == set()
        assert not first.lease.holds("work")
