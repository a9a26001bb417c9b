"""`retry`: those requests of a batch that have no answer, or that a query finds, once more."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.creating import models_of
from batchtui.cli.fetching import downloads_told, fetched
from batchtui.cli.files import output_of, spool_folder
from batchtui.cli.lookup import find
from batchtui.cli.request_files import checked, requests_of
from batchtui.cli.request_report import show_report
from batchtui.cli.running import run_async
from batchtui.cli.sending import Sender
from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import QueryError, SubmitError, UsageError
from batchtui.core.models import BatchEntry
from batchtui.core.rules import Deed
from batchtui.core.submissions import Draft, Part
from batchtui.core.text import counted
from batchtui.core.twins import seen_through
from batchtui.requests.body import RequestsBody
from batchtui.requests.copies import write_requests
from batchtui.requests.edits import Edit, parse_edits
from batchtui.requests.findings import Rule, Severity
from batchtui.requests.inputs import opened_inputs
from batchtui.requests.preflight import Report
from batchtui.requests.reading import RequestFile
from batchtui.requests.source import open_requests
from batchtui.requests.wording import of_change
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import Query, parse
from batchtui.results.search.engine import search
from batchtui.service.manager import BatchService
from batchtui.service.request_files import BatchRequests
from batchtui.service.retry import (
    ids_of,
    requests_to_retry,
    retry_draft,
    rules_of_retry,
    write_retry,
)

_ANSWERED = "every request has its answer"
_UNMATCHED = "no result matches the query"


def retry(context: Context, args: argparse.Namespace) -> int:
    """Choose requests of a batch, and write or send them; with neither, show what that would be."""
    if args.submit and not (args.yes or context.interactive):
        raise UsageError(
            "cannot ask whether to create a batch", "there is no terminal", "add --yes"
        )
    try:
        query = parse(args.query) if args.query is not None else None
    except QueryError as error:
        context.diagnostics.query_error(error, args.query)
        return exits.USAGE
    edits = parse_edits(args.set or (), args.unset or ())
    with _spool(context) as spool:
        return run_async(_retry(context, args, query, edits, spool))


@contextmanager
def _spool(context: Context) -> Iterator[Path]:
    """A file that goes away after use."""
    with TemporaryDirectory(prefix="retry-", dir=spool_folder(context)) as kept:
        yield Path(kept) / "requests.jsonl"


async def _retry(
    context: Context,
    args: argparse.Namespace,
    query: Query | None,
    edits: tuple[Edit, ...],
    spool: Path,
) -> int:
    async with context.open_service() as service:
        entry = await find(context, service, args.id)
        entry = seen_through(entry, service.acting(entry.ref, Deed.CREATE))
        one = _Retry(context, args, service, entry)
        named = await requests_of(context, service, entry, args.requests)
        requests = named.file
        if args.output is not None:
            output_of(args.output, *_sources(service, entry, requests))
        ids = await one.chosen_ids(named, query)
        if not ids:
            return one.send_nothing(_UNMATCHED if query is not None else _ANSWERED)
        chosen = write_retry(requests, ids, spool)
        if absent := len(chosen.without_request):
            note = f"{counted(absent, 'chosen id')} not in {requests.path}, and left out"
            context.diagnostics.note(note)
        return await one.run(open_requests(spool, shape=requests.shape).changed(edits=edits))


def _sources(service: BatchService, entry: BatchEntry, requests: RequestFile) -> Iterator[Path]:
    """The files with the requests of the batch, which are not to be written over."""
    yield requests.path
    if known := service.lineage.request_file(entry.ref):
        yield Path(known.file)


@dataclass(frozen=True)
class _Retry:
    """One retry, once it is clear of which batch."""

    context: Context
    args: argparse.Namespace
    service: BatchService
    entry: BatchEntry

    @property
    def _name(self) -> str:
        return f"requests of {self.entry.label or self.entry.ref.id}"

    async def chosen_ids(self, requests: BatchRequests, query: Query | None) -> set[str]:
        """The ids of the requests to send again, if any.

        Raises:
            StateError: a retry of it is under way, and nothing says which ones are wanted.
            SubmitError: it is in doubt whether they are of the batch.
        """
        ref = self.entry.ref
        if query is not None:
            copy = await fetched(self.context, self.service, ref)
            found, answered = await in_daemon_thread(lambda: _found(copy, query, requests.file))
            if answered:
                verb = "has" if answered == 1 else "have"
                these = counted(len(found), "request")
                self.context.diagnostics.note(
                    f"{answered} of these {these} {verb} an answer already"
                )
            return found
        async with downloads_told(self.context, self.service):
            return await requests_to_retry(self.service, ref, requests)

    def send_nothing(self, why: str) -> int:
        """Say so. That is no failure, unless a file was asked for.

        Raises:
            SubmitError: there is no such file now, and an older one may be in its place.
        """
        what = "there is nothing to send again"
        if self.args.output is not None:
            raise SubmitError(what, why, f"{self.args.output} was not written")
        if self.args.json:
            self.context.out.json([])
        self.context.diagnostics.note(f"{what}: {why}")
        return exits.OK

    async def run(self, file: RequestFile) -> int:
        """Show what edits change; then write or send, if that is asked for."""
        models = None
        if self.args.submit:
            models = await models_of(self.context, self.service, self.entry.ref.account)
        rules = rules_of_retry(self.service, self.entry)
        report = await in_daemon_thread(
            lambda: checked(self.context, file, rules, split=True, models=models)
        )
        if self.args.output is not None:
            return await in_daemon_thread(lambda: self._write(report))
        if not (self.args.submit and report.ok):
            show_report(self.context.out, report, name=self._name, as_json=self.args.json)
            if not self.args.submit:
                self.context.diagnostics.note("nothing was sent: --submit does, -o FILE writes")
            return exits.OK if report.ok else exits.FAILED
        return await self._send(report)

    def _write(self, report: Report) -> int:
        """Write the requests, also such as the check would not let pass: they may be mended."""
        if any(
            problem.rule is Rule.EDIT and problem.severity is Severity.ERROR
            for problem in report.problems
        ):
            show_report(self.context.out, report, name=self._name, as_json=self.args.json)
            return exits.FAILED
        path = Path(self.args.output)
        write_requests(report.file, path)
        note = self.context.diagnostics.note
        for change in report.changes:
            note(of_change(change))
        if not report.ok:
            note(f"its check finds errors: batchtui create {path} --dry-run")
        note(f"{counted(report.requests, 'request')} in {path}")
        return exits.OK

    async def _send(self, report: Report) -> int:
        entry, made = self.entry, self.service.lineage.submission(self.entry.ref)

        def draft_of(body: RequestsBody, part: Part) -> Draft:
            return retry_draft(
                report.file,
                body,
                part,
                parent=entry,
                made=made,
                label=self.args.label or "",
                copies=self.context.paths.requests_dir,
                now=self.context.clock.now(),
            )

        sender = Sender(
            self.context,
            self.service,
            entry.ref.account,
            report,
            self._name,
            draft_of,
            yes=self.args.yes,
            again=self.args.again,
            resends=self.args.query is None,
            json=self.args.json,
        )
        return await sender.run()


def _found(copy: Path, query: Query, requests: RequestFile) -> tuple[set[str], int]:
    """The ids of the rows that a query finds, and how many of these have succeeded."""
    with (
        ResultsFile.open(copy) as results,
        opened_inputs(requests) if query.reads_inputs else nullcontext() as inputs,
    ):
        steps = search(results, query, inputs=inputs)
        rows = [row for step in steps for row in step.hits]
        types = results.index.types
        answered = ids_of(results, (row for row in rows if types[row] == "succeeded"))
        return ids_of(results, rows), len(answered)
