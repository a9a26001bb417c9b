import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from batchtui.core.errors import AuthError, NetworkError, NotFoundError, UnknownBatchError
from batchtui.core.models import AccountHealth, AccountStatus, BatchState, Presence, RequestCounts

FIELDS = [
    "account", "id", "kind", "state", "provider_status", "verdict", "request_counts",
    "counts_live", "created_at", "ended_at", "expires_at", "archived_at", "cancel_initiated_at",
    "results_available", "label", "local_results", "presence", "stale",
]  # fmt: skip


@pytest.fixture
def two(cli, make):
    """A newer running batch and an older one that ended in part."""
    counts = RequestCounts(succeeded=998, errored=2)
    entries = [
        make("msgbatch_old", BatchState.COMPLETED, counts, age=timedelta(hours=2)),
        make("msgbatch_new", BatchState.RUNNING),
    ]
    cli.service.table = {entry.ref: entry for entry in entries}
    return cli


def test_ls_json_has_the_documented_fields(two):
    assert two.run("ls", "--json") == 0
    new, old = json.loads(two.out.shown)
    assert list(new) == FIELDS
    assert (new["id"], new["state"], new["verdict"]) == ("msgbatch_new", "running", "pending")
    assert (old["verdict"], old["ended_at"]) == ("partial", "2026-11-20T11:00:00Z")
    assert old["request_counts"] == {
        "processing": 0, "succeeded": 998, "errored": 2, "canceled": 0, "expired": 0, "total": 1000,
    }  # fmt: skip
    assert two.err.shown == ""


def test_the_fields_are_documented():
    text = (Path(__file__).parents[3] / "docs" / "json.md").read_text()
    table = text.partition("## A batch")[2].partition("\n\n`show")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == FIELDS


def test_ls_jsonl_is_a_line_each(two):
    two.run("ls", "--jsonl")
    assert [json.loads(line)["id"] for line in two.out.shown.splitlines()] == [
        "msgbatch_new", "msgbatch_old",
    ]  # fmt: skip


def test_ls_for_people(two):
    two.run("ls")
    assert two.out.shown.split("\n")[1:3] == [
        "running  msgbatch_new   2h  2h 00m  10",
        "partial  msgbatch_old   4h  3h 00m  998/1000 · 2 errored",
    ]


def test_ls_narrows_by_state_and_number(two):
    two.run("ls", "--jsonl", "--state", "completed")
    assert json.loads(two.out.shown)["id"] == "msgbatch_old"
    two.run("ls", "--jsonl", "-n", "1")
    assert two.out.shown.count("\n") == 2


def test_ls_walks_the_whole_list_only_if_asked(two):
    two.run("ls")
    two.run("ls", "--all")
    assert two.service.calls == [("refresh_once", False), ("refresh_once", True)]


def test_ls_of_nothing_says_so(cli):
    assert cli.run("ls") == 0
    assert (cli.out.shown, cli.err.shown) == ("", "batchtui: no batches\n")
    assert cli.run("ls", "--json") == 0
    assert json.loads(cli.out.shown) == []


def failed(two, account, error):
    two.service.told[account] = AccountHealth(
        account, AccountStatus.STALE, error=error, error_text=str(error), failures=1
    )


@pytest.mark.parametrize(
    ("error", "code"), [(NetworkError("no answer", "refused"), 1), (AuthError("bad key"), 4)]
)
def test_a_failed_account_hides_no_other_and_is_marked(two, make, error, code):
    other = make("msgbatch_b", account="other")
    two.service.table[other.ref] = other
    two.service.accounts += (replace(two.service.accounts[0], name="other"),)
    failed(two, "other", error)
    assert two.run("ls") == code
    assert "msgbatch_new" in two.out.shown
    assert "running (stale)  msgbatch_b" in two.out.shown
    assert f"account other: {error}" in two.err.shown


def test_the_worst_of_several_failures_is_the_exit_code(two):
    failed(two, "main", NetworkError("no answer"))
    failed(two, "other", AuthError("bad key"))
    assert two.run("ls", "--json") == 4
    assert all(batch["stale"] for batch in json.loads(two.out.shown))


def test_a_batch_the_provider_no_longer_has_is_marked(cli, make):
    entry = make("msgbatch_gone", BatchState.COMPLETED, presence=Presence.UNLISTED)
    cli.service.table = {entry.ref: entry}
    cli.run("ls")
    assert "succeeded (gone)" in cli.out.shown


def test_show_json_adds_the_raw_object(two):
    assert two.run("show", "msgbatch_old", "--json") == 0
    assert json.loads(two.out.shown)["raw"] == {"id": "raw"}


def test_show_for_people(two):
    assert two.run("show", "msgbatch_old") == 0
    assert "requests  1,000 in all, 998 succeeded, 2 errored" in two.out.shown
    assert "took      3h 00m" in two.out.shown


@pytest.mark.parametrize(
    ("error", "code"),
    [(NetworkError("no answer"), 1), (AuthError("bad key"), 4), (NotFoundError("gone"), 0)],
)
def test_show_falls_back_to_what_was_last_known(two, error, code):
    two.service.failures["retrieve", "msgbatch_old"] = error
    assert two.run("show", "msgbatch_old", "--json") == code
    assert json.loads(two.out.shown)["stale"] is (code != 0)
    assert "this is what was last known" in two.err.shown


def test_an_id_that_is_not_known_yet_is_looked_up_once_more(two, make):
    late = make("msgbatch_late")

    async def refresh(*, everything=False):
        two.service.table[late.ref] = late

    two.service.refresh_once = refresh
    assert two.run("show", "msgbatch_late") == 0


def test_an_unknown_id_is_an_error(two):
    with pytest.raises(UnknownBatchError):
        two.run("show", "msgbatch_none")
