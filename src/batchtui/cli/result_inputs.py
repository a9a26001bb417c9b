"""The requests of results, for what needs them: `in~` in a query, columns, an order."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchtui.cli.context import Context
from batchtui.cli.files import is_path, path_of
from batchtui.core.errors import SubmitError, UsageError
from batchtui.core.text import human_bytes
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.language import Query

if TYPE_CHECKING:
    from batchtui.requests.reading import RequestFile

REQUEST = "request"
"""What `--sort` calls the order of the requests; see `results.search.sorting`."""


@contextmanager
def inputs_for(
    context: Context, args: argparse.Namespace, query: Query | None
) -> Iterator[Inputs | None]:
    """The requests of `results`, if the query or a column looks into them; else None.

    Raises:
        UsageError: they are named, and nothing looks into them.
        SubmitError: where they are is not known, or they cannot be read.
    """
    if not ((query and query.reads_inputs) or args.sort == REQUEST or _is_column(args)):
        if args.requests is not None:
            hint = "write in~word in the query, --fields input,... or --sort request"
            raise UsageError("--requests is for nothing here", "nothing looks into them", hint)
        yield None
        return
    from batchtui.requests.inputs import opened_inputs

    file = _file(context, args)

    def tell(taken: int) -> None:
        context.diagnostics.progress(f"reading {file.path}: {human_bytes(taken)}")

    with opened_inputs(file, tell) as inputs:
        context.diagnostics.clear_progress()
        yield inputs


def _is_column(args: argparse.Namespace) -> bool:
    if not args.fields:
        return False
    from batchtui.results.export.fields import is_of_requests

    return any(map(is_of_requests, args.fields))


def _file(context: Context, args: argparse.Namespace) -> "RequestFile":
    from batchtui.cli.running import run_async
    from batchtui.requests.source import open_by_look
    from batchtui.service.request_files import NAME_FILE

    if not is_path(args.source):
        return run_async(_of_batch(context, args))
    if args.requests is None:
        what = f"the requests of {args.source} are not known"
        raise SubmitError(what, "it is a file of results", NAME_FILE)
    return open_by_look(path_of(context, args.requests))


async def _of_batch(context: Context, args: argparse.Namespace) -> "RequestFile":
    from batchtui.cli.lookup import find
    from batchtui.cli.request_files import requests_of

    async with context.open_service() as service:
        entry = await find(context, service, args.source)
        return (await requests_of(context, service, entry, args.requests)).file
