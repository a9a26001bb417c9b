"""Whole processes, timed in turn with a peer, so that a drifting machine moves both."""

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contest:
    """One row: our command against a peer's, and the ratio that is allowed at most."""

    name: str
    ours: Sequence[str]
    peer: Sequence[str]
    bar: float
    rounds: int = 7


@dataclass(frozen=True, slots=True)
class Outcome:
    """Medians in seconds, and the median of the ratios of each round."""

    contest: Contest
    ours: float
    peer: float
    ratio: float

    @property
    def kept(self) -> bool:
        """The bar was kept."""
        return self.ratio <= self.contest.bar


def run(contest: Contest, env: dict[str, str]) -> Outcome:
    """Run both commands in turn; a command that fails ends the bench."""
    _once(contest.ours, env)
    _once(contest.peer, env)
    pairs = [(_once(contest.ours, env), _once(contest.peer, env)) for _ in range(contest.rounds)]
    ratios = [ours / peer for ours, peer in pairs]
    ours, peer = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Outcome(contest, ours, peer, statistics.median(ratios))


def _once(command: Sequence[str], env: dict[str, str]) -> float:
    began = time.perf_counter()
    code = subprocess.run(
        command, env=os.environ | env, stdout=subprocess.DEVNULL, check=False
    ).returncode
    if code not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return time.perf_counter() - began
