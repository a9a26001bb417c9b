"""What is kept, kind by kind: what comes back is what went in, whatever it was."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchtui.archive import Archive
from batchtui.archive.batches import HISTORY_LIMIT
from batchtui.archive.encoding import escape, from_micros, to_micros, unescape
from batchtui.archive.labels import Remarks
from batchtui.archive.reconciliations import reconciled_from_row
from batchtui.archive.request_files import RememberedFile
from batchtui.archive.samples import FORGET_AFTER, THIN_AFTER
from batchtui.core.errors import ArchiveError
from batchtui.core.models import (
    AccountHealth,
    AccountStatus,
    Batch,
    BatchEntry,
    BatchRef,
    BatchState,
    PendingAction,
    Presence,
    RequestCounts,
)
from batchtui.core.reconciled import Reconciled
from batchtui.core.submissions import CreateOptions, Draft, Part, SubmissionState

REF = BatchRef("work", "msgbatch_1")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)

# Surrogates are on purpose: JSON can say half a character, so ids and statuses can hold one.
texts = st.text(st.characters(), max_size=20)
times = st.datetimes(timezones=st.just(UTC))
maybe_times = st.none() | times
numbers = st.integers(-(2**63) + 1, 2**63 - 1)
counts = st.builds(RequestCounts, numbers, numbers, numbers, numbers, numbers)
refs = st.builds(BatchRef, texts, texts)
batches = st.builds(
    Batch,
    ref=refs,
    kind=texts,
    state=st.sampled_from(BatchState),
    provider_status=texts,
    created_at=times,
    request_counts=st.none() | counts,
    counts_live=st.booleans(),
    ended_at=maybe_times,
    expires_at=maybe_times,
    archived_at=maybe_times,
    cancel_initiated_at=maybe_times,
    results_available=st.booleans(),
    raw=texts,
)
entries = st.builds(BatchEntry, batches, presence=st.sampled_from(Presence), label=texts)
anything = st.text(st.characters(codec=None) | st.sampled_from("\ud800\udfff\x1a\0"), max_size=20)


@pytest.fixture
def archive(tmp_path):
    with Archive.open(tmp_path / "archive.sqlite3") as opened:
        yield opened


def batch(ref=REF, **fields):
    fields = {
        "state": BatchState.RUNNING,
        "provider_status": "in_progress",
        "created_at": NOW,
        "request_counts": RequestCounts(processing=10),
    } | fields
    return Batch(ref, "anthropic", **fields)


def entry(ref=REF, **fields):
    return BatchEntry(batch(ref, **fields))


def finished(number, hours, **fields):
    ended = NOW - timedelta(minutes=number)
    fields = {
        "state": BatchState.COMPLETED,
        "created_at": ended - timedelta(hours=hours),
        "ended_at": ended,
        "request_counts": RequestCounts(succeeded=100),
    } | fields
    return entry(BatchRef("work", f"b{number}"), **fields)


# -- encoding -----------------------------------------------------------------------------------


@given(anything)
def test_any_text_is_stored_reversibly_as_utf8(text):
    assert unescape(escape(text).encode()) == text


@given(anything, anything)
def test_different_texts_are_stored_differently(one, other):
    assert (escape(one) == escape(other)) == (one == other)


@given(times)
def test_times_keep_every_microsecond(moment):
    assert from_micros(to_micros(moment)) == moment


# -- batches ------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(entries, max_size=5, unique_by=lambda each: each.ref))
def test_every_field_of_an_entry_comes_back(some):
    with Archive.in_memory() as archive:
        assert archive.batches.save(some) == len(some)
        for each in some:
            archive.labels.set(each.ref, each.label)
        loaded = archive.batches.load()
        assert {each.ref: each for each in loaded} == {each.ref: each for each in some}
        # `raw` is no part of equality.
        assert {each.ref: each.batch.raw for each in loaded} == {
            each.ref: each.batch.raw for each in some
        }
        created = [each.batch.created_at for each in loaded]
        assert created == sorted(created, reverse=True)


def test_half_a_character_survives(archive):
    strange = entry(BatchRef("work", "b\ud800\x1a\0"), provider_status="\udfff", raw="\x1ad800")
    archive.batches.save([strange])
    archive.batches.save([strange])
    (loaded,) = archive.batches.load()
    assert loaded == strange
    assert loaded.batch.raw == "\x1ad800"


def test_numbers_beyond_sqlite_are_bounded(archive):
    archive.batches.save([entry(request_counts=RequestCounts(10**30, -(10**30)))])
    (loaded,) = archive.batches.load()
    assert loaded.batch.request_counts == RequestCounts(2**63 - 1, -(2**63) + 1)


def test_only_what_changed_is_written(archive):
    others = [entry(BatchRef("work", f"b{n}")) for n in range(10)]
    assert archive.batches.save(others) == 10
    assert archive.batches.save(others) == 0
    others[3] = entry(others[3].ref, state=BatchState.CANCELING)
    assert archive.batches.save(others) == 1
    assert archive.batches.save([]) == 0
    assert {each.ref: each for each in archive.batches.load()} == {
        each.ref: each for each in others
    }


@pytest.mark.parametrize(
    "change",
    [
        {"state": BatchState.UNKNOWN},
        {"provider_status": "paused"},
        {"request_counts": None},
        {"request_counts": RequestCounts(processing=9, errored=1)},
        {"counts_live": True},
        {"ended_at": NOW},
        {"expires_at": NOW},
        {"archived_at": NOW},
        {"cancel_initiated_at": NOW},
        {"results_available": True},
        {"created_at": NOW - SECOND},
    ],
)
def test_each_field_counts_as_a_change_both_ways(archive, change):
    for each in (entry(), entry(**change), entry()):
        assert archive.batches.save([each]) == 1
        assert archive.batches.load() == [each]


def test_a_change_of_the_raw_object_or_the_presence_is_written(archive):
    archive.batches.save([entry()])
    assert archive.batches.save([entry(raw='{"new": 1}')]) == 1
    assert archive.batches.load()[0].batch.raw == '{"new": 1}'
    gone = BatchEntry(batch(raw='{"new": 1}'), presence=Presence.DELETED)
    assert archive.batches.save([gone]) == 1
    assert archive.batches.load()[0].presence is Presence.DELETED


def test_what_only_one_program_knows_is_not_kept(archive):
    one = BatchEntry(
        batch(), label="unsaved", local_results="/here.jsonl", pending=PendingAction.CANCEL
    )
    archive.batches.save([one])
    assert archive.batches.load() == [BatchEntry(batch())]


def test_an_answer_that_was_overtaken_does_not_bring_the_old_state_back(archive):
    old, new = entry(), entry(state=BatchState.COMPLETED, ended_at=NOW)
    assert archive.batches.save([old], seen_at=NOW)
    assert archive.batches.save([new], seen_at=NOW + SECOND)
    assert not archive.batches.save([old], seen_at=NOW)
    assert archive.batches.load() == [new]
    assert archive.batches.save([old], seen_at=NOW + SECOND)
    assert archive.batches.save([new])
    assert not archive.batches.save([old], seen_at=NOW)
    assert archive.batches.load() == [new]


def test_load_of_what_is_news_after_a_revision(archive):
    old, new, other = (entry(BatchRef("work", name)) for name in ("old", "new", "other"))
    assert archive.batches.revision() == 0
    archive.batches.save([old, new, other])
    before = archive.batches.revision()
    assert archive.batches.save([old, new, other]) == 0
    assert archive.batches.load("work", after=before) == []
    changed = entry(new.ref, state=BatchState.CANCELING)
    archive.batches.save([old, changed])
    archive.labels.set(other.ref, "nightly")
    news = {each.ref.id: each for each in archive.batches.load("work", after=before)}
    assert set(news) == {"new", "other"}
    assert news["new"] == changed
    assert news["other"].label == "nightly"
    assert archive.batches.load("home") == []


def test_an_account_can_be_kept_under_another_name(archive):
    one = entry(BatchRef("work", "a"))
    archive.batches.save([one], account="work@http://127.0.0.1")
    assert archive.batches.load("work") == []
    assert archive.batches.load("work@http://127.0.0.1", name="work") == [one]


def test_another_key_is_noticed_once(archive):
    assert archive.accounts.claim("work", "aa")
    assert archive.accounts.claim("work", "aa")
    assert not archive.accounts.claim("work", "bb")
    assert archive.accounts.claim("work", "bb")


def test_load_of_one_account(archive):
    mine, other = entry(BatchRef("a", "1")), entry(BatchRef("b", "1"))
    archive.batches.save([mine, other])
    assert archive.batches.load("a") == [mine]
    assert archive.batches.load("c") == []


# -- history ------------------------------------------------------------------------------------


def durations(archive, total=100, account="work"):
    found = archive.batches.finished_durations(account, "anthropic", total)
    return [each / timedelta(hours=1) for each in found]


def test_history_has_finished_batches_newest_first(archive):
    archive.batches.save(
        [
            finished(3, 3),
            finished(1, 1),
            finished(2, 2, request_counts=RequestCounts(succeeded=1, errored=99)),
            finished(
                4, 24, state=BatchState.EXPIRED, request_counts=RequestCounts(0, 90, 0, 0, 10)
            ),
        ]
    )
    assert durations(archive) == [1, 2, 3, 24]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": BatchState.RUNNING, "ended_at": None},
        {"state": BatchState.FAILED},
        {"state": BatchState.CANCELED},
        {"request_counts": None},
        {"request_counts": RequestCounts(errored=100)},
        {"cancel_initiated_at": NOW, "request_counts": RequestCounts(succeeded=60, canceled=40)},
        {"created_at": NOW + SECOND},
    ],
)
def test_history_leaves_out_what_teaches_nothing(archive, fields):
    archive.batches.save([finished(1, 1, **fields)])
    assert durations(archive) == []


@pytest.mark.parametrize(("total", "found"), [(33, 0), (34, 1), (100, 1), (300, 1), (301, 0)])
def test_history_is_of_similar_size(archive, total, found):
    archive.batches.save([finished(1, 1)])
    assert len(durations(archive, total)) == found


def test_history_is_of_one_kind_and_may_be_of_one_account(archive):
    archive.batches.save([finished(1, 1)])
    assert archive.batches.finished_durations("work", "letta", 100) == []
    assert durations(archive, account=None) == [1]
    assert durations(archive, account="home") == []


def test_history_is_bounded_to_the_newest(archive):
    archive.batches.save([finished(n, n) for n in range(1, HISTORY_LIMIT + 20)])
    assert durations(archive) == list(range(1, HISTORY_LIMIT + 1))


# -- samples ------------------------------------------------------------------------------------


def at(seconds):
    return NOW + seconds * SECOND


def seconds_of(archive, since=NOW - timedelta(days=365), ref=REF):
    return [(each.at - NOW) // SECOND for each in archive.samples.recent(ref, since)]


def test_samples_come_back_oldest_first_from_a_time_on(archive):
    archive.batches.save([entry()])
    for second in (30, 10, 20):
        assert archive.samples.add(REF, at(second), RequestCounts(100 - second, second))
    assert seconds_of(archive) == [10, 20, 30]
    assert seconds_of(archive, at(20)) == [20, 30]
    (last,) = archive.samples.recent(REF, at(30))
    assert (last.at, last.request_counts) == (at(30), RequestCounts(70, 30))


def test_counts_that_stand_make_no_samples(archive):
    archive.batches.save([entry()])
    moves = [(0, 1), (10, 1), (20, 2), (30, 2), (40, 1)]
    kept = [archive.samples.add(REF, at(t), RequestCounts(9, n)) for t, n in moves]
    assert kept == [True, False, True, False, True]
    assert seconds_of(archive) == [0, 20, 40]


def test_two_programs_at_the_same_moment_keep_one_sample(archive):
    archive.batches.save([entry()])
    assert archive.samples.add(REF, NOW, RequestCounts(2))
    assert not archive.samples.add(REF, NOW, RequestCounts(1))
    assert archive.samples.recent(REF, NOW)[0].request_counts == RequestCounts(2)


def test_a_poll_of_many_is_kept_at_once(archive):
    other = BatchRef("work", "other")
    archive.batches.save([entry(), entry(other)])
    unknown = BatchRef("work", "never seen")
    counts = RequestCounts(1)
    assert archive.samples.add_many(NOW, {REF: counts, other: counts, unknown: counts}) == 2
    assert archive.samples.add_many(at(1), {REF: counts, other: RequestCounts(0, 1)}) == 1
    assert archive.samples.add_many(at(2), {}) == 0
    assert seconds_of(archive) == [0]
    assert seconds_of(archive, ref=other) == [0, 1]
    assert archive.samples.recent(unknown, NOW) == []


def test_thinning_keeps_the_last_of_each_span_and_all_that_is_recent(archive):
    other = BatchRef("work", "other")
    archive.batches.save([entry(), entry(other)])
    for second in range(0, 900, 60):
        archive.samples.add(REF, at(second), RequestCounts(0, second))
    archive.samples.add(other, at(0), RequestCounts(1))
    assert archive.samples.thin(at(900)) == 0
    later = at(600) + THIN_AFTER
    assert archive.samples.thin(later) == 8
    assert seconds_of(archive) == [240, 540, 600, 660, 720, 780, 840]
    assert seconds_of(archive, ref=other) == [0]
    assert archive.samples.thin(later) == 0


def test_thinning_forgets_what_is_very_old(archive):
    archive.batches.save([entry()])
    archive.samples.add(REF, at(0), RequestCounts(2))
    archive.samples.add(REF, at(3600), RequestCounts(1))
    assert archive.samples.thin(at(3600) + FORGET_AFTER) == 1
    assert seconds_of(archive) == [3600]


# -- labels -------------------------------------------------------------------------------------


def test_a_label_is_set_changed_and_taken_away(archive):
    assert archive.labels.get(REF) == Remarks()
    archive.labels.set(REF, "früh")
    archive.labels.set(REF, "spät \x1b[31m")
    assert archive.labels.get(REF).label == "spät \x1b[31m"
    assert archive.labels.all() == {REF: Remarks("spät \x1b[31m")}
    archive.labels.set(REF, "")
    archive.labels.set(REF, "")
    assert archive.labels.all() == {}


def test_a_label_given_first_is_there_once_the_batch_is_seen(archive):
    archive.labels.set(REF, "early")
    archive.batches.save([entry()])
    assert archive.batches.load()[0].label == "early"


def test_label_note_and_tags_leave_each_other_alone(archive):
    archive.batches.save([entry()])
    archive.labels.set(REF, note="two\nlines", tags=("a", "b"))
    archive.labels.set(REF, "name")
    loaded = archive.batches.load()[0]
    assert (loaded.label, loaded.note, loaded.tags) == ("name", "two\nlines", ("a", "b"))
    assert archive.labels.set(REF, "", note="") == Remarks(tags=("a", "b"))
    assert archive.labels.set(REF, tags=()) == Remarks()
    assert archive.labels.all() == {}


# -- reconciliations ----------------------------------------------------------------------------


def test_what_reconciling_found_comes_with_the_batch_and_is_news_to_followers(archive):
    found = Reconciled(NOW, rows=3, requests=4, missing=2, duplicate=1)
    archive.batches.save([entry()])
    seen = archive.batches.revision()
    archive.reconciliations.put(REF, found)
    assert [one.reconciled for one in archive.batches.load(after=seen)] == [found]
    better = Reconciled(NOW + timedelta(hours=1), rows=3)
    archive.reconciliations.put(REF, better)
    assert archive.batches.load()[0].reconciled == better


def test_what_another_version_kept_more_of_a_reconciling_is_passed_over():
    row = {"reconciled_at": to_micros(NOW), "found": '{"rows": 7, "missing": 1, "odd": 3}'}
    assert reconciled_from_row(row) == Reconciled(NOW, rows=7, missing=1)


# -- submissions --------------------------------------------------------------------------------


class Body:
    def __init__(self, count=3, sha256="5" * 64):
        self.count, self.size, self.sha256 = count, 100 * count, sha256

    def chunks(self):
        raise AssertionError("the archive does not read it")


def draft(**fields):
    return Draft(**{"account": "work", "body": Body(), "file": "/tmp/a.jsonl"} | fields)


def intend(archive, some=None, holder="me", known=(), account="work"):
    return archive.submissions.intend(some or draft(), account, holder, NOW, known)


@settings(deadline=None)
@given(texts, texts, texts, st.lists(st.text("az09-", min_size=1), max_size=3), texts)
def test_all_of_an_intent_comes_back(file, label, copy, betas, header):
    options = CreateOptions(tuple(betas), "2026-10-21", "prof", {"x-team": header})
    sent = draft(file=file, label=label, copy=copy, options=options, parent=REF, part=Part(2, 3))
    with Archive.in_memory() as archive:
        made = intend(archive, sent, known={"b", "a"})
        (left,) = archive.submissions.get_open("work")
        assert left.submission == made == archive.submissions.get(made.number)
        assert (left.holder, left.known) == ("me", {"a", "b"})
        assert left.beat_at == NOW.timestamp()
    assert (made.state, made.at, made.sent_at) == (SubmissionState.INTENDED, NOW, None)
    assert (made.file, made.copy, made.options, made.parent) == (file, copy, options, REF.id)
    assert (made.size, made.count, made.sha256, made.part) == (300, 3, "5" * 64, Part(2, 3))
    assert made.label == sent.shown_label


@pytest.mark.parametrize(
    ("file", "label", "part", "shown"),
    [
        ("/tmp/a.jsonl", "", Part(), "a.jsonl"),
        ("/tmp/a.jsonl", "", Part(2, 3), "a.jsonl (2 of 3)"),
        ("/tmp/a.jsonl", "nightly", Part(), "nightly"),
        ("/tmp/a.jsonl", "nightly", Part(2, 3), "nightly (2 of 3)"),
        ("-", "nightly", Part(2, 3), "nightly (2 of 3)"),
        ("-", "", Part(2, 3), ""),
    ],
)
def test_the_labels_of_several_parts_differ(file, label, part, shown):
    assert draft(file=file, label=label, part=part).shown_label == shown


def test_of_several_that_send_the_same_at_once_one_does(archive):
    made = intend(archive)
    table = archive.submissions
    assert table.intend(draft(), "work", "another", NOW, (), beside=()) is None
    assert table.intend(draft(), "work", "another", NOW, (), beside=[made.number]) is not None


def test_only_the_holder_changes_a_submission(archive):
    number = intend(archive).number
    table = archive.submissions
    assert not table.take_over(number, "another", "third", at(5))
    assert table.take_over(number, "me", "you", at(5))
    assert not table.change(number, "me", SubmissionState.SENDING, NOW)
    assert not table.note_last_byte(number, "me", at(6))
    assert table.get(number).sent_at is None
    table.beat(number, "me", at(7))
    assert table.get_open("work")[0].beat_at == at(5).timestamp()
    assert table.note_last_byte(number, "you", at(8))
    assert table.get(number).sent_at == at(8)
    assert table.change(number, "you", SubmissionState.CREATED, NOW, batch_id="b")
    assert not table.take_over(number, "you", "me", at(9))
    assert table.get_open("work") == []


def test_what_was_sent_before_is_found_by_file_part_and_account(archive):
    table = archive.submissions
    states = [
        SubmissionState.CREATED, SubmissionState.REFUSED, SubmissionState.CANCELED,
        SubmissionState.ABSENT, SubmissionState.UNKNOWN,
    ]  # fmt: skip
    numbers = [intend(archive).number for _ in states]
    for number, state in zip(numbers, states, strict=True):
        table.change(number, "me", state, NOW, batch_id="b" if state.has_batch else "")
    found = table.sent_before("work", "5" * 64, Part())
    assert [one.number for one in found] == [numbers[4], numbers[0]]
    assert table.sent_before("home", "5" * 64, Part()) == []
    assert table.sent_before("work", "6" * 64, Part()) == []
    assert table.sent_before("work", "5" * 64, Part(1, 2)) == []
    assert table.batch_ids("work") == {"b"}
    assert table.of_batch(BatchRef("work", "b")).number == numbers[0]
    assert table.of_batch(BatchRef("work", "c")) is None


def test_children_are_those_that_have_a_batch(archive):
    table = archive.submissions
    first, second, third = (intend(archive, draft(parent=REF)).number for _ in range(3))
    table.change(first, "me", SubmissionState.CREATED, NOW, batch_id="x")
    table.change(second, "me", SubmissionState.REFUSED, NOW, why="no")
    table.change(third, "me", SubmissionState.ADOPTED, NOW, batch_id="y")
    assert [one.batch_id for one in table.children(REF)] == ["x", "y"]
    assert [one.number for one in table.recent(2)] == [third, second]


def test_a_program_killed_in_the_middle_leaves_its_intent(tmp_path):
    path = tmp_path / "archive.sqlite3"
    with run_python(KILLED_INTENT, path) as program:
        number = int(program.stdout.readline())
        program.kill()
        assert program.wait() == -signal.SIGKILL
    with Archive.open(path) as archive:
        (left,) = archive.submissions.get_open("work")
        assert (left.submission.number, left.submission.sent_at) == (number, NOW)


KILLED_INTENT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from batchtui.archive import Archive
from batchtui.core.submissions import Draft
archive = Archive.open(Path(sys.argv[1]))
now = datetime(2026, 11, 20, 12, tzinfo=UTC)
body = SimpleNamespace(size=1, count=1, sha256="0")
made = archive.submissions.intend(Draft("work", body, "f"), "work", "me", now, [])
archive.submissions.note_last_byte(made.number, "me", now)
print(made.number, flush=True)
sys.stdin.readline()
"""


def test_the_file_of_requests_of_a_batch(archive):
    table = archive.request_files
    assert table.get(REF) is None
    table.put(REF, RememberedFile("/a", "1"))
    table.put(REF, RememberedFile("/b", "2", "/copy"))
    assert table.get(REF) == RememberedFile("/b", "2", "/copy")


# -- audit --------------------------------------------------------------------------------------


def test_a_call_is_noted_before_and_after(archive):
    first = archive.audit.begin(at(0), REF, "cancel", "by key")
    second = archive.audit.begin(at(1), BatchRef("work", ""), "create")
    archive.audit.finish(first, at(2), "failed", "409 conflict")
    newest, oldest = archive.audit.recent()
    assert (newest.number, newest.is_open, newest.outcome) == (second, True, "")
    assert newest.ref == BatchRef("work", "")
    assert oldest.number == first
    assert not oldest.is_open
    assert (oldest.at, oldest.ref, oldest.verb, oldest.detail) == (at(0), REF, "cancel", "by key")
    assert (oldest.finished_at, oldest.outcome) == (at(2), "failed")
    assert oldest.outcome_detail == "409 conflict"
    assert [row.number for row in archive.audit.recent(1)] == [second]


def test_an_outcome_is_noted_once(archive):
    number = archive.audit.begin(at(0), REF, "delete")
    archive.audit.finish(number, at(1), "done")
    for wrong in (number, number + 1):
        with pytest.raises(ArchiveError, match="not open"):
            archive.audit.finish(wrong, at(2), "done again")
    assert archive.audit.recent()[0].outcome == "done"


def run_python(script, *args):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


CRASH = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from batchtui.archive import Archive
from batchtui.core.models import BatchRef
archive = Archive.open(Path(sys.argv[1]))
now = datetime(2026, 11, 20, tzinfo=UTC)
print(archive.audit.begin(now, BatchRef("work", "b"), "delete"), flush=True)
sys.stdin.readline()
"""


def test_a_program_killed_in_a_call_leaves_an_open_row(tmp_path):
    path = tmp_path / "archive.sqlite3"
    with run_python(CRASH, path) as program:
        number = int(program.stdout.readline())
        program.kill()
        assert program.wait() == -signal.SIGKILL
    with Archive.open(path) as archive:
        (row,) = archive.audit.recent()
        assert (row.number, row.verb, row.is_open) == (number, "delete", True)


# -- leases -------------------------------------------------------------------------------------


def test_one_holds_the_lease_until_it_runs_out(archive):
    leases = archive.leases
    assert leases.acquire("work", "one", 100.0, 10.0)
    assert not leases.acquire("work", "two", 109.9, 10.0)
    assert leases.acquire("work", "two", 110.0, 10.0)
    assert not leases.acquire("work", "one", 111.0, 10.0)


def test_the_holder_renews(archive):
    for now in (100.0, 105.0, 114.0):
        assert archive.leases.acquire("work", "one", now, 10.0)
    assert not archive.leases.acquire("work", "two", 120.0, 10.0)


def test_accounts_have_leases_of_their_own(archive):
    assert archive.leases.acquire("work", "one", 100.0, 10.0)
    assert archive.leases.acquire("home", "two", 100.0, 10.0)
    assert not archive.leases.acquire("home", "one", 100.0, 10.0)


def test_only_the_holder_gives_a_lease_back(archive):
    archive.leases.acquire("work", "one", 100.0, 10.0)
    archive.leases.release("work", "two")
    assert not archive.leases.acquire("work", "two", 100.0, 10.0)
    archive.leases.release("work", "one")
    assert archive.leases.acquire("work", "two", 100.0, 10.0)


def test_a_clock_that_was_set_back_does_not_keep_the_lease_for_ever(archive):
    archive.leases.acquire("work", "dead", 5000.0, 10.0)
    assert archive.leases.acquire("work", "two", 100.0, 10.0)


CONTEND = """
import sys
from pathlib import Path
from batchtui.archive import Archive
with Archive.open(Path(sys.argv[1]), busy_timeout=60) as archive:
    print("ready", flush=True)
    for line in sys.stdin:
        print(archive.leases.acquire("work", sys.argv[2], float(line), 10.0), flush=True)
"""


def test_of_several_programs_exactly_one_gets_the_lease(tmp_path):
    path = tmp_path / "archive.sqlite3"
    programs = [run_python(CONTEND, path, f"program {number}") for number in range(3)]
    for program in programs:
        assert program.stdout.readline() == "ready\n"
    for now in range(0, 1000, 20):
        for program in programs:
            program.stdin.write(f"{now}\n")
            program.stdin.flush()
        answers = [program.stdout.readline().strip() for program in programs]
        assert sorted(answers) == ["False", "False", "True"]
    for program in programs:
        program.communicate()


# -- health -------------------------------------------------------------------------------------

healths = st.builds(
    AccountHealth,
    account=texts,
    status=st.sampled_from(AccountStatus),
    last_success=maybe_times,
    next_poll=maybe_times,
    interval=st.floats(0, 1e6),
    error_text=texts,
    failures=st.integers(0, 10**6),
)


@given(st.lists(healths, max_size=3, unique_by=lambda each: each.account))
def test_health_comes_back(some):
    with Archive.in_memory() as archive:
        for each in some:
            archive.health.put(each)
        assert archive.health.get_all() == {each.account: each for each in some}


def test_the_last_success_stays_known(archive):
    archive.health.put(AccountHealth("work", AccountStatus.LIVE, last_success=NOW))
    for earlier in (None, NOW - SECOND):
        archive.health.put(
            AccountHealth(
                "work", AccountStatus.STALE, last_success=earlier, error_text="429", failures=2
            )
        )
        kept = archive.health.get_all()["work"]
        assert (kept.last_success, kept.status, kept.error_text, kept.failures) == (
            NOW,
            AccountStatus.STALE,
            "429",
            2,
        )
    archive.health.put(AccountHealth("work", AccountStatus.LIVE, last_success=NOW + SECOND))
    assert archive.health.get_all()["work"].last_success == NOW + SECOND
