"""Searches, in the running process and as a command, against ripgrep and others."""

import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import parse
from batchtui.results.search.engine import search
from benchmarks.corpus import ABSENT, COMMON, RARE, Truth
from benchmarks.figures import Figure, contest, in_turn, ran, seconds_of
from benchmarks.ours import BATCHTUI, DATA, PYTHON, ROOT
from benchmarks.peers import Peers

FUZZ_SECONDS = 60
SEARCH_TESTS = "tests/unit/test_search_reference.py"

JSON_LOOP = """
import json, sys
found = 0
for line in open(sys.argv[1], "rb"):
    message = json.loads(line)["result"].get("message") or {}
    found += any(sys.argv[2] in block.get("text", "") for block in message.get("content", ()))
print(found)
"""
DUCKDB = """
import duckdb, sys
duckdb.sql("set enable_progress_bar = false")
print(duckdb.sql(f'''select count(*) from read_json('{sys.argv[1]}', format='newline_delimited',
columns={{custom_id: 'VARCHAR', result: 'JSON'}}, maximum_object_size=100000000)
where contains(result, '{sys.argv[2]}')''').fetchall()[0][0])
"""
VISIDATA = """
import sys, visidata
sheet = visidata.vd.openPath(visidata.Path(sys.argv[1]), filetype="jsonl")
sheet.reload.__wrapped__(sheet) if hasattr(sheet.reload, "__wrapped__") else sheet.reload()
visidata.vd.sync()
print(sum(sys.argv[2] in str(row) for row in sheet.rows))
"""


class Engine:
    """An opened file, searched in this process, as the viewer does."""

    def __init__(self, path: Path, truth: Truth) -> None:
        self.path, self.truth = path, truth
        self.file = ResultsFile.open(path, index_path=DATA / f"{path.name}.idx")

    def count(self, query: str) -> int:
        """All hits."""
        return sum(len(step.hits) for step in search(self.file, parse(query)))

    def time(self, query: str) -> float:
        """Seconds for all hits."""
        return seconds_of(lambda: self.count(query))

    def first(self, query: str, wanted: int) -> None:
        """Search until so many hits are found."""
        found = 0
        for step in search(self.file, parse(query)):
            found += len(step.hits)
            if found >= wanted:
                break


def exactness(engine: Engine) -> Iterator[Figure]:
    """Differences between our counts and those that were counted when the file was made."""
    wrong = sum(
        engine.count(f'"{needle}"') != count for needle, count in engine.truth.records_with.items()
    )
    wrong += engine.file.index.type_counts() != engine.truth.types
    wrong += sum(max(0, each) for each in engine.file.index.input_tokens) != (
        engine.truth.input_tokens
    )
    yield Figure(f"{engine.path.stem}: wrong counts of planted needles", 0, float(wrong))


def fuzzed() -> Iterator[Figure]:
    """The property test of the searches against a decode-and-look one, with ever new seeds."""
    runs = failures = 0
    until = time.monotonic() + FUZZ_SECONDS
    while time.monotonic() < until:
        runs += 1
        test = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", SEARCH_TESTS]
        seed = f"--hypothesis-seed={time.time_ns()}"
        failures += (
            subprocess.run([*test, seed], cwd=ROOT, capture_output=True, check=False).returncode
            != 0
        )
    yield Figure(
        f"runs with a difference, {FUZZ_SECONDS} s of fuzzing", 0, float(failures), f"{runs} runs"
    )


def running(engine: Engine, peers: Peers) -> Iterator[Figure]:
    """Searches in a running process against whole processes of ripgrep."""
    rg, path, name = peers.program("rg"), str(engine.path), engine.path.stem
    wide = _has_avx512()
    rows = [
        ("absent", f'"{ABSENT.title()}"', ("-F", ABSENT.title()), 1.0),
        ("absent, -i, ASCII", f'"{ABSENT}"', ("-F", "-i", ABSENT), 0.8 if wide else 1.3),
        ("absent, -i, beyond ASCII", '"ünïcödé-zzz"', ("-F", "-i", "ünïcödé-zzz"), 2.0),
        (f"`{COMMON}`, exact count", f'"{COMMON}"', ("-F", "-c", COMMON), 2.5),
    ]
    for what, query, asked, limit in rows:
        yield contest(
            f"{name}: {what}, running / rg",
            limit if name == "b1g" else None,
            lambda q=query: engine.time(q),
            (lambda a=asked: ran([rg, *a, path]).seconds) if rg else None,
        )
    times = [seconds_of(lambda: engine.first(COMMON, 50)) for _ in range(7)]
    yield Figure(f"{name}: first 50 of `{COMMON}`, ms", 5, statistics.median(times) * 1e3)
    if name == "b250":
        yield from _patterns(engine)


def _patterns(engine: Engine) -> Iterator[Figure]:
    """Regular expressions over all texts, without and with a literal in them."""
    for pattern in (r"/\b[A-Z][a-z]{14,}\b/", r"/(ka|lo)+mi\W+\w+ü/", r"/\w+-needle/", "/.*ter$/"):
        times = [engine.time(pattern) for _ in range(5)]
        yield Figure(f"{engine.path.stem}: {pattern}, s", 1.0, statistics.median(times))


def command_line(engine: Engine, peers: Peers, env: dict[str, str]) -> Iterator[Figure]:
    """Whole processes of ours against whole processes of others."""
    path, name = str(engine.path), engine.path.stem
    count = [BATCHTUI, "results", path, "--count", "-q"]
    rg = peers.program("rg")
    wide = name == "b1g"
    for what, word, flags in (
        ("absent", ABSENT.title(), ["-F"]),
        ("absent, -i", ABSENT, ["-F", "-i"]),
    ):
        yield contest(
            f"{name}: {what}, command line / rg",
            1.5 if wide else None,
            lambda w=word: ran([*count, f'"{w}"'], env).seconds,
            (lambda w=word, f=flags: ran([rg, *f, w, path]).seconds) if rg else None,
        )
    peak = ran([*count, f'"{ABSENT}"'], env).peak_mb
    yield Figure(f"{name}: peak of a search, MB", 45, peak)
    yield from _rivals(engine, peers, env)


def _rivals(engine: Engine, peers: Peers, env: dict[str, str]) -> Iterator[Figure]:
    name, path = engine.path.stem, str(engine.path)
    rare = [BATCHTUI, "results", path, "--count", "-q", f'"{RARE}"']
    for peer, rival in rivals(peers, path).items():
        label, bar = f"{name}: rare needle, {peer} / ours", LEAST.get((name, peer))
        if rival is None:
            yield Figure(label, bar, None, at_least=True)
            continue
        _expect(rival, engine.truth.records_with[RARE])
        mine, theirs, ratio = in_turn(
            lambda: ran(rare, env).seconds, lambda c=rival: ran(c).seconds, rounds=5
        )
        detail = f"{theirs * 1e3:.0f} ms / {mine * 1e3:.0f} ms"
        yield Figure(label, bar, 1 / ratio, detail, at_least=True)


LEAST = {("b1g", "VisiData"): 25}
"""How many times as long some must take; the others are in the table to be seen."""


def _expect(command: list[str], count: int) -> None:
    """A peer that does not find what there is has lost no contest."""
    output = ran(command).output.split()
    if output != [str(count).encode()] and len(output) != count:
        raise SystemExit(f"{' '.join(command)[:200]} printed {output[:3]!r}")


def rivals(peers: Peers, path: str) -> dict[str, list[str] | None]:
    """The commands with which others find the rare needle."""
    grep, jq = peers.program("grep"), peers.program("jq")
    wanted = f'select(tostring | contains("{RARE}")) | .custom_id'
    return {
        "grep -F -c": [grep, "-F", "-c", RARE, path] if grep else None,
        "jq": [jq, "-c", wanted, path] if jq else None,
        "python json loop": [PYTHON, "-c", JSON_LOOP, path, RARE],
        "DuckDB": [peers.python, "-c", DUCKDB, path, RARE] if peers.has("duckdb") else None,
        "VisiData": [peers.python, "-c", VISIDATA, path, RARE] if peers.has("visidata") else None,
    }


def _has_avx512() -> bool:
    try:
        return "avx512bw" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
