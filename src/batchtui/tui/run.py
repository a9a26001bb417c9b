"""The entry of the terminal face: `run_tui` for batches, `open_file` for a results file alone."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from textual.screen import Screen

from batchtui.core.clock import Clock
from batchtui.core.errors import UsageError
from batchtui.tui.app import BatchtuiApp
from batchtui.tui.plain import can_encode
from batchtui.tui.settings import AsciiSettings, Files, OpenService, UiSettings
from batchtui.tui.terminal import LEAVE, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from batchtui.results.fetching.sources import Spool
    from batchtui.service.joining import Joining

SWITCH_INTERVAL: Final = 0.0005
"""Seconds after which a thread that computes lets the event loop have its turn.

A key takes a score of turns to its painted row. Python's own 5 ms at each of them, while a thread
downloads or searches, would be a tenth of a second.
"""


def run_tui(
    open_service: OpenService | None,
    ui: UiSettings,
    files: Files,
    *,
    env: Mapping[str, str],
    clock: Clock | None = None,
    first: Callable[[], Screen[None]] | None = None,
    open_joining: "Callable[[], Joining] | None" = None,
) -> int:
    """Run until the user leaves or a signal ends it; returns the exit code.

    `open_service` is called after the first painting, and again once `open_joining` has added an
    account; a `BatchtuiError` of it is shown on screen.

    Raises:
        UsageError: the program cannot draw here.
        Exception: a defect ended it. The terminal is as it was.
    """
    why = refusal(sys.stdin, sys.stderr, env)
    if why:
        raise UsageError(
            "the terminal UI needs a terminal", why, "`batchtui ls` and `batchtui watch` do not"
        )
    if not can_encode(getattr(sys.stderr, "encoding", None)):
        ui = AsciiSettings.of(ui)
    sys.setswitchinterval(SWITCH_INTERVAL)
    app = BatchtuiApp(
        open_service,
        ui,
        files,
        env=env,
        clock=clock,
        first=first,
        open_joining=open_joining,
    )
    try:
        app.run(mouse=app.mouse_on)
    except BaseException:
        sys.stderr.write(LEAVE)
        sys.stderr.flush()
        raise
    if app.defect is not None:
        raise app.defect
    return app.return_code or 0


def open_file(
    file: "Path | Spool",
    ui: UiSettings,
    files: Files,
    *,
    env: Mapping[str, str],
    clock: Clock | None = None,
    index_path: "Path | None" = None,
    requests: "Path | None" = None,
) -> int:
    """Show a results file, or a source that is being spooled; see `run_tui`.

    `index_path` is where the index of a file is kept; `requests` the file that they are in.
    """

    def viewer() -> Screen[None]:
        from batchtui.tui.screens.results import ResultsScreen  # noqa: PLC0415  (made when needed)

        return ResultsScreen(file, index_path, requests)

    return run_tui(None, ui, files, env=env, clock=clock, first=viewer)
