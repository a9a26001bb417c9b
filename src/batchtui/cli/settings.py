"""`config`: say where the file lies, show what is in force; to write it is `config_init`'s."""

import argparse

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.output import Column


def config(context: Context, args: argparse.Namespace) -> int:
    """Dispatch to the step that was asked for."""
    from batchtui.cli.config_init import init

    steps = {"init": init, "path": _path, "show": _show}
    return steps[args.step](context, args)


def _path(context: Context, args: argparse.Namespace) -> int:
    del args
    path = context.paths.config_file
    context.out.line(str(path))
    if not path.exists():
        context.diagnostics.note("there is no such file yet: `batchtui config init` writes one")
    return exits.OK


def _show(context: Context, args: argparse.Namespace) -> int:
    from batchtui.config.describe import describe

    settings = describe(context.loaded)
    if args.origin:
        columns = [Column("SETTING"), Column("VALUE", flexible=True), Column("FROM", flexible=True)]
        context.out.table(columns, settings)
    else:
        for key, value, _ in settings:
            context.out.text(f"{key} = {value}")
    return exits.OK
