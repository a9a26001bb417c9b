"""`results`: the lines of a batch's results, or of a file of them, whole or searched."""

import argparse
from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.result_inputs import inputs_for
from batchtui.cli.result_source import opened_rows
from batchtui.core.errors import BatchtuiError, QueryError, ResultsError, UsageError
from batchtui.core.text import counted, human_count, safe
from batchtui.results.export.writing import (
    ExportFormat,
    check_name,
    export_file,
    export_stream,
    fields_for,
    format_of,
    names_format,
)
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.language import Query, parse, suggest_type
from batchtui.results.query.notices import notices
from batchtui.results.reading.wire import BROKEN
from batchtui.results.search.duplicates import find_duplicates
from batchtui.results.search.engine import search
from batchtui.results.store.cache import read_meta

SUCCEEDED = "succeeded"
STANDARD_OUTPUT = "-"
_IDS_TOLD = 3


def results(context: Context, args: argparse.Namespace) -> int:
    """Print results, downloaded first where there is no local copy.

    Without a query the exit code judges all of the results; with one it is 0, found or not.
    Rows of a download that stopped, and of a source that cannot be read to its end, are printed,
    but are a failure.
    """
    try:
        query = parse(args.query) if args.query is not None else None
    except QueryError as error:
        context.diagnostics.query_error(error, args.query)
        return exits.USAGE
    _check_options(args)
    output = _output(args)
    form = _form(context, args, output)
    with (
        inputs_for(context, args, query) as inputs,
        opened_rows(context, args.source, keep=args.keep, effective=args.effective) as (
            file,
            failure,
        ),
    ):
        _tell_oddities(context, file, query, failure, passed_on=not (args.count or args.facets))
        found = None if query is None else _matching(file, query, inputs)
        if args.count:
            if len(file) or not failure:
                context.out.line(str(len(file) if found is None else sum(1 for _ in found)))
        elif args.facets:
            from batchtui.cli.facets import show_facets

            rows = None if found is None else array("Q", found)
            show_facets(context.out, file, rows, as_json=args.json)
        else:
            _write(context, args, form, output, file, found, inputs)
        context.out.flush()
        problem = failure or _rewritten(file)
        if query is None and not problem:  # it takes longer than a search does
            _tell_duplicates(context, file)
        return _told(context, problem) if problem else _judged(file, query)


def _check_options(args: argparse.Namespace) -> None:
    """See to it that no option would go without effect.

    Raises:
        UsageError: one would.
    """
    if args.json and not args.facets:
        raise UsageError("--json goes with --facets only", hint="results are JSON lines already")
    instead = "--count" if args.count else "--facets" if args.facets else ""
    given = {"-o": args.output, "--format": args.format, "--fields": args.fields}
    named = [name for name, value in given.items() if value is not None]
    if instead and named:
        why = "that writes results, which are not shown then"
        raise UsageError(f"{instead} does not go with {named[0]}", why)


def _output(args: argparse.Namespace) -> Path | None:
    """The file to write; None for standard output.

    Raises:
        UsageError: there can be no such file.
    """
    if args.output is None or args.output == STANDARD_OUTPUT:
        return None
    if not args.output:
        raise UsageError("-o names no file", "it is empty", "name one; - is standard output")
    path = Path(args.output)
    check_name(path)
    return path


def _form(context: Context, args: argparse.Namespace, output: Path | None) -> ExportFormat:
    """The format to write.

    Raises:
        UsageError: it does not fit the other options.
    """
    form = ExportFormat(args.format) if args.format else format_of(output or Path())
    if args.fields is not None:
        fields_for(form, args.fields)
    if form.needs_file and output is None:
        raise UsageError(f"{form} cannot be written to standard output", hint="name a file: -o")
    if output and not args.format and not names_format(output):
        context.diagnostics.note(f"{output.suffix} names no format: writing jsonl; see --format")
    return form


def _tell_oddities(
    context: Context,
    file: ResultsFile,
    query: Query | None,
    failure: BatchtuiError | None,
    *,
    passed_on: bool,
) -> None:
    note = context.diagnostics.note
    if not file.is_whole:
        note(f"{file.path} is incomplete: these are the rows that a download has left so far")
    elif (meta := read_meta(file.path)) and meta.note:
        note(f"{file.path}: {meta.note}")
    if broken := file.index.broken_rows - (failure is not None and _ends_broken(file)):
        verb = "is" if broken == 1 else "are"
        then = ", and passed on as found" if passed_on else ""
        note(f"{file.path}: {counted(broken, 'line')} {verb} not JSON{then}")
    if query:
        for word in notices(query):
            note(word)
        if advice := suggest_type(query, list(file.index.type_counts())):
            note(advice)


def _tell_duplicates(context: Context, file: ResultsFile) -> None:
    *_, last = find_duplicates(file)
    if not last.rows:
        return
    ids, verb = counted(len(last.rows), "custom_id"), "stands" if len(last.rows) == 1 else "stand"
    first = ", ".join(islice(last.rows, _IDS_TOLD))
    more = ", ..." if len(last.rows) > _IDS_TOLD else ""
    context.diagnostics.note(f"{file.path}: {ids} {verb} in several rows: {first}{more}")


def _ends_broken(file: ResultsFile) -> bool:
    """What follows the last newline is no JSON: where the source was cut, its last line was."""
    return file.index.tail_is_row and file.index.types[len(file) - 1] == BROKEN


def _matching(file: ResultsFile, query: Query, inputs: Inputs | None) -> Iterator[int]:
    for step in search(file, query, inputs=inputs):
        yield from step.hits


def _write(
    context: Context,
    args: argparse.Namespace,
    form: ExportFormat,
    output: Path | None,
    file: ResultsFile,
    rows: Iterator[int] | None,
    inputs: Inputs | None,
) -> None:
    if output is not None:
        tell = _progress_teller(context, output, len(file) if rows is None else None)
        export_file(file, output, form, rows=rows, fields=args.fields, inputs=inputs, progress=tell)
    elif context.out.is_terminal and form is ExportFormat.JSONL:
        for row in range(len(file)) if rows is None else rows:
            context.out.data_line(file.line(row))
    else:
        mask = safe if context.out.is_terminal else None
        with context.out.binary() as out:
            export_stream(file, out, form, rows=rows, fields=args.fields, inputs=inputs, mask=mask)


def _progress_teller(context: Context, path: Path, total: int | None) -> Callable[[int], None]:
    of_total = "" if total is None else f" of {human_count(total)}"

    def tell(written: int) -> None:
        context.diagnostics.progress(f"writing {path}: {human_count(written)}{of_total} rows")

    return tell


def _rewritten(file: ResultsFile) -> BatchtuiError | None:
    """What to say if somebody wrote to the file meanwhile, other than behind its end."""
    if file.is_as_indexed:
        return None
    why = "what was read is neither the old file nor the new one"
    return ResultsError(f"{file.path} was written anew meanwhile", why, "read it again")


def _told(context: Context, failure: BatchtuiError) -> int:
    context.diagnostics.error(failure)
    return exits.code_for(failure)


def _judged(file: ResultsFile, query: Query | None) -> int:
    if not file.is_whole:
        return exits.FAILED
    types = file.index.type_counts()
    all_good = query is not None or all(kind == SUCCEEDED for kind in types)
    return exits.OK if all_good else exits.UNSUCCESSFUL
