from dataclasses import replace

import pytest

from batchtui.archive.archive import Archive
from batchtui.core.errors import BadRequestError, NotFoundError, ProtocolError, ServerError
from batchtui.core.models import BatchRef, BatchState, Capabilities, Page, Presence
from batchtui.service.hub import EventHub
from batchtui.service.ledger import Ledger
from batchtui.service.sync import GONE_AFTER, AccountSync
from support.batches import a_batch
from support.providers import FakeProvider

GONE = GONE_AFTER.total_seconds()


@pytest.fixture
def ledger(clock):
    with Archive.in_memory() as archive:
        yield Ledger(lambda: archive, EventHub(), clock, accounts=["work"])


def syncing(ledger, clock, *batches, **options):
    provider = FakeProvider(*batches, **options)
    return provider, AccountSync("work", provider, ledger, clock)


def presence(ledger, name):
    return ledger.store.get(BatchRef("work", name)).presence


async def test_one_list_call_covers_all_active_batches_of_the_page(ledger, clock):
    provider, sync = syncing(ledger, clock, *[a_batch(f"b{n}") for n in range(50)])
    await sync.poll()
    assert provider.calls == ["list"]
    assert len(sync.active()) == 50


async def test_an_active_batch_beyond_the_page_is_asked_for_by_itself(ledger, clock):
    old = a_batch("old", minutes_ago=600)
    newer = [a_batch(f"b{n}", state=BatchState.COMPLETED) for n in range(150)]
    provider, sync = syncing(ledger, clock, old, *newer)
    await sync.walk(await sync.poll())
    provider.calls.clear()
    await sync.poll()
    assert provider.calls == ["list", "retrieve old"]


async def test_a_list_that_drops_finished_batches_is_filled_in_by_id(ledger, clock):
    partial = Capabilities(list_is_complete=False)
    provider, sync = syncing(ledger, clock, a_batch("a"), capabilities=partial)
    await sync.poll()
    provider.put(a_batch("a", state=BatchState.COMPLETED))
    real_list = provider.list_batches

    async def only_running(**asked):
        page = await real_list(**asked)
        return replace(page, batches=(), last_id=None)

    provider.list_batches = only_running
    await sync.poll()
    await clock.advance(GONE * 2)
    await sync.poll()
    entry = ledger.store.get(BatchRef("work", "a"))
    assert entry.batch.state is BatchState.COMPLETED
    assert entry.presence is Presence.LISTED


async def test_an_ended_batch_that_stays_away_is_marked_and_kept(ledger, clock):
    done = a_batch("done", state=BatchState.COMPLETED)
    provider, sync = syncing(ledger, clock, done, a_batch("b"))
    await sync.poll()
    provider.hidden.add("done")
    await sync.poll()
    assert presence(ledger, "done") is Presence.LISTED
    await clock.advance(GONE)
    await sync.poll()
    assert presence(ledger, "done") is Presence.UNLISTED
    assert ledger.store.get(done.ref).batch == done
    provider.hidden.clear()
    await sync.poll()
    assert presence(ledger, "done") is Presence.LISTED


async def test_a_passing_404_of_an_active_batch_is_not_its_end(ledger, clock):
    provider, sync = syncing(ledger, clock, a_batch("a"))
    await sync.poll()
    provider.hidden.add("a")
    await sync.poll()
    await clock.advance(GONE / 2)
    await sync.poll()
    assert presence(ledger, "a") is Presence.LISTED
    provider.hidden.clear()
    await sync.poll()
    provider.hidden.add("a")
    await clock.advance(GONE / 2)
    await sync.poll()
    assert presence(ledger, "a") is Presence.LISTED
    await clock.advance(GONE)
    await sync.poll()
    assert presence(ledger, "a") is Presence.UNLISTED
    assert sync.active() == []


async def test_what_lies_beyond_the_page_is_not_missed(ledger, clock):
    old = a_batch("old", state=BatchState.COMPLETED, minutes_ago=600)
    newer = [a_batch(f"b{n}", state=BatchState.COMPLETED) for n in range(150)]
    _, sync = syncing(ledger, clock, old, *newer)
    await sync.walk(await sync.poll())
    for _ in range(2):
        await clock.advance(GONE)
        await sync.poll()
    assert presence(ledger, "old") is Presence.LISTED


async def test_the_walk_finds_every_batch_and_misses_the_deleted(ledger, clock):
    batches = [
        a_batch(f"b{n:04}", minutes_ago=n + 5, state=BatchState.COMPLETED) for n in range(2500)
    ]
    provider, sync = syncing(ledger, clock, *batches)
    await sync.walk(await sync.poll())
    assert len(ledger.store.entries()) == 2500
    assert provider.calls == ["list"] * 4
    del provider.batches["b2400"]
    await sync.walk(await sync.poll())
    assert provider.calls[-1] == "retrieve b2400"
    assert presence(ledger, "b2400") is Presence.UNLISTED
    assert presence(ledger, "b2401") is Presence.LISTED


async def test_a_list_that_lags_does_not_make_a_batch_gone(ledger, clock):
    batches = [a_batch(f"b{n}", state=BatchState.COMPLETED) for n in range(3)]
    provider, sync = syncing(ledger, clock, *batches)
    await sync.poll()
    real_list = provider.list_batches

    async def lagging(**asked):
        page = await real_list(**asked)
        return replace(page, batches=page.batches[:2])

    provider.list_batches = lagging
    await sync.walk(await sync.poll())
    assert {entry.presence for entry in ledger.store.entries()} == {Presence.LISTED}


async def test_the_walk_ends_at_a_server_that_repeats_itself(ledger, clock):
    provider, sync = syncing(ledger, clock, a_batch("a"))
    real_list = provider.list_batches

    async def forever(**asked):
        return replace(await real_list(**asked), has_more=True)

    provider.list_batches = forever
    await sync.walk(await sync.poll())
    assert provider.calls == ["list", "list"]


async def test_one_batch_that_cannot_be_asked_for_does_not_fail_the_poll(ledger, clock):
    provider, sync = syncing(ledger, clock, a_batch("a"), a_batch("b"))
    await sync.poll()
    provider.hidden.add("a")
    await sync.poll()
    with pytest.raises(NotFoundError):
        await sync.retrieve(BatchRef("work", "a"))


@pytest.mark.parametrize("kind", [BadRequestError, ProtocolError])
async def test_an_odd_answer_about_one_batch_does_not_fail_the_poll(
    ledger, clock, kind, monkeypatch
):
    async def odd(_):
        raise kind("odd")

    provider, sync = syncing(ledger, clock, a_batch("a"), a_batch("b"))
    await sync.poll()
    provider.hidden.add("a")
    monkeypatch.setattr(provider, "retrieve", odd)
    await sync.poll()
    assert presence(ledger, "a") is Presence.LISTED


async def test_a_failing_provider_fails_the_poll(ledger, clock):
    provider, sync = syncing(ledger, clock, a_batch("a"))
    provider.failures.append(ServerError("down"))
    with pytest.raises(ServerError):
        await sync.poll()


async def test_the_poll_asks_for_at_most_twenty_batches_and_takes_turns(ledger, clock):
    running = [a_batch(f"r{n:02}", minutes_ago=600 + n) for n in range(30)]
    newer = [a_batch(f"b{n}", state=BatchState.COMPLETED) for n in range(100)]
    provider, sync = syncing(ledger, clock, *running, *newer)
    await sync.walk(await sync.poll())
    provider.calls.clear()
    await sync.poll()
    first = {call for call in provider.calls if call != "list"}
    assert len(first) == 20
    provider.calls.clear()
    await clock.advance(1)
    await sync.poll()
    second = {call for call in provider.calls if call != "list"}
    assert len(first | second) == 30


async def test_unfinished_batches_that_such_a_list_leaves_out_are_asked_for_until_they_end(
    ledger, clock
):
    partial = Capabilities(list_is_complete=False)
    provider, sync = syncing(ledger, clock, a_batch("a"), a_batch("b"), capabilities=partial)
    await sync.poll()
    listed = dict(provider.batches)

    async def nothing(**asked):
        provider.calls.append("list")
        return Page(())

    provider.list_batches = nothing
    provider.calls.clear()
    for _ in range(3):
        await sync.poll()
        await clock.advance(GONE)
    assert provider.calls == ["list", "retrieve a", "retrieve b"] * 3
    for name in listed:
        provider.put(a_batch(name, state=BatchState.COMPLETED))
    await sync.poll()
    provider.calls.clear()
    await sync.poll()
    assert provider.calls == ["list"]
    assert {entry.presence for entry in ledger.store.entries()} == {Presence.LISTED}


async def test_a_walk_revisits_what_such_a_list_never_shows(ledger, clock):
    partial = Capabilities(list_is_complete=False)
    done = [a_batch(f"d{n:02}", state=BatchState.COMPLETED) for n in range(30)]
    provider, sync = syncing(ledger, clock, *done, capabilities=partial)
    ledger.record(done)
    ledger.mark([done[0].ref, done[1].ref], Presence.UNLISTED)
    ledger.mark([done[2].ref], Presence.DELETED)
    del provider.batches["d01"]

    async def nothing(**asked):
        return Page(())

    provider.list_batches = nothing
    asked = []
    for _ in range(2):
        provider.calls.clear()
        await sync.walk(await sync.poll())
        await clock.advance(3600)
        assert len(provider.calls) == 20
        asked += provider.calls
    assert set(asked) == {f"retrieve d{n:02}" for n in range(30) if n != 2}
    assert presence(ledger, "d00") is Presence.LISTED
    assert presence(ledger, "d01") is Presence.UNLISTED


async def test_a_list_without_an_end_is_given_up(ledger, clock, monkeypatch):
    monkeypatch.setattr("batchtui.service.sync.WALK_PAGE", 1)
    provider, sync = syncing(ledger, clock, *[a_batch(f"b{n}", minutes_ago=n) for n in range(120)])
    first = await sync.poll()
    monkeypatch.setattr("batchtui.service.sync.MAX_PAGES", 5)
    assert not await sync.walk(first)
    assert provider.calls == ["list"] * 5
    monkeypatch.setattr("batchtui.service.sync.MAX_PAGES", 50)
    assert await sync.walk(first)
