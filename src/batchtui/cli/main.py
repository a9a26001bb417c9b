"""The front door: parses, runs one verb, and turns whatever happens into an exit code."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from batchtui import __version__
from batchtui.cli import exits
from batchtui.cli.context import Context, context_for
from batchtui.cli.diagnostics import Diagnostics
from batchtui.cli.output import Output
from batchtui.cli.parser import parse
from batchtui.cli.signals import cleanly_ended
from batchtui.core.errors import BatchtuiError

if TYPE_CHECKING:
    import argparse

    from batchtui.cli.verbs.verb import Verb


def run() -> NoReturn:
    """The console script."""
    sys.exit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    diagnostics = Diagnostics(sys.stderr)
    try:
        return _run(arguments, diagnostics)
    except BatchtuiError as error:
        diagnostics.error(error)
        return exits.code_for(error)
    except SystemExit as leaving:  # argparse has shown a help text, or a signal came
        return int(leaving.code or exits.OK)
    except KeyboardInterrupt:
        diagnostics.clear_progress()
        return exits.INTERRUPTED
    except BrokenPipeError:
        return exits.BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  (the outermost net)
        from batchtui.cli.crash import tell_crash

        tell_crash(error, arguments, diagnostics)
        return exits.CRASHED


def _run(arguments: Sequence[str], diagnostics: Diagnostics) -> int:
    args = parse(arguments)
    if args.version:
        return _version()
    context = context_for(args, diagnostics)
    try:
        with cleanly_ended():
            return _verb(args.verb)(context, args) if args.verb else _tui(context, args)
    finally:
        diagnostics.clear_progress()
        context.out.flush()


def _verb(verb: "Verb") -> Callable[[Context, "argparse.Namespace"], int]:
    module, _, function = verb.target.partition(":")
    run_verb: Callable[[Context, argparse.Namespace], int] = getattr(
        import_module(f"batchtui.cli.{module}"), function
    )
    return run_verb


def _tui(context: Context, args: "argparse.Namespace") -> int:
    from batchtui.cli.terminal import tui

    return tui(context, args)


def _version() -> int:
    out = Output(sys.stdout)
    out.line(f"batchtui {__version__}")
    out.flush()
    return exits.OK
