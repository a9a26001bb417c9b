"""The verbs that take over the terminal: the TUI itself, and the viewer of a results file."""

import argparse
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.cli.context import Context
from batchtui.cli.files import STANDARD_INPUT, as_path, existing_file, path_of
from batchtui.core.errors import UsageError

if TYPE_CHECKING:
    from batchtui.results.fetching.sources import Spool
    from batchtui.service.joining import Joining


def tui(context: Context, args: argparse.Namespace) -> int:
    """Run the TUI over all accounts, or those that `--account` names."""
    del args
    context.require_full_screen("the terminal UI", "use `batchtui ls`")
    _prepare()
    from batchtui.tui.run import run_tui

    def joining() -> "Joining":
        from batchtui.service.joining import Joining

        return Joining(context.paths, context.env, context.clock)

    return run_tui(
        context.services(),
        context.loaded.config.ui,
        context.paths,
        env=context.env,
        clock=context.clock,
        open_joining=joining,
    )


def open_file(context: Context, args: argparse.Namespace) -> int:
    """Open results in the viewer: a file, compressed or not, a pipe, or standard input."""
    _prepare()
    path = existing_file(context, args.file)
    source = _source(context, path)
    requests = _requests(context, args.requests)
    context.require_full_screen("the viewer", f"use `batchtui results {as_path(path)}`")
    from batchtui.cli.result_source import index_path_of
    from batchtui.tui import run

    index_path = None
    if isinstance(source, Path):
        index_path = index_path_of(context, source)
    else:
        source.start()
    return run.open_file(
        source,
        context.ui,
        context.paths,
        env=context.env,
        clock=context.clock,
        index_path=index_path,
        requests=requests,
    )


def _prepare() -> None:
    """To be called before Textual is imported.

    A start makes many objects and hardly any garbage; once the UI is up, it collects again.
    A key held down waits for the painting of the one before: half as long as Textual's own 60.
    """
    gc.disable()
    os.environ.setdefault("TEXTUAL_FPS", "120")


def _source(context: Context, path: Path) -> "Path | Spool":
    from batchtui.cli.result_source import spool_of

    spool = spool_of(context, path)
    if path == Path(STANDARD_INPUT) and context.out.is_terminal:
        _take_keys_from_terminal()
    return spool or path


def _requests(context: Context, text: str | None) -> Path | None:
    """The file that the requests are in, if one is named and has some.

    Raises:
        SubmitError: no requests can be read from it.
    """
    if text is None:
        return None
    from batchtui.requests.source import open_by_look

    return open_by_look(path_of(context, text)).path


def _take_keys_from_terminal() -> None:
    """Make the terminal standard input, which so far was the results.

    Raises:
        UsageError: the program has no terminal.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError("the viewer needs a terminal for its keys", why) from error
    os.dup2(terminal, 0)
    os.close(terminal)
