"""What dead programs have left behind, and who is dead."""

import os
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from batchtui.archive.archive import Archive
from batchtui.core.errors import NetworkError, UsageError
from batchtui.core.events import BatchesChanged, LeftOpen
from batchtui.core.models import BatchRef, RequestCounts
from batchtui.core.submissions import Draft, LeftCall, SubmissionState
from batchtui.service.holder import SILENCE, has_died, holder_name
from batchtui.service.manager import BatchService
from support.batches import NOON, a_batch
from support.bodies import FakeBody
from support.providers import FakeAccount, FakeProvider

REF = BatchRef("work", "msgbatch_01")


@pytest.fixture
def make(tmp_path, clock):
    def build(provider):
        return BatchService(
            [FakeAccount(provider)],
            lambda: Archive.open(tmp_path / "archive.sqlite3"),
            tmp_path / "results",
            clock=clock,
            spread=lambda: 0.0,
        )

    return build


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "archive.sqlite3") as opened:
        yield opened


def dead():
    """The name of a program that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        return f"{socket.gethostname()}:{process.pid}:12345678"


def test_who_has_died():
    assert not has_died(holder_name(), 0)
    assert not has_died(holder_name(), SILENCE)
    assert has_died(holder_name(), SILENCE + 1)
    assert has_died(holder_name(), -SILENCE - 1), "its clock, or ours, was set"
    assert has_died(dead(), 0)
    assert not has_died(f"elsewhere:{os.getpid()}:1", 0)
    assert has_died(f"elsewhere:{os.getpid()}:1", SILENCE + 1)
    assert not has_died("", 0)


async def test_calls_of_a_dead_program_are_told_once_and_closed(make, archive):
    begin = archive.audit.begin
    begin(NOON, REF, "cancel", holder=dead())
    begin(NOON, REF, "delete", holder=holder_name())
    begin(NOON, BatchRef("another", "x"), "delete", holder=dead())
    async with make(FakeProvider()) as service:
        events = service.events()
        expected = LeftOpen(calls=(LeftCall(REF, "cancel", NOON),))
        assert await service.leftovers.recover() == expected
        assert await anext(events) == expected
        assert await service.leftovers.recover() == LeftOpen()
    assert [row.verb for row in archive.audit.open_rows()] == ["delete", "delete"]
    assert [row.outcome for row in archive.audit.recent()] == ["", "", "interrupted"]


def left_behind(archive, clock, *, all_sent=True, upload=""):
    draft = Draft("work", FakeBody(), "/a/b.jsonl")
    holder = dead()
    made = archive.submissions.intend(draft, "work", holder, clock.now(), ())
    archive.submissions.change(made.number, holder, SubmissionState.SENDING, NOON)
    if all_sent:
        archive.submissions.note_last_byte(made.number, holder, clock.now())
    if upload:
        archive.submissions.note_upload(made.number, holder, upload, clock.now())
    return made.number


async def test_a_start_settles_what_was_left(make, archive, clock):
    number = left_behind(archive, clock)
    lost = a_batch("lost", counts=RequestCounts(processing=3), created_at=clock.now())
    clock.elapsed = 1000
    async with make(FakeProvider(lost)) as service:
        events = service.events()
        service.start()
        async for event in events:
            if isinstance(event, BatchesChanged) and service.entry(lost.ref).label:
                break
    assert archive.submissions.get(number).batch_id == "lost"
    assert archive.request_files.get(lost.ref).file == "/a/b.jsonl"
    assert archive.labels.get(lost.ref).label == "b.jsonl"


@pytest.mark.parametrize(
    "change",
    [
        {"request_counts": RequestCounts(processing=4)},
        {"created_at": NOON.replace(hour=11)},
        {"created_at": NOON.replace(hour=13)},
    ],
)
async def test_a_batch_of_another_size_or_time_is_not_it(make, archive, clock, change):
    number = left_behind(archive, clock)
    clock.elapsed = 1000
    batch = a_batch("b", counts=RequestCounts(processing=3), created_at=NOON)
    async with make(FakeProvider(replace(batch, **change))) as service:
        await service.leftovers.recover()
    assert archive.submissions.get(number).state is SubmissionState.ABSENT


async def test_the_file_that_was_uploaded_tells_its_batch_from_all_others(make, archive, clock):
    """Neither a number of requests that is not known yet nor another submission is in the way."""
    numbers = [left_behind(archive, clock, upload=name) for name in ("file-1", "file-2")]
    batches = [
        replace(a_batch(name, created_at=clock.now()), request_counts=None, input_file=file)
        for name, file in (("b-2", "file-2"), ("b-1", "file-1"), ("b-0", "file-0"))
    ]
    async with make(FakeProvider(*batches)) as service:
        await service.leftovers.recover()
    assert [archive.submissions.get(one).batch_id for one in numbers] == ["b-1", "b-2"]


async def test_a_batch_of_another_file_is_not_it(make, archive, clock):
    number = left_behind(archive, clock, upload="file-1")
    clock.elapsed = 1000
    other = a_batch("b", counts=RequestCounts(processing=3), created_at=NOON)
    async with make(FakeProvider(replace(other, input_file="file-2"))) as service:
        await service.leftovers.recover()
    left = archive.submissions.get(number)
    assert left.state is SubmissionState.ABSENT
    assert "at the provider as file-1" in left.why


async def test_where_a_file_is_uploaded_first_it_may_be_all_that_is_left(make, archive, clock):
    number = left_behind(archive, clock, all_sent=False)
    provider = FakeProvider()
    provider.capabilities = replace(provider.capabilities, uploads_first=True)
    async with make(provider) as service:
        await service.leftovers.recover()
    assert provider.calls == []
    assert "at most a file of them was left" in archive.submissions.get(number).why


async def test_without_its_last_byte_nobody_is_asked(make, archive, clock):
    number = left_behind(archive, clock, all_sent=False)
    provider = FakeProvider()
    async with make(provider) as service:
        await service.leftovers.recover()
    assert provider.calls == []
    assert archive.submissions.get(number).state is SubmissionState.ABSENT
    assert "before the last byte" in archive.submissions.get(number).why


async def test_without_a_network_it_stays_for_the_next_time(make, archive, clock):
    number = left_behind(archive, clock)
    clock.elapsed = 1000
    provider = FakeProvider()
    provider.failures.append(NetworkError("offline"))
    async with make(provider) as service:
        await service.leftovers.recover()
        assert archive.submissions.get(number).state is SubmissionState.UNKNOWN
        assert "offline" in archive.submissions.get(number).why
        assert (await service.leftovers.recover()).submissions == (), "told once"
    assert archive.submissions.get(number).state is SubmissionState.ABSENT


async def test_two_open_submissions_of_one_size_do_not_share_a_batch(make, archive, clock):
    numbers = [left_behind(archive, clock) for _ in range(2)]
    clock.elapsed = 1000
    batch = a_batch("b", counts=RequestCounts(processing=3), created_at=NOON)
    async with make(FakeProvider(batch)) as service:
        await service.leftovers.recover()
    found = [archive.submissions.get(number) for number in numbers]
    assert [one.candidates for one in found] == [("b",), ("b",)]
    assert "1 other submission" in found[0].why


async def test_labels_notes_and_tags_come_back_as_changes(make, tmp_path):
    async with make(FakeProvider(a_batch())) as service:
        await service.refresh_once()
        events = service.events()
        service.labels.set_label(REF, " a\nlabel ")
        service.labels.set_note(REF, "see\nthere\n")
        service.labels.set_tags(REF, ["#eval", "nightly", "eval"])
        changed = (await anext(events)).diff.updated[0]
        assert (changed.label, changed.note) == ("a label", "see\nthere")
        assert changed.tags == ("eval", "nightly")
        with pytest.raises(UsageError, match="one word"):
            service.labels.set_tags(REF, ["two words"])
    async with make(FakeProvider()) as service:
        assert service.entry(REF).tags == ("eval", "nightly")
