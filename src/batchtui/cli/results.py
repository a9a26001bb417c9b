"""`results`: the lines of a batch's results, or of a file of them, whole or searched."""

import argparse
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.result_source import opened_rows
from batchtui.core.errors import BatchtuiError, QueryError, ResultsError, UsageError
from batchtui.core.text import counted, human_count, safe
from batchtui.results.export.writing import (
    ExportFormat,
    export_file,
    export_stream,
    fields_for,
    format_of,
)
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import Query, parse, suggest_type
from batchtui.results.query.tree import Text, leaves
from batchtui.results.search.engine import search
from batchtui.results.store.cache import read_meta

SUCCEEDED = "succeeded"

_LIKE_A_FIELD = re.compile(r"([A-Za-z_]+):(?!//)\S")


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
    form = _form(args)
    with opened_rows(context, args.source, keep=args.keep, effective=args.effective) as (
        file,
        failure,
    ):
        _tell_oddities(context, file, query)
        if args.count:
            if len(file) or not failure:
                context.out.line(str(_count(file, query)))
        elif args.facets:
            from batchtui.cli.facets import show_facets

            rows = None if query is None else array("Q", _matching(file, query))
            show_facets(context.out, file, rows, as_json=args.json)
        else:
            _write(context, args, form, file, query)
        context.out.flush()
        problem = failure or _rewritten(file)
        return _told(context, problem) if problem else _judged(file, query)


def _form(args: argparse.Namespace) -> ExportFormat:
    """The format to write.

    Raises:
        UsageError: it does not fit the other options.
    """
    if args.json and not args.facets:
        raise UsageError("--json goes with --facets only", hint="results are JSON lines already")
    output = Path(args.output) if args.output is not None else None
    form = ExportFormat(args.format) if args.format else format_of(output or Path())
    if args.fields is not None:
        fields_for(form, args.fields)
    if form.needs_file and output is None:
        raise UsageError(f"{form} cannot be written to standard output", hint="name a file: -o")
    return form


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
    for term, _ in leaves(query.root):
        if isinstance(term, Text) and (match := _LIKE_A_FIELD.match(query.source, term.at)):
            yield match[1]


def _count(file: ResultsFile, query: Query | None) -> int:
    return len(file) if query is None else sum(1 for _ in _matching(file, query))


def _matching(file: ResultsFile, query: Query) -> Iterator[int]:
    for step in search(file, query):
        yield from step.hits


def _write(
    context: Context,
    args: argparse.Namespace,
    form: ExportFormat,
    file: ResultsFile,
    query: Query | None,
) -> None:
    rows = _rows(file, query)
    if args.output is not None:
        path = Path(args.output)
        tell = _progress_teller(context, path, len(file) if rows is None else None)
        export_file(file, path, form, rows=rows, fields=args.fields, progress=tell)
    elif context.out.is_terminal and form is ExportFormat.JSONL:
        for row in range(len(file)) if rows is None else rows:
            context.out.data_line(file.line(row))
    else:
        mask = safe if context.out.is_terminal else None
        with context.out.binary() as out:
            export_stream(file, out, form, rows=rows, fields=args.fields, mask=mask)


def _progress_teller(context: Context, path: Path, total: int | None) -> Callable[[int], None]:
    of_total = "" if total is None else f" of {human_count(total)}"

    def tell(written: int) -> None:
        context.diagnostics.progress(f"writing {path}: {human_count(written)}{of_total} rows")

    return tell


def _rows(file: ResultsFile, query: Query | None) -> Iterable[int] | None:
    """The rows to write; None for the whole file, byte for byte."""
    if query is not None:
        return _matching(file, query)
    return range(len(file)) if _is_part(file) else None


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
    if _is_part(file):
        return exits.FAILED
    types = file.index.type_counts()
    all_good = query is not None or all(kind == SUCCEEDED for kind in types)
    return exits.OK if all_good else exits.UNSUCCESSFUL
