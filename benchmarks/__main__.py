"""`make bench`: one table of figures beside their bars; exits 1 where one falls short,
or could not be taken.

`python -m benchmarks [PART ...]`; a part is one of `PARTS`, or a file: `b250`, `b1g`. Files lie
in `benchmarks/data` and are made once. The page cache is warm: each contest runs a round that
does not count.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence

from benchmarks.corpus import corpus
from benchmarks.exporting import export_figures
from benchmarks.fetching import confined_fetch, fetch_figures
from benchmarks.figures import Figure
from benchmarks.ours import DATA, compile_all
from benchmarks.peers import Peers
from benchmarks.searching import Engine, command_line, exactness, fuzzed, running
from benchmarks.starting import start_figures
from benchmarks.viewer import Bench, viewer_figures

FILES = {"b250": 255_000_000, "b1g": 1_118_000_000}
PARTS = ("start", "fuzz", "search", "fetch", "confined", "export", "viewer")


def figures(peers: Peers, env: dict[str, str], asked: Sequence[str]) -> Iterator[Figure]:
    """All rows of the table, or those of the parts and files that are asked for."""
    parts = [part for part in PARTS if part in asked] or PARTS
    names = [name for name in FILES if name in asked] or FILES
    if "start" in parts:
        yield from start_figures(env)
    if "fuzz" in parts:
        yield from fuzzed()
    for name in names:
        yield from _of_file(name, parts, peers, env)


def _of_file(
    name: str, parts: Sequence[str], peers: Peers, env: dict[str, str]
) -> Iterator[Figure]:
    path, truth = corpus(DATA, name, FILES[name])
    if "search" in parts:
        engine = Engine(path, truth)
        yield from exactness(engine)
        yield from running(engine, peers)
        yield from command_line(engine, peers, env)
        engine.file.close()
    if "fetch" in parts:
        yield from fetch_figures(path, truth, peers, env)
    if "confined" in parts and name == "b1g":
        yield from confined_fetch(path, truth, env)
    if "export" in parts and name == "b250":
        yield from export_figures(path, peers, env)
    if "viewer" in parts:
        yield from viewer_figures(Bench(path, truth, peers, env))


def main() -> int:
    """Measure, print, judge."""
    if unknown := set(sys.argv[1:]) - {*FILES, *PARTS}:
        raise SystemExit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    compile_all()
    peers, kept = Peers(DATA), True
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ", end="")
    print(f"absent: {', '.join(peers.absent()) or 'no peer'}", flush=True)
    print(f"    {'figure':>9}    {'bar':<15} ratios: ours / theirs, unless it says otherwise")
    with tempfile.TemporaryDirectory(dir=DATA) as home:
        env = {"HOME": home, "ANTHROPIC_API_KEY": "bench", "XDG_CACHE_HOME": f"{home}/cache"}
        for figure in figures(peers, env, sys.argv[1:]):
            kept &= figure.kept
            print(figure, flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
