"""Other people's clients can do everything against the simulator: `letta-client` and `openai`."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchtui.sim.letta_shapes import job_id
from batchtui.sim.openai_shapes import batch_id
from batchtui.sim.server import SimOptions, Simulator

START = datetime(2026, 11, 20, tzinfo=UTC)


def run(script, home, *args):
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "NO_PROXY": "127.0.0.1",
           "PYTHONIOENCODING": "utf-8"}  # fmt: skip
    command = [sys.executable, str(Path(__file__).with_name(script)), *args]
    done = subprocess.run(
        command, check=False, env=env, capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def sim():
    with Simulator(SimOptions(speed=0, arrivals=0, batches=60, start=START)) as simulator:
        yield simulator


def lives_of(sim, status):
    now = sim.world.clock.now()
    return [life for life in sim.world.batches() if life.status(now) == status]


def partial(sim):
    """An ended batch with answers and failures, small enough to be read in a test."""
    return next(
        life
        for life in lives_of(sim, "ended")
        if 0 < life.error_rate < 1 and life.canceled_at is None and 50 < life.size < 3000
    )


def test_letta_client(sim, tmp_path):
    running = [job_id(life) for life in lives_of(sim, "in_progress")]
    finished = partial(sim)
    seen = run("letta_client_script.py", tmp_path, sim.letta_url, job_id(finished))
    assert seen["version"] == "1.7.0"
    assert set(running) <= set(seen["listed"])
    assert job_id(finished) not in seen["listed"]
    # Ascending, the client's pager meets all: those of the list, and the one it had created.
    assert seen["paged"] == [*seen["listed"], seen["created"]["id"]]
    assert seen["created"]["status"] == "running"
    assert seen["created"]["callback_url"] == "None"
    assert seen["retrieved"] == "completed"
    assert {role for role, _ in seen["messages"]} >= {"user", "assistant"}
    agents = {agent for _, agent in seen["messages"]}
    answered = {agent for role, agent in seen["messages"] if role == "assistant"}
    assert answered < agents
    assert "text" in seen["parts"]
    assert seen["canceled"] is None
    assert seen["afterwards"] == "cancelled"
    assert seen["unknown"] == [404, ["detail"]]


def test_openai_client(sim, tmp_path):
    every = [batch_id(life) for life in sim.world.batches()]
    ended, running = partial(sim), lives_of(sim, "in_progress")[0]
    counts = ended.counts(sim.world.clock.now())
    seen = run(
        "openai_client_script.py", tmp_path, sim.openai_url, batch_id(ended), batch_id(running)
    )
    assert seen["listed"] == every
    assert seen["bytes"][0] == seen["bytes"][1]
    assert seen["created"]["status"] == "validating"
    assert seen["counts"] == {
        "total": ended.size, "completed": counts.succeeded, "failed": counts.errored
    }  # fmt: skip
    assert seen["tokens"] > 0
    assert seen["answers"] == ["chat.completion"] * counts.succeeded
    assert seen["failures"] == counts.errored
    assert seen["canceled"] == "cancelling"
    assert seen["deleted"] is True
    assert seen["unknown"] == [404, "not_found_error"]
