"""The rows of `results` on their way out: to a file, or to standard output as they come."""

import argparse
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from batchtui.cli.context import Context
from batchtui.cli.result_source import OpenedRows
from batchtui.core.errors import UsageError
from batchtui.core.text import counted, human_count, safe
from batchtui.results.export.formats import (
    ExportFormat,
    check_name,
    fields_for,
    format_of,
    names_format,
    unpacked_name,
)
from batchtui.results.export.stream import RowStream
from batchtui.results.export.writing import export_file
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.tree import Query
from batchtui.results.search.engine import search

STANDARD_OUTPUT = "-"


class Target(NamedTuple):
    """What rows are to be written as, and where to: to standard output, if `path` is None."""

    path: Path | None
    form: ExportFormat
    fields: Sequence[str] | None
    sort: str | None = None
    """The column that rows are sorted by, if by any; `reverse` is the other way round."""
    reverse: bool = False


def target_of(context: Context, args: argparse.Namespace) -> Target:
    """What the options ask for.

    Raises:
        UsageError: there can be no such file, or the format does not fit the other options.
    """
    path = _path_of(args)
    form = ExportFormat(args.format) if args.format else format_of(path or Path())
    if args.fields is not None:
        fields_for(form, args.fields)
    if form.needs_file and path is None:
        raise UsageError(f"{form} cannot be written to standard output", hint="name a file: -o")
    if path is not None:
        check_name(path, form)
        if not args.format and not names_format(path):
            suffix = unpacked_name(path).suffix
            context.diagnostics.note(f"{suffix} names no format: writing jsonl; see --format")
    return Target(path, form, args.fields, args.sort, args.reverse)


def _path_of(args: argparse.Namespace) -> Path | None:
    if args.output is None or args.output == STANDARD_OUTPUT:
        return None
    if not args.output:
        raise UsageError("-o names no file", "it is empty", "name one; - is standard output")
    return Path(args.output)


def write_rows(
    context: Context, target: Target, rows: OpenedRows, query: Query | None, inputs: Inputs | None
) -> None:
    """Write those rows that match, or all."""
    if target.path is not None:
        rows.take_in()
        _write_file(context, target, target.path, rows, query, inputs)
    elif context.out.is_terminal and target.form is ExportFormat.JSONL:
        for step in _steps(context, target, rows, query, inputs):
            for row in step:
                context.out.data_line(rows.file.line(row))
    else:
        _write_stream(context, target, rows, query, inputs)


def _write_file(
    context: Context,
    target: Target,
    path: Path,
    rows: OpenedRows,
    query: Query | None,
    inputs: Inputs | None,
) -> None:
    found: Iterable[int] | None = None if query is None else rows.matching(query, inputs)
    if target.sort is not None:
        found = _sorted(context, target, rows, query, inputs)
    export_file(
        rows.file,
        path,
        target.form,
        rows=found,
        fields=target.fields,
        inputs=inputs,
        progress=_progress_teller(context, path, len(rows.file) if found is None else None),
    )


def _write_stream(
    context: Context, target: Target, rows: OpenedRows, query: Query | None, inputs: Inputs | None
) -> None:
    columns = fields_for(target.form, target.fields, inputs)
    mask = safe if context.out.is_terminal else str
    with context.out.binary() as out:
        stream = RowStream(rows.file, out, target.form, columns, mask=mask)
        if query is None and target.sort is None:
            for _ in _arriving(rows):
                stream.write_new()
                context.out.flush()
            return
        for step in _steps(context, target, rows, query, inputs):
            stream.write(step)
            context.out.flush()


def _sorted(
    context: Context, target: Target, rows: OpenedRows, query: Query | None, inputs: Inputs | None
) -> Sequence[int]:
    """The rows to write in the order asked for, once all are there."""
    from batchtui.results.search.sorting import ORIGINAL, REQUEST, order, unanswered

    rows.take_in()
    column, found = target.sort or ORIGINAL, None
    if query is not None:
        found = array("Q", rows.matching(query, inputs))
    if column == REQUEST and inputs is not None and (count := unanswered(rows.file, inputs)):
        verb = "has" if count == 1 else "have"
        context.diagnostics.note(f"{counted(count, 'request')} {verb} no result here")
    return order(rows.file, found, column, descending=target.reverse, inputs=inputs)


def _steps(
    context: Context, target: Target, rows: OpenedRows, query: Query | None, inputs: Inputs | None
) -> Iterator[Sequence[int]]:
    """The rows to write, some at a time, as they come."""
    if target.sort is not None:
        found = _sorted(context, target, rows, query, inputs)
        rows.be_quiet()
        yield found
        return
    if query is not None:
        for step in search(rows.file, query, inputs=inputs, more=rows.more):
            if step.hits:
                rows.be_quiet()
                yield step.hits
        return
    yield from filter(None, _arriving(rows))


def _arriving(rows: OpenedRows) -> Iterator[range]:
    """All rows, some at a time, as they come; none where more was awaited in vain."""
    taken, more = 0, True
    while more:
        if news := range(taken, len(rows.file)):
            rows.be_quiet()
        yield news
        taken, more = news.stop, rows.more()


def _progress_teller(context: Context, path: Path, total: int | None) -> Callable[[int], None]:
    of_total = "" if total is None else f" of {human_count(total)}"

    def tell(written: int) -> None:
        context.diagnostics.progress(f"writing {path}: {human_count(written)}{of_total} rows")

    return tell
