"""`cost` as a program, of a batch of each kind: downloaded, added up, priced."""

import json
from pathlib import Path

import pytest

from contract.kinds import KEY, KINDS, LETTA, OPENAI

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_cost_of_a_batch(program, simulate, tmp_path, kind):
    """A model is paid by what its usage says; Letta tells none, so that nothing is known."""
    base = simulate("--speed", "5000")
    url = base if kind.name == "anthropic" else f"{base}/{kind.name}"
    config = tmp_path / "config.toml"
    config.write_text(
        f'[accounts.lab]\nkind = "{kind.name}"\nbase_url = "{url}"\napi_key_env = "LAB_KEY"\n'
    )
    program.env |= {"BATCHTUI_CONFIG": str(config), "LAB_KEY": KEY}
    model = "gpt-5-mini" if kind.name == "openai" else "claude-haiku-4-5"
    named = json.dumps([kind.request_of(f"agent-{n}") for n in range(3)])
    file = tmp_path / "requests.jsonl"
    file.write_text("\n".join(map(json.dumps, json.loads(named.replace("claude-x", model)))))
    batch = program.run("create", str(file), "--yes").out.decode().strip()
    program.run("wait", batch)

    found = program.run("cost", batch, "--json")
    (one,) = found.json["models"]
    assert one["requests"] == found.json["rows"] == 3
    if kind is LETTA:
        assert (found.code, found.json["total_cost"], one["uncounted"]) == (3, None, 3)
    else:
        assert (found.code, one["model"], found.json["complete"]) == (0, model, True)
        assert found.json["total_cost"] == pytest.approx(one["input_cost"] + one["output_cost"])
        assert one["input_tokens"] > 0
        assert one["at_batch_price"]
    if kind is OPENAI:
        _check_without_results(program, batch)


def _check_without_results(program, batch):
    """Its files are deleted, here and there, and the batch still tells what it took."""
    assert program.run("delete", batch, "--yes").code == 0
    Path(program.run("show", batch, "--json").json["local_results"]).unlink()
    found = program.run("cost", batch, "--json")
    assert (found.json["told_by"], found.json["models"][0]["requests"]) == ("batch", 3)
    assert found.json["models"][0]["input_tokens"] > 0
    assert "has no results any more" in found.err
