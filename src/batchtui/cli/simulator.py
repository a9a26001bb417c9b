"""`demo` and `simulate`: batches without a key, an account or a network."""

import argparse
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.core.errors import BatchtuiError, UsageError

if TYPE_CHECKING:
    from batchtui.sim.server import SimOptions, Simulator

_EXTRA = ("starlette", "uvicorn")
_OURS = ("ANTHROPIC_", "LETTA_", "OPENAI_", "BATCHTUI_")
"""How the variables begin that make accounts or change settings."""

_WORLD = ("host", "port", "seed", "speed", "batches")

_FOLDERS = ("CACHE", "CONFIG", "DATA", "STATE")


def demo(context: Context, args: argparse.Namespace) -> int:
    """Run the TUI on a simulator in this process. Nothing of the user's is read or written."""
    context.require_full_screen(
        "the demo", "`batchtui simulate` runs the simulator alone: try the other verbs on it"
    )
    options = _options(args)
    from batchtui.cli.terminal import tui
    from batchtui.sim.server import Simulator

    with (
        Simulator(options) as simulator,
        tempfile.TemporaryDirectory(prefix="batchtui-demo-") as home,
    ):
        return tui(_demo_context(context, Path(home), simulator), args)


def _demo_context(context: Context, home: Path, simulator: "Simulator") -> Context:
    """The context of somebody who has nothing but a key for the simulator, and lives in its time.

    Waiting is in real time all the same: only what the clock shows is the simulated world's.
    """
    from batchtui.core.clock import SystemClock

    class WorldClock(SystemClock):
        def now(self) -> datetime:
            return simulator.world.clock.now()

    kept = {name: value for name, value in context.env.items() if not name.startswith(_OURS)}
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in _FOLDERS}
    account = {"ANTHROPIC_BASE_URL": simulator.base_url, "ANTHROPIC_API_KEY": "demo"}
    pace = {"BATCHTUI_POLLING_ACTIVE": "2", "BATCHTUI_POLLING_FOCUSED": "1"}
    env = kept | folders | account | pace
    return replace(context, env=env, config_file="", accounts=(), given_clock=WorldClock())


def simulate(context: Context, args: argparse.Namespace) -> int:
    """Run the simulator, print where it listens, and serve until interrupted."""
    options = _options(args)
    from batchtui.sim.server import serve_forever

    def announce(simulator: "Simulator") -> None:
        for base_url in simulator.base_urls:
            context.out.line(base_url)
        context.out.flush()

    try:
        serve_forever(options, announce)
    except OSError as error:
        where = f"{args.host}:{args.port}"
        raise BatchtuiError(f"cannot listen on {where}", error.strerror or str(error)) from error
    return exits.OK


def _options(args: argparse.Namespace) -> "SimOptions":
    try:
        from batchtui.sim.faults import FaultError, parse_fault
        from batchtui.sim.server import SimOptions
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise UsageError(
            "the simulator is not installed",
            f"{error.name} is missing",
            "install batchtui[demo]",
        ) from error
    given = {
        name: getattr(args, name, None)
        for name in (*_WORLD, "live_counts", "flat_errors", "documented", "openai_dialect")
    }
    given["letta_polling"] = not getattr(args, "no_letta_polling", False)
    given["keys"] = frozenset(getattr(args, "key", None) or ()) or None
    try:
        faults = tuple(parse_fault(text) for text in getattr(args, "fault", ()))
    except FaultError as error:
        raise UsageError("argument --fault", str(error)) from error
    chosen = {name: value for name, value in given.items() if value is not None}
    return SimOptions(faults=faults, **chosen)
