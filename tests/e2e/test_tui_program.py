"""The whole program on a terminal, on a simulator: what is written, and what never is."""

import signal
import urllib.request

import pytest

from batchtui.sim.faults import parse_fault
from batchtui.sim.server import SimOptions, Simulator

pytestmark = pytest.mark.e2e
WIDE = (140, 45)


def polls(sim) -> int:
    return sum(1 for seen in sim.seen if seen.path.endswith("/batches"))


def written_over_polls(screen, sim) -> str:
    """What is written while two more polls are made and answered."""
    target = polls(sim) + 2
    written = ""
    while polls(sim) < target:
        written += screen.more(0.3)
    return written + screen.more(0.5)


def several(measure, times=3):
    """Measurements of the same thing: a minute may pass in one, and the ages shown with it."""
    return [measure() for _ in range(times)]


def test_what_a_poll_of_ten_thousand_batches_writes(program):
    with Simulator(SimOptions(speed=0, batches=10_000, arrivals=0)) as sim:
        program.use(sim.base_url).env["BATCHTUI_POLLING_ACTIVE"] = "1"
        with program.on_terminal(size=WIDE) as screen:
            screen.see("succeeded")
            screen.more(2.0)
            assert "" in several(lambda: written_over_polls(screen, sim))
            running = [
                life.id
                for life in sim.world.batches()[:40]
                if life.status(sim.world.clock.now()) == "in_progress"
            ]

            def one_change() -> str:
                cancel(sim, running.pop())
                return written_over_polls(screen, sim)

            sizes = [len(written.encode()) for written in several(one_change)]
            assert 0 < min(sizes) < 2000
            assert "" in several(lambda: written_over_polls(screen, sim))
            screen.type("q")
            assert screen.end() == 0


def cancel(sim, batch_id: str) -> None:
    url = f"{sim.base_url}/v1/messages/batches/{batch_id}/cancel"
    headers = {"x-api-key": "x", "anthropic-version": "2023-06-01"}
    urllib.request.urlopen(
        urllib.request.Request(url, method="POST", headers=headers), timeout=10
    ).close()


def test_hostile_text_reaches_no_terminal(program):
    faults = (parse_fault("hostile"),)
    with Simulator(SimOptions(speed=0, batches=30, arrivals=0, faults=faults)) as sim:
        program.use(sim.base_url)
        with program.on_terminal(size=WIDE) as screen:
            screen.see("partial")
            screen.more()
            for keys in ("a", "\x1b", "v", "\x1b", "G", "X", "\x1b", "y", "\x1b", "?", "\x1b"):
                screen.type(keys)
                screen.more(0.3)
            assert screen.process.poll() is None
            screen.process.send_signal(signal.SIGTERM)
            assert screen.end() == 143
            for evil in ("\x1b]52;", "\x1b]0;", "\x9b", "\u202e", "\u2028", "\x1b[2J\x1b[31m"):
                assert evil not in screen.shown


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (300, 90)])
def test_any_size_starts_and_quits(program, still, size):
    with program.use(still).on_terminal(size=size) as screen:
        screen.see("msgbat")
        screen.more()
        screen.type("q")
        assert screen.end() == 0
