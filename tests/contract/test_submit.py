"""Creating batches over real HTTP: whatever goes wrong, one batch at most, and the truth."""

import asyncio
import signal
import subprocess
import sys

import pytest

from batchtui.archive.archive import Archive
from batchtui.config.schema import AccountConfig
from batchtui.core import errors
from batchtui.core.events import LeftOpen, SubmissionChanged, SubmitProgress
from batchtui.core.models import BatchRef
from batchtui.core.submissions import CreateOptions, Draft, SubmissionState
from batchtui.service.account import Account
from batchtui.service.manager import BatchService
from support.bodies import FakeBody
from support.waiting import PATIENCE, eventually

KEY = "sk-ant-test-0123456789"


@pytest.fixture
async def open_service(tmp_path, clock):
    """Opens services of a simulator on one archive; all closed at the end."""
    opened = []

    def open_for(sim, **settings):
        config = AccountConfig(
            name="lab", **{"base_url": sim.base_url, "api_key": KEY, "timeout": 1, **settings}
        )
        account = Account(config, read_only=False, env={}, clock=clock)
        service = BatchService(
            [account],
            lambda: Archive.open(tmp_path / "archive.sqlite3"),
            tmp_path / "results",
            clock=clock,
            spread=lambda: 0.0,
        )
        opened.append(service)
        return service

    yield open_for
    for service in opened:
        await service.aclose()


def draft(body=None, **fields):
    return Draft(
        **{"account": "lab", "body": body or FakeBody(), "file": "/a/nightly.jsonl"} | fields
    )


def made(sim):
    """The batches that came over the wire."""
    return [life for life in sim.world.batches() if life.requests is not None]


def creates(sim):
    return sum(seen.op == "create" for seen in sim.seen)


async def events_until(service, call, clock):
    """The finished call and all it told; time goes on only while a lost batch is looked for."""
    events, heard = service.events(), []
    task = asyncio.ensure_future(call)
    looking = False
    while not task.done():
        await asyncio.wait({task}, timeout=0.002)
        while events._waiting:
            event = await anext(events)
            heard.append(event)
            if isinstance(event, SubmissionChanged):
                looking = event.submission.state is SubmissionState.UNKNOWN
        if looking and clock.sleepers:
            await clock.advance(clock.sleepers[0][0] - clock.elapsed)
    while events._waiting:
        heard.append(await anext(events))
    events.close()
    return task, heard


async def submitted(service, clock, some=None, **options):
    task, _ = await events_until(
        service, service.submissions.submit(some or draft(), **options), clock
    )
    return task.result()


def audited(service):
    archive = service._ledger.require_archive()
    return [(row.verb, row.outcome, row.outcome_detail) for row in archive.audit.recent()]


async def test_a_batch_is_created_told_and_remembered(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)
    call = service.submissions.submit(draft(FakeBody(40)))
    task, heard = await events_until(service, call, clock)
    done = task.result()
    (life,) = made(sim)
    assert (done.state, done.batch_id, done.account) == (SubmissionState.CREATED, life.id, "lab")
    entry = service.entry(BatchRef("lab", life.id))
    assert entry.label == "nightly.jsonl"
    assert entry.batch.request_counts.total == 40
    assert audited(service) == [("create", "done", life.id)]
    states = [event.submission.state for event in heard if isinstance(event, SubmissionChanged)]
    assert states[-1] is SubmissionState.CREATED
    last = [event for event in heard if isinstance(event, SubmitProgress)][-1]
    assert (last.sent, last.cancelable) == (last.total, False)
    assert last.total == FakeBody(40).size


async def test_the_length_is_announced_and_the_options_are_headers(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim, betas=("one-2026-01-01",))
    options = CreateOptions(
        betas=("two-2026-01-01", "one-2026-01-01"),
        version="2026-10-21",
        user_profile="uprof_1",
        headers={"X-Team": "search"},
    )
    body = FakeBody()
    await submitted(service, clock, draft(body, options=options))
    headers = next(seen.headers for seen in sim.seen if seen.op == "create")
    assert headers["content-length"] == str(body.size)
    assert "transfer-encoding" not in headers
    assert "expect" not in headers
    assert headers["content-type"] == "application/json"
    assert headers["anthropic-beta"] == "one-2026-01-01,two-2026-01-01"
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["anthropic-user-profile-id"] == "uprof_1"
    assert headers["x-team"] == "search"
    assert headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    "options",
    [
        CreateOptions(betas=("a,b",)),
        CreateOptions(betas=("a\r\nx: y",)),
        CreateOptions(version="newest"),
        CreateOptions(user_profile="a\nb"),
        CreateOptions(headers={"X-Api-Key": "stolen"}),
        CreateOptions(headers={"content-length": "3"}),
        CreateOptions(headers={"x-team": "é"}),
    ],
)
async def test_options_that_are_no_headers_are_refused_first(
    simulator, open_service, clock, options
):
    sim = simulator()
    with pytest.raises(errors.UsageError):
        await submitted(open_service(sim), clock, draft(options=options))
    assert sim.seen == []


# What goes wrong, whether a batch exists then, and where the submission ends.
CREATED, ADOPTED, ABSENT = (
    SubmissionState.CREATED, SubmissionState.ADOPTED, SubmissionState.ABSENT,
)  # fmt: skip
LOST = [
    (("cut-upload",), 0, ABSENT),
    (("cut-upload:at=200",), 0, ABSENT),
    (("lost-answer",), 1, ADOPTED),
    (("lost-answer:how=529",), 1, ADOPTED),
    (("lost-answer:how=502",), 1, ADOPTED),
    (("lost-answer:how=timeout",), 1, ADOPTED),
    (("timeout",), 0, ABSENT),
    (("529",), 0, ABSENT),
    (("500",), 0, ABSENT),
    (("lost-answer", "list-lag:reads=6,op=list"), 1, ADOPTED),
    (("lost-answer", "404-after-create:reads=3,op=retrieve"), 1, ADOPTED),
    (("lost-answer", "529:times=9,op=list,retry-after=1"), 1, ADOPTED),
    (("lost-answer", "omit-nulls:op=*"), 1, ADOPTED),
]


@pytest.mark.parametrize(("faults", "batches", "end"), LOST)
async def test_a_lost_answer_is_looked_for_and_nothing_is_sent_again(
    simulator, open_service, clock, faults, batches, end
):
    sim = simulator()
    service = open_service(sim)
    await service.refresh_once()
    first, *more = faults
    sim.faults.add(*_faults(f"{first}{',' if ':' in first else ':'}op=create,times=1"))
    later = _faults(*more)
    body = FakeBody(chunk=10_000, before_chunk=lambda _: sim.faults.add(*later))
    done = await submitted(service, clock, draft(body))
    assert done.state is end
    assert creates(sim) == 1
    assert [life.id for life in made(sim)] == ([done.batch_id] if batches else [])
    if batches:
        assert service.entry(BatchRef("lab", done.batch_id)).label == "nightly.jsonl"
        assert audited(service)[0] == ("create", "done", done.batch_id)
        with pytest.raises(errors.SentBeforeError, match=r"sent to lab before.*" + done.batch_id):
            await submitted(service, clock)
    else:
        assert done.why
        assert audited(service)[0][:2] == ("create", "failed")
        sim.faults.clear()
        assert (await submitted(service, clock)).state is CREATED
    assert len(made(sim)) == 1


def _faults(*specs):
    from batchtui.sim.faults import parse_fault

    return [parse_fault(spec) for spec in specs]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("400", errors.BadRequestError),
        ("401", errors.AuthError),
        ("413:html", errors.BadRequestError),
        ("429:retry-after=2", errors.RateLimitedError),
        ("redirect:to=http://127.0.0.1:9", errors.ProtocolError),
    ],
)
async def test_a_refusal_is_final_and_nothing_is_looked_for(
    simulator, open_service, clock, fault, kind
):
    sim = simulator()
    service = open_service(sim)
    sim.faults.add(*_faults(f"{fault}{',' if ':' in fault else ':'}op=create"))
    with pytest.raises(kind):
        await submitted(service, clock)
    assert [seen.op for seen in sim.seen] == ["list", "create"]
    assert made(sim) == []
    archive = service._ledger.require_archive()
    assert archive.submissions.recent()[0].state is SubmissionState.REFUSED
    assert audited(service)[0][:2] == ("create", "failed")


async def test_cut_in_the_middle_of_a_long_upload_nothing_can_have_arrived(
    simulator, open_service, clock
):
    """The last byte never left, so no time is spent on looking for a batch."""
    sim = simulator("cut-upload:at=100000,op=create")
    service = open_service(sim)
    body = FakeBody(200_000, chunk=65536)
    with pytest.raises(errors.NetworkError) as caught:
        await submitted(service, clock, draft(body))
    assert not caught.value.maybe_done
    assert body.given < body.size
    assert [seen.op for seen in sim.seen] == ["list", "create"]


async def test_a_server_that_is_down_is_told_before_anything_is_noted(
    simulator, open_service, clock
):
    sim = simulator("401:op=list")
    service = open_service(sim)
    with pytest.raises(errors.AuthError):
        await submitted(service, clock)
    assert audited(service) == []
    assert creates(sim) == 0


async def test_what_was_sent_is_not_sent_again_unasked(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)
    first = await submitted(service, clock)
    with pytest.raises(errors.SentBeforeError) as caught:
        await submitted(service, clock, draft(file="/elsewhere/renamed.jsonl"))
    assert caught.value.numbers == (first.number,)
    assert caught.value.why == f"batch {first.batch_id} was made of it just now"
    second = await submitted(service, clock, again=True)
    assert second.batch_id != first.batch_id
    assert len(made(sim)) == 2


async def test_what_failed_is_sent_again_unasked_where_its_batches_are_known(
    simulator, open_service, clock
):
    service = open_service(simulator())
    first = await submitted(service, clock)
    second = await submitted(service, clock, resends=True)
    assert second.batch_id != first.batch_id


async def test_a_batch_that_was_there_before_is_never_adopted(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)
    await submitted(service, clock)
    other = open_service(sim)
    sim.faults.add(*_faults("timeout:op=create"))
    done = await submitted(other, clock, draft(FakeBody(prefix="x")))
    assert done.state is ABSENT
    assert len(made(sim)) == 1


async def test_where_several_batches_fit_it_is_asked(simulator, open_service, clock):
    """Somebody else, in the same minute, creates a batch of as many requests."""
    sim = simulator()
    service = open_service(sim)
    body = FakeBody(before_chunk=lambda number: create_three(sim) if number == 1 else None)
    sim.faults.add(*_faults("lost-answer:op=create"))
    done = await submitted(service, clock, draft(body))
    assert done.state is SubmissionState.UNKNOWN
    ours = next(life for life in made(sim) if life.requests[0].custom_id == "r0")
    assert set(done.candidates) == {life.id for life in made(sim)}
    assert "2 batches may be it" in done.why
    for options in ({}, {"resends": True}):
        with pytest.raises(errors.SentBeforeError, match="unknown"):
            await submitted(service, clock, **options)
    adopted = await service.submissions.adopt(done, ours.id)
    assert (adopted.state, adopted.batch_id) == (ADOPTED, ours.id)
    assert audited(service)[0] == ("create", "done", ours.id)
    assert service.submissions.give_up(adopted).state is ABSENT
    sim.faults.clear()
    again = await submitted(service, clock, again=True)
    with pytest.raises(errors.StateError):
        service.submissions.give_up(again)


def create_three(sim):
    """Somebody else's batch, of as many requests."""
    from batchtui.sim.lives import Submitted

    return sim.world.create([Submitted(f"s{n}", "claude-x") for n in range(3)])


async def test_somebody_elses_batch_that_is_listed_first_is_not_taken_for_ours(
    simulator, open_service, clock, monkeypatch
):
    sim = simulator("timeout:op=create")
    service = open_service(sim)
    sleep, passed = clock.sleep, []

    async def listed_late(seconds):
        passed.append(seconds)
        if len(passed) == 6:
            create_three(sim)  # ours, as far as the list can tell
        await sleep(seconds)

    monkeypatch.setattr(service._ledger.clock, "sleep", listed_late)
    body = FakeBody(before_chunk=lambda number: create_three(sim) if number == 1 else None)
    done = await submitted(service, clock, draft(body))
    assert done.state is SubmissionState.UNKNOWN
    assert len(done.candidates) == 2


async def test_a_batch_that_is_alone_is_taken_for_it_with_a_reserve_and_given_back(
    simulator, open_service, clock
):
    sim = simulator("timeout:op=create,times=1")
    service = open_service(sim)
    body = FakeBody(before_chunk=lambda number: create_three(sim) if number == 1 else None)
    done = await submitted(service, clock, draft(body))
    (theirs,) = made(sim)
    ref = BatchRef("lab", theirs.id)
    assert (done.state, done.batch_id, done.candidates) == (ADOPTED, theirs.id, (theirs.id,))
    assert "taken for it by count and time" in done.why
    assert service.lineage.request_file(ref)
    assert service.submissions.give_up(done).state is ABSENT
    assert service.lineage.request_file(ref) is None
    assert service.entry(ref).label == ""
    assert (await submitted(service, clock)).state is CREATED


async def test_a_batch_that_turns_up_late_is_seen_before_its_requests_are_sent_again(
    simulator, open_service, clock
):
    sim = simulator("timeout:op=create,times=1")
    service = open_service(sim)
    assert (await submitted(service, clock)).state is ABSENT
    late = create_three(sim)
    with pytest.raises(errors.SentBeforeError, match="unknown"):
        await submitted(service, clock)
    (open_again,) = service.submissions.recent()
    assert open_again.candidates == (late.id,)
    adopted = await service.submissions.adopt(open_again, late.id)
    assert (adopted.state, adopted.why) == (ADOPTED, "adopted by hand")
    assert creates(sim) == 1


async def test_while_a_retry_is_in_doubt_another_of_the_same_batch_is_not_sent_unasked(
    simulator, open_service, clock
):
    sim = simulator()
    service = open_service(sim)
    parent = BatchRef("lab", (await submitted(service, clock)).batch_id)
    sim.faults.add(*_faults("lost-answer:op=create,times=1"))
    body = FakeBody(before_chunk=lambda number: create_three(sim) if number == 1 else None)
    body.sha256 = "1" * 64
    first = await submitted(service, clock, draft(body, parent=parent))
    assert first.state is SubmissionState.UNKNOWN
    other = FakeBody(2)
    other.sha256 = "2" * 64
    with pytest.raises(errors.SentBeforeError, match="may have been sent again") as caught:
        await submitted(service, clock, draft(other, parent=parent), resends=True)
    assert caught.value.numbers == (first.number,)
    assert (await submitted(service, clock, draft(other, parent=parent), again=True)).ref


async def test_of_candidates_that_are_all_wrong_none_is_taken(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)

    def others(number):
        from batchtui.sim.lives import Submitted

        if number == 1:
            for _ in range(2):
                sim.world.create([Submitted(f"s{n}", "claude-x") for n in range(3)])

    sim.faults.add(*_faults("timeout:op=create,times=1"))
    done = await submitted(service, clock, draft(FakeBody(before_chunk=others)))
    assert len(done.candidates) == 2
    assert service.submissions.give_up(done).state is ABSENT
    assert (await submitted(service, clock)).state is CREATED


async def test_stopped_before_the_last_byte_there_is_no_batch(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)
    halfway, gate = asyncio.Event(), asyncio.Event()

    async def wait():
        halfway.set()
        await gate.wait()

    body = FakeBody(before_chunk=lambda number: wait() if number == 2 else None)
    task = asyncio.ensure_future(service.submissions.submit(draft(body)))
    await asyncio.wait_for(halfway.wait(), PATIENCE)
    number = service._ledger.require_archive().submissions.recent()[0].number
    assert service.submissions.stop(number)
    done = await task
    assert done.state is SubmissionState.CANCELED
    assert not service.submissions.stop(number)
    assert made(sim) == []
    assert (await submitted(service, clock)).state is CREATED


async def test_after_the_last_byte_it_cannot_be_stopped(simulator, open_service, clock):
    sim = simulator("slow:seconds=0.2,op=create")
    service = open_service(sim)
    task = asyncio.ensure_future(service.submissions.submit(draft()))
    events = service.events()
    async for event in events:
        if isinstance(event, SubmitProgress) and not event.cancelable:
            break
    assert not service.submissions.stop(event.number)
    assert (await task).state is CREATED


async def test_a_file_that_changed_is_not_sent(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)

    def changed(number):
        if number == 3:
            raise errors.SubmitError("the requests were not sent", "the file has changed")

    with pytest.raises(errors.SubmitError, match="the file has changed"):
        await submitted(service, clock, draft(FakeBody(before_chunk=changed)))
    (one,) = service._ledger.require_archive().submissions.recent()
    assert (one.state, one.sent_at) == (SubmissionState.CANCELED, None)
    assert "the file has changed" in one.why
    assert made(sim) == []


@pytest.mark.parametrize("change", [-1, 1])
async def test_a_body_of_another_length_is_not_sent(simulator, open_service, clock, change):
    sim = simulator()
    body = FakeBody()
    body.size += change
    with pytest.raises(errors.SubmitError, match="another length"):
        await submitted(open_service(sim), clock, draft(body))
    assert made(sim) == []


async def test_a_program_that_ends_while_it_waits_leaves_it_open(simulator, open_service, clock):
    sim = simulator("lost-answer:how=timeout,op=create")
    service = open_service(sim)
    task = asyncio.ensure_future(service.submissions.submit(draft()))
    await asyncio.to_thread(eventually, lambda: made(sim))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (one,) = service._ledger.require_archive().submissions.recent()
    assert one.state is SubmissionState.UNKNOWN
    await _recovered(service, clock)
    (one,) = service._ledger.require_archive().submissions.recent()
    assert (one.state, one.batch_id) == (ADOPTED, made(sim)[0].id)


CHILD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from batchtui.archive.archive import Archive
from batchtui.config.schema import AccountConfig
from batchtui.core.clock import SystemClock
from batchtui.core.submissions import Draft
from batchtui.service.account import Account
from batchtui.service.manager import BatchService
from support.bodies import FakeBody

class Noon(SystemClock):
    def now(self):
        return datetime(2026, 11, 20, 12, tzinfo=UTC)

async def wait(number):
    if number == 2 and sys.argv[3] == "halfway":
        print("halfway", flush=True)
        await asyncio.sleep(3600)

async def main(home, url):
    config = AccountConfig(name="lab", base_url=url, api_key="sk", timeout=60)
    account = Account(config, read_only=False, env={}, clock=Noon())
    archive = home / "archive.sqlite3"
    async with BatchService(
        [account], lambda: Archive.open(archive), home / "results", clock=Noon()
    ) as service:
        body = FakeBody(before_chunk=wait)
        await service.submissions.submit(Draft("lab", body, "/a/nightly.jsonl"))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.parametrize(
    ("fault", "moment", "end"),
    [
        ("lost-answer:how=timeout,op=create", "answer", ADOPTED),
        ("timeout:op=create", "answer", ABSENT),
        ("slow:seconds=0,op=create", "halfway", ABSENT),
    ],
)
async def test_killed_between_intent_and_answer_the_next_start_finds_out(
    simulator, open_service, clock, tmp_path, request, fault, moment, end
):
    sim = simulator(fault)
    support = str(request.config.rootpath / "tests")
    script = [sys.executable, "-c", CHILD, str(tmp_path), sim.base_url, moment, support]
    await asyncio.to_thread(_killed_at, script, sim, moment, tmp_path / "archive.sqlite3")
    sim.faults.clear()

    service = open_service(sim)
    task, heard = await events_until(service, _recovered(service, clock), clock)
    assert task.result().state is end
    (told,) = [event for event in heard if isinstance(event, LeftOpen)]
    assert [one.file for one in told.submissions] == ["/a/nightly.jsonl"]
    assert len(made(sim)) == (1 if end is ADOPTED else 0)
    assert creates(sim) == 1
    await service.leftovers.recover()
    assert service._ledger.require_archive().audit.open_rows() == []


def _killed_at(script, sim, moment, archive_file):
    """Run a program until it is halfway through the upload, or waits for the answer."""

    def waits():
        if not creates(sim):
            return False
        with Archive.open(archive_file) as archive:
            is_sent = archive.submissions.recent()[0].sent_at is not None
        return is_sent and (made(sim) or sim.options.faults[0].kind == "timeout")

    with subprocess.Popen(script, stdout=subprocess.PIPE) as process:
        if moment == "halfway":
            assert process.stdout.readline() == b"halfway\n"
        else:
            eventually(waits)
        process.kill()
    assert process.returncode == -signal.SIGKILL


async def _recovered(service, clock):
    task = asyncio.ensure_future(service.leftovers.recover())
    while not task.done():
        await asyncio.wait({task}, timeout=0.002)
        if clock.sleepers:
            await clock.advance(clock.sleepers[0][0] - clock.elapsed)
    return service._ledger.require_archive().submissions.recent()[0]


async def test_a_program_that_was_thought_dead_does_not_send_its_last_byte(
    simulator, open_service, clock
):
    """Suspended for long: another took the submission over, and has told that nothing arrived."""
    sim = simulator()
    service = open_service(sim)
    halfway, gate = asyncio.Event(), asyncio.Event()

    async def suspended():
        halfway.set()
        await gate.wait()

    body = FakeBody(before_chunk=lambda number: suspended() if number == 3 else None)
    task = asyncio.ensure_future(service.submissions.submit(draft(body)))
    await asyncio.wait_for(halfway.wait(), PATIENCE)
    other = open_service(sim)
    other.leftovers._has_died = lambda *_: True
    (left,) = (await other.leftovers.recover()).submissions
    assert left.state is SubmissionState.SENDING
    gate.set()
    with pytest.raises(errors.SubmitError, match="taken the submission over"):
        await task
    (one,) = service._ledger.require_archive().submissions.recent()
    assert one.state is ABSENT
    assert made(sim) == []


async def test_a_program_that_sends_is_left_alone(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)
    halfway, gate = asyncio.Event(), asyncio.Event()

    async def wait():
        halfway.set()
        await gate.wait()

    body = FakeBody(before_chunk=lambda number: wait() if number == 3 else None)
    task = asyncio.ensure_future(service.submissions.submit(draft(body)))
    await asyncio.wait_for(halfway.wait(), PATIENCE)
    other = open_service(sim)
    assert (await other.leftovers.recover()).submissions == ()
    with pytest.raises(errors.SentBeforeError, match="sending"):
        await other.submissions.submit(draft())
    gate.set()
    assert (await task).state is CREATED


async def test_no_intent_no_call(simulator, open_service, clock):
    sim = simulator()
    service = open_service(sim)
    service._ledger._open_archive = _no_archive
    service._ledger._fail(errors.ArchiveError("full"))
    clock.elapsed += 60
    with pytest.raises(errors.ArchiveError, match="did not send"):
        await submitted(service, clock)
    assert creates(sim) == 0


def _no_archive():
    raise errors.ArchiveError("full")


async def test_models_are_listed_where_the_server_has_them(simulator, open_service):
    service = open_service(simulator())
    assert "claude-opus-4-6" in await service.models("lab")
    assert await open_service(simulator("404:op=models")).models("lab") is None
    with pytest.raises(errors.AuthError):
        await open_service(simulator("401:op=models")).models("lab")
