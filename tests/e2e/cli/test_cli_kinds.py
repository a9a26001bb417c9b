"""Files of requests of the other kinds as a program: created, answered, sent again, compared."""

import json

import pytest

from contract.kinds import KEY, LETTA, OPENAI

pytestmark = pytest.mark.e2e

NAMES = [f"agent-{n}" for n in range(8)]
FAILING = ("agent-2", "agent-5")


@pytest.fixture(params=[LETTA, OPENAI], ids=str)
def kind(request):
    return request.param


@pytest.fixture
def program(program, simulate, tmp_path, kind):
    url = simulate("--speed", "5000")
    config = tmp_path / "config.toml"
    config.write_text(
        f'[accounts.lab]\nkind = "{kind.name}"\nbase_url = "{url}/{kind.name}"\n'
        'api_key_env = "LAB_KEY"\n'
    )
    program.env |= {"BATCHTUI_CONFIG": str(config), "LAB_KEY": KEY}
    return program


@pytest.fixture
def file(tmp_path, kind):
    path = tmp_path / "requests.jsonl"
    lines = (kind.request_of(name, fails=name in FAILING) for name in NAMES)
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def test_from_a_file_to_the_last_answer(program, file, kind, tmp_path):
    """Create, wait, retry with an edit, and every request of the file has its answer."""
    made = program.run("create", str(file), "--yes")
    assert made.code == 0, made.err
    batch = made.out.decode().strip()
    assert program.run("wait", batch).code == 3
    assert program.run("results", batch, "-q", "type:succeeded", "--count").out == b"6\n"

    again = tmp_path / "again.jsonl"
    assert program.run("retry", batch, "-o", str(again), "--set", kind.mending).code == 0
    written = [json.loads(line) for line in again.read_text().splitlines()]
    assert [one[kind.name_of_row] for one in written] == list(FAILING)

    sent = program.run("retry", batch, "--submit", "--yes", "--set", kind.mending)
    assert sent.code == 0, sent.err
    program.run("wait", sent.out.decode().strip())
    found = program.run("reconcile", batch, "--effective", "--json")
    assert (found.code, found.json["rows"]) == (0, len(NAMES))
    answers = program.run("results", batch, "--effective", "-q", "type:succeeded", "--count")
    assert answers.out == b"8\n"
    nothing = program.run("retry", batch, "--submit", "--yes")
    assert "every request has its answer" in nothing.err


def test_a_file_of_another_kind_is_not_sent(program, tmp_path, kind):
    other = LETTA if kind is OPENAI else OPENAI
    path = tmp_path / "other.jsonl"
    path.write_text(json.dumps(other.request_of("a")))
    done = program.run("create", str(path), "--yes", "--json")
    (problem,) = done.json["problems"]
    assert (done.code, problem["rule"]) == (1, "other_kind")
    assert f"an account of kind {kind.name} takes others" in problem["message"]
    batch = program.run("ls", "--all", "--json").json[0]["id"]
    done = program.run("retry", batch, "--requests", str(path))
    assert done.code == 1
    assert f"the batch is one of kind {kind.name}" in done.err


def test_options_of_another_kind_are_refused(program, file):
    done = program.run("create", str(file), "--yes", "--beta", "context-1m-2025-08-07")
    assert done.code == 2
    assert "are Anthropic's" in done.err
    done = program.run("create", str(file), "--yes", "--convert")
    assert done.code == 2


def test_without_an_account_a_file_is_checked_as_what_it_is(program, file, kind):
    del program.env["BATCHTUI_CONFIG"]
    done = program.run("create", str(file), "--dry-run", "--json")
    assert (done.code, done.json["requests"]) == (0, len(NAMES)), done.err
