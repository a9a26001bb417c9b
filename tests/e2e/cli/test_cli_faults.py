"""What goes wrong: each has its words and its exit code, and nothing is lost."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from support.waiting import eventually

pytestmark = pytest.mark.e2e


def test_no_key(program):
    done = program.run("ls")
    assert done.code == 2
    assert "ANTHROPIC_API_KEY" in done.err


@pytest.mark.parametrize(
    ("fault", "code"), [("401", 4), ("403", 4), ("500:x-should-retry=false", 1)]
)
def test_a_server_that_refuses(program, simulate, fault, code):
    program.use(simulate("--fault", fault))
    done = program.run("ls", "--json")
    assert (done.code, done.json) == (code, [])
    assert "account anthropic: " in done.err
    doctor = program.run("doctor")
    assert doctor.code == code
    assert "FAIL  account anthropic" in doctor.out.decode()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://127.0.0.1:9/x"]
)
def test_a_wrong_base_url(program, url):
    done = program.use(url).run("ls")
    assert done.code == 1
    assert "127.0.0.1:9" in done.err
    assert "base_url" in done.err


def test_tls_with_a_server_that_speaks_none(program, still):
    done = program.use(still.replace("http:", "https:")).run("ls")
    assert done.code == 1
    assert "TLS" in done.err


def test_the_last_known_batches_are_shown_when_the_provider_does_not_answer(
    program, simulate, simulators
):
    url = simulate()
    known = program.use(url).run("ls", "--json").json
    simulators.stop(url)
    done = program.run("ls", "--json")
    assert done.code == 1
    assert [batch["id"] for batch in done.json] == [batch["id"] for batch in known]
    assert all(batch["stale"] for batch in done.json)
    shown = program.run("show", known[0]["id"], "--json")
    assert (shown.code, shown.json["stale"]) == (1, True)


def test_one_bad_account_hides_no_other(program, still, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(
        f'[accounts.good]\nbase_url = "{still}"\napi_key_env = "KEY"\n'
        '[accounts.bad]\nbase_url = "http://127.0.0.1:9"\napi_key_env = "KEY"\n'
        f'[accounts.keyless]\nbase_url = "{still}"\napi_key_env = "NO_SUCH"\n'
    )
    done = program.run("ls", "--json", "--config", str(config), KEY="geheim-0123456789")
    assert done.code == 2
    assert {batch["account"] for batch in done.json} == {"good"}
    assert "account bad: " in done.err
    assert "NO_SUCH" in done.err
    only = program.run("ls", "--config", str(config), "--account", "good", KEY="geheim-0123456789")
    assert only.code == 0
    assert "account bad" not in only.err


def test_a_download_that_is_cut_is_taken_up_again(program, simulate):
    program.use(simulate("--speed", "0.001", "--fault", "cut-line:line=1,times=1"))
    batch = pick_large(program)
    done = program.run("results", batch["id"], "--count")
    assert done.out == b"%d\n" % batch["request_counts"]["total"]


def test_a_download_that_is_always_cut_is_never_shown_as_complete(program, simulate):
    program.use(simulate("--speed", "0.001", "--fault", "cut:at=900"))
    batch = pick_large(program)
    process = program.unmeasured().popen("results", batch["id"])
    eventually(lambda: any(part.stat().st_size for part in program.home.rglob("*.part")))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert list(program.home.rglob("*.jsonl")) == []


def pick_large(program):
    """A batch with results of more than a few rows."""
    batches = program.run("ls", "--all", "--json").json
    return min(
        (b for b in batches if b["results_available"] and b["request_counts"]["total"] > 10),
        key=lambda b: b["request_counts"]["total"],
    )


def test_a_malformed_line_is_kept_and_counted(program, simulate):
    program.use(simulate("--speed", "0.001", "--fault", "malformed:row=2"))
    batch = pick_large(program)
    done = program.run("results", batch["id"])
    assert done.code == 3
    assert done.out.count(b"\n") + 1 == batch["request_counts"]["total"]
    assert "1 line is not JSON" in done.err


def test_an_unwritable_cache_hinders_nobody_from_reading(program, still, tmp_path):
    program.use(still)
    batch = program.pick(verdict="succeeded", results_available=True)
    (program.home / "not-a-folder").write_text("")
    program.env["XDG_CACHE_HOME"] = str(program.home / "not-a-folder")
    program.env["TMPDIR"] = str(tmp_path)
    done = program.run("results", batch["id"])
    assert (done.code, len(done.lines)) == (0, batch["request_counts"]["total"])
    assert "not-a-folder" in done.err
    assert "XDG_CACHE_HOME" in done.err
    assert list(tmp_path.glob("batchtui-*")) == []


def test_a_download_that_never_is_whole_can_be_read_all_the_same(program, still, tmp_path):
    part = tmp_path / "x.jsonl.part"
    good = '{"custom_id": "a", "result": {"type": "succeeded", "message": {}}}\n'
    part.write_text(good * 3 + good[:30])
    done = program.run("results", str(part))
    assert (done.code, done.out.decode()) == (1, good * 3)
    assert "incomplete" in done.err
    searched = program.run("results", str(part), "-q", "type:succeeded", "--count")
    assert (searched.code, searched.out) == (1, b"3\n")


def _ended_by(process, signum, tries=10):
    """Send a signal, and again as people do; what the program said on standard error.

    An exception that a signal raises inside a callback of the garbage collector is lost.
    """
    for _ in range(tries):
        process.send_signal(signum)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=5)[1]
    return pytest.fail(f"signal {signum} did not end the program")


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_in_an_export_leaves_no_half_file(program, tmp_path, signum, code):
    source = tmp_path / "big.jsonl"
    line = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": {}}})
    source.write_text(f"{line}\n" * 400_000)
    target = tmp_path / "out" / "picked.jsonl"
    target.parent.mkdir()
    args = ("results", str(source), "-q", "type:succeeded", "-o", str(target))
    process = program.unmeasured().popen(*args)
    eventually(lambda: list(target.parent.iterdir()))
    err = _ended_by(process, signum)
    assert (process.returncode, err) == (code, b"")
    assert list(target.parent.iterdir()) == []


def test_a_hangup_that_the_parent_ignores_is_ignored(program, still):
    command = f"trap '' HUP; exec {sys.executable} -m batchtui watch --jsonl"
    process = program.unmeasured().use(still).popen(command=["sh", "-c", command])
    process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143


@pytest.mark.parametrize("damage", ["garbage", "folder"])
def test_an_archive_that_cannot_be_used(program, still, damage):
    archive = program.use(still).home / ".local/share/batchtui/archive.sqlite3"
    archive.parent.mkdir(parents=True)
    archive.write_text("no database " * 100) if damage == "garbage" else archive.mkdir()
    done = program.run("ls", "--json")
    assert (done.code, len(done.json)) == (0, 100)
    assert "archive.sqlite3" in done.err
    assert "going on without it" in done.err
    assert program.run("status").code == 1
    doctor = program.run("doctor")
    assert doctor.code == 1
    assert "FAIL  archive" in doctor.out.decode()


def test_a_full_disk_under_the_output(program, still):
    program.use(still)
    with Path("/dev/full").open("wb") as full:
        process = program.popen("ls", "--json", stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err == b"batchtui: cannot write the output: No space left on device\n"


def test_a_reader_that_leaves(program, still):
    program.use(still)
    reader, writer = os.pipe()
    os.close(reader)
    process = program.popen("ls", "--jsonl", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (141, b"")


def test_an_output_file_that_cannot_be_written(program, tmp_path):
    source = tmp_path / "x.jsonl"
    source.write_text("{}\n")
    done = program.run("results", str(source), "-o", str(tmp_path / "none" / "y.jsonl"))
    assert done.code == 1
    assert "y.jsonl" in done.err


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_watch_ends_cleanly_by_a_signal(program, still, signum, code):
    process = program.unmeasured().use(still).popen("watch", "--jsonl")
    first = json.loads(process.stdout.readline())
    process.send_signal(signum)
    _, err = process.communicate(timeout=30)
    assert first["event"] == "present"
    assert (process.returncode, err) == (code, b"")


def test_simulate_ends_cleanly(simulators):
    assert simulators.stop(simulators.start("--batches", "3")) == 0


def test_a_port_that_is_taken(program, still):
    done = program.run("simulate", "--port", still.rpartition(":")[2])
    assert done.code == 1
    assert "in use" in done.err


def test_hostile_text_is_data_on_a_pipe_and_harmless_elsewhere(program, simulate):
    program.use(simulate("--speed", "0.001", "--fault", "hostile"))
    listed = program.run("ls", "--json")
    assert listed.code == 0
    assert len(listed.json) > 10
    table = program.run("ls")
    assert table.out.decode().count("\n") == len(listed.json) + 1
    assert not set(table.out.decode()) & set("\x1b\x07\x9b\u202e\u2028\r\x00")
    batch = pick_large(program)
    results = program.run("results", batch["id"][:24])
    assert len(results.lines) == batch["request_counts"]["total"]


def test_hostile_text_of_an_error_is_masked(program, simulate):
    program.use(simulate("--fault", "500:message=a\x1b]52;c;eA==\x07b,x-should-retry=false"))
    done = program.run("ls")
    assert done.code == 1
    assert "\x1b" not in done.err
