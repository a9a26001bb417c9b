"""Every verb, run as a program against the simulator: data, words and exit codes."""

import gzip
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture
def on_still(program, still):
    return program.use(still)


def test_version_and_help(program):
    assert re.fullmatch(rb"batchtui \d+\.\d+\.\d+\n", program.run("--version").out)
    help_text = program.run("--help")
    assert help_text.code == 0
    assert b"exit codes:" in help_text.out


def test_without_a_terminal_the_tui_is_refused(program):
    done = program.run()
    assert (done.code, done.out) == (2, b"")
    assert "use `batchtui ls`" in done.err


@pytest.mark.parametrize(
    ("args", "words"),
    [(["lss"], "`ls`"), (["wait"], "ID"), (["wait", "x", "--timeout", "soon"], "2h"),
     (["ls", "--state", "runing"], "did you mean running"),
     (["open", "none.jsonl"], "no such file"),
     (["results", "none.jsonl"], "no such file"), (["demo"], "terminal"),
     (["simulate", "--fault", "nonsense"], "nonsense")],
)  # fmt: skip
def test_wrong_usage(program, args, words):
    done = program.run(*args)
    assert (done.code, done.out) == (2, b"")
    assert words in done.err


def test_ls_and_show(on_still):
    listed = on_still.run("ls", "--json")
    assert (listed.code, len(listed.json)) == (0, 100)
    assert "--all for the rest" in listed.err
    whole = on_still.run("ls", "--all", "--jsonl")
    assert (whole.err, len(whole.lines)) == ("", 120)
    assert [batch["created_at"] for batch in whole.lines] == sorted(
        (batch["created_at"] for batch in whole.lines), reverse=True
    )
    first = listed.json[0]
    table = on_still.run("ls", "-n", "3")
    assert table.out.decode().count("\n") == 4
    shown = on_still.run("show", first["id"][-8:], "--json").json
    raw = shown.pop("raw")
    assert shown == first | {"parent": None, "retries": []}
    assert raw["type"] == "message_batch"


def test_an_id_by_prefix_in_an_empty_home(on_still, tmp_path):
    batch = on_still.run("ls", "-n", "1", "--json").json[0]
    (tmp_path / "other").mkdir()
    on_still.home = tmp_path / "other"
    assert on_still.run("show", batch["id"][-9:], "--json").json["id"] == batch["id"]


def test_ids_that_name_no_batch(on_still):
    unknown = on_still.run("show", "msgbatch_none")
    assert (unknown.code, unknown.out) == (5, b"")
    every = on_still.run("show", "msgbatch_")
    assert (every.code, every.out) == (5, b"")
    assert "4 characters or more" in every.err


def test_wait_says_how_it_ended(on_still):
    good = on_still.pick(verdict="succeeded")
    partial = on_still.pick(verdict="partial")
    running = on_still.pick(state="running")
    assert on_still.run("wait", good["id"]).code == 0
    both = on_still.run("wait", good["id"], partial["id"], "--json")
    assert both.code == 3
    assert [batch["id"] for batch in both.json] == [good["id"], partial["id"]]
    assert on_still.run("wait", running["id"], "--timeout", "1").code == 124
    assert on_still.run("wait", running["id"], good["id"], "--any").code == 0
    assert on_still.run("wait", "msgbatch_none").code == 5


def test_wait_sees_a_batch_end(program, simulate):
    program.use(simulate("--speed", "20000"))
    program.env["BATCHTUI_POLLING_FOCUSED"] = "1"
    program.env["BATCHTUI_POLLING_ACTIVE"] = "1"
    batch = program.run("ls", "--json", "--state", "running").json[0]
    done = program.run("wait", batch["id"], "--jsonl", "--timeout", "25")
    assert done.code in (0, 3)
    assert done.lines[0]["state"] == "completed"


def test_two_copies_share_what_one_of_them_sees(program, simulate):
    program.use(simulate("--speed", "20000"))
    program.env |= {"BATCHTUI_POLLING_FOCUSED": "1", "BATCHTUI_POLLING_ACTIVE": "1"}
    watching = program.popen("watch", "--jsonl")
    try:
        first = json.loads(watching.stdout.readline())
        done = program.run("wait", first["id"], "--jsonl", "--timeout", "25")
        assert done.code in (0, 3)
        events = [first["event"]]
        while events[-1] != "ended":
            event = json.loads(watching.stdout.readline())
            events += [event["event"]] if event["id"] == first["id"] else []
    finally:
        watching.terminate()
        watching.communicate(timeout=30)


def test_results_whole_and_searched(on_still, tmp_path):
    batch = on_still.pick(verdict="partial", results_available=True)
    counts = batch["request_counts"]
    done = on_still.run("results", batch["id"])
    assert done.code == 3
    assert len(done.lines) == counts["total"]
    copy = next(Path(on_still.home).rglob("*.jsonl"))
    assert done.out == copy.read_bytes()
    found = on_still.run("results", batch["id"], "-q", "type:succeeded")
    assert found.code == 0
    assert {line["result"]["type"] for line in found.lines} == {"succeeded"}
    assert len(found.lines) == counts["succeeded"]
    assert on_still.run("results", batch["id"], "--count").out == b"%d\n" % counts["total"]
    target = tmp_path / "picked.jsonl"
    to_file = on_still.run("results", str(copy), "-q", "-type:succeeded", "-o", str(target))
    assert (to_file.code, to_file.out) == (0, b"")
    assert target.read_bytes().count(b"\n") == counts["total"] - counts["succeeded"]
    text = on_still.run("results", str(copy), "--format", "text")
    assert b"usage: " in text.out
    shown = on_still.run("show", batch["id"], "--json").json
    assert shown["local_results"] == str(copy)


def test_results_of_a_good_batch_are_code_zero(on_still):
    batch = on_still.pick(verdict="succeeded", results_available=True)
    assert on_still.run("results", batch["id"], "--count").code == 0


def test_results_that_are_not_there(on_still):
    early = on_still.run("results", on_still.pick(state="running")["id"])
    assert (early.code, early.out) == (6, b"")
    assert "batchtui wait" in early.err
    archived = [b for b in on_still.run("ls", "--all", "--json").json if b["archived_at"]]
    late = on_still.run("results", archived[0]["id"])
    assert (late.code, late.out) == (6, b"")
    assert "the provider removed them" in late.err


def test_a_query_that_makes_no_sense(program, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text("")
    done = program.run("results", str(path), "-q", "a OR")
    assert done.code == 2
    assert "\n  a OR\n    ^\n" in done.err
    plain = program.run("results", str(path), "-q", "ratio:3 http://x 12:30 'a:b' \"c:d\"")
    assert plain.code == 0
    assert plain.err.count("is no field") == 1


def test_an_id_names_no_file(on_still, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers").write_text('{"custom_id": "a", "result": {"type": "succeeded"}}\n')
    by_id = on_still.run("results", "answers")
    assert (by_id.code, by_id.out) == (5, b"")
    assert "./answers" in by_id.err
    assert on_still.run("results", "./answers", "--count").out == b"1\n"


@pytest.mark.parametrize(("verb", "code"), [("results", 5), ("show", 5), ("wait", 5)])
def test_an_id_that_is_far_too_long(on_still, verb, code):
    done = on_still.run(verb, "x" * 5000)
    assert (done.code, done.out) == (code, b"")


def test_a_part_of_an_id_that_is_too_short(on_still):
    assert "4 characters" in on_still.run("show", "msg").err


def test_broken_lines_are_passed_on_and_counted(program, tmp_path):
    path = tmp_path / "x.jsonl"
    good = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": {}}})
    raw = f"{good}\n{{broken\n{good}".encode() + b"\xff\xe2\x80\xa8"
    path.write_bytes(raw)
    done = program.run("results", str(path))
    assert (done.code, done.out) == (3, raw)
    assert "2 lines are not JSON" in done.err


def test_results_from_standard_input_and_compressed_files(program, tmp_path):
    line = json.dumps({"custom_id": "a", "result": {"type": "succeeded", "message": {}}}).encode()
    packed = tmp_path / "x.bin"
    packed.write_bytes(gzip.compress(line + b"\n"))
    assert program.run("results", str(packed)).out == line + b"\n"
    table = tmp_path / "x.csv"
    assert program.run("results", str(packed), "-o", str(table), "--fields", "custom_id").code == 0
    assert table.read_bytes() == b"custom_id\r\na\r\n"
    packed.write_bytes(packed.read_bytes()[:-4])
    cut = program.run("results", str(packed))
    assert (cut.code, cut.out) == (1, line + b"\n")
    assert "ends too early" in cut.err


def test_cancel_and_delete(program, simulate):
    program.use(simulate("--speed", "0.001"))
    running = program.pick(state="running")
    good = program.pick(verdict="succeeded", results_available=True)
    asked = program.run("cancel", running["id"])
    assert asked.code == 2
    assert "--yes" in asked.err
    assert program.run("--read-only", "cancel", running["id"], "--yes").code == 2
    too_early = program.run("delete", running["id"], "--yes")
    assert too_early.code == 6
    assert "cancel it first" in too_early.err
    assert program.run("cancel", running["id"], "--yes").code == 0
    assert program.run("show", running["id"], "--json").json["state"] == "canceling"
    assert program.run("delete", running["id"], "--yes").code == 6
    assert program.run("cancel", good["id"], "--yes").code == 6
    deleted = program.run("delete", good["id"], "--yes", "--keep-results")
    assert deleted.code == 0
    [copy] = program.home.rglob("*.jsonl")
    assert str(copy) in deleted.err
    assert copy.read_bytes().count(b"\n") + 1 == good["request_counts"]["total"]
    shown = program.run("show", good["id"], "--json")
    assert (shown.code, shown.json["presence"]) == (0, "deleted")
    assert program.run("results", good["id"], "--count").code == 0
    several = program.run("cancel", "msgbatch_none", running["id"], "--yes")
    assert several.code == 5


def test_status_needs_no_network(on_still):
    on_still.run("ls")
    on_still.env["ANTHROPIC_BASE_URL"] = "http://127.0.0.1:9"
    done = on_still.run("status", "--short")
    assert done.code == 0
    assert re.fullmatch(r"▶\d+ ✓\d+ !\d+\n", done.out.decode())


def test_doctor(on_still):
    done = on_still.run("doctor")
    assert done.code == 0
    assert "key from environment ANTHROPIC_API_KEY" in done.out.decode()
    assert "FAIL" not in done.out.decode()


def test_config(program):
    assert program.run("config", "init").code == 0
    assert program.run("config", "init").code == 2
    path = Path(program.run("config", "path").out.decode().strip())
    path.write_text(path.read_text() + "\n[poling]\nactive = 3\n")
    done = program.run("config", "show")
    assert done.code == 2
    assert str(path) in done.err
    assert "polling" in done.err


def test_completion(program):
    assert b"batchtui" in program.run("completion", "bash").out
