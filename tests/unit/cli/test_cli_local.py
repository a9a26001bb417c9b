"""Verbs that need no provider: status, config, completion, open, the front door."""

import json
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta

import pytest

from batchtui.archive.archive import Archive
from batchtui.cli import main as front
from batchtui.core.clock import SystemClock
from batchtui.core.errors import BatchtuiError, ConfigError, UsageError
from batchtui.core.models import AccountHealth, AccountStatus, BatchState, RequestCounts

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def known(cli, make):
    """An archive with two active batches, a good one, a bad one and an old one."""
    path = cli.tmp_path / ".local/share/batchtui/archive.sqlite3"
    path.parent.mkdir(parents=True)
    with Archive.open(path) as archive:
        archive.batches.save(
            [
                make("a"), make("b", account="other"),
                make("good", BatchState.COMPLETED, RequestCounts(succeeded=2)),
                make("bad", BatchState.COMPLETED, RequestCounts(succeeded=2, errored=1)),
            ]
        )  # fmt: skip
        archive.health.put(AccountHealth("main", AccountStatus.LIVE, last_success=NOW))
        archive.health.put(
            AccountHealth("other", last_success=NOW - timedelta(hours=2), error_text="no answer")
        )
    return cli


def test_status_short(known):
    assert known.run("status", "--short") == 0
    assert known.out.shown == "▶2 ✓1 !1 2h old\n"


def test_status_of_one_account(known):
    known.run("status", "--short", "--account", "main")
    assert known.out.shown == "▶1 ✓1 !1\n"


def test_status_json(known):
    known.run("status", "--json")
    main, other = json.loads(known.out.shown)
    assert main == {
        "account": "main", "states": {"partial": 1, "running": 1, "succeeded": 1}, "active": 1,
        "ended_24h": {"partial": 1, "succeeded": 1}, "last_success": "2026-11-20T12:00:00Z",
        "error": None,
    }  # fmt: skip
    assert other["error"] == "no answer"


def test_status_table_names_each_account(known):
    known.run("status")
    assert [line.split()[0] for line in known.out.shown.splitlines()] == [
        "ACCOUNT", "main", "other",
    ]  # fmt: skip


def test_status_counts_a_batch_once_however_many_accounts_reach_it(known, make):
    states = {"main": BatchState.RUNNING, "other": BatchState.COMPLETED}
    twins = [make("twin", state, account=account) for account, state in states.items()]
    with Archive.open(known.tmp_path / ".local/share/batchtui/archive.sqlite3") as archive:
        archive.batches.save(twins)
    known.run("status", "--short")
    assert known.out.shown == "▶2 ✓2 !1 2h old\n"
    known.run("status", "--short", "--account", "other")
    assert known.out.shown.splitlines()[1] == "▶1 ✓1 !0 2h old"


def test_status_before_anything_is_known(cli):
    assert cli.run("status") == 0
    assert "nothing is known yet" in cli.err.shown
    assert cli.run("status", "--short") == 0
    assert cli.out.shown == "▶0 ✓0 !0\n"
    assert not (cli.tmp_path / ".local").exists()


def test_config_init_writes_once_and_privately(cli):
    assert cli.run("config", "init") == 0
    path = cli.tmp_path / ".config/batchtui/config.toml"
    assert cli.out.shown == f"{path}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("mine")
    with pytest.raises(ConfigError, match="there already"):
        cli.run("config", "init")
    assert path.read_text() == "mine"
    assert cli.run("config", "init", "--force") == 0
    assert "[accounts.anthropic]" in path.read_text()
    assert list(path.parent.iterdir()) == [path]


def test_config_init_adds_an_account_to_the_file_that_is_there(cli):
    cli.run("config", "init", "--account", "one", "--no-test", "--api-key-env", "ONE")
    words = ("--kind", "letta", "--base-url", "http://127.0.0.1:9", "--no-key", "--no-test")
    assert cli.run("config", "init", "--account", "two", *words) == 0
    text = (cli.tmp_path / ".config/batchtui/config.toml").read_text()
    assert text.endswith(
        '[accounts.one]\napi_key_env = "ONE"\n\n'
        '[accounts.two]\nkind = "letta"\nbase_url = "http://127.0.0.1:9"\nauth = "none"\n'
    )


def test_config_init_writes_nothing_that_does_not_work(cli):
    cli.clock = SystemClock()  # a refusal takes time, and is waited for
    words = ("--kind", "letta", "--base-url", "http://127.0.0.1:9")
    assert cli.run("config", "init", *words) == 1
    assert "refused the connection" in cli.err.shown
    assert "--no-test writes it all the same" in cli.err.shown
    assert not (cli.tmp_path / ".config").exists()


def test_config_init_asks_where_somebody_can_answer(cli, monkeypatch):
    cli.clock = SystemClock()
    asked, answers = [], ["letta", "lab", "http://127.0.0.1:9", "none"]

    async def answer(_, question):
        asked.append(question)
        return answers[len(asked) - 1]

    monkeypatch.setattr("batchtui.cli.config_init.ask", answer)
    assert cli.terminal().run("config", "init") == 1
    assert [question.split()[0] for question in asked] == ["kind", "name", "its", "where"]
    assert "127.0.0.1:9 refused the connection" in cli.err.shown


@pytest.mark.parametrize(
    ("before", "force", "left"),
    [
        ("[accounts.old]\n", (), ["old", "lab"]),
        ("[accounts.lab]\n", ("--force",), ["lab"]),
        ("[accounts.old]\n", ("--force",), ["lab"]),
        ("no TOML at all", ("--force",), ["lab"]),
    ],
)
def test_config_init_asks_for_one_more_account_or_begins_anew(
    cli, monkeypatch, before, force, left
):
    path = cli.tmp_path / ".config/batchtui/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(before)
    answers = iter(["letta", "lab", "http://127.0.0.1:9", "none"])

    async def answer(*_):
        return next(answers)

    monkeypatch.setattr("batchtui.cli.config_init.ask", answer)
    assert cli.terminal().run("config", "init", "--no-test", *force) == 0
    assert list(tomllib.loads(path.read_text())["accounts"]) == left


def test_config_path_heeds_the_option(cli):
    cli.run("config", "path", "--config", "/somewhere/else.toml")
    assert cli.out.shown == "/somewhere/else.toml\n"


def test_config_show_masks_secrets_and_tells_origins(cli):
    cli.env = {"ANTHROPIC_API_KEY": "geheim-123456", "BATCHTUI_UI_THEME": "nord"}
    assert cli.run("config", "show", "--origin") == 0
    assert "geheim" not in cli.out.shown
    theme = next(line for line in cli.out.shown.splitlines() if line.startswith("ui.theme"))
    assert theme.split() == ["ui.theme", '"nord"', "environment", "BATCHTUI_UI_THEME"]


def test_config_that_is_not_there(cli):
    with pytest.raises(ConfigError, match="no such file"):
        cli.run("config", "show", "--config", "/nowhere.toml")


def test_an_account_that_is_not_configured(cli):
    cli.env = {"ANTHROPIC_API_KEY": "geheim-123456"}
    with pytest.raises(ConfigError) as caught:
        cli.run("doctor", "--account", "antropic")
    assert "did you mean anthropic" in caught.value.hint


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_verbs_and_options(cli, shell):
    assert cli.run("completion", shell) == 0
    for word in ("results", "watch", "timeout"):
        assert word in cli.out.shown


def test_bash_accepts_its_script(cli):
    cli.run("completion", "bash")
    subprocess.run(["bash", "-n"], input=cli.out.raw, check=True)


def test_open_needs_a_file_and_a_terminal(cli):
    for name in ("none.jsonl", "x" * 5000):
        with pytest.raises(UsageError, match=r"no such file|too long"):
            cli.run("open", str(cli.tmp_path / name))
    path = cli.tmp_path / "x.jsonl"
    path.write_text("")
    with pytest.raises(UsageError) as caught:
        cli.run("open", str(path))
    assert f"batchtui results {path}" in caught.value.hint


def test_a_dumb_terminal_is_none(cli):
    cli.env = {"TERM": "dumb"}
    with pytest.raises(UsageError, match="dumb"):
        cli.terminal().run("demo")


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """Makes the `status` verb raise an error."""

    def arrange(error):
        def verb(context, args):
            raise error

        monkeypatch.setattr("batchtui.cli.status.status", verb)

    return arrange


@pytest.mark.parametrize(
    ("error", "code"),
    [(BatchtuiError("x"), 1), (KeyboardInterrupt(), 130), (BrokenPipeError(), 141),
     (SystemExit(143), 143), (RuntimeError("x"), 70)],
)  # fmt: skip
def test_whatever_happens_becomes_an_exit_code(broken, error, code, capfd):
    broken(error)
    assert front.main(["status"]) == code


def test_an_unexpected_error_leaves_a_report_and_no_traceback(broken, monkeypatch, capfd, tmp_path):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "geheim-123456")
    broken(RuntimeError("geheim-123456"))
    assert front.main(["status"]) == 70
    err = capfd.readouterr().err
    assert "Traceback" not in err
    [report] = (tmp_path / "home/.local/state/batchtui").glob("crash-*.txt")
    assert str(report) in err
    assert "RuntimeError" in report.read_text()
    assert "geheim" not in report.read_text() + err


def test_the_traceback_is_shown_if_asked_for(broken, monkeypatch, capfd):
    monkeypatch.setenv("BATCHTUI_DEBUG", "1")
    broken(RuntimeError("oh \x1b[31mdear"))
    front.main(["status"])
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert "\x1b" not in err
