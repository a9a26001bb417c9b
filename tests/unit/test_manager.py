import asyncio
import json
from datetime import timedelta

import pytest

from batchtui.archive.archive import Archive
from batchtui.config.paths import Paths
from batchtui.config.schema import AccountConfig, Config
from batchtui.core.errors import (
    AmbiguousIdError,
    ArchiveError,
    AuthError,
    BadRequestError,
    ConfigError,
    NetworkError,
    NotFoundError,
    ProtocolError,
    ResultsError,
    StateError,
    UnknownBatchError,
    UsageError,
)
from batchtui.core.events import BatchesChanged, DownloadProgress
from batchtui.core.models import (
    AccountStatus,
    BatchRef,
    BatchState,
    Capabilities,
    PendingAction,
    Presence,
    RequestCounts,
)
from batchtui.results.store.cache import set_kept
from batchtui.service.ledger import RETRY_ARCHIVE
from batchtui.service.manager import BatchService
from batchtui.service.patience import PATIENCE
from support.batches import NOON, a_batch
from support.providers import FakeAccount, FakeProvider
from support.waiting import PATIENCE as DEADLINE

LINE = json.dumps({"custom_id": "a", "result": {"type": "canceled"}}).encode()
ONE = RequestCounts(canceled=1)


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


def ref(name="a", account="work"):
    return BatchRef(account, name)


@pytest.fixture
def make(tmp_path, clock):
    """Builds services over fake providers, all on one archive file."""

    def build(*providers, archive=None, results_budget=None, **options):
        names = ("work", "home", "third")
        accounts = [
            FakeAccount(provider, name, **options)
            for provider, name in zip(providers, names, strict=False)
        ]

        def open_archive():
            return archive or Archive.open(tmp_path / "archive.sqlite3")

        return BatchService(
            accounts,
            open_archive,
            tmp_path / "results",
            clock=clock,
            spread=lambda: 0.0,
            results_budget=results_budget,
        )

    return build


def ended(name="a", **fields):
    return a_batch(name, state=BatchState.COMPLETED, **fields)


async def test_one_bad_account_never_hides_another(make):
    bad, good = FakeProvider(), FakeProvider(a_batch("a", account="home"))
    bad.failures.append(AuthError("wrong key"))
    async with make(bad, good) as service:
        await service.refresh_once()
        assert [entry.ref for entry in service.entries()] == [ref("a", "home")]
        work, home = service.health()
        assert (work.status, work.error_text) == (AccountStatus.STALE, "wrong key")
        assert home.status is AccountStatus.LIVE


async def test_things_in_the_list_that_are_no_batches_are_told_of(make):
    provider = FakeProvider(a_batch())
    provider.skipped = 2
    async with make(provider) as service:
        await service.refresh_once()
        assert service.health()[0].skipped == 2


async def test_a_slow_account_does_not_delay_another(make):
    slow, quick = FakeProvider(), FakeProvider(a_batch("a", account="home"))
    slow.gate = asyncio.Event()
    async with make(slow, quick) as service:
        events = service.events()
        service.start()
        while not isinstance(event := await anext(events), BatchesChanged):
            pass
        assert event.diff.added[0].ref.account == "home"
        assert service.health()[0].status is AccountStatus.CONNECTING


async def test_batches_once_seen_are_known_at_the_next_start(make):
    async with make(FakeProvider(a_batch("a"), ended("b"))) as service:
        await service.refresh_once()
    failing = FakeProvider()
    failing.failures.append(NetworkError("offline"))
    async with make(failing) as service:
        assert {entry.ref.id for entry in service.entries()} == {"a", "b"}
        await service.refresh_once()
        assert len(service.entries()) == 2


async def test_everything_means_the_whole_list(make):
    provider = FakeProvider(*[ended(f"b{n:03}", minutes_ago=n) for n in range(250)])
    async with make(provider) as service:
        await service.refresh_once()
        assert len(service.entries()) == 100
        await service.refresh_once(everything=True)
        assert len(service.entries()) == 250


async def test_cancel_comes_back_as_a_change_and_leaves_an_audit_row(make, tmp_path):
    provider = FakeProvider(a_batch("a"))
    async with make(provider) as service:
        await service.refresh_once()
        entry = await service.cancel(ref())
        assert entry.batch.state is BatchState.CANCELING
        assert entry.pending is None
        again = await service.cancel(ref())
        assert again.batch.state is BatchState.CANCELING
    assert provider.calls.count("cancel a") == 1
    with Archive.open(tmp_path / "archive.sqlite3") as archive:
        (row,) = archive.audit.recent()
    assert (row.verb, row.ref, row.outcome) == ("cancel", ref(), "done")


async def test_while_a_call_is_under_way_the_entry_says_so(make):
    provider = FakeProvider(a_batch("a"))
    async with make(provider) as service:
        await service.refresh_once()
        real_cancel = provider.cancel
        seen = []

        async def watched(batch_id):
            seen.append(service.entry(ref()).pending)
            return await real_cancel(batch_id)

        provider.cancel = watched
        await service.cancel(ref())
        assert seen == [PendingAction.CANCEL]


async def test_a_state_that_forbids_it_is_told_before_any_call(make):
    provider = FakeProvider(a_batch("run"), ended("done"))
    async with make(provider) as service:
        await service.refresh_once()
        with pytest.raises(StateError, match="cannot be canceled"):
            await service.cancel(ref("done"))
        with pytest.raises(StateError) as caught:
            await service.delete(ref("run"))
        assert "cancel it first" in caught.value.hint
    assert not [call for call in provider.calls if call.startswith(("cancel", "delete"))]


async def test_a_refusal_because_the_batch_ended_meanwhile_is_a_matter_of_state(make):
    provider = FakeProvider(a_batch("a"))
    async with make(provider) as service:
        await service.refresh_once()

        async def too_late(batch_id):
            provider.put(ended("a"))
            raise BadRequestError("cannot cancel", status=400)

        provider.cancel = too_late
        with pytest.raises(StateError) as caught:
            await service.cancel(ref())
        assert caught.value.hint == "it is now completed"
        assert service.entry(ref()).batch.state is BatchState.COMPLETED


async def test_a_call_without_an_answer_is_audited_as_unknown(make, tmp_path):
    provider = FakeProvider(a_batch("a"))
    async with make(provider) as service:
        await service.refresh_once()
        real = provider.cancel

        async def cut(batch_id):
            await real(batch_id)
            raise NetworkError("cut", maybe_done=True)

        provider.cancel = cut
        with pytest.raises(NetworkError):
            await service.cancel(ref())
        assert service.entry(ref()).pending is None
    with Archive.open(tmp_path / "archive.sqlite3") as archive:
        assert archive.audit.recent()[0].outcome == "unknown"


async def test_no_audit_row_no_call(make):
    archive = Archive.in_memory()
    provider = FakeProvider(a_batch("a"))
    async with make(provider, archive=archive) as service:
        await service.refresh_once()

        def full(*_, **__):
            raise ArchiveError("disk full")

        archive.audit.begin = full
        with pytest.raises(ArchiveError):
            await service.cancel(ref())
        assert "cancel a" not in provider.calls


async def test_read_only_accounts_change_nothing(make):
    provider = FakeProvider(a_batch("a"), ended("b"))
    async with make(provider, read_only=True) as service:
        await service.refresh_once()
        with pytest.raises(UsageError, match="read-only"):
            await service.cancel(ref("a"))
        with pytest.raises(UsageError, match="read-only"):
            await service.delete(ref("b"))
    assert provider.calls == ["list"]


async def test_what_an_account_cannot_do_is_said(make):
    provider = FakeProvider(ended("b"), capabilities=Capabilities(can_delete=False))
    async with make(provider) as service:
        await service.refresh_once()
        with pytest.raises(UsageError, match="cannot be deleted"):
            await service.delete(ref("b"))


async def test_a_deleted_batch_stays_as_a_memory(make):
    async with make(FakeProvider(ended("a"))) as service:
        await service.refresh_once()
        await service.delete(ref())
        assert service.entry(ref()).presence is Presence.DELETED
        await service.refresh_once()
        assert service.entry(ref()).presence is Presence.DELETED
    async with make(FakeProvider()) as service:
        assert service.entry(ref()).presence is Presence.DELETED


async def test_delete_can_keep_the_results_first(make):
    provider = FakeProvider(ended("a", counts=ONE))
    provider.results = LINE
    async with make(provider) as service:
        await service.refresh_once()
        await service.delete(ref(), keep_results=True)
        assert service.local_results(ref()).read_bytes() == LINE
        assert provider.calls.index("results a") < provider.calls.index("delete a")


async def test_delete_does_nothing_where_the_results_cannot_be_kept(make):
    long_ago = NOON - timedelta(hours=1)
    provider = FakeProvider(ended("a", counts=ONE, minutes_ago=600, ended_at=long_ago))
    async with make(provider) as service:
        await service.refresh_once()
        provider.open_results = _refuses
        with pytest.raises(NotFoundError):
            await service.delete(ref(), keep_results=True)
    assert "delete a" not in provider.calls
    assert "a" in provider.batches


def _refuses(batch_id, *, offset=0, etag=""):
    raise NotFoundError("no results", status=404)


async def test_results_are_fetched_once_and_told(make):
    provider = FakeProvider(ended("a", counts=ONE, minutes_ago=600))
    provider.results = LINE
    async with make(provider) as service:
        await service.refresh_once()
        events = service.events()
        first, second = await asyncio.gather(
            service.fetch_results(ref()), service.fetch_results(ref())
        )
        assert first == second == service.local_results(ref())
        assert provider.calls.count("results a") == 1
        assert service.entry(ref()).local_results == str(first)
        seen = [await anext(events), await anext(events)]
        progress = next(event for event in seen if isinstance(event, DownloadProgress))
        assert progress.done
        assert progress.rows == 1
        assert await service.fetch_results(ref()) == first
        assert provider.calls.count("results a") == 1
    async with make(provider) as service:
        assert service.entry(ref()).local_results == str(first)


async def test_a_budget_drops_copies_that_can_be_fetched_again(make):
    old = 29 * 24 * 60 - 60
    provider = FakeProvider(
        *(ended(name, counts=ONE, minutes_ago=600) for name in "abcd"),
        ended("last chance", counts=ONE, minutes_ago=old),
    )
    provider.results = LINE
    async with make(provider, results_budget=0) as service:
        await service.refresh_once()
        for name in ("last chance", "a"):
            await service.fetch_results(ref(name))
        set_kept(service.local_results(ref("a")), keep=True)
        await service.fetch_results(ref("b"))
        await service.delete(ref("b"))
        await service.fetch_results(ref("c"))
        assert service.entry(ref("c")).local_results
        await service.fetch_results(ref("d"))
        assert service.entry(ref("c")).local_results == ""
        kept = [name for name in ("last chance", *"abcd") if service.local_results(ref(name))]
        assert kept == ["last chance", "a", "b", "d"]


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (a_batch("a"), "has no results yet"),
        (ended("a", results_available=False, archived_at=a_batch().created_at), "any more"),
    ],
)
async def test_results_that_are_not_there_are_told_in_words(make, batch, words):
    provider = FakeProvider(batch)
    async with make(provider) as service:
        await service.refresh_once()
        with pytest.raises(StateError, match=words):
            await service.fetch_results(ref())
    assert "results a" not in provider.calls


async def test_results_that_fall_short_of_the_counts_are_never_a_copy(make, clock, monkeypatch):
    monkeypatch.setattr("batchtui.results.fetching.fetch.MAX_TRIES", 1)
    provider = FakeProvider(ended("a", counts=RequestCounts(canceled=2)))
    provider.results = LINE + b"\n"
    async with make(provider) as service:
        await service.refresh_once()
        with pytest.raises(ResultsError, match="not complete"):
            await service.fetch_results(ref())
        assert service.local_results(ref()) is None


async def test_results_may_leave_out_what_was_never_answered_where_that_is_declared(make):
    some = Capabilities(every_request_answered=False)
    counts = RequestCounts(succeeded=1, canceled=2)
    provider = FakeProvider(ended("a", counts=counts), capabilities=some)
    provider.results = LINE + b"\n"
    async with make(provider) as service:
        await service.refresh_once()
        assert await service.fetch_results(ref()) == service.local_results(ref())


async def test_find_asks_the_providers_for_an_unknown_id(make):
    provider = FakeProvider(a_batch("msgbatch_77", account="home"))
    async with make(FakeProvider(), provider) as service:
        entry = await service.find("msgbatch_77")
        assert entry.ref == ref("msgbatch_77", "home")
        assert provider.calls == ["retrieve msgbatch_77"]
        with pytest.raises(UnknownBatchError):
            await service.find("home:msgbatch_78")


async def test_a_whole_id_is_never_taken_for_a_part_of_another(make):
    provider = FakeProvider(a_batch("batch_10"), a_batch("batch_1"))
    provider.hidden.add("batch_1")
    async with make(provider) as service:
        await service.refresh_once()
        provider.hidden.clear()
        assert (await service.find("batch_1")).ref == ref("batch_1")
        assert (await service.find("batch_10", certain=True)).ref == ref("batch_10")


async def test_a_certain_part_is_unique_in_the_whole_list(make):
    ids = [f"msgbatch_{n:03}x" for n in range(150)] + ["other_149x"]
    provider = FakeProvider(*[a_batch(name, minutes_ago=n) for n, name in enumerate(ids)])
    async with make(provider) as service:
        await service.refresh_once()
        assert (await service.find("_049x")).ref == ref("msgbatch_049x")
        with pytest.raises(AmbiguousIdError):
            await service.find("149x", certain=True)
        assert (await service.find("other_149", certain=True)).ref == ref("other_149x")


async def test_an_answer_about_another_batch_is_refused(make):
    provider = FakeProvider(a_batch("a"))
    provider.batches["b"] = a_batch("a")
    async with make(provider) as service:
        with pytest.raises(ProtocolError, match="another batch"):
            await service.retrieve(ref("b"))


async def test_find_tells_of_an_account_that_could_not_be_asked(make):
    bad = FakeProvider()
    bad.failures.append(AuthError("wrong key"))
    async with make(bad, FakeProvider()) as service:
        with pytest.raises(AuthError):
            await service.find("msgbatch_77")


async def test_find_waits_for_nobody_once_an_account_has_the_batch(make):
    silent = FakeProvider()
    silent.gate = asyncio.Event()
    provider = FakeProvider(a_batch("msgbatch_77", account="home"))
    async with make(silent, provider) as service:
        async with asyncio.timeout(DEADLINE):
            found = await service.find("msgbatch_77")
        assert found.ref == ref("msgbatch_77", "home")


async def test_find_gives_up_on_who_says_nothing_where_others_have_answered(make, clock):
    silent = FakeProvider()
    silent.gate = asyncio.Event()
    async with make(silent, FakeProvider()) as service:
        for certain in (False, True):
            finding = asyncio.create_task(service.find("msgbatch_77", certain=certain))
            await clock.advance(PATIENCE - 1)
            assert not finding.done()
            await clock.advance(1)
            with pytest.raises(NetworkError, match="no answer within 10 s"):
                await asyncio.wait_for(finding, DEADLINE)


async def test_what_is_to_be_changed_is_not_whichever_batch_was_told_of_first(make):
    servers = FakeProvider(a_batch("7")), FakeProvider(a_batch("7", account="home", minutes_ago=9))
    async with make(*servers) as service:
        with pytest.raises(AmbiguousIdError):
            await service.find("7", certain=True)
        assert (await service.find("home:7", certain=True)).ref == ref("7", "home")


async def test_a_failing_archive_is_told_once_and_watching_goes_on(make):
    archive = Archive.in_memory()
    provider = FakeProvider(a_batch("a"))
    async with make(provider, archive=archive) as service:
        events = service.events()

        def full(*_, **__):
            raise ArchiveError("disk full")

        archive.batches.save = full
        await service.refresh_once()
        provider.put(a_batch("b"))
        await service.refresh_once()
        assert len(service.entries()) == 2
        assert str(service.archive_error) == "disk full"
        service._hub.close()
        names = [type(event).__name__ async for event in events]
        assert names.count("ArchiveFailed") == 1


async def test_an_archive_that_works_again_gets_all_that_was_seen(make, tmp_path, clock):
    provider = FakeProvider(a_batch("a"))
    async with make(provider) as service:
        await service.refresh_once()
        (tmp_path / "archive.sqlite3").unlink()
        service._pollers._lease.renew()
        assert service.archive_error is None, "a new file took its place at once"
        service._ledger._fail(ArchiveError("disk full"))
        provider.put(a_batch("b"))
        await service.refresh_once()
        with pytest.raises(ArchiveError, match="did not cancel"):
            await service.cancel(ref())
        assert not [call for call in provider.calls if call.startswith("cancel")]
        await clock.advance(RETRY_ARCHIVE)
        await service.refresh_once()
        assert service.archive_error is None
    with Archive.open(tmp_path / "archive.sqlite3") as archive:
        assert {entry.ref.id for entry in archive.batches.load()} == {"a", "b"}


async def test_what_another_key_has_seen_counts_as_unlisted_until_it_is_seen_again(make):
    old = FakeProvider(*[ended(f"b{n:03}", minutes_ago=n) for n in range(150)])
    async with make(old, key_mark="aaaa") as service:
        await service.refresh_once(everything=True)
    new = FakeProvider(ended("b149", minutes_ago=149), *[ended(f"c{n:03}") for n in range(120)])
    async with make(new, key_mark="bbbb") as service:
        assert {entry.presence for entry in service.entries()} == {Presence.UNLISTED}
        await service.refresh_once()
        listed = {e.ref.id for e in service.entries() if e.presence is Presence.LISTED}
        assert listed == {"b149", *(f"c{n:03}" for n in range(120))}


async def test_batches_of_another_server_are_kept_apart(make):
    async with make(FakeProvider(a_batch("a")), kept_as="work@http://127.0.0.1:1") as service:
        await service.refresh_once()
    async with make(FakeProvider(a_batch("b")), kept_as="work@http://127.0.0.1:2") as service:
        assert service.entries() == ()
    async with make(FakeProvider(), kept_as="work@http://127.0.0.1:1") as service:
        assert [entry.ref for entry in service.entries()] == [ref("a")]


async def test_a_batch_is_acted_on_once_at_a_time(make):
    provider = FakeProvider(ended("a"))
    async with make(provider) as service:
        await service.refresh_once()
        provider.gate = asyncio.Event()
        first = asyncio.create_task(service.delete(ref()))
        await settle()
        with pytest.raises(StateError, match="a delete is under way"):
            await service.delete(ref())
        provider.gate.set()
        await first
        assert provider.calls.count("delete a") == 1


async def test_a_damaged_copy_is_no_reason_to_delete(make):
    provider = FakeProvider(ended("a", counts=ONE))
    provider.results = LINE
    async with make(provider) as service:
        await service.refresh_once()
        path = await service.fetch_results(ref())
        path.write_bytes(LINE.replace(b"canceled", b"CANCELED"))
        with pytest.raises(ResultsError, match="damaged"):
            await service.delete(ref(), keep_results=True)
        path.write_bytes(LINE[:5])
        assert service.local_results(ref()) is None
    assert "delete a" not in provider.calls


async def test_paused_another_copy_may_poll(make, clock):
    provider = FakeProvider(a_batch("a"))
    async with make(provider) as first, make(provider) as second:
        first.start()
        second.start()
        await clock.advance(1)
        assert [h.status for h in second.health()] == [AccountStatus.FOLLOWING]
        first.pause(paused=True)
        await clock.advance(3)
        assert [h.status for h in second.health()] == [AccountStatus.LIVE]
        assert [h.status for h in first.health()] == [AccountStatus.PAUSED]


async def test_the_progress_of_a_batch(make):
    async with make(FakeProvider(a_batch("a", minutes_ago=10))) as service:
        await service.refresh_once()
        assert service.progress(ref()).elapsed.total_seconds() == 600
        assert service.progress(ref("zzz")) is None


async def test_closing_closes_all(make):
    provider = FakeProvider(a_batch("a"))
    service = make(provider)
    events = service.events()
    service.start()
    await service.aclose()
    assert provider.closed
    async for _ in events:
        pass  # what was told before the end is still told, and then it ends
    assert events.closed
    assert not service._pollers._tasks


async def test_a_defect_in_a_poller_reaches_the_listeners(make):
    provider = FakeProvider(a_batch("a"))

    async def broken(**_):
        raise ZeroDivisionError

    provider.list_batches = broken
    service = make(provider)
    events = service.events()
    service.start()
    with pytest.raises(ZeroDivisionError):
        [event async for event in events]
    with pytest.raises(ZeroDivisionError):
        await service.aclose()


def config(*names):
    accounts = tuple(
        AccountConfig(name=name, base_url="http://127.0.0.1:9", api_key="k") for name in names
    )
    return Config(accounts=accounts)


async def test_opening_from_a_configuration(tmp_path):
    paths = Paths.from_env({}, tmp_path)
    async with BatchService.open(config("one", "two"), paths, env={}) as service:
        assert [account.name for account in service.accounts] == ["one", "two"]
        assert service.archive_error is None
    async with BatchService.open(config("one", "two"), paths, env={}, accounts=["two"]) as service:
        assert [account.name for account in service.accounts] == ["two"]


def test_no_account_and_a_wrong_name_are_told(tmp_path):
    paths = Paths.from_env({}, tmp_path)
    with pytest.raises(ConfigError, match="no account is configured"):
        BatchService.open(config(), paths, env={})
    with pytest.raises(ConfigError) as caught:
        BatchService.open(config("work"), paths, env={}, accounts=["wrok"])
    assert caught.value.hint == "did you mean work?"


async def test_an_archive_that_cannot_be_opened_is_told_and_one_in_memory_serves(tmp_path):
    paths = Paths.from_env({}, tmp_path)
    paths.archive_file.mkdir(parents=True)
    async with BatchService.open(config("one"), paths, env={}) as service:
        assert isinstance(service.archive_error, ArchiveError)
        assert service.entries() == ()


async def test_who_says_nothing_is_not_waited_for_where_others_have_answered(make, clock):
    silent = FakeProvider(a_batch("a"))
    silent.gate = asyncio.Event()
    async with make(silent, FakeProvider(a_batch("b", account="home"))) as service:
        asking = asyncio.create_task(service.refresh_once())
        await clock.advance(PATIENCE - 1)
        assert not asking.done()
        await clock.advance(1)
        await asking
        work, home = service.health()
        assert "no answer within 10 s" in work.error_text
        assert home.status is AccountStatus.LIVE
        assert [entry.ref.id for entry in service.entries()] == ["b"]


async def test_who_is_alone_is_waited_for(make, clock):
    silent = FakeProvider(a_batch("a"))
    silent.gate = asyncio.Event()
    async with make(silent) as service:
        asking = asyncio.create_task(service.refresh_once())
        await clock.advance(PATIENCE * 2)
        assert not asking.done()
        silent.gate.set()
        await asking
        assert [entry.ref.id for entry in service.entries()] == ["a"]
