"""Files of requests that are named on the command line: opened, and checked."""

import argparse
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from batchtui.cli.context import Context
from batchtui.cli.files import STANDARD_INPUT, path_of, spool_folder
from batchtui.core.errors import SubmitError, UsageError
from batchtui.core.models import BatchEntry
from batchtui.core.text import human_bytes, human_count
from batchtui.requests.copies import take_in
from batchtui.requests.edits import parse_edits
from batchtui.requests.preflight import Report, check
from batchtui.requests.rule_set import RequestRules
from batchtui.requests.shapes import ANTHROPIC, Shape
from batchtui.requests.source import open_requests, shape_by_look
from batchtui.service.drafting import with_costs

if TYPE_CHECKING:
    from batchtui.requests.reading import RequestFile
    from batchtui.service.manager import BatchService
    from batchtui.service.request_files import BatchRequests


@contextmanager
def opened_requests(
    context: Context, args: argparse.Namespace, shape: Shape | None
) -> Iterator["RequestFile"]:
    """The file of requests of a shape, or of which it looks, with what is to be done to them.

    What comes through a pipe is kept on the disk for as long as this lasts.

    Raises:
        UsageError: an edit cannot be understood, requests cannot be converted to that shape, or
            standard input is closed.
        SubmitError: no requests can be read from it.
    """
    if args.convert and shape not in (ANTHROPIC, None):
        why = f"requests to {shape.title} are sent as they are"
        raise UsageError("--convert is for accounts of kind anthropic", why)
    edits = parse_edits(args.set or (), args.unset or ())
    template = path_of(context, args.template) if args.template else None
    with _seekable(context, args.file) as path:
        if shape is None:
            shape = None if args.convert or template else shape_by_look(path)
        file = open_requests(path, template, shape=shape or ANTHROPIC)
        yield file.changed(edits=edits, converts=args.convert)


async def requests_of(
    context: Context, service: "BatchService", entry: BatchEntry, named: str | None
) -> "BatchRequests":
    """The requests of a batch: in the file that was named, which is remembered, or a known one.

    A doubt whether that is the batch's file is told, and it is not remembered then.

    Raises:
        SubmitError: where they are is not known, or they cannot be read.
    """
    from batchtui.service.request_files import BatchRequests

    if named is None:
        return BatchRequests(await service.lineage.requests(entry.ref))
    found = await service.lineage.name_requests(entry.ref, path_of(context, named))
    if found.doubt:
        context.diagnostics.note(f"{found.doubt}: taken for this once, and not remembered")
    return found


def checked(
    context: Context,
    file: "RequestFile",
    rules: RequestRules,
    *,
    split: bool,
    models: Collection[str] | None = None,
) -> Report:
    """The report of the check, with costs where the models' prices are known.

    Raises:
        SubmitError: the file cannot be read.
    """
    report = None
    try:
        for step in check(file, rules, split=split, models=models):
            portion = min(1.0, step.taken / max(1, step.size))
            done = f"{human_count(step.requests)} requests ({portion:.0%})"
            context.diagnostics.progress(f"checking {file.path}: {done}")
            report = step.report
    finally:
        context.diagnostics.clear_progress()
    assert report is not None, "a check ends with its report"
    return with_costs(report, rules)


@contextmanager
def _seekable(context: Context, text: str) -> Iterator[Path]:
    """The file; a pipe's content as one."""
    if text != STANDARD_INPUT and not _is_pipe(path_of(context, text)):
        yield path_of(context, text)
        return
    with TemporaryDirectory(prefix="requests-", dir=spool_folder(context)) as kept:
        path = Path(kept) / "requests"
        if text != STANDARD_INPUT:
            context.diagnostics.progress(f"waiting for what {text} gives")
        descriptor = _open_pipe(context, text)
        try:
            take_in(descriptor, path, lambda size: _tell_taken(context, text, size))
        finally:
            os.close(descriptor)
            context.diagnostics.clear_progress()
        yield path


def _tell_taken(context: Context, text: str, size: int) -> None:
    context.diagnostics.progress(f"reading {text}: {human_bytes(size)}")


def _open_pipe(context: Context, text: str) -> int:
    if text != STANDARD_INPUT:
        try:
            return os.open(path_of(context, text), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise SubmitError(f"cannot read {text}", error.strerror or str(error)) from error
    if context.stdin is None:
        raise UsageError("cannot read standard input", "it is closed")
    return os.dup(context.stdin.fileno())


def _is_pipe(path: Path) -> bool:
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError):
        return False
