"""The official SDK, old and new, can do everything against the simulator."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchtui.sim.lives import Life
from batchtui.sim.server import SimOptions, Simulator

SCRIPT = Path(__file__).with_name("sdk_script.py")
OLD_SDK = Path(sys.prefix) / "sdk-0.75"
OPTIONS = SimOptions(speed=0, arrivals=0, batches=35, start=datetime(2026, 11, 20, tzinfo=UTC))


@dataclass
class Run:
    """What the SDK saw, what the server saw, and the world as it was before."""

    version: str
    namespace: str
    seen: dict
    requests: list
    ids: list[str]
    ended: Life


def run_sdk(version, home, *args):
    env = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "NO_PROXY": "127.0.0.1",
        "PYTHONIOENCODING": "utf-8",
    }
    if version == "0.75":
        assert OLD_SDK.is_dir(), f"{OLD_SDK} is missing: `make test` sets it up"
        env["PYTHONPATH"] = str(OLD_SDK)
    command = [sys.executable, str(SCRIPT), *args]
    done = subprocess.run(
        command, check=False, env=env, capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(
    scope="module",
    params=[(version, namespace) for version in ("0.75", "2.") for namespace in ("ga", "beta")],
    ids="-".join,
)
def run(request, tmp_path_factory):
    version, namespace = request.param
    with Simulator(OPTIONS) as sim:
        now = sim.world.clock.now()
        lives = sim.world.batches()
        ended = next(life for life in lives if life.flavour == "gallery")
        running = next(life for life in lives if life.status(now) == "in_progress")
        home = tmp_path_factory.mktemp("home")
        seen = run_sdk(version, home, sim.base_url, namespace, ended.id, running.id)
        yield Run(version, namespace, seen, sim.seen, [life.id for life in lives], ended)


def test_it_is_the_sdk_that_was_meant(run):
    assert run.seen["version"].startswith(run.version)


def test_it_pages_through_everything_in_both_directions(run):
    assert len(run.ids) == 35
    assert run.seen["older"] == run.ids
    # Each page is newest first; the pager walks from page to page towards the newer ones.
    pages = [run.seen["newer"][n : n + 10] for n in range(0, 34, 10)]
    assert len(pages) == 4
    assert [one for page in reversed(pages) for one in page] == run.ids[:-1]


def test_it_creates_and_retrieves(run):
    created = run.seen["created"]
    assert created["processing_status"] == "in_progress"
    assert created["request_counts"]["processing"] == 5
    assert created["created_at"] < created["expires_at"]
    assert run.seen["retrieved"] == created["id"]


def test_it_cancels_and_deletes_and_is_told_when_it_may_not(run):
    assert run.seen["canceled"] == "canceling"
    assert run.seen["deleted"] == "message_batch_deleted"
    assert run.seen["gone"] == [404, "not_found_error"]
    assert run.seen["delete_running"] == [400, "invalid_request_error"]


def test_it_reads_every_line_of_results(run):
    results = run.seen["results"]
    kinds = [kind for _, kind, _ in results]
    assert len({custom_id for custom_id, _, _ in results}) == run.ended.size
    assert set(kinds) == {"succeeded", "errored"}
    errors = [result["error"] for _, kind, result in results if kind == "errored"]
    assert all(error["type"] == "error" and error["error"]["message"] for error in errors)
    texts = [
        block["text"]
        for _, kind, result in results
        if kind == "succeeded"
        for block in result["message"]["content"]
        if block["type"] == "text"
    ]
    assert any("ü" in text for text in texts)


def test_each_sdk_sends_key_version_and_beta_in_its_own_way(run):
    keys = {(r.headers.get("x-api-key"), r.headers.get("authorization")) for r in run.requests}
    versions = {request.headers["anthropic-version"] for request in run.requests}
    if run.version == "0.75":
        assert (keys, versions) == ({("sk-ant-test", None)}, {"2023-06-01"})
        asked_for_beta = any("beta=true" in request.query for request in run.requests)
        assert asked_for_beta == (run.namespace == "beta")
    else:
        assert (keys, versions) == ({(None, "Bearer sk-ant-test")}, {"2026-10-21"})
