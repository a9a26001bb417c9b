"""`completion`: a script that teaches a shell the verbs and options."""

import argparse

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.parser import build_parser

_TAKES_FILE = {"config", "output", "file", "source"}


def completion(context: Context, args: argparse.Namespace) -> int:
    """Print the completion script of a shell."""
    import shtab

    parser = build_parser()
    _complete_files(parser, shtab.FILE)
    context.out.text(shtab.complete(parser, shell=args.shell).rstrip("\n"))
    return exits.OK


def _complete_files(parser: argparse.ArgumentParser, how: object) -> None:
    for action in parser._actions:  # noqa: SLF001  (argparse has no other way to walk them)
        if isinstance(action.choices, dict):
            for sub in action.choices.values():
                _complete_files(sub, how)
        elif action.dest in _TAKES_FILE:
            action.complete = how  # type: ignore[attr-defined]  # shtab's own convention
