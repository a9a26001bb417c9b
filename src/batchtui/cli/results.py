"""`results`: the lines of a batch's results, or of a file of them, whole or searched."""

import argparse
from array import array
from itertools import islice
from typing import TYPE_CHECKING

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.result_inputs import inputs_for
from batchtui.cli.result_source import OpenedRows, opened_rows
from batchtui.core.errors import BatchtuiError, QueryError, ResultsError, UsageError
from batchtui.core.text import counted
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.language import Query, parse, suggest_type
from batchtui.results.query.notices import notices
from batchtui.results.reading.row_types import BROKEN
from batchtui.results.store.cache import read_meta

if TYPE_CHECKING:
    from batchtui.cli.result_writing import Target

SUCCEEDED = "succeeded"
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
    target = None if args.count or args.facets else _target(context, args)
    with (
        inputs_for(context, args, query) as inputs,
        opened_rows(context, args.source, keep=args.keep, effective=args.effective) as rows,
    ):
        if target is None or target.path is not None:
            rows.take_in()
        for word in notices(query) if query else ():
            context.diagnostics.note(word)
        told_before = not rows.is_arriving
        passed_on = target is not None
        if told_before:
            _tell_oddities(context, rows, query, passed_on=passed_on)
        if target is None:
            _sum_up(context, args, rows, query, inputs)
        else:
            from batchtui.cli.result_writing import write_rows

            write_rows(context, target, rows, query, inputs)
        context.out.flush()
        if not told_before:
            _tell_oddities(context, rows, query, passed_on=passed_on)
        problem = rows.failure or _rewritten(rows.file)
        if query is None and not problem:  # it takes longer than a search does
            _tell_duplicates(context, rows.file)
        return _told(context, problem) if problem else _judged(rows.file, query)


def _target(context: Context, args: argparse.Namespace) -> "Target":
    from batchtui.cli.result_writing import target_of

    return target_of(context, args)


def _sum_up(
    context: Context,
    args: argparse.Namespace,
    rows: OpenedRows,
    query: Query | None,
    inputs: Inputs | None,
) -> None:
    """Show how many rows there are, or of which kinds, instead of them."""
    found = None if query is None else rows.matching(query, inputs)
    if args.facets:
        from batchtui.cli.facets import show_facets

        chosen = None if found is None else array("Q", found)
        show_facets(context.out, rows.file, chosen, as_json=args.json)
    elif len(rows.file) or not rows.failure:
        context.out.line(str(len(rows.file) if found is None else sum(1 for _ in found)))


def _check_options(args: argparse.Namespace) -> None:
    """See to it that no option would go without effect.

    Raises:
        UsageError: one would.
    """
    if args.json and not args.facets:
        raise UsageError("--json goes with --facets only", hint="results are JSON lines already")
    if args.reverse and not args.sort:
        raise UsageError("--reverse goes with --sort only", hint="--sort row --reverse: last first")
    instead = "--count" if args.count else "--facets" if args.facets else ""
    given = {"-o": args.output, "--format": args.format, "--fields": args.fields}
    given["--sort"] = args.sort
    named = [name for name, value in given.items() if value is not None]
    if instead and named:
        why = "that writes results, which are not shown then"
        raise UsageError(f"{instead} does not go with {named[0]}", why)


def _tell_oddities(
    context: Context, rows: OpenedRows, query: Query | None, *, passed_on: bool
) -> None:
    note, file = context.diagnostics.note, rows.file
    if not file.is_whole:
        note(f"{file.path} is incomplete: these are the rows that a download has left so far")
    elif (meta := read_meta(file.path)) and meta.note:
        note(f"{file.path}: {meta.note}")
    is_cut = rows.failure is not None and _ends_broken(file)
    if broken := file.index.broken_rows - is_cut:
        verb = "is" if broken == 1 else "are"
        then = ", and passed on as found" if passed_on else ""
        note(f"{file.path}: {counted(broken, 'line')} {verb} not JSON{then}")
    if query and (advice := suggest_type(query, list(file.index.type_counts()))):
        note(advice)


def _tell_duplicates(context: Context, file: ResultsFile) -> None:
    from batchtui.results.search.duplicates import find_duplicates

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
    if query is None and (meta := read_meta(file.path)) and meta.is_partial:
        all_good = False
    return exits.OK if all_good else exits.UNSUCCESSFUL
