"""`results`: the lines of a batch's results, or of a file of them, whole or searched."""

import argparse
import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import BinaryIO

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.fetching import source_file
from batchtui.core.errors import QueryError
from batchtui.core.text import counted, safe
from batchtui.results.cache import read_meta
from batchtui.results.export import atomic_file, export_jsonl, export_text
from batchtui.results.query import Not, Query, Text, parse, suggest_type
from batchtui.results.results_file import ResultsFile
from batchtui.results.search import search

SUCCEEDED = "succeeded"

_LIKE_A_FIELD = re.compile(r"([A-Za-z_]+):(?!//)\S")


def results(context: Context, args: argparse.Namespace) -> int:
    """Print results, downloaded first where there is no local copy.

    Without a query the exit code judges all of the results; with one it is 0, found or not.
    Rows of a download that stopped are printed, but are a failure.
    """
    try:
        query = parse(args.query) if args.query is not None else None
    except QueryError as error:
        context.diagnostics.query_error(error, args.query)
        return exits.USAGE
    with ExitStack() as stack:
        path = source_file(context, args.source, stack)
        file = stack.enter_context(ResultsFile.open(path))
        _tell_oddities(context, file, query)
        if args.count:
            context.out.line(str(_count(file, query)))
        else:
            _write(context, args, file, query)
        context.out.flush()
        return _judged(file, query)


def _tell_oddities(context: Context, file: ResultsFile, query: Query | None) -> None:
    note = context.diagnostics.note
    if _is_part(file):
        note(f"{file.path} is incomplete: these are the rows that a download has left so far")
    elif (meta := read_meta(file.path)) and meta.note:
        note(f"{file.path}: {meta.note}")
    if broken := file.index.broken_rows:
        verb = "is" if broken == 1 else "are"
        note(f"{file.path}: {counted(broken, 'line')} {verb} not JSON, and passed on as found")
    if query:
        for word in _unknown_fields(query):
            note(f"{word}: is no field, and searched for as text; a field is type:")
        if advice := suggest_type(query, list(file.index.type_counts())):
            note(advice)


def _is_part(file: ResultsFile) -> bool:
    return file.path.suffix == ".part"


def _unknown_fields(query: Query) -> Iterator[str]:
    """Words before a colon that somebody may have meant for fields."""
    for node in query.root.children:
        term = node.child if isinstance(node, Not) else node
        if isinstance(term, Text) and (match := _LIKE_A_FIELD.match(query.source, term.at)):
            yield match[1]


def _count(file: ResultsFile, query: Query | None) -> int:
    return len(file) if query is None else sum(1 for _ in _matching(file, query))


def _matching(file: ResultsFile, query: Query) -> Iterator[int]:
    for step in search(file, query):
        yield from step.hits


def _write(
    context: Context, args: argparse.Namespace, file: ResultsFile, query: Query | None
) -> None:
    rows = _rows(file, query)
    if context.out.is_terminal and args.output is None and args.format == "jsonl":
        for row in range(len(file)) if rows is None else rows:
            context.out.data_line(file.line(row))
        return
    with _target(context, args) as target:
        if args.format == "text":
            mask = safe if args.output is None and context.out.is_terminal else str
            export_text(file, rows, target, mask=mask)
        else:
            export_jsonl(file, rows, target)


def _rows(file: ResultsFile, query: Query | None) -> Iterable[int] | None:
    """The rows to write; None for the whole file, byte for byte."""
    if query is not None:
        return _matching(file, query)
    return range(len(file)) if _is_part(file) else None


def _target(context: Context, args: argparse.Namespace) -> AbstractContextManager[BinaryIO]:
    return context.out.binary() if args.output is None else atomic_file(Path(args.output))


def _judged(file: ResultsFile, query: Query | None) -> int:
    if _is_part(file):
        return exits.FAILED
    types = file.index.type_counts()
    all_good = query is not None or all(kind == SUCCEEDED for kind in types)
    return exits.OK if all_good else exits.UNSUCCESSFUL
