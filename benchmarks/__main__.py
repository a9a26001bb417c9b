"""`make bench`: tables of figures and bars; exits 1 where a bar is not kept."""

import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from batchtui.sim.server import SimOptions, Simulator
from benchmarks import results
from benchmarks.measure import Contest, Outcome, run

PYTHON = sys.executable
BATCHTUI = str(Path(PYTHON).with_name("batchtui"))
ROWS = 40_000
NEEDLE = "xylophone-needle"
LOOP = f"""
import json, sys
found = 0
for line in open(sys.argv[1], "rb"):
    found += "{NEEDLE}" in json.loads(line)["result"]["message"]["content"][0]["text"]
print(found)
"""


def lines(rows: int) -> Iterator[bytes]:
    """Results as the API sends them: about 2.5 kB a line, one needle in a thousand."""
    chance = random.Random(7)
    words = [f"word{n}" for n in range(2000)]
    for row in range(rows):
        text = " ".join(chance.choices(words, k=350)) + (NEEDLE if row % 1000 == 0 else "")
        yield (
            f'{{"custom_id":"row-{row}","result":{{"type":"succeeded","message":{{"id":"msg_{row}",'
            '"type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":'
            f'"text","text":"{text}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":'
            '{"input_tokens":20,"output_tokens":700}}}}\n'
        ).encode()


def contests(file: Path) -> Iterator[Contest]:
    """All rows of the table."""
    yield Contest("--version / python -c pass", [BATCHTUI, "--version"], [PYTHON, "-c", ""], 6.0)
    yield Contest(
        "status --short / python -c 'import sqlite3, json'",
        [BATCHTUI, "status", "--short"],
        [PYTHON, "-c", "import sqlite3, json"],
        5.0,
    )
    yield Contest(
        "ls / python -c 'import httpx, pydantic'",
        [BATCHTUI, "ls"],
        [PYTHON, "-c", "import httpx, pydantic; pydantic.BaseModel"],
        2.5,
    )
    yield Contest(
        "results FILE -q needle --count / a json.loads loop",
        [BATCHTUI, "results", str(file), "-q", NEEDLE, "--count"],
        [PYTHON, "-c", LOOP, str(file)],
        3.0,
    )


def row(outcome: Outcome) -> str:
    """A line of the table."""
    mark = "ok " if outcome.kept else "NOT"
    figures = f"{outcome.ours * 1e3:8.0f} {outcome.peer * 1e3:8.0f} {outcome.ratio:7.2f}"
    return f"{mark} {figures} {outcome.contest.bar:7.2f}  {outcome.contest.name}"


def main() -> int:
    """Measure, print, judge."""
    print("     ours ms  peer ms   ratio     bar  contest")
    kept = True
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(SimOptions(speed=0, arrivals=0)) as simulator,
    ):
        file = Path(folder) / "results.jsonl"
        with file.open("wb") as out:
            out.writelines(lines(ROWS))
        env = {
            "HOME": folder,
            "ANTHROPIC_API_KEY": "bench",
            "ANTHROPIC_BASE_URL": simulator.base_url,
        }
        for contest in contests(file):
            outcome = run(contest, env)
            kept &= outcome.kept
            print(row(outcome), flush=True)
    kept &= results.main() == 0
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
