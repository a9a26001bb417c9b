"""`doctor`: tests what the program needs, and says what is wrong in words."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui import __version__
from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.output import Cell
from batchtui.cli.running import run_async
from batchtui.config.keys import key_source
from batchtui.config.paths import Paths, make_private
from batchtui.core.abilities import limits
from batchtui.core.errors import ApiError, BatchtuiError, ConfigError, whole_answer
from batchtui.service.joining import tried
from batchtui.service.patience import Patience

if TYPE_CHECKING:
    from batchtui.config.loader import Loaded
    from batchtui.config.schema import AccountConfig
    from batchtui.service.manager import BatchService


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tested: `word` is ok, note or FAIL, `code` its exit code."""

    word: str
    topic: str
    text: str
    hint: str = ""
    code: int = exits.OK
    answer: str = ""
    """What a server said, where `text` tells but a part of it."""


def doctor(context: Context, args: argparse.Namespace) -> int:
    """Test configuration, accounts, folders and terminal; 0 if nothing is wrong."""
    del args
    return run_async(_doctor(context))


async def _doctor(context: Context) -> int:
    loaded = context.loaded
    codes = [_tell(context, finding) for finding in _local_findings(context, loaded)]
    async with context.build_service() as service:
        if service.archive_error:
            codes.append(_tell(context, _failed("archive", service.archive_error)))
        codes += [_tell(context, finding) async for finding in _account_findings(context, service)]
    return exits.worst(codes)


def _tell(context: Context, finding: Finding) -> int:
    style = {"ok": "good", "note": "warn", "FAIL": "bad"}[finding.word]
    context.out.marked(Cell(f"{finding.word:4}", style), f"{finding.topic}: {finding.text}")
    if finding.hint:
        context.out.marked(Cell("    "), finding.hint)
    for line in finding.answer.strip().split("\n") if finding.answer else ():
        context.out.marked(Cell("    ", "dim"), line)
    context.out.flush()
    return finding.code


def _local_findings(context: Context, loaded: "Loaded") -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", "program", f"batchtui {__version__}, Python {python}, {sys.platform}")
    yield _configuration(loaded, context.paths)
    for name, folder in _folders(context.paths):
        yield _folder(name, folder)
    yield _terminal(context)


def _configuration(loaded: "Loaded", paths: Paths) -> Finding:
    if loaded.path:
        return Finding("ok", "configuration", f"{loaded.path}")
    return Finding("ok", "configuration", f"no file {paths.config_file}; variables and defaults")


def _folders(paths: Paths) -> Iterator[tuple[str, Path]]:
    yield "cache", paths.cache
    yield "state", paths.state
    yield "data", paths.data


def _folder(name: str, folder: Path) -> Finding:
    try:
        make_private(folder)
    except BatchtuiError as error:
        return _failed(f"{name} folder", error)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("FAIL", f"{name} folder", f"{folder} cannot be written", "", exits.FAILED)
    return Finding("ok", f"{name} folder", str(folder))


def _terminal(context: Context) -> Finding:
    env = context.env
    notes = [f"TERM={env.get('TERM') or 'not set'}"]
    notes += ["over SSH"] if env.get("SSH_CONNECTION") or env.get("SSH_TTY") else []
    notes += ["in tmux"] if env.get("TMUX") else []
    notes += ["NO_COLOR"] if env.get("NO_COLOR") else []
    if context.full_screen:
        return Finding("ok", "terminal", ", ".join(notes))
    notes.append("the terminal UI cannot run here")
    return Finding("note", "terminal", ", ".join(notes))


async def _account_findings(context: Context, service: "BatchService") -> AsyncIterator[Finding]:
    """What each account says, in their order; all are asked at the same time."""
    accounts = {account.name: account for account in context.loaded.config.accounts}
    patience = Patience(context.clock)
    asked = [
        asyncio.create_task(_account_finding(context, service, accounts[info.name], patience))
        for info in service.accounts
    ]
    try:
        for finding in asked:
            yield await finding
    finally:
        for finding in asked:
            finding.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


async def _account_finding(
    context: Context, service: "BatchService", account: "AccountConfig", patience: Patience
) -> Finding:
    topic = f"account {account.name}"
    info = service.account(account.name)
    words = limits(info.capabilities) if info else []
    source = "no key" if account.auth == "none" else f"key from {key_source(account)}"
    spoken = f"{account.kind} ({account.dialect})" if account.dialect else account.kind
    where = f"{spoken} at {account.base_url}, {source}"
    asked = tried(account, env=context.env, clock=context.clock)
    try:
        answer = await patience.wait(asked, "could not list batches")
    except (ApiError, ConfigError) as error:
        return _failed(topic, error, where)
    rights = ", read-only" if account.read_only else ""
    return Finding(
        "ok", topic, f"{where}{rights}: {answer.words}", f"it {'; '.join(words)}" if words else ""
    )


def _failed(topic: str, error: BatchtuiError, where: str = "") -> Finding:
    why = str(error).removeprefix(f"{topic}: ")
    text = f"{where}: {why}" if where else why
    return Finding("FAIL", topic, text, error.hint, exits.code_for(error), whole_answer(error))
