"""The viewer in a pseudo terminal: how soon it paints, finds and answers, in how much memory."""

import shlex
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.confined import LIMIT, little_memory
from benchmarks.corpus import COMMON, RARE, Truth, corpus
from benchmarks.fetching import serving
from benchmarks.figures import Figure, in_turn
from benchmarks.ours import BATCHTUI
from benchmarks.peers import Peers
from benchmarks.server import BATCH_ID
from benchmarks.terminal import Terminal

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    BINDINGS = [("q", "quit", "")]
    def compose(self):
        yield Static("request-000000")
Hello().run()
"""
FIRST_ROW = "-000000"
AT_CURSOR = r"▌\s+(\S*-\d{6})"
"""The id of the row under the cursor, as it is painted."""
A_ROW = r"request-\d{6}"
SLOW = rb"/\b[A-Z][a-z]{14,}\b/"
"""A regular expression that no literal helps with: it looks through every text."""
PAGE_DOWN, END, ESCAPE = b"\x1b[6~", b"\x1b[F", b"\x1b"


@dataclass(frozen=True, slots=True)
class Bench:
    """What is opened, with what, and what is in it."""

    path: Path
    truth: Truth
    peers: Peers
    env: Mapping[str, str]

    @property
    def name(self) -> str:
        """What the rows of the table call the file."""
        return self.path.stem

    @property
    def hits(self) -> int:
        """Rows with the rare needle."""
        return self.truth.records_with[RARE]

    def open(self, path: Path | None = None) -> Terminal:
        """The viewer on the file, or on another."""
        return Terminal([BATCHTUI, "open", str(path or self.path)], self.env)


def viewer_figures(bench: Bench) -> Iterator[Figure]:
    """All rows about the viewer."""
    with bench.open() as terminal:
        _index(terminal, bench.truth)
    yield _reopening(bench)
    if bench.name == "b1g":
        yield from _rivals(bench)
        yield from _keys(bench)
        yield from _fetching(bench)
        yield from _memory(bench)


def _index(terminal: Terminal, truth: Truth) -> None:
    """Wait until all is indexed, and the index is saved."""
    terminal.until(f"{truth.rows:,} rows")
    terminal.rest(0.5)


def _first_row(command: Sequence[str], env: Mapping[str, str], row: str = FIRST_ROW) -> float:
    with Terminal(command, env) as terminal:
        return terminal.until(row)


def _reopening(bench: Bench) -> Figure:
    viewer, hello = [BATCHTUI, "open", str(bench.path)], [sys.executable, "-c", HELLO]
    mine, empty, ratio = in_turn(
        lambda: _first_row(viewer, bench.env), lambda: _first_row(hello, bench.env)
    )
    label = f"{bench.name}: reopened to first rows / empty Textual app"
    return Figure(label, 1.5, ratio, f"{mine * 1e3:.0f} ms / {empty * 1e3:.0f} ms")


# Rivals


def _rivals(bench: Bench) -> Iterator[Figure]:
    """What others take to the first rows and from there to all hits, and in how much memory."""
    lnav, visidata = bench.peers.program("lnav"), bench.peers.program("vd")
    yield from _against(bench, "lnav", lnav, _lnav, (0.5, 15, None))
    yield from _against(bench, "VisiData", visidata, _visidata, (None, 25, 30))


Finding = Callable[[Bench, str], tuple[float, float, float]]
"""Open the file and find the needle: seconds from the start to the first rows, and from these to
all hits, and the peak in MB. Whoever is not ready to search by then loads on meanwhile."""

Bars = tuple[float | None, float | None, float | None]
"""The same for each of those: at most, at least, at least."""


def _against(
    bench: Bench, name: str, program: str | None, rival: Finding, bars: Bars
) -> Iterator[Figure]:
    """Ours in turn with another viewer."""
    labels = (
        f"{bench.name}: first rows / {name}",
        f"{bench.name}: first rows to all hits of a rare needle, {name} / ours",
        f"{bench.name}: memory of {name} / ours",
    )
    rounds = []
    if program is not None:
        rounds = [(_ours(bench, BATCHTUI), rival(bench, program)) for _ in range(6)][1:]
    for at, (label, bar, unit) in enumerate(zip(labels, bars, ("s", "s", "MB"), strict=True)):
        pairs = [(mine[at], theirs[at]) for mine, theirs in rounds]
        yield _ratio(label, bar, pairs, unit, inverse=at > 0)


def _ratio(
    label: str,
    bar: float | None,
    pairs: list[tuple[float, float]],
    unit: str,
    *,
    inverse: bool,
) -> Figure:
    """Ours by theirs, or the `inverse`, of which there is to be as much."""
    if not pairs:
        return Figure(label, bar, None, at_least=inverse)
    if inverse:
        pairs = [(theirs, mine) for mine, theirs in pairs]
    one, other = (statistics.median(figures) for figures in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    detail = f"{one:.2f} {unit} / {other:.2f} {unit}"
    return Figure(label, bar, ratio, detail, at_least=inverse)


def _ours(bench: Bench, program: str) -> tuple[float, float, float]:
    with Terminal([program, "open", str(bench.path)], bench.env) as terminal:
        first = terminal.until(FIRST_ROW)
        terminal.press(b"/" + RARE.encode() + b"\r")
        found = terminal.until(rf"\b{bench.hits} hits")
    return first, found, terminal.peak_mb


def _lnav(bench: Bench, program: str) -> tuple[float, float, float]:
    with Terminal([program, str(bench.path)], bench.env) as terminal:
        first = terminal.until(A_ROW)
        terminal.press(b"/" + RARE.encode() + b"\r")
        found = terminal.until(rf"\b{bench.hits}\b.{{0,12}} for ")
    return first, found, terminal.peak_mb


def _visidata(bench: Bench, program: str) -> tuple[float, float, float]:
    """It searches what it has loaded: all has to be."""
    with Terminal([program, "-f", "jsonl", str(bench.path)], bench.env) as terminal:
        first = terminal.until(A_ROW)
        loaded = terminal.until(f" {bench.truth.rows}")
        terminal.press(f"z|{RARE!r} in str(row)\r".encode())
        found = terminal.until(f"selected {bench.hits} rows")
        terminal.quit = b"gq"
    return first, loaded - first + found, terminal.peak_mb


# Keys


def _keys(bench: Bench) -> Iterator[Figure]:
    rows = f"{bench.name}: key to painted row, p95, ms"
    with bench.open() as terminal:
        terminal.until(FIRST_ROW)
        terminal.rest(1.0)
        idle = _pressed(terminal, 60)
        plain = _while_searching(terminal, b'"' + COMMON.encode() + b'"', 20, 3)
        slow = _while_searching(terminal, SLOW, 3, 20)
    yield _latency(f"{rows}: at rest", 30, idle)
    yield _latency(f"{rows}: while `{COMMON}` is searched", 30, plain)
    yield _latency(f"{rows}: while a regular expression is", 100, slow)


def _while_searching(terminal: Terminal, query: bytes, times: int, keys: int) -> list[float]:
    """Search that often, and press keys as soon as the search has begun."""
    taken: list[float] = []
    for _ in range(times):
        terminal.press(b"/" + query + b"\r")
        terminal.until("hits|searching")
        terminal.rest(0.05)
        taken += _pressed(terminal, keys)
        terminal.press(b"/")
        terminal.rest(0.3)
        terminal.press(ESCAPE)
        terminal.rest(0.6)
    return taken


def _pressed(terminal: Terminal, times: int) -> list[float]:
    """Go a row down; seconds until the cursor is painted there."""
    taken: list[float] = []
    for _ in range(times):
        here = terminal.last(AT_CURSOR)
        terminal.press(b"j")
        taken.append(terminal.until(rf"▌\s+(?!{here or '-'})\S*-\d{{6}}"))
    return taken


def _latency(label: str, bar: float, taken: list[float]) -> Figure:
    ordered = sorted(taken)
    p95, worst = ordered[int(len(ordered) * 0.95)], ordered[-1]
    median = statistics.median(taken)
    detail = f"median {median * 1e3:.0f} ms, worst {worst * 1e3:.0f} ms of {len(taken)}"
    return Figure(label, bar, p95 * 1e3, detail)


# Over HTTP


def _fetching(bench: Bench) -> Iterator[Figure]:
    """From the start of the program, by its list of batches, to the rows of a download."""
    taken, keys = [], []
    with serving(bench.path, bench.truth) as url:
        for round_ in range(6):
            cache = bench.path.parent / f"fetched-{round_}"
            env = {**bench.env, "ANTHROPIC_BASE_URL": url, "XDG_CACHE_HOME": str(cache)}
            with Terminal([BATCHTUI], env) as terminal:
                seconds = terminal.until(BATCH_ID)
                terminal.press(b"o")
                taken.append(seconds + terminal.until(FIRST_ROW))
                keys += _pressed(terminal, 20)
            _remove(cache)
    label = f"{bench.name}: started to first rows over HTTP, s"
    yield Figure(label, 0.6, statistics.median(taken[1:]), f"worst {max(taken[1:]):.2f} s")
    yield _latency(f"{bench.name}: key to painted row, p95, ms: while it downloads", 30, keys)


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


# Memory


def _memory(bench: Bench) -> Iterator[Figure]:
    """A file with as many rows has as large an index: what is more grows with the file."""
    small, truth = corpus(bench.path.parent, "b25", 25_000_000)
    with bench.open(small) as terminal:
        _index(terminal, truth)
    large, little = _used(bench, bench.path), _used(bench, small)
    yield Figure(f"{bench.name}: peak of the viewer, searched and paged, MB", 80, large)
    label = f"{bench.name}: more than with {small.stat().st_size / 1e6:.0f} MB of as many rows, MB"
    yield Figure(label, 8, large - little)
    with little_memory() as group:
        label = f"{bench.name}: opened, searched and paged in {LIMIT >> 20} MB, peak MB"
        if group is None:
            yield Figure(label, 80, None, "no control group can be made here")
        else:
            yield Figure(label, 80, _used(bench, bench.path, _entering(group)))


def _entering(group: Path) -> list[str]:
    """What stands before a command that is to run in a control group."""
    enter = f"echo $$ > {shlex.quote(str(group / 'cgroup.procs'))}"
    return ["sh", "-c", f'{enter} && exec "$@"', "sh"]


def _used(bench: Bench, path: Path, prefix: Sequence[str] = ()) -> float:
    """The peak of the viewer, in MB, after some pages and two searches."""
    with Terminal([*prefix, BATCHTUI, "open", str(path)], bench.env) as terminal:
        terminal.until(FIRST_ROW)
        for keys in (PAGE_DOWN * 4, b"/" + RARE.encode() + b"\r", b"nnn", END):
            terminal.press(keys)
            terminal.rest(1.5)
        terminal.press(b'/"' + COMMON.encode() + b'"\r')
        terminal.rest(3.0)
    return terminal.peak_mb
