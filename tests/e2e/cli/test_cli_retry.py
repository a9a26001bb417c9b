"""`retry` and `reconcile` as a program, on the simulator."""

import json

import pytest

from support.requests import jsonl, line

UNKNOWN_MODEL = "gpt-5"


@pytest.fixture
def program(program, simulate):
    return program.use(simulate("--speed", "5000"))


@pytest.fixture
def file(tmp_path):
    """Twelve requests, of which every third asks for a model that there is not."""
    lines = [
        line(f"id-{number}", **({"model": UNKNOWN_MODEL} if number % 3 == 0 else {}))
        for number in range(12)
    ]
    path = tmp_path / "greetings.jsonl"
    path.write_bytes(jsonl(*lines))
    return path


@pytest.fixture
def batch(program, file):
    """The id of the batch of that file, once it has ended."""
    done = program.run("create", str(file), "--yes")
    assert done.code == 0, done.err
    batch_id = done.out.decode().strip()
    assert program.run("wait", batch_id).code == 3
    return batch_id


def custom_ids(path):
    return [json.loads(text)["custom_id"] for text in path.read_text().splitlines()]


FAILED = ["id-0", "id-3", "id-6", "id-9"]


def test_what_failed_is_written_as_it_was_but_for_the_edits(program, batch, tmp_path):
    target = tmp_path / "again.jsonl"
    done = program.run("retry", batch, "-o", str(target), "--set", "max_tokens=7")
    assert done.code == 0, done.err
    assert custom_ids(target) == FAILED
    assert "max_tokens: 1024 -> 7, in 4 requests" in done.err
    first = json.loads(target.read_text().splitlines()[0])
    assert first["params"]["max_tokens"] == 7
    assert first["params"]["model"] == UNKNOWN_MODEL


def test_a_query_chooses(program, batch, tmp_path):
    target = tmp_path / "some.jsonl"
    query = "id:id-3 OR id:id-4"
    assert program.run("retry", batch, "-q", query, "-o", str(target)).code == 0
    assert custom_ids(target) == ["id-3", "id-4"]
    done = program.run("retry", batch, "-q", query)
    assert "1 of these 2 requests has an answer already" in done.err
    done = program.run("retry", batch, "-q", "error:*", "-o", str(target))
    assert custom_ids(target) == FAILED, "* alone asks for rows that have one"
    assert "an answer already" not in done.err
    done = program.run("retry", batch, "-q", "type:expired", "-o", str(target))
    assert done.code == 1
    assert "no result matches the query" in done.err


def test_by_itself_it_shows_and_sends_nothing(program, batch):
    done = program.run("retry", batch, "--set", "model=claude-haiku-4-5", "--json")
    assert done.code == 0, done.err
    assert done.json["changes"] == [
        {
            "name": "model",
            "before": '"gpt-5"',
            "after": '"claude-haiku-4-5"',
            "requests": 4,
        }
    ]
    labels = [one["label"] for one in program.run("ls", "--all", "--json").json if one["label"]]
    assert labels == ["greetings.jsonl"]


def test_two_retries_until_every_request_has_its_answer(program, batch):
    failing = program.run("retry", batch, "--submit", "--yes")
    assert failing.code == 0, failing.err
    assert program.run("wait", failing.out.decode().strip()).code == 3
    second = program.run("retry", batch, "--submit", "--yes", "--set", "model=claude-haiku-4-5")
    assert second.code == 0, second.err
    child = second.out.decode().strip()
    shown = program.run("show", child, "--json").json
    assert (shown["label"], shown["parent"]) == ("greetings.jsonl (retry)", batch)
    retries = [failing.out.decode().strip(), child]
    assert program.run("show", batch, "--json").json["retries"] == retries
    assert f"retried by  {', '.join(retries)}" in program.run("show", batch).out.decode()
    assert program.run("wait", child).code == 0

    answers = program.run("results", batch, "--effective")
    assert answers.code == 0, answers.err
    assert len({one["custom_id"] for one in answers.lines}) == len(answers.lines) == 12
    agreed = program.run("reconcile", batch, "--effective", "--json")
    assert agreed.code == 0, agreed.out
    assert agreed.json["ok"] is True
    nothing = program.run("retry", batch, "--submit", "--yes", "--json")
    assert (nothing.code, nothing.json) == (0, [])
    assert "every request has its answer" in nothing.err


def test_results_are_compared_with_the_requests(program, batch, file, tmp_path):
    assert program.run("reconcile", batch).code == 0
    other, listed = tmp_path / "other.jsonl", tmp_path / "off.jsonl"
    other.write_bytes(file.read_bytes() + line("extra") + b"\n")
    done = program.run("reconcile", batch, "--requests", str(other), "--json", "-o", str(listed))
    assert done.code == 3
    assert done.json["missing"] == ["extra"]
    assert json.loads(listed.read_text()) == {"problem": "missing", "custom_id": "extra"}
    assert "not the file that" in done.err
    assert program.run("reconcile", batch).code == 0, "the wrong file is not remembered"
    assert program.run("show", batch, "--json").json["verdict"] == "partial"
    moved = file.rename(tmp_path / "moved.jsonl")
    found = program.run("reconcile", batch, "--requests", str(moved))
    assert (found.code, "once" in found.err) == (0, False)
    assert program.run("reconcile", batch).code == 0, "its own one is, where it was moved to"


def test_requests_of_others_are_not_sent(program, batch, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_bytes(jsonl(line("id-0"), line("stranger"), line("another")))
    done = program.run("retry", batch, "--requests", str(other))
    assert (done.code, done.out) == (1, b"")
    assert "the batch has no row for 2 requests of it" in done.err
    done = program.run("retry", batch, "--json")
    assert (done.code, done.json["requests"]) == (0, len(FAILED)), "its own are known as before"


def test_what_is_read_is_not_written_over(program, batch, file):
    before = file.read_bytes()
    for verb in ("retry", "reconcile"):
        done = program.run(verb, batch, "-o", str(file))
        assert (done.code, "it is the file that is read" in done.err) == (2, True)
        for target in ("-", "/dev/null", str(file.parent)):
            assert program.run(verb, batch, "-o", target).code == 2
    assert file.read_bytes() == before


def test_a_file_that_changed_is_not_taken_for_the_requests(program, batch, file):
    file.write_bytes(jsonl(line("id-0")))
    done = program.run("retry", batch)
    assert done.code == 1
    assert "changed since" in done.err
    assert "--requests" in done.err


def test_a_batch_of_others_needs_its_requests_named(program, simulate):
    other = program.pick(state="completed")
    done = program.run("retry", other["id"])
    assert done.code == 1
    assert "was not created from here" in done.err
    compared = program.run("reconcile", other["id"])
    assert "compared with the counts only" in compared.err


def test_a_file_with_another_count_is_not_remembered(program, file):
    other = program.pick(state="completed")["id"]
    compared = program.run("reconcile", other, "--requests", str(file))
    assert "has 12 requests, and the batch has" in compared.err
    assert "was not created from here" in program.run("retry", other).err


@pytest.mark.e2e
def test_on_a_terminal_the_diff_is_shown_before_the_question(program, batch):
    with program.on_terminal("retry", batch, "--submit", "--set", "max_tokens=9") as terminal:
        terminal.see(r"max_tokens: 1024 -> 9, in 4 requests")
        terminal.see(r"create 1 batch of 4 requests in .*\? \[y/N\]")
        terminal.type("n\n")
        terminal.see("nothing was sent")
        assert terminal.end() == 1
