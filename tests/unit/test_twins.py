"""The same batch through several accounts: once in the list, and through the one that can."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from batchtui.archive.archive import Archive
from batchtui.cli.batch_fields import as_json
from batchtui.core.errors import AuthError, NetworkError, StateError, UsageError
from batchtui.core.events import BatchesChanged, DownloadProgress
from batchtui.core.models import (
    UNDATED,
    BatchEntry,
    BatchRef,
    BatchState,
    Capabilities,
    Presence,
    RequestCounts,
)
from batchtui.core.rules import Deed
from batchtui.core.twins import identity, seen_through, united
from batchtui.results.compare.reconcile import Reconciliation
from batchtui.service.manager import BatchService
from support.batches import NOON, a_batch
from support.providers import FakeAccount, FakeProvider
from support.requests import line

LINE = b'{"custom_id":"a","result":{"type":"canceled"}}\n'
ONE = RequestCounts(canceled=1)


def through(account, name="a", **fields):
    return a_batch(name, account=account, **fields)


def ended(account, name="a"):
    return through(account, name, state=BatchState.COMPLETED, counts=ONE)


def entry(account, **fields):
    return BatchEntry(through(account, **fields))


@pytest.fixture
def make(tmp_path, clock):
    """Services over (account name, provider) pairs, with one archive and one folder of results."""

    def build(**accounts):
        given = [
            one if isinstance(one, FakeAccount) else FakeAccount(one, name)
            for name, one in accounts.items()
        ]
        return BatchService(
            given,
            lambda: Archive.open(tmp_path / "archive.sqlite3"),
            tmp_path / "results",
            clock=clock,
            spread=lambda: 0.0,
        )

    return build


def test_who_says_the_same_kind_id_and_second_speaks_of_the_same_batch():
    one = through("work")
    cut = replace(one, ref=BatchRef("gate", "a"), created_at=one.created_at.replace(microsecond=9))
    assert identity(one) == identity(cut)
    others = (
        replace(one, kind="openai"),
        replace(one, ref=BatchRef("work", "b")),
        replace(one, created_at=one.created_at + timedelta(seconds=1)),
    )
    assert all(identity(one) != identity(other) for other in others)


def test_a_batch_without_a_date_is_never_taken_for_another():
    assert identity(through("work", created_at=UNDATED)) is None


def test_the_most_advanced_of_what_is_said_holds():
    old, new = entry("work"), BatchEntry(ended("home"), label="nightly", tags=("x",))
    both = united([old, new], ("work", "home"))
    assert both.ref == BatchRef("work", "a")
    assert both.batch == replace(new.batch, ref=old.ref)
    assert (both.label, both.tags, both.accounts) == ("nightly", ("x",), ("work", "home"))


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        (Presence.UNLISTED, Presence.LISTED, Presence.LISTED),
        (Presence.DELETED, Presence.LISTED, Presence.DELETED),
        (Presence.UNLISTED, Presence.UNLISTED, Presence.UNLISTED),
    ],
)
def test_a_batch_is_gone_once_no_account_lists_it_or_it_was_deleted_from_here(one, other, shown):
    entries = replace(entry("work"), presence=one), replace(entry("home"), presence=other)
    assert united(entries, ("work", "home")).presence is shown


async def test_it_is_listed_once_and_names_all_its_accounts(make):
    async with make(
        work=FakeProvider(through("work"), through("work", "own")),
        home=FakeProvider(through("home")),
    ) as service:
        await service.refresh_once()
        assert sorted(one.ref.id for one in service.entries()) == ["a", "own"]
        both = service.entry(BatchRef("home", "a"))
        assert both == service.entry(BatchRef("work", "a"))
        told = as_json(both)
        assert (told["account"], told["accounts"]) == ("work", ["work", "home"])


async def test_which_account_is_told_first_does_not_depend_on_which_answers_first(make):
    slow = FakeProvider(through("work"))
    slow.gate = asyncio.Event()
    async with make(work=slow, home=FakeProvider(through("home"))) as service:
        events = service.events()
        polling = asyncio.create_task(service.refresh_once())
        for _ in range(20):
            await asyncio.sleep(0)
        (before,) = service.entries()
        slow.gate.set()
        await polling
        (after,) = service.entries()
        assert before.ref == after.ref == BatchRef("home", "a")
        assert as_json(after)["account"] == "work"
        refs = {
            one.ref
            async for event in _taken(events)
            if isinstance(event, BatchesChanged)
            for one in (*event.diff.added, *event.diff.updated)
        }
        assert refs == {before.ref}


async def _taken(events):
    events.close()
    async for event in events:
        yield event


@pytest.mark.parametrize("text", ["msgbatch_abcd", "home:msgbatch_abcd", "work:abcd", "home:abcd"])
async def test_its_id_is_not_ambiguous(make, text):
    name = "msgbatch_abcd"
    async with make(
        work=FakeProvider(through("work", name)), home=FakeProvider(through("home", name))
    ) as service:
        await service.refresh_once()
        assert (await service.find(text)).ref.id == name


async def test_its_end_is_told_once(make):
    work, home = FakeProvider(through("work")), FakeProvider(through("home"))
    async with make(work=work, home=home) as service:
        await service.refresh_once()
        events = service.events()
        work.put(ended("work"))
        home.put(ended("home"))
        await service.refresh_once()
        ends = [
            one
            async for event in _taken(events)
            if isinstance(event, BatchesChanged)
            for one in event.diff.ended
        ]
        assert [one.ref for one in ends] == [BatchRef("work", "a")]


async def test_a_cancel_goes_through_the_account_that_may(make):
    work, home = FakeProvider(through("work")), FakeProvider(through("home"))
    locked = FakeAccount(work, "work", read_only=True)
    async with make(work=locked, home=home) as service:
        await service.refresh_once()
        after = await service.cancel(BatchRef("work", "a"))
        assert (after.ref, after.batch.state) == (BatchRef("work", "a"), BatchState.CANCELING)
        assert "cancel a" in home.calls
        assert "cancel a" not in work.calls


async def test_an_account_that_was_named_acts_or_refuses(make):
    work, home = FakeProvider(ended("work")), FakeProvider(ended("home"))
    locked = FakeAccount(home, "home", read_only=True)
    async with make(work=work, home=locked) as service:
        await service.refresh_once()
        for deed in (service.cancel, service.delete):
            with pytest.raises(UsageError, match="account home is read-only"):
                await deed(BatchRef("work", "a"), through="home")
        assert not [call for call in work.calls + home.calls if call.endswith(" a")]
        await service.delete(BatchRef("work", "a"), through="work")
        assert "delete a" in work.calls


async def test_a_delete_goes_through_the_account_that_can_and_holds_for_all(make):
    work = FakeProvider(ended("work"), capabilities=Capabilities(can_delete=False))
    home = FakeProvider(ended("home"))
    async with make(work=work, home=home) as service:
        await service.refresh_once()
        await service.delete(BatchRef("work", "a"))
        assert "delete a" in home.calls
        (gone,) = service.entries()
        assert gone.presence is Presence.DELETED
        await service.refresh_once()  # the other account goes on listing it
        assert service.entries() == (gone,)


async def test_where_no_account_may_the_refusal_is_the_first_ones(make):
    accounts = {
        name: FakeAccount(FakeProvider(through(name)), name, read_only=True)
        for name in ("work", "home")
    }
    async with make(**accounts) as service:
        await service.refresh_once()
        with pytest.raises(UsageError, match="account work is read-only"):
            await service.cancel(BatchRef("home", "a"))


@pytest.mark.parametrize("trouble", [AuthError("no", status=401), NetworkError("dead")])
async def test_a_failing_account_is_not_asked_where_another_answers(make, trouble):
    work, home = FakeProvider(ended("work")), FakeProvider(ended("home"))
    work.results = home.results = LINE
    async with make(work=work, home=home) as service:
        await service.refresh_once()
        work.failures = [trouble]
        await service.refresh_once()
        assert (await service.retrieve(BatchRef("work", "a"))).ref == BatchRef("work", "a")
        await service.fetch_results(BatchRef("work", "a"))
        assert {"retrieve a", "results a"} <= set(home.calls)
        assert "results a" not in work.calls


async def test_there_is_one_copy_of_its_results(make, tmp_path):
    def both():
        found = FakeProvider(ended("work")), FakeProvider(ended("home"))
        for one in found:
            one.results = LINE
        return found

    work, home = both()
    async with make(work=work, home=home) as service:
        await service.refresh_once()
        events = service.events()
        copy = await service.fetch_results(BatchRef("home", "a"))
        assert await service.fetch_results(BatchRef("work", "a")) == copy
        assert service.entry(BatchRef("home", "a")).local_results == str(copy)
        told = {e.ref async for e in _taken(events) if isinstance(e, DownloadProgress)}
        assert told == {BatchRef("work", "a")}
    only, _ = both()
    only.put(replace(ended("home")))
    async with make(home=only, work=both()[0]) as service:  # the other order
        await service.refresh_once()
        assert await service.fetch_results(BatchRef("home", "a")) == copy
        assert "results a" not in only.calls
    assert len(list((tmp_path / "results").glob("*/*.jsonl"))) == 1


async def test_what_is_written_on_it_is_seen_through_each_account(make):
    batches = {name: FakeProvider(through(name)) for name in ("work", "home")}
    async with make(**batches) as service:
        await service.refresh_once()
        service.labels.set_label(BatchRef("work", "a"), "nightly")
    async with make(home=batches["home"]) as service:
        assert service.entries()[0].label == "nightly"


async def test_what_is_found_of_it_holds_for_each_account(make, tmp_path):
    file = tmp_path / "requests.jsonl"
    file.write_bytes(line("a") + b"\n")
    batches = {name: FakeProvider(ended(name)) for name in ("work", "home")}
    async with make(home=batches["home"]) as service:
        await service.refresh_once()
        ref = BatchRef("home", "a")
        service.lineage.remember_reconciled(ref, Reconciliation(1, None, ("x",)))
    async with make(**batches) as service:
        await service.refresh_once()
        ref = BatchRef("work", "a")
        await service.lineage.name_requests(ref, file)
        service.lineage.remember_reconciled(ref, Reconciliation(2, 2))
    async with make(home=batches["home"]) as service:
        ref = BatchRef("home", "a")
        assert service.entry(ref).reconciled.rows == 2
        assert service.lineage.request_file(ref).file == str(file)


async def test_a_batch_of_another_moment_stays_another_one(make):
    async with make(
        work=FakeProvider(through("work")),
        home=FakeProvider(through("home", created_at=NOON - timedelta(days=3))),
    ) as service:
        await service.refresh_once()
        assert [one.accounts for one in service.entries()] == [("work",), ("home",)]
        with pytest.raises(StateError):
            await service.delete(BatchRef("home", "a"))


async def test_a_retry_goes_through_the_account_in_which_a_batch_can_be_created(make):
    locked = FakeAccount(FakeProvider(ended("work")), "work", read_only=True)
    async with make(work=locked, home=FakeProvider(ended("home"))) as service:
        await service.refresh_once()
        (both,) = service.entries()
        through_home = seen_through(both, service.acting(both.ref, Deed.CREATE))
        assert through_home.ref == BatchRef("home", "a")
        assert service.entry(through_home.ref) == both
        assert seen_through(both, None) == both
