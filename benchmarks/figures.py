"""Figures beside their bars, and how they are taken: in turn, medians of several rounds."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 7
LAUNCHER = str(Path(__file__).with_name("launch.py"))


class CommandError(RuntimeError):
    """A command that was to be measured failed."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table. A `figure` of None could not be taken: a peer is absent.

    A `bar` of None is none: the row is for information.
    """

    name: str
    bar: float | None
    figure: float | None
    detail: str = ""
    at_least: bool = False
    """The bar is a least one, not a greatest one."""

    @property
    def kept(self) -> bool:
        """The bar, if there is one, was seen to be kept."""
        if self.bar is None:
            return True
        if self.figure is None:
            return False
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar

    def __str__(self) -> str:
        mark = "    " if self.bar is None else "ok  " if self.kept else "NOT "
        figure = "absent" if self.figure is None else f"{self.figure:.2f}"
        sign = ">=" if self.at_least else "<="
        bar = "for information" if self.bar is None else f"{sign} {self.bar:g}"
        return f"{mark}{figure:>9} {bar:<15} {self.name:<52} {self.detail}"


@dataclass(frozen=True, slots=True)
class Run:
    """A process that has ended."""

    seconds: float
    peak_mb: float
    output: bytes


def ran(
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    group: Path | None = None,
) -> Run:
    """Run a command to its end; exit codes of a search that found nothing are fine.

    `group` is the control group to run it in.
    """
    told, tell = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-IS", LAUNCHER, str(tell), str(group or ""), *command],
        env=os.environ | dict(env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[tell],
    ) as process:
        os.close(tell)
        output = process.stdout.read() if process.stdout else b""
    with os.fdopen(told, "rb") as answer:
        words = answer.read().split()
    if len(words) != 3 or int(words[2]) not in (0, 1, 3):
        raise CommandError(f"{' '.join(command)[:200]} ended with {words[2:] or 'a crash'}")
    return Run(float(words[0]), float(words[1]), output)


def in_turn(
    ours: Callable[[], float], peer: Callable[[], float], rounds: int = ROUNDS
) -> tuple[float, float, float]:
    """Medians of seconds, and of the rounds' ratios; one round is not counted."""
    pairs = [(ours(), peer()) for _ in range(rounds + 1)][1:]
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    return mine, theirs, ratio


def contest(
    name: str,
    bar: float | None,
    ours: Callable[[], float],
    peer: Callable[[], float] | None,
    *,
    rounds: int = ROUNDS,
) -> Figure:
    """Ours in turn with a peer, as a ratio; no peer, no figure."""
    if peer is None:
        return Figure(name, bar, None)
    mine, theirs, ratio = in_turn(ours, peer, rounds)
    return Figure(name, bar, ratio, f"{mine * 1e3:.0f} ms / {theirs * 1e3:.0f} ms")


def rivalry(
    name: str,
    bars: tuple[float, float],
    ours: Callable[[], Run],
    peer: Callable[[], Run] | None,
    *,
    rounds: int = 5,
    at_least: bool = False,
) -> Iterator[Figure]:
    """Two processes in turn: the ratio of their times, and that of their peaks of memory.

    Where the bars are least ones, it is the peer's that is divided by ours.
    """
    labels = f"{name}, time", f"{name}, memory"
    if peer is None:
        yield from (
            Figure(label, bar, None, at_least=at_least)
            for label, bar in zip(labels, bars, strict=True)
        )
        return
    pairs = [(ours(), peer()) for _ in range(rounds + 1)][1:]
    for label, bar, unit, read in (
        (labels[0], bars[0], "s", lambda run: run.seconds),
        (labels[1], bars[1], "MB", lambda run: run.peak_mb),
    ):
        mine, theirs = ([read(pair[side]) for pair in pairs] for side in (0, 1))
        ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
        detail = f"{statistics.median(mine):.1f} {unit} / {statistics.median(theirs):.1f} {unit}"
        yield Figure(label, bar, 1 / ratio if at_least else ratio, detail, at_least=at_least)


def seconds_of(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
