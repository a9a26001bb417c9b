import json
from dataclasses import replace

import pytest

from batchtui.core.errors import ArchiveError, AuthError, NetworkError, UnknownBatchError
from batchtui.core.events import ArchiveFailed, ArchiveRecovered, BatchesChanged, HealthChanged
from batchtui.core.models import (
    AccountHealth,
    AccountStatus,
    BatchesDiff,
    BatchState,
    PendingAction,
    Presence,
    RequestCounts,
)

OK = {"state": BatchState.COMPLETED, "request_counts": RequestCounts(succeeded=10)}
PARTIAL = {"state": BatchState.COMPLETED, "request_counts": RequestCounts(0, 9, 1)}


@pytest.fixture
def jobs(cli, make):
    """Two running batches, `a` and `b`."""
    entries = [make("msgbatch_a"), make("msgbatch_b")]
    cli.service.table = {entry.ref: entry for entry in entries}
    cli.a, cli.b = (entry.ref for entry in entries)
    return cli


def health(account, error):
    denied = isinstance(error, AuthError)
    return lambda: HealthChanged(
        AccountHealth(account, error=error, error_text=str(error), failures=1, denied=denied)
    )


def test_wait_returns_zero_when_all_succeeded(jobs):
    jobs.service.script = [jobs.service.changed(jobs.a, **OK), jobs.service.changed(jobs.b, **OK)]
    assert jobs.run("wait", "msgbatch_a", "msgbatch_b") == 0
    assert "msgbatch_a: succeeded, 10" in jobs.err.shown
    assert jobs.out.shown == ""
    assert jobs.service.closed


def test_wait_returns_three_when_some_request_did_not_succeed(jobs):
    jobs.service.script = [
        jobs.service.changed(jobs.a, **PARTIAL), jobs.service.changed(jobs.b, **OK),
    ]  # fmt: skip
    assert jobs.run("wait", "msgbatch_a", "msgbatch_b", "--json") == 3
    assert [one["verdict"] for one in json.loads(jobs.out.shown)] == ["partial", "succeeded"]


def test_wait_any_returns_at_the_first(jobs):
    jobs.service.script = [jobs.service.changed(jobs.b, **OK)]
    assert jobs.run("wait", "msgbatch_a", "msgbatch_b", "--any", "--jsonl") == 0
    assert json.loads(jobs.out.shown)["id"] == "msgbatch_b"


@pytest.mark.parametrize("state", [s for s in BatchState if s.is_final])
def test_wait_ends_with_every_final_state(jobs, state):
    jobs.service.script = [
        jobs.service.changed(jobs.a, state=state, request_counts=RequestCounts(canceled=10))
    ]
    assert jobs.run("wait", "msgbatch_a") == 3


def test_wait_does_not_poll_for_what_has_ended(jobs):
    jobs.service.set(jobs.a, **OK)
    assert jobs.run("wait", "msgbatch_a") == 0
    assert not jobs.service.started


def test_wait_times_out(jobs):
    jobs.service.script = [jobs.service.changed(jobs.a, **OK)]
    assert jobs.run("wait", "msgbatch_a", "msgbatch_b", "--timeout", "0.05") == 124
    assert "timed out" in jobs.err.shown
    assert jobs.service.closed


def test_wait_with_no_time_looks_once(jobs):
    assert jobs.run("wait", "msgbatch_a", "--timeout", "0") == 124
    assert ("retrieve", jobs.a) in jobs.service.calls
    assert not jobs.service.started


def test_wait_survives_blips_and_tells_of_them(jobs):
    jobs.service.failures["retrieve", "msgbatch_a"] = NetworkError("no answer", "refused")
    jobs.service.script = [
        health("main", NetworkError("no answer", "cut")), jobs.service.changed(jobs.a, **OK),
    ]  # fmt: skip
    assert jobs.run("wait", "msgbatch_a") == 0
    assert "no answer: refused; going on" in jobs.err.shown
    assert "account main: no answer: cut" in jobs.err.shown


def test_wait_ends_when_the_key_is_refused(jobs):
    jobs.service.script = [health("main", AuthError("bad key"))]
    with pytest.raises(AuthError):
        jobs.run("wait", "msgbatch_a")
    assert jobs.service.closed


def test_wait_ends_when_the_process_that_polls_is_refused(jobs):
    following = AccountHealth(
        "main", AccountStatus.FOLLOWING, error_text="bad key: refused", denied=True
    )
    jobs.service.script = [lambda: HealthChanged(following)]
    with pytest.raises(AuthError, match="account main: bad key: refused"):
        jobs.run("wait", "msgbatch_a")


NEW = "msgbatch_01HkcTjaV5uDC8jWR4ZsDV8d"


def test_wait_for_a_batch_that_its_server_does_not_know_yet(jobs, make):
    new = make(NEW)
    jobs.service.table[new.ref] = new
    jobs.service.finding[NEW] = [UnknownBatchError(f"no batch {NEW!r}")] * 4
    jobs.service.script = [jobs.service.changed(new.ref, **OK)]
    assert jobs.run("wait", NEW) == 0
    assert jobs.err.shown.count("yet; asking again") == 1


def test_wait_gives_an_unknown_batch_two_minutes(jobs):
    with pytest.raises(UnknownBatchError):
        jobs.run("wait", NEW)
    assert 120 <= jobs.clock.slept < 150


@pytest.mark.parametrize("text", ["msgbatch_x", "x" * 5000, f"a b{NEW}"])
def test_wait_asks_but_once_for_what_is_no_whole_id(jobs, text):
    with pytest.raises(UnknownBatchError):
        jobs.run("wait", text)
    assert len([what for verb, what in jobs.service.calls if verb == "find"]) == 1


def test_wait_that_looks_once_has_no_patience(jobs):
    with pytest.raises(UnknownBatchError):
        jobs.run("wait", NEW, "--timeout", "0")
    assert len([what for verb, what in jobs.service.calls if verb == "find"]) == 1


def test_wait_outlasts_a_network_that_is_down_at_its_start(jobs):
    down = NetworkError("no answer", "refused", retryable=True)
    jobs.service.finding["msgbatch_a"] = [down] * 100
    jobs.service.script = [jobs.service.changed(jobs.a, **OK)]
    assert jobs.run("wait", "msgbatch_a") == 0
    assert jobs.err.shown.count("no answer: refused; asking again") == 1
    assert jobs.clock.slept > 600


def test_wait_heeds_the_wish_of_a_server_that_is_busy(jobs):
    busy = NetworkError("busy", retryable=True, retry_after=300)
    jobs.service.finding["msgbatch_a"] = [busy]
    jobs.service.script = [jobs.service.changed(jobs.a, **OK)]
    jobs.run("wait", "msgbatch_a")
    assert jobs.clock.slept >= 300


@pytest.mark.parametrize("error", [AuthError("bad key"), NetworkError("no trust in its TLS")])
def test_wait_does_not_outlast_what_does_not_pass(jobs, error):
    jobs.service.finding["msgbatch_a"] = [error]
    with pytest.raises(type(error)):
        jobs.run("wait", "msgbatch_a")


def test_wait_without_counts_says_that_nobody_can_tell(jobs):
    ended = {"state": BatchState.COMPLETED, "request_counts": None}
    jobs.service.script = [jobs.service.changed(jobs.a, **ended)]
    assert jobs.run("wait", "msgbatch_a") == 3
    assert "gave no counts" in jobs.err.shown


def test_wait_tells_of_an_archive_that_fails_and_works_again(jobs):
    error = ArchiveError("the archive is gone")
    jobs.service.script = [
        lambda: ArchiveFailed(error), ArchiveRecovered, jobs.service.changed(jobs.a, **OK),
    ]  # fmt: skip
    assert jobs.run("wait", "msgbatch_a") == 0
    assert "the archive is gone" in jobs.err.shown
    assert "the archive works again" in jobs.err.shown


def test_wait_minds_its_own_account_only(jobs):
    jobs.service.script = [
        health("other", AuthError("bad key")), jobs.service.changed(jobs.a, **OK),
    ]  # fmt: skip
    assert jobs.run("wait", "msgbatch_a") == 0


def test_wait_ends_when_the_batch_is_gone(jobs):
    def gone():
        entry = replace(jobs.service.table[jobs.a], presence=Presence.UNLISTED)
        return BatchesChanged(BatchesDiff(updated=(entry,)))

    jobs.service.script = [gone]
    with pytest.raises(UnknownBatchError, match="gone"):
        jobs.run("wait", "msgbatch_a")


def test_wait_for_a_batch_that_is_gone_already(jobs):
    entry = jobs.service.table[jobs.a]
    jobs.service.table[jobs.a] = replace(entry, presence=Presence.DELETED)
    with pytest.raises(UnknownBatchError, match="gone"):
        jobs.run("wait", "msgbatch_a", "msgbatch_b")
    assert not jobs.service.started


def test_wait_asks_often_for_the_first_that_runs(jobs):
    jobs.service.script = [jobs.service.changed(jobs.a, **OK), jobs.service.changed(jobs.b, **OK)]
    jobs.run("wait", "msgbatch_a", "msgbatch_b")
    looks = [what for verb, what in jobs.service.calls if verb == "set_attention"]
    assert looks[:2] == [jobs.a, jobs.b]


def test_wait_shows_one_line_on_a_terminal(jobs):
    jobs.service.script = [
        jobs.service.changed(jobs.a, state=BatchState.CANCELING),
        jobs.service.changed(jobs.a, **OK),
    ]
    jobs.terminal().run("wait", "msgbatch_a")
    assert "\r\x1b[Kwaiting for 1 of 1: msgbatch_a: canceling" in jobs.err.shown
    assert jobs.err.shown.count("\n") == 1
    assert jobs.err.shown.endswith("\r\x1b[Kbatchtui: msgbatch_a: succeeded, 10\n")


def test_an_id_given_twice_is_waited_for_once(jobs):
    jobs.service.script = [jobs.service.changed(jobs.a, **OK)]
    jobs.run("wait", "msgbatch_a", "msgbatch_a", "--jsonl")
    assert jobs.out.shown.count("\n") == 1


def test_watch_writes_the_active_ones_then_each_change(jobs, make):
    done = make("msgbatch_done", BatchState.COMPLETED)
    jobs.service.table[done.ref] = done
    jobs.service.script = [jobs.service.changed(jobs.a, **PARTIAL)]
    assert jobs.run("watch", "msgbatch_a", "--jsonl") == 3
    lines = [json.loads(line) for line in jobs.out.shown.splitlines()]
    assert [(line["event"], line["id"], line["state"]) for line in lines] == [
        ("present", "msgbatch_a", "running"), ("changed", "msgbatch_a", "completed"),
    ]  # fmt: skip
    assert lines[0]["at"] == "2026-11-20T12:00:00Z"


def test_watch_for_people_says_from_what_to_what(jobs):
    jobs.service.script = [jobs.service.changed(jobs.a, **PARTIAL)]
    jobs.run("watch", "msgbatch_a")
    assert jobs.out.shown.splitlines() == [
        "2026-11-20T12:00:00Z  msgbatch_a: running, 10 requests",
        "2026-11-20T12:00:00Z  msgbatch_a: running -> partial, 9/10 · 1 errored",
    ]


def test_watch_tells_each_trouble_once_and_its_end(jobs):
    blip = health("main", NetworkError("no answer"))
    jobs.service.script = [
        blip, blip, lambda: HealthChanged(AccountHealth("main")),
        jobs.service.changed(jobs.a, **OK),
    ]  # fmt: skip
    jobs.run("watch", "msgbatch_a")
    assert jobs.err.shown.splitlines() == [
        "batchtui: account main: no answer", "batchtui: account main: answers again",
    ]  # fmt: skip


def test_watch_ends_at_once_when_no_account_can_be_asked(jobs):
    error = AuthError("bad key")
    jobs.service.told["main"] = AccountHealth(
        "main", error=error, error_text=str(error), denied=True
    )
    assert jobs.run("watch") == 4


def test_watch_asks_for_the_whole_list_first_so_that_history_is_no_news(jobs):
    error = AuthError("bad key")
    jobs.service.told["main"] = AccountHealth("main", error=error, denied=True)
    jobs.run("watch")
    assert ("refresh_once", True) in jobs.service.calls


@pytest.mark.parametrize("form", [[], ["--jsonl"]])
def test_watch_says_nothing_twice(jobs, form):
    labelled = jobs.service.table[jobs.a]
    same = BatchesChanged(BatchesDiff(updated=(replace(labelled, pending=PendingAction.CANCEL),)))
    jobs.service.script = [lambda: same, lambda: same, jobs.service.changed(jobs.a, **OK)]
    jobs.run("watch", "msgbatch_a", *form)
    assert jobs.out.shown.count("\n") == 2


def test_watch_shows_counts_that_move(jobs):
    half = {"counts_live": True, "request_counts": RequestCounts(5, 4, 1)}
    jobs.service.script = [
        jobs.service.changed(jobs.a, **half), jobs.service.changed(jobs.a, **OK),
    ]  # fmt: skip
    jobs.run("watch", "msgbatch_a")
    assert "msgbatch_a: running, 5/10 requests\n" in jobs.out.shown


def test_hostile_names_are_masked(cli, make):
    entry = make("msgbatch_a", label="\x1b]0;x\x07")
    cli.service.table = {entry.ref: entry}
    cli.service.script = [cli.service.changed(entry.ref, **OK)]
    cli.run("watch", "msgbatch_a")
    assert "\x1b" not in cli.out.shown
