"""Figures beside their bars, and how they are taken: in turn, medians of several rounds."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table. A `figure` of None could not be taken: a peer is absent."""

    name: str
    bar: float
    figure: float | None
    detail: str = ""
    at_least: bool = False
    """The bar is a least one, not a greatest one."""

    @property
    def kept(self) -> bool:
        """The bar was kept, for all one knows."""
        if self.figure is None:
            return True
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar

    def __str__(self) -> str:
        mark = "--- " if self.figure is None else "ok  " if self.kept else "NOT "
        sign = ">=" if self.at_least else "<="
        figure = "absent" if self.figure is None else f"{self.figure:.2f}"
        return f"{mark}{figure:>9} {sign} {self.bar:<8g} {self.name:<52} {self.detail}"


@dataclass(frozen=True, slots=True)
class Run:
    """A process that has ended."""

    seconds: float
    peak_mb: float
    output: bytes


def ran(command: Sequence[str], env: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end; exit codes of a search that found nothing are fine."""
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        env=os.environ | dict(env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        output = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode not in (0, 1, 3):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Run(seconds, usage.ru_maxrss / 1024, output)


def in_turn(
    ours: Callable[[], float], peer: Callable[[], float], rounds: int = ROUNDS
) -> tuple[float, float, float]:
    """Medians of seconds, and of the rounds' ratios; one round is not counted."""
    pairs = [(ours(), peer()) for _ in range(rounds + 1)][1:]
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    return mine, theirs, ratio


def contest(
    name: str, bar: float, ours: Callable[[], float], peer: Callable[[], float], **options: int
) -> Figure:
    """Ours in turn with a peer, as a ratio."""
    mine, theirs, ratio = in_turn(ours, peer, **options)
    return Figure(name, bar, ratio, f"{mine * 1e3:.0f} ms / {theirs * 1e3:.0f} ms")


def seconds_of(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
