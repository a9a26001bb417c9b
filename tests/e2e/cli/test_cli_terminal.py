"""The program on a terminal: questions, widths, colours, masks and the way out."""

import gzip
import shlex
import signal

import pytest

from support.program import COMMAND, OnTerminal, environment

pytestmark = pytest.mark.e2e


def test_ls_fits_the_terminal_and_has_colours(program, still):
    with program.use(still).on_terminal("ls", "-n", "20") as screen:
        assert screen.end() == 0
        assert "\x1b[1mSTATE" in screen.shown
    with program.on_terminal("ls", "-n", "20", "--no-color") as screen:
        assert screen.end() == 0
        assert "\x1b" not in screen.shown
        assert max(map(len, screen.shown.split("\r\n"))) <= 80


def test_cancel_asks(program, simulate):
    program.use(simulate("--speed", "0.001"))
    running = program.pick(state="running")["id"]
    with program.on_terminal("cancel", running) as screen:
        screen.see(r"\[y/N\]")
        screen.type("n\n")
        assert screen.end() == 1
    with program.on_terminal("cancel", running) as screen:
        screen.see(r"\[y/N\]")
        screen.type("\x03")
        assert screen.end() == 130
    assert program.run("show", running, "--json").json["state"] == "running"
    with program.on_terminal("cancel", running) as screen:
        screen.see(r"\[y/N\]")
        screen.type("y\n")
        assert screen.end() == 0
    assert program.run("show", running, "--json").json["state"] == "canceling"


def test_delete_wants_the_end_of_the_id(program, simulate):
    program.use(simulate("--speed", "0.001"))
    ended = program.pick(verdict="succeeded")["id"]
    with program.on_terminal("delete", ended) as screen:
        screen.see("last 4 characters")
        screen.type("yes\n")
        assert screen.end() == 1
    with program.on_terminal("delete", ended) as screen:
        screen.see("last 4 characters")
        screen.type(ended[-4:] + "\n")
        assert screen.end() == 0
    assert program.run("show", ended, "--json").json["presence"] == "deleted"


def test_wait_is_one_line_and_ends_with_its_terminal(program, still):
    running = program.use(still).pick(state="running")["id"]
    with program.unmeasured().on_terminal("wait", running) as screen:
        screen.see(f"waiting for 1 of 1: {running}")
        assert "\n" not in screen.shown
        screen.process.send_signal(signal.SIGHUP)
        assert screen.end() == 129


def test_a_slow_download_shows_its_progress_and_can_be_stopped(program, simulate):
    program.use(simulate("--speed", "0.001", "--fault", "slow-stream:rate=3000"))
    batches = program.run("ls", "--all", "--json").json
    largest = max(
        (batch for batch in batches if batch["results_available"]),
        key=lambda batch: batch["request_counts"]["total"],
    )
    with program.on_terminal("results", largest["id"]) as screen:
        screen.see(rf"downloading {largest['id'][:12]}.*, \d+ of [\d,]+ rows")
        screen.type("\x03")
        assert screen.end() == 130
        assert screen.shown.endswith(("\r\x1b[K", "^C"))


def test_hostile_text_reaches_no_terminal(program, simulate):
    program.use(simulate("--speed", "0.001", "--fault", "hostile"))
    batch_id = program.pick(verdict="partial", results_available=True)["id"][:24]
    for args in (
        ["ls"], ["ls", "--json"], ["show", batch_id, "--json"], ["results", batch_id],
        ["results", batch_id, "--format", "text"], ["watch", batch_id],
    ):  # fmt: skip
        with program.on_terminal(*args, "--no-color") as screen:
            assert screen.end() in (0, 3)
            shown = screen.shown.replace("\r\n", "\n").replace("\r\x1b[K", "")
            assert shown
            assert not set(shown) & set("\x1b\x07\x9b\u202e\u2028\u0085\r\x00"), args


def test_a_dumb_terminal_is_refused(program):
    program.env["TERM"] = "dumb"
    with program.on_terminal() as screen:
        assert screen.end() == 2
        assert "batchtui ls" in screen.shown


def test_the_demo_shows_batches_and_leaves_nothing_behind(program):
    with program.on_terminal("demo", "--batches", "30") as screen:
        screen.see("running")
        screen.process.send_signal(signal.SIGTERM)
        assert screen.end() == 143
        assert "\x1b[?1049l" in screen.shown
    assert list(program.home.rglob("*")) == []


def test_open_shows_a_file_and_leaves_the_terminal_clean(program, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"custom_id": "invoice-17", "result": {"type": "expired"}}\n')
    with program.on_terminal("open", str(path)) as screen:
        screen.see("invoice-17")
        screen.process.send_signal(signal.SIGTERM)
        assert screen.end() == 143
        assert screen.shown.rindex("\x1b[?1049l") > screen.shown.rindex("invoice-17")


def test_open_shows_standard_input_and_takes_keys_from_the_terminal(program, tmp_path):
    path = tmp_path / "x.bin"
    lines = '{"custom_id": "invoice-17", "result": {"type": "expired"}}\n' * 30
    path.write_bytes(gzip.compress(lines.encode()))
    command = f"{shlex.join([*COMMAND, 'open', '-'])} < {shlex.quote(str(path))}"
    with OnTerminal(["sh", "-c", command], environment(program.home)) as screen:
        screen.see("invoice-17")
        screen.see("30")
        screen.type("q")
        assert screen.end() == 0


def test_the_tui_starts_on_an_account(program, still):
    with program.use(still).on_terminal() as screen:
        screen.see("msgbatch_")
        screen.process.send_signal(signal.SIGHUP)
        assert screen.end() == 129
        assert "\x1b[?1049l" in screen.shown
