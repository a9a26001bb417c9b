"""Writes the README's pictures: the real program on the simulator, as SVG.

python scripts/screenshot.py [FOLDER]
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from batchtui.config.loader import load
from batchtui.config.paths import Paths
from batchtui.core.clock import SystemClock
from batchtui.service.manager import BatchService
from batchtui.sim.server import SimOptions, Simulator
from batchtui.tui.app import BatchtuiApp

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SIZE = (140, 40)
PATIENCE = 400


class WorldClock(SystemClock):
    """Shows the simulated world's time, which stands still."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return START


def an_app(simulator: Simulator, home: Path) -> BatchtuiApp:
    """The program as somebody sees it who has a key and no settings."""
    env = {
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "ANTHROPIC_BASE_URL": simulator.base_url,
        "ANTHROPIC_API_KEY": "demo",
    }
    paths, clock = Paths.from_env(env), WorldClock()
    config = load(env=env, paths=paths).config

    def open_service() -> BatchService:
        return BatchService.open(config, paths, env=env, clock=clock)

    return BatchtuiApp(open_service, config.ui, paths, env=env, clock=clock)


async def until(pilot: Pilot[None], seen: Callable[[], bool]) -> None:
    """Let the program work until something holds."""
    for _ in range(PATIENCE):
        await pilot.pause(0.05)
        if seen():
            return
    raise SystemExit("the program did not come to the state that the picture is of")


def shows(app: BatchtuiApp, words: str) -> Callable[[], bool]:
    """Whether the screen shows some words."""
    return lambda: words in re.sub(r"<[^>]+>", "", app.export_screenshot()).replace("&#160;", " ")


async def batches(pilot: Pilot[None], app: BatchtuiApp) -> None:
    """The batch list with the detail pane."""
    await until(pilot, shows(app, "succeeded"))
    await pilot.press(*"jjjjjjjjjjjjj")


async def results(pilot: Pilot[None], app: BatchtuiApp) -> None:
    """The results of a batch that has every kind of content, searched."""
    await until(pilot, shows(app, "succeeded"))
    await pilot.press("slash", *"partial", "enter")
    await until(pilot, shows(app, "partial"))
    await pilot.press("o")
    await until(pilot, shows(app, "custom_id"))
    await pilot.press("j")


async def take(name: str, act: Callable[[Pilot[None], BatchtuiApp], Awaitable[None]]) -> str:
    """Run the program in a world of its own and return its picture."""
    options = SimOptions(speed=0, start=START, arrivals=0)
    with Simulator(options) as simulator, tempfile.TemporaryDirectory() as home:
        app = an_app(simulator, Path(home))
        async with app.run_test(size=SIZE) as pilot:
            await act(pilot, app)
            await pilot.pause(0.3)
            return app.export_screenshot(title=name)


def main() -> None:
    """Write both pictures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    folder.mkdir(parents=True, exist_ok=True)
    for name, act in (("batches", batches), ("results", results)):
        svg = asyncio.run(take(f"batchtui: {name}", act))
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
