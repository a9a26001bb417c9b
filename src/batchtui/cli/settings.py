"""`config`: write a first file, say where it lies, show what is in force."""

import argparse
from pathlib import Path

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.output import Column
from batchtui.core.disk import private_file
from batchtui.core.errors import ConfigError


def config(context: Context, args: argparse.Namespace) -> int:
    """Dispatch to the step that was asked for."""
    steps = {"init": _init, "path": _path, "show": _show}
    return steps[args.step](context, args)


def _path(context: Context, args: argparse.Namespace) -> int:
    del args
    path = context.paths.config_file
    context.out.line(str(path))
    if not path.exists():
        context.diagnostics.note("there is no such file yet: `batchtui config init` writes one")
    return exits.OK


def _init(context: Context, args: argparse.Namespace) -> int:
    from batchtui.config.example import init_toml

    path = context.paths.config_file
    if path.exists() and not args.force:
        raise ConfigError(
            f"{path} is there already", "it was left as it is", "--force overwrites it"
        )
    try:
        _write_privately(path, init_toml())
    except OSError as error:
        raise ConfigError(f"cannot write {path}", error.strerror or str(error)) from error
    context.out.line(str(path))
    context.diagnostics.note("edit it, then try `batchtui doctor`")
    return exits.OK


def _write_privately(path: Path, text: str) -> None:
    """Write a file as a whole or not at all, readable by the owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with private_file(path) as out:
        out.write(text.encode())


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
