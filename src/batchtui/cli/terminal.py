"""The verbs that take over the terminal: the TUI itself, and the viewer of a results file."""

import argparse

from batchtui.cli.context import Context
from batchtui.cli.files import existing_file


def tui(context: Context, args: argparse.Namespace) -> int:
    """Run the TUI over all accounts, or those that `--account` names."""
    del args
    context.require_full_screen("the terminal UI", "use `batchtui ls`")
    from batchtui.tui.run import run_tui

    return run_tui(
        context.build_service,
        context.loaded.config.ui,
        context.paths,
        env=context.env,
        clock=context.clock,
    )


def open_file(context: Context, args: argparse.Namespace) -> int:
    """Open a results file in the viewer."""
    path = existing_file(context, args.file)
    context.require_full_screen("the viewer", f"use `batchtui results {path}`")
    from batchtui.tui import run

    ui = context.loaded.config.ui
    return run.open_file(path, ui, context.paths, env=context.env, clock=context.clock)
