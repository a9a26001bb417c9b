"""`config init`: a first configuration file, or one more account, tested before it is written."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.cli import exits
from batchtui.cli.asking import ask
from batchtui.cli.context import Context
from batchtui.cli.running import run_async
from batchtui.core.disk import disk_words, private_file
from batchtui.core.errors import ApiError, ConfigError, UsageError

if TYPE_CHECKING:
    from batchtui.config.adding import Wanted

_SETTINGS = ("kind", "base_url", "api_key_env", "api_key_command", "api_key_file", "profile")
_KEYS = _SETTINGS[2:]


def init(context: Context, args: argparse.Namespace) -> int:
    """Write a first file, or an account into the file that is there."""
    if _names_an_account(context, args):
        if args.force:
            raise UsageError("--force begins the file anew", "an account is added to what is there")
        return run_async(_add(context, _described(context, args), args))
    if context.interactive:
        return run_async(_ask_and_add(context, args))
    path = context.paths.config_file
    if path.exists() and not args.force:
        raise ConfigError(
            f"{path} is there already",
            "it was left as it is",
            "--account NAME adds an account, --force overwrites it",
        )
    return _write_first(context)


def _names_an_account(context: Context, args: argparse.Namespace) -> bool:
    given = any(getattr(args, name) is not None for name in _SETTINGS)
    return bool(given or args.no_key or context.accounts)


def _described(context: Context, args: argparse.Namespace) -> "Wanted":
    from batchtui.config.adding import wanted

    if len(context.accounts) > 1:
        raise UsageError("one account at a time", "--account was given several times")
    key = {name: value for name in _KEYS if (value := getattr(args, name)) is not None}
    return wanted(
        kind=args.kind or "",
        name="".join(context.accounts),
        base_url=args.base_url or "",
        key={"auth": "none"} if args.no_key else key,
    )


async def _add(context: Context, account: "Wanted", args: argparse.Namespace) -> int:
    from batchtui.service.joining import Joining

    joining = Joining(context.paths, context.env, context.clock, anew=args.force)
    if not args.no_test:
        context.diagnostics.progress(f"testing account {account.name}")
        try:
            tried = await joining.test(account)
        except (ApiError, ConfigError) as error:
            context.diagnostics.error(error)
            anyway = "; --no-test writes it all the same" if isinstance(error, ApiError) else ""
            context.diagnostics.note(f"nothing was written{anyway}")
            return exits.code_for(error)
        context.diagnostics.note(f"account {account.name}: {tried.words}")
    try:
        others = joining.write(account)
    except ConfigError as error:
        context.diagnostics.error(error)
        context.diagnostics.note("this is what the file lacks")
        for line in account.table.splitlines():
            context.out.line(line)
        return exits.code_for(error)
    for other, kept in others.items():
        now = "is written as well" if kept else f"ends: its key is that of {account.name} now"
        context.diagnostics.note(f"account {other}, so far there by variables, {now}")
    context.out.line(str(context.paths.config_file))
    return exits.OK


async def _ask_and_add(context: Context, args: argparse.Namespace) -> int:
    from batchtui.config.adding import key_setting, kind_words, wanted

    path = context.paths.config_file
    if path.exists():
        does = "overwrites" if args.force else "adds an account to"
        context.diagnostics.note(f"this {does} {path}")
    kind = await ask(context, f"kind of account ({', '.join(kind_words())}) [anthropic]:")
    usual = wanted(kind=kind)
    name = await ask(context, f"name of your own [{usual.name}]:")
    base_url = await ask(context, "its server, if not the usual one:")
    variable = usual.fields.get("api_key_env", "none")
    words = "env NAME, command LINE, file PATH, none"
    key = await ask(context, f"where its key is: {words} [{variable}]:")
    account = wanted(kind=kind, name=name, base_url=base_url, key=key_setting(key))
    return await _add(context, account, args)


def _write_first(context: Context) -> int:
    from batchtui.config.adding import require_writable
    from batchtui.config.example import init_toml

    path = context.paths.config_file
    require_writable(path)
    try:
        _write_privately(path, init_toml())
    except OSError as error:
        raise ConfigError(*disk_words(error, path)) from error
    context.out.line(str(path))
    context.diagnostics.note("edit it, then try `batchtui doctor`")
    return exits.OK


def _write_privately(path: Path, text: str) -> None:
    """Write a file as a whole or not at all, readable by the owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with private_file(path) as out:
        out.write(text.encode())
