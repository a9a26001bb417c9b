from dataclasses import replace

import pytest

from batchtui.cli import asking
from batchtui.cli.diagnostics import Diagnostics
from batchtui.core.errors import AuthError, BatchtuiError, StateError, UsageError
from batchtui.core.models import BatchState, Capabilities


@pytest.fixture
def jobs(cli, make):
    entries = [make("msgbatch_a"), make("msgbatch_b"), make("msgbatch_done", BatchState.COMPLETED)]
    cli.service.table = {entry.ref: entry for entry in entries}
    cli.refs = [entry.ref for entry in entries]
    return cli


@pytest.fixture
def typed(monkeypatch):
    """What is typed at each question; the questions are in the terminal's standard error."""
    answers = []

    async def read_line(stdin):
        return answers.pop(0) + "\n"

    monkeypatch.setattr(asking, "read_line", read_line)
    return answers


def done(jobs, verb):
    return [what for call, what in jobs.service.calls if call == verb]


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_without_a_terminal_yes_is_needed(jobs, verb):
    with pytest.raises(UsageError) as caught:
        jobs.run(verb, "msgbatch_a")
    assert "--yes" in caught.value.hint
    assert jobs.service.calls == []


def test_cancel_with_yes(jobs):
    assert jobs.run("cancel", "msgbatch_a", "msgbatch_b", "--yes") == 0
    assert done(jobs, "cancel") == jobs.refs[:2]
    assert jobs.err.shown.splitlines() == [
        "batchtui: msgbatch_a is canceling", "batchtui: msgbatch_b is canceling",
    ]  # fmt: skip


def test_each_is_reported_and_the_worst_code_wins(jobs):
    jobs.service.failures["cancel", "msgbatch_done"] = StateError("cannot", "it has ended")
    assert jobs.run("cancel", "nope", "msgbatch_done", "msgbatch_a", "--yes") == 6
    assert done(jobs, "cancel") == [jobs.refs[0]]
    assert "no batch 'nope'" in jobs.err.shown
    assert "cannot: it has ended" in jobs.err.shown


def test_cancel_asks_once_for_all_and_names_them(jobs, typed):
    typed.append("y")
    assert jobs.terminal().run("cancel", "msgbatch_a", "msgbatch_b") == 0
    assert "main:msgbatch_a: running" in jobs.err.shown
    assert "cancel these 2 batches? [y/N]" in jobs.err.shown


@pytest.mark.parametrize("answer", ["", "n", "no", "x"])
def test_cancel_is_not_done_without_a_yes(jobs, typed, answer):
    typed.append(answer)
    assert jobs.terminal().run("cancel", "msgbatch_a") == 1
    assert done(jobs, "cancel") == []
    assert "nothing was done" in jobs.err.shown


def test_delete_wants_the_end_of_the_id(jobs, typed):
    typed += ["done"]
    assert jobs.terminal().run("delete", "msgbatch_done") == 0
    assert done(jobs, "delete") == [(jobs.refs[2], False)]
    assert "its results will be lost" in jobs.err.shown


@pytest.mark.parametrize("answer", ["", "y", "yes", "DONE", "msgbatch_done"])
def test_delete_takes_no_other_answer(jobs, typed, answer):
    typed.append(answer)
    assert jobs.terminal().run("delete", "msgbatch_done") == 1
    assert done(jobs, "delete") == []


def test_delete_keeps_results_if_asked(jobs, typed):
    typed.append("done")
    jobs.terminal().run("delete", "msgbatch_done", "--keep-results")
    assert done(jobs, "delete") == [(jobs.refs[2], True)]
    assert "downloaded first" in jobs.err.shown.replace("\n", " ")


def test_where_a_batch_cannot_be_deleted_it_is_said_what_is(jobs, typed, monkeypatch):
    able = Capabilities(deletes="its files", delete_leaves_batch=True)
    known = jobs.service.account
    monkeypatch.setattr(
        jobs.service, "account", lambda name: replace(known(name), capabilities=able)
    )
    typed.append("done")
    assert jobs.terminal().run("delete", "msgbatch_done") == 0
    assert "only its files can be deleted" in jobs.err.shown
    assert "msgbatch_done has lost its files; the provider goes on listing it" in jobs.err.shown


def test_delete_of_a_running_batch_is_refused_without_a_question(jobs, typed):
    jobs.service.failures["delete", "msgbatch_a"] = StateError("no", "it runs", "cancel it first")
    assert jobs.terminal().run("delete", "msgbatch_a") == 6
    assert "cancel it first" in jobs.err.shown


def test_a_refused_key_is_code_four(jobs):
    jobs.service.failures["cancel", "msgbatch_a"] = AuthError("bad key")
    assert jobs.run("cancel", "msgbatch_a", "--yes") == 4


def test_a_cancel_that_the_server_does_not_confirm(jobs):
    async def unconfirmed(ref, *, through=""):
        return jobs.service.table[ref]

    jobs.service.cancel = unconfirmed
    assert jobs.run("cancel", "msgbatch_a", "--yes") == 0
    assert "does not confirm it: it still says in_progress" in jobs.err.shown


@pytest.mark.parametrize("verb", ["cancel", "delete"])
def test_a_part_must_be_unique_in_the_whole_list(jobs, verb):
    jobs.run(verb, "msgbatch_done", "--yes")
    assert ("find", ("msgbatch_done", True)) in jobs.service.calls


def test_a_terminal_gets_notes_broken_between_words_and_long_words_whole(cli, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    path = "/home/somebody/a-path-that-is-longer-than-a-line"
    cli.err.terminal = True
    Diagnostics(cli.err).error(BatchtuiError(f"cannot read {path}", "it is", "see to it " * 4))
    lines = cli.err.shown.splitlines()
    assert lines[:3] == ["batchtui: cannot read", f"{path}:", "it is"]
    assert lines[3:] == ["  see to it see to it see to", "  it see to it "]
