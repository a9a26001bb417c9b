"""`submissions`: what was sent, and which batch it has made, where that is to be decided."""

import asyncio
import json
from dataclasses import replace

import pytest

from batchtui.cli import asking, deciding, submissions
from batchtui.core.errors import UsageError
from batchtui.core.models import RequestCounts
from batchtui.core.submissions import Submission, SubmissionState
from support.batches import NOON as NOW

UNKNOWN = Submission(
    7, "main", SubmissionState.UNKNOWN, NOW, "/tmp/q.jsonl", "5" * 64, 2048, 3, "q.jsonl",
    why="2 batches may be it", candidates=("msgbatch_one", "msgbatch_two"),
)  # fmt: skip
CREATED = replace(
    UNKNOWN, number=6, state=SubmissionState.CREATED, batch_id="msgbatch_old", why="", candidates=()
)


class FakeSubmissions:
    """Two of them: one of which nothing is known, and one with a batch."""

    def __init__(self):
        self.decisions = []

    def recent(self, limit):
        return [UNKNOWN, replace(CREATED, number=5, account="elsewhere"), CREATED]

    async def adopt(self, submission, batch_id):
        self.decisions.append(batch_id)
        return replace(
            submission, state=SubmissionState.ADOPTED, batch_id=batch_id, why="", candidates=()
        )

    def give_up(self, submission):
        self.decisions.append(None)
        return replace(submission, state=SubmissionState.ABSENT, why="no", candidates=())


@pytest.fixture
def cli(cli, make, monkeypatch):
    entry = make("msgbatch_one", counts=RequestCounts(processing=3))
    cli.service.table[entry.ref] = entry
    cli.service.submissions = FakeSubmissions()

    async def settle(context, service):
        assert service is cli.service
        cli.service.calls.append(("settle", None))

    monkeypatch.setattr(submissions, "settle_leftovers", settle)
    return cli


def test_those_of_the_configured_accounts_are_listed(cli):
    assert cli.run("submissions") == 0
    first, *rest = cli.out.shown.splitlines()
    assert first.split() == ["NUMBER", "AGE", "ACCOUNT", "REQUESTS", "LABEL", "STATE", "BATCH"]
    assert [line.split()[0] for line in rest] == ["7", "6"]
    assert ("settle", None) in cli.service.calls


def test_the_list_and_one_of_them_as_json(cli):
    assert cli.run("submissions", "--json") == 0
    before = cli.out.shown
    listed = json.loads(before)
    assert [one["number"] for one in listed] == [7, 6]
    assert cli.run("submissions", "7", "--json") == 6
    assert json.loads(cli.out.shown.removeprefix(before)) == listed[0]


def test_all_about_one_and_how_to_decide(cli):
    assert cli.run("submissions", "7") == 6
    assert "it is not known whether there is a batch" in cli.out.shown
    assert "msgbatch_one, 3 requests, created 2026-11-20T10:00:00Z (2h 00m ago)" in cli.out.shown
    assert "batchtui submissions 7 --adopt ID" in cli.err.shown


@pytest.mark.parametrize(
    ("argv", "decision", "words"),
    [
        (("--adopt", "msgbatch_two"), "msgbatch_two", "adopted, as no answer came"),
        (("--none",), None, "no batch found"),
    ],
)
def test_it_is_decided(cli, argv, decision, words):
    assert cli.run("submissions", "7", *argv) == 0
    assert cli.service.submissions.decisions == [decision]
    assert ("settle", None) not in cli.service.calls, "who decides does not wait"
    assert words in cli.out.shown


@pytest.mark.parametrize("argv", [("9",), ("--none",), ("--adopt", "x"), ("5",)])
def test_one_that_there_is_not_is_not_decided(cli, argv):
    with pytest.raises(UsageError):
        cli.run("submissions", *argv)
    assert cli.service.submissions.decisions == []


@pytest.mark.parametrize(
    ("answers", "decisions", "state"),
    [
        (["2\n"], ["msgbatch_two"], SubmissionState.ADOPTED),
        (["0\n", "3\n", "x\n", "1\n"], ["msgbatch_one"], SubmissionState.ADOPTED),
        (["n\n"], [None], SubmissionState.ABSENT),
        (["\n"], [], SubmissionState.UNKNOWN),
        ([""], [], SubmissionState.UNKNOWN),
    ],
)
def test_who_is_there_is_asked(cli, monkeypatch, answers, decisions, state):
    async def read(_):
        return answers.pop(0)

    monkeypatch.setattr(asking, "read_line", read)
    context = cli.terminal().context(type("Args", (), {"config": ""}))
    made = asyncio.run(deciding.decided(context, cli.service, UNKNOWN))
    assert (made.state, cli.service.submissions.decisions) == (state, decisions)
    assert not answers


def test_a_script_is_told_how_to_decide(cli):
    context = cli.context(type("Args", (), {"config": ""}))
    assert asyncio.run(deciding.decided(context, cli.service, UNKNOWN)) is UNKNOWN
    assert "2: msgbatch_two" in cli.err.shown
    assert "batchtui submissions 7 --adopt ID" in cli.err.shown
