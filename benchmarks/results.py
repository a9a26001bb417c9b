"""Results at a gigabyte: `python -m benchmarks.results [b250] [b1g]`.

Exits 1 where a bar is not kept.

Files lie in `benchmarks/data` and are made once. The page cache is warm: each contest runs a
round that does not count.
"""

import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchtui.results.query import parse
from batchtui.results.results_file import ResultsFile
from batchtui.results.search import search
from benchmarks.corpus import ABSENT, COMMON, RARE, Truth, corpus
from benchmarks.figures import Figure, contest, in_turn, ran, seconds_of
from benchmarks.peers import Peers
from benchmarks.server import BATCH_ID
from benchmarks.viewer import viewer_figures

PYTHON = sys.executable
BATCHTUI = str(Path(PYTHON).with_name("batchtui"))
DATA = Path(__file__).parent / "data"

SDK = """
import sys, anthropic
client = anthropic.Anthropic(api_key="bench", base_url=sys.argv[1])
print(len(list(client.messages.batches.results(sys.argv[2]))))
"""
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
        bar = limit if name == "b1g" else math.inf
        label = f"{name}: {what}, running / rg"
        if rg is None:
            yield Figure(label, bar, None)
        else:
            command = [rg, *asked, path]
            yield contest(
                label, bar, lambda q=query: engine.time(q), lambda c=command: ran(c).seconds
            )
    times = [seconds_of(lambda: engine.first(COMMON, 50)) for _ in range(7)]
    yield Figure(f"{name}: first 50 of `{COMMON}`, ms", 5, statistics.median(times) * 1e3)
    if name == "b250":
        pattern = r"/\b[A-Z][a-z]{14,}\b/"
        times = [engine.time(pattern) for _ in range(5)]
        yield Figure(f"{name}: {pattern}, s", 1.0, statistics.median(times))


def command_line(engine: Engine, peers: Peers, env: dict[str, str]) -> Iterator[Figure]:
    """Whole processes of ours against whole processes of others."""
    path, name = str(engine.path), engine.path.stem
    count = [BATCHTUI, "results", path, "--count", "-q"]
    absent, rg = [*count, f'"{ABSENT}"'], peers.program("rg")
    if name == "b1g":
        label = f"{name}: absent, command line / rg"
        rival = [rg or "", "-F", "-i", ABSENT, path]
        yield (
            Figure(label, 1.5, None)
            if rg is None
            else contest(label, 1.5, lambda: ran(absent, env).seconds, lambda: ran(rival).seconds)
        )
        yield Figure(f"{name}: peak of a search, MB", 45, ran(absent, env).peak_mb)
    rare = [*count, f'"{RARE}"']
    for peer, rival in rivals(peers, path).items():
        label, bar = f"{name}: rare needle, {peer} / ours", LEAST.get((name, peer), 0)
        if rival is None:
            yield Figure(label, bar, None, at_least=True)
            continue
        _expect(rival, engine.truth.records_with[RARE])
        mine, theirs, ratio = in_turn(
            lambda: ran(rare, env).seconds, lambda c=rival: ran(c).seconds, rounds=3
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


def fetching(engine: Engine, peers: Peers, env: dict[str, str]) -> Iterator[Figure]:
    """Download and index, against curl and the SDK."""
    name, curl = engine.path.stem, peers.program("curl")
    with serving(engine) as url, tempfile.TemporaryDirectory(dir=DATA) as folder:
        target = str(Path(folder) / "x.jsonl")
        address = f"{url}/v1/messages/batches/{BATCH_ID}/results"
        env = env | {"ANTHROPIC_BASE_URL": url, "XDG_CACHE_HOME": folder}
        peak = 0.0

        def ours() -> float:
            nonlocal peak
            subprocess.run(["rm", "-rf", f"{folder}/batchtui"], check=True)
            run = ran([BATCHTUI, "results", BATCH_ID, "--count"], env)
            peak = max(peak, run.peak_mb)
            if int(run.output) != engine.truth.rows:
                raise SystemExit(f"{run.output!r} rows arrived")
            return run.seconds

        bar = 2.2 if name == "b1g" else math.inf
        label = f"{name}: fetch and index / curl -o, loopback"
        rival = [curl or "", "-s", "-o", target, address]
        yield (
            Figure(label, bar, None)
            if curl is None
            else contest(label, bar, ours, lambda: ran(rival).seconds, rounds=5)
        )
        yield Figure(f"{name}: peak of a fetch, MB", 50, peak)
        least = (7, 60) if name == "b1g" else (9, 20)
        if not peers.has("anthropic"):
            yield Figure(f"{name}: SDK list(results()) / ours", least[0], None, at_least=True)
            return
        sdk = ran([peers.python, "-c", SDK, url, BATCH_ID])
        if int(sdk.output) != engine.truth.rows:
            raise SystemExit(f"the SDK got {sdk.output!r} rows")
        mine = ours()
        detail = f"{sdk.seconds:.1f} s / {mine:.1f} s"
        yield Figure(
            f"{name}: SDK list(results()) / ours",
            least[0],
            sdk.seconds / mine,
            detail,
            at_least=True,
        )
        detail = f"{sdk.peak_mb:.0f} MB / {peak:.0f} MB"
        yield Figure(
            f"{name}: its memory / ours", least[1], sdk.peak_mb / peak, detail, at_least=True
        )


@contextmanager
def serving(engine: Engine) -> Iterator[str]:
    """A server of the file; its base URL."""
    command = [PYTHON, "-m", "benchmarks.server", str(engine.path), str(engine.truth.rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()


def _has_avx512() -> bool:
    try:
        return "avx512bw" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def figures(peers: Peers, env: dict[str, str], names: list[str]) -> Iterator[Figure]:
    """The whole table."""
    for name, size in (("b250", 255_000_000), ("b1g", 1_118_000_000)):
        if name not in names:
            continue
        engine = Engine(*corpus(DATA, name, size))
        yield from exactness(engine)
        yield from running(engine, peers)
        yield from command_line(engine, peers, env)
        yield from fetching(engine, peers, env)
        yield from viewer_figures(engine.path, BATCHTUI, env)


def main() -> int:
    """Measure, print, judge."""
    peers, kept = Peers(DATA), True
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ", end="")
    print(f"absent: {', '.join(peers.absent()) or 'no peer'}")
    with tempfile.TemporaryDirectory(dir=DATA) as home:
        env = {"HOME": home, "ANTHROPIC_API_KEY": "bench", "XDG_CACHE_HOME": f"{home}/cache"}
        for figure in figures(peers, env, sys.argv[1:] or ["b250", "b1g"]):
            kept &= figure.kept
            print(figure, flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
