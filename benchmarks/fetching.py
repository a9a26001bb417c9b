"""Downloads, indexed as they arrive, against curl and the SDK."""

import contextlib
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from batchtui.results.fetching.download import Download
from benchmarks.confined import confined_figures
from benchmarks.corpus import Truth
from benchmarks.figures import Figure, Run, contest, ran, rivalry
from benchmarks.ours import BATCHTUI, DATA, PYTHON
from benchmarks.peers import Peers
from benchmarks.server import BATCH_ID

LINK = 100_000_000
"""Bytes a second of a fast network."""

FETCH = [BATCHTUI, "results", BATCH_ID, "--count"]

SDK = """
import sys, anthropic
client = anthropic.Anthropic(api_key="bench", base_url=sys.argv[1])
print(len(list(client.messages.batches.results(sys.argv[2]))))
"""


def fetch_figures(path: Path, truth: Truth, peers: Peers, env: dict[str, str]) -> Iterator[Figure]:
    """Times as ratios, memory, and how soon there are rows."""
    wide = path.stem == "b1g"
    with serving(path, truth) as url, tempfile.TemporaryDirectory(dir=DATA) as folder:
        race = _Race(url, Path(folder), truth.rows, env)
        yield contest(
            f"{path.stem}: fetch and index / curl -o, loopback",
            2.2 if wide else None,
            lambda: race.ours().seconds,
            race.curl(peers),
            rounds=5,
        )
        yield Figure(f"{path.stem}: peak of a fetch, MB", 50, race.peak)
        sdk = race.sdk(peers)
        name, bars = f"{path.stem}: SDK list(results()) / ours", (7, 60) if wide else (9, 20)
        yield from rivalry(name, bars, race.ours, sdk, at_least=True)
    with serving(path, truth, LINK) as url, tempfile.TemporaryDirectory(dir=DATA) as folder:
        race = _Race(url, Path(folder), truth.rows, env)
        label = f"{path.stem}: fetch and index / curl -o, {LINK / 1e6:.0f} MB/s"
        seconds, curl = (lambda: race.ours().seconds), race.curl(peers)
        yield contest(label, 1.05 if wide else None, seconds, curl, rounds=5)
    yield _first_rows(path)


class _Race:
    """The contestants for one server."""

    def __init__(self, url: str, folder: Path, rows: int, env: dict[str, str]) -> None:
        self.peak = 0.0
        self._url, self._folder, self._rows = url, folder, rows
        self._env = env | {"ANTHROPIC_BASE_URL": url, "XDG_CACHE_HOME": str(folder)}

    def ours(self) -> Run:
        """The whole command, with nothing fetched before."""
        shutil.rmtree(self._folder / "batchtui", ignore_errors=True)
        run = ran(FETCH, self._env)
        self._check(run)
        self.peak = max(self.peak, run.peak_mb)
        return run

    def curl(self, peers: Peers) -> Callable[[], float] | None:
        """The bytes, to a file."""
        curl = peers.program("curl")
        address = f"{self._url}/v1/messages/batches/{BATCH_ID}/results"
        target = str(self._folder / "curl.jsonl")

        def fetch() -> float:
            Path(target).unlink(missing_ok=True)
            return ran([curl or "", "-s", "-o", target, address]).seconds

        return fetch if curl else None

    def sdk(self, peers: Peers) -> Callable[[], Run] | None:
        """The results as a list of objects."""

        def listed() -> Run:
            run = ran([peers.python, "-c", SDK, self._url, BATCH_ID])
            self._check(run)
            return run

        return listed if peers.has("anthropic") else None

    def _check(self, run: Run) -> None:
        if int(run.output) != self._rows:
            raise SystemExit(f"{run.output!r} rows arrived")


def confined_fetch(path: Path, truth: Truth, env: dict[str, str]) -> Iterator[Figure]:
    """Fetching and searching where there is little memory."""
    search = [BATCHTUI, "results", str(path), "--count", "-q", '"zyzzyva-absent"']
    with serving(path, truth) as url:
        env = env | {"ANTHROPIC_BASE_URL": url}
        commands = {"fetch and index": FETCH, "a search": search}
        yield from confined_figures(path.stem, commands, env)


def _first_rows(path: Path) -> Figure:
    """Milliseconds from the first bytes of a stream to rows that can be read."""
    with path.open("rb") as file:
        head = file.read(64 << 10)
    times = [_time_to_rows(head) for _ in range(8)][1:]
    return Figure(f"{path.stem}: first bytes to first rows, ms", 5, statistics.median(times) * 1e3)


def _time_to_rows(head: bytes) -> float:
    began, readable = [0.0], threading.Event()

    class Stream:
        offset, total_bytes, etag = 0, None, ""

        def chunks(self) -> Iterator[bytes]:
            began[0] = time.perf_counter()
            yield head
            readable.wait(10)

    @contextmanager
    def opened(**_: object) -> Iterator[Stream]:
        yield Stream()

    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        download = Download(opened, Path(folder) / "x.jsonl")
        download.start()
        while not download.progress().rows:
            time.sleep(0)
        with contextlib.closing(download.open_rows()) as rows:
            rows.row(0)
            seconds = time.perf_counter() - began[0]
        readable.set()
        download.cancel()
        download.wait()
    return seconds


@contextmanager
def serving(path: Path, truth: Truth, rate: int = 0) -> Iterator[str]:
    """A server of the file, at so many bytes a second if any are told; its base URL."""
    command = [PYTHON, "-m", "benchmarks.server", str(path), str(truth.rows), str(rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()
