"""A long body is neither gathered by the client nor by the simulator's server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.waiting import PATIENCE

CHILD = """
import asyncio, json, sys
from pathlib import Path
from pydantic import SecretStr
from batchtui.config.schema import AccountConfig
from batchtui.core.clock import SystemClock
from batchtui.providers.registry import open_provider

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

async def body(count, line):
    yield b'{"requests": ['
    for number in range(0, count, 50):
        end = min(count, number + 50)
        lines = [line % n for n in range(number, end)]
        yield b",".join(lines) + (b"" if end == count else b",")
    yield b"]}"

async def main(url, count, size):
    params = {"model": "claude-x", "max_tokens": 5, "messages": ["x" * size]}
    line = b'{"custom_id": "%09d", "params": ' + json.dumps(params).encode() + b"}"
    length = len(b'{"requests": []}') + count * len(line % 0) + count - 1
    account = AccountConfig(name="lab", base_url=url)
    provider = open_provider(account, SecretStr("k"), clock=SystemClock())
    await provider.list_batches(limit=1)
    before = peak()
    batch = await provider.create(body(count, line), length=length)
    print(json.dumps([length, batch.request_counts.total, before, peak()]))
    await provider.aclose()

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells memory by /proc")
def test_a_long_body_is_sent_piece_by_piece(simulator):
    sim = simulator(batches=0)
    script = [sys.executable, "-c", CHILD, sim.base_url, "20000", "2000"]
    done = subprocess.run(script, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr.decode()
    length, count, before, after = json.loads(done.stdout)
    assert count == 20_000
    assert (after - before) * 1024 < length / 4
