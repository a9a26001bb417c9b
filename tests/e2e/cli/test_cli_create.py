"""`create` as a program, on the simulator."""

import json

import pytest

from support.program import Program
from support.requests import jsonl, line, params


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "greetings.jsonl"
    path.write_bytes(jsonl(*[line(f"id-{number}") for number in range(12)]))
    return path


@pytest.fixture
def program(program, simulate):
    return program.use(simulate("--speed", "0.01"))


def test_a_dry_run_needs_no_account_and_no_network(tmp_path, file):
    done = Program(tmp_path).run("create", str(file), "--dry-run", "--json")
    assert done.code == 0
    assert done.json["ok"] is True
    assert done.json["requests"] == 12


def test_a_file_with_errors_is_not_sent(program, file):
    file.write_bytes(jsonl(line("a"), line("b", stream=True)))
    before = len(program.run("ls", "--all", "--json").json)
    done = program.run("create", str(file), "--yes", "--json")
    assert done.code == 1
    assert [problem["places"][0]["line"] for problem in done.json["problems"]] == [2]
    assert len(program.run("ls", "--all", "--json").json) == before


def test_a_batch_is_created_and_listed_with_its_label(program, file):
    done = program.run("create", str(file), "--yes", "--json")
    assert done.code == 0, done.err
    (made,) = done.json
    assert made["request_counts"]["total"] == 12
    listed = {one["id"]: one for one in program.run("ls", "--all", "--json").json}
    assert listed[made["id"]]["label"] == "greetings.jsonl"


def test_the_id_alone_is_the_output(program, file):
    done = program.run("create", str(file), "--yes", "--label", "mine")
    assert done.code == 0
    batch_id = done.out.decode().strip()
    assert program.run("show", batch_id, "--json").json["label"] == "mine"


def test_the_same_file_again_is_asked_about(program, file):
    assert program.run("create", str(file), "--yes").code == 0
    refused = program.run("create", str(file), "--yes")
    assert refused.code == 1
    assert "was sent to" in refused.err
    assert "--again" in refused.err
    assert refused.out == b""
    assert program.run("create", str(file), "--yes", "--again").code == 0


def test_parts_are_batches(program, tmp_path):
    path = tmp_path / "many.jsonl"
    one = json.dumps(params(max_tokens=1))
    path.write_text("".join(f'{{"custom_id":"i{n}","params":{one}}}\n' for n in range(100_001)))
    refused = program.run("create", str(path), "--yes")
    assert refused.code == 1
    assert b"--split makes 2 batches of it" in refused.out
    done = program.run("create", str(path), "--yes", "--split", "--json")
    assert done.code == 0, done.err
    assert [made["request_counts"]["total"] for made in done.json] == [100_000, 1]
    assert [made["label"] for made in done.json] == ["many.jsonl (1 of 2)", "many.jsonl (2 of 2)"]


def test_rows_from_standard_input_are_kept_as_they_were_sent(program, tmp_path):
    template = tmp_path / "t.json"
    template.write_text(json.dumps(params(system="{{text}}")))
    rows = json.dumps({"custom_id": "a", "text": 'x"y'})
    done = program.run("create", "-", "--template", str(template), "--yes", stdin=rows)
    assert done.code == 0, done.err
    (copy,) = (program.home / ".local/share/batchtui/requests").iterdir()
    assert json.loads(copy.read_text())["params"]["system"] == 'x"y'
    assert copy.stat().st_mode & 0o777 == 0o600


def test_without_a_terminal_it_asks_for_consent_before_all(program, file):
    done = program.run("create", str(file))
    assert done.code == 2
    assert "--yes" in done.err


@pytest.mark.e2e
def test_on_a_terminal_it_shows_the_report_and_asks(program, file):
    with program.on_terminal("create", str(file)) as terminal:
        terminal.see(r"to be sent.*yes")
        terminal.see(r"create 1 batch of 12 requests in .*\? \[y/N\]")
        terminal.type("y\n")
        terminal.see("msgbatch_")
        assert terminal.end() == 0
    with program.on_terminal("create", str(file)) as terminal:
        terminal.see(r"\[y/N\]")
        terminal.type("n\n")
        terminal.see("nothing was sent")
        assert terminal.end() == 1


def test_a_read_only_account_creates_nothing(program, file):
    done = program.run("--read-only", "create", str(file), "--yes")
    assert done.code == 2
    assert "read-only" in done.err
