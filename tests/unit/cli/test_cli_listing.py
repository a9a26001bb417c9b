import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from batchtui.core.errors import (
    AuthError,
    ConfigError,
    NetworkError,
    NotFoundError,
    UnknownBatchError,
)
from batchtui.core.models import (
    UNDATED,
    AccountHealth,
    AccountStatus,
    BatchState,
    Capabilities,
    Presence,
    RequestCounts,
)
from batchtui.core.progress import EtaRange, Progress
from support.waiting import settle

FIELDS = [
    "account", "id", "kind", "state", "provider_status", "verdict", "request_counts",
    "counts_live", "created_at", "ended_at", "expires_at", "archived_at", "cancel_initiated_at",
    "results_available", "failure", "label", "note", "tags", "local_results",
    "reconciled", "presence", "stale", "accounts",
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
        "processing": 0, "succeeded": 998, "errored": 2, "canceled": 0, "expired": 0, "missing": 0,
        "total": 1000,
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
        "partial  msgbatch_old   4h  3h 00m  998/1,000 · 2 errored",
    ]


def test_ls_narrows_by_state_and_number(two):
    two.run("ls", "--jsonl", "--state", "completed")
    assert json.loads(two.out.shown)["id"] == "msgbatch_old"
    two.run("ls", "--jsonl", "-n", "1")
    assert two.out.shown.count("\n") == 2


@pytest.mark.parametrize("word", ["partial", "completed"])
def test_ls_takes_the_words_that_it_shows(two, word):
    two.run("ls", "--jsonl", "--state", word)
    assert json.loads(two.out.shown)["id"] == "msgbatch_old"


def incomplete(two):
    two.service.told["main"] = AccountHealth("main", AccountStatus.LIVE)


def test_ls_says_that_it_did_not_ask_for_all(two):
    incomplete(two)
    assert two.run("ls", "--json") == 0
    assert "account main: only its 100 newest" in two.err.shown
    assert "--all" in two.err.shown


def test_ls_of_the_newest_few_is_not_cut(two):
    incomplete(two)
    two.run("ls", "-n", "2")
    assert two.err.shown == ""
    two.run("ls", "-n", "1", "--state", "completed")
    assert "--all" in two.err.shown


def test_ls_shows_counts_that_move(cli, make):
    entry = make("msgbatch_a", counts=RequestCounts(600, 1400))
    cli.service.table = {entry.ref: replace(entry, batch=replace(entry.batch, counts_live=True))}
    cli.run("ls")
    assert cli.out.shown.rstrip().endswith("1,400/2,000")


def test_a_silent_server_is_named_on_a_terminal(two):
    async def refresh(*, everything=False):
        await settle()

    two.service.refresh_once = refresh
    two.service.told["main"] = AccountHealth("main", complete=True)
    two.terminal().run("ls")
    line = "waiting for account main (http://127.0.0.1) to answer"
    assert two.err.shown == f"\r\x1b[K{line}\r\x1b[K"


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
@pytest.mark.parametrize("presence", [Presence.LISTED, Presence.UNLISTED])
def test_a_failed_account_hides_no_other_and_is_marked(two, make, error, code, presence):
    other = make("msgbatch_b", account="other", presence=presence)
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


def test_show_says_why_a_batch_failed_and_why_one_may_never_end(two):
    refs = {ref.id: ref for ref in two.service.table}
    old, new = refs["msgbatch_old"], refs["msgbatch_new"]
    failed = replace(two.service.table[old].batch, failure="line 3: no model")
    two.service.table[old] = replace(two.service.table[old], batch=failed)
    running = replace(two.service.table[new].batch, created_at=UNDATED + timedelta(days=9000))
    two.service.table[new] = replace(two.service.table[new], batch=running)
    stalls = Capabilities(stalls="polling may be off")
    two.service.accounts = tuple(replace(a, capabilities=stalls) for a in two.service.accounts)
    assert two.run("show", "msgbatch_old") == 0
    assert "line 3: no model" in two.out.shown
    assert two.run("show", "msgbatch_new") == 0
    assert "polling may be off" in two.out.shown


@pytest.mark.parametrize(
    ("error", "code"),
    [(NetworkError("no answer"), 1), (AuthError("bad key"), 4), (NotFoundError("gone"), 0)],
)
def test_show_falls_back_to_what_was_last_known(two, error, code):
    two.service.failures["retrieve", "msgbatch_old"] = error
    assert two.run("show", "msgbatch_old", "--json") == code
    assert json.loads(two.out.shown)["stale"] is (code != 0)
    assert "this is what was last known" in two.err.shown


def test_an_unknown_id_is_an_error(two):
    with pytest.raises(UnknownBatchError):
        two.run("show", "msgbatch_none")


def test_a_part_is_not_called_unknown_while_an_account_fails(two):
    failed(two, "main", NetworkError("no answer", "refused"))
    with pytest.raises(NetworkError):
        two.run("show", "good1")
    assert "no batch 'good1' is known here, and account main did not answer" in two.err.shown


def test_an_account_is_named_once(two):
    failed(two, "main", ConfigError("account main", "the key is missing"))
    two.run("ls")
    assert two.err.shown.count("account main") == 1


@pytest.mark.parametrize(
    ("likely", "late", "words"),
    [(10, 20, "about 10m: most took 15m to 25m"), (0, 20, "should end soon"),
     (0, 0, "longer than nine in ten")],
)  # fmt: skip
def test_show_tells_how_long_it_may_take(two, likely, late, words):
    eta = EtaRange(timedelta(minutes=likely), timedelta(minutes=late), 88)
    two.service.progress = lambda ref: Progress(timedelta(minutes=5), eta=eta)
    two.run("show", "msgbatch_new")
    assert words in two.out.shown
    assert "88 batches like it" in two.out.shown
