"""`completion`: a script that teaches a shell the verbs and options."""

import argparse

from batchtui.cli import exits
from batchtui.cli.arguments import OneOf
from batchtui.cli.context import Context
from batchtui.cli.parser import build_parser

_TAKES_FILE = {"config", "output", "file", "source"}


def completion(context: Context, args: argparse.Namespace) -> int:
    """Print the completion script of a shell."""
    import shtab

    parser = build_parser()
    _teach(parser, shtab.FILE)
    context.out.text(shtab.complete(parser, shell=args.shell).rstrip("\n"))
    return exits.OK


def _teach(parser: argparse.ArgumentParser, files: object) -> None:
    """Tell the generator which arguments are files, and the words of those that know theirs."""
    for action in parser._actions:  # noqa: SLF001  (argparse has no other way to walk them)
        if isinstance(action.choices, dict):
            for sub in action.choices.values():
                _teach(sub, files)
        elif isinstance(action.type, OneOf):
            action.choices = action.type.words
        elif action.dest in _TAKES_FILE:
            action.complete = files  # type: ignore[attr-defined]  # the generator's own convention
