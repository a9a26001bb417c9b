"""How soon the command line has done something small."""

from collections.abc import Iterator, Mapping

from batchtui.sim.server import SimOptions, Simulator
from benchmarks.figures import Figure, contest, ran
from benchmarks.ours import BATCHTUI, PYTHON

_ROWS = (
    (["--version"], "pass", 6.0),
    (["status", "--short"], "import sqlite3, json", 5.0),
    (["ls"], "import httpx, pydantic; pydantic.BaseModel", 2.5),
)
"""A command of ours, what Python does at least for the like, and the bar."""


def start_figures(env: Mapping[str, str]) -> Iterator[Figure]:
    """Whole processes, against the interpreter with the imports that each needs."""
    with Simulator(SimOptions(speed=0, arrivals=0)) as simulator:
        env = {**env, "ANTHROPIC_BASE_URL": simulator.base_url}
        for words, script, bar in _ROWS:
            yield contest(
                f"{' '.join(words)} / python -c '{script}'",
                bar,
                lambda w=words: ran([BATCHTUI, *w], env).seconds,
                lambda s=script: ran([PYTHON, "-c", s]).seconds,
            )
