"""`cost`: what results cost, as a table and as JSON, and the exit code of what is not known."""

import gzip
import json

from support.results import EVIL, errored, succeeded, write


def took(model="claude-sonnet-4-5", **usage):
    return succeeded("a", model=model, usage={"output_tokens": 0} | usage)


def test_a_file_needs_no_configuration(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", took(input_tokens=20_000, output_tokens=1000), errored("b"))
    assert cli.run("cost", str(path)) == 0
    assert cli.out.shown.splitlines() == [
        "MODEL              REQUESTS   INPUT  CACHE READ  WRITTEN  OUTPUT     COST",
        "claude-sonnet-4-5         1  20,000           0        0   1,000  $0.0375",
        "",
        "total $0.0375",
        "usage as the results tell it, at the prices of batches",
        "1 request that errored, expired or were canceled cost nothing",
    ]


def test_what_is_not_known_is_no_zero(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", took(input_tokens=1000), took("mine", input_tokens=5))
    assert cli.run("cost", str(path)) == 3
    assert "total at least $0.0015\n?  no price is known for mine\n" in cli.out.shown


def test_json(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", took(input_tokens=1000, output_tokens=100), took("mine"))
    assert cli.run("cost", str(path), "--json") == 3
    document = json.loads(cli.out.shown)
    assert document["total_cost"] == 0.00225
    assert document["complete"] is False
    known, unknown = document["models"]
    assert (known["input_cost"], known["output_cost"], known["cost"]) == (0.0015, 0.00075, 0.00225)
    assert known["at_batch_price"] is True
    assert (unknown["model"], unknown["uncounted"], unknown["cost"]) == ("mine", 1, None)


def test_a_packed_file_and_a_part(cli, tmp_path):
    packed = tmp_path / "x.jsonl.gz"
    packed.write_bytes(gzip.compress(took(input_tokens=1000, output_tokens=0)))
    assert cli.run("cost", str(packed)) == 0
    part = write(tmp_path / "x.jsonl.part", took(input_tokens=1000), b"")
    assert cli.run("cost", str(part)) == 1
    assert "is incomplete" in cli.err.shown


def test_models_have_no_power_over_the_terminal(cli, tmp_path):
    path = write(tmp_path / "x.jsonl", took(EVIL, input_tokens=1))
    cli.run("cost", str(path))
    assert not set(cli.out.shown) & ({chr(n) for n in range(32)} - {"\n"})
