"""`create`: batches from a file of requests, checked first."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchtui.cli import exits
from batchtui.cli.batch_fields import as_json
from batchtui.cli.context import Context
from batchtui.cli.leftovers import settle_leftovers
from batchtui.cli.request_files import checked, opened_requests
from batchtui.cli.request_report import show_report
from batchtui.cli.running import read_line, run_async
from batchtui.config.kinds import DEFAULT_KIND
from batchtui.core.errors import BatchtuiError, SentBeforeError, UsageError
from batchtui.core.events import SubmitProgress
from batchtui.core.submissions import CreateOptions, Draft, Part, Submission, SubmissionState
from batchtui.core.text import counted, human_bytes
from batchtui.requests.body import RequestsBody, bodies
from batchtui.requests.preflight import Report
from batchtui.requests.rules import RequestRules
from batchtui.service.drafting import draft_of, parse_headers, rules_of_kind
from batchtui.service.hub import Subscription
from batchtui.service.manager import BatchService

if TYPE_CHECKING:
    from batchtui.config.schema import AccountConfig
    from batchtui.requests.reading import RequestFile

MODELS_PATIENCE = 10.0
"""Seconds that the account has to list its models; the check goes on without them."""

_STDIN_NAME = "standard input"


def create(context: Context, args: argparse.Namespace) -> int:
    """Check a file of requests, and create the batches that it makes, unless it has errors.

    Asks before it sends, on a terminal. Each batch is told as soon as it is there.
    """
    if not (args.dry_run or args.yes or context.interactive):
        raise UsageError(
            "cannot ask whether to create a batch",
            "there is no terminal",
            "add --yes if you mean it, or --dry-run for the report alone",
        )
    account = _account(context, needed=not args.dry_run)
    kind = account.kind if account else DEFAULT_KIND
    version = args.anthropic_version or (account.anthropic_version if account else "")
    rules = rules_of_kind(kind, version)
    with opened_requests(context, args) as file:
        return run_async(_create(context, args, file, account, rules))


def _account(context: Context, *, needed: bool) -> "AccountConfig | None":
    """The account that the batch is for; None where there is none, and none is needed.

    Raises:
        UsageError: there are several, or none.
    """
    accounts = {account.name: account for account in context.loaded.config.accounts}
    names = context.accounts or tuple(accounts)
    for name in names:
        if name not in accounts:
            raise UsageError(
                f"there is no account {name}", hint="`batchtui config show` lists them"
            )
    if len(names) == 1:
        return accounts[names[0]]
    if names:
        hint = f"name one of them: --account {names[0]}"
        raise UsageError("a batch is for one account", f"there are {', '.join(names)}", hint)
    if needed:
        context.build_service()  # Says what is missing.
    return None


async def _create(
    context: Context,
    args: argparse.Namespace,
    file: "RequestFile",
    account: "AccountConfig | None",
    rules: RequestRules,
) -> int:
    name = args.file if args.file != "-" else _STDIN_NAME
    if account is None:
        report = await asyncio.to_thread(checked, context, file, rules, split=args.split)
        return _reported(context, args, report, name)
    async with context.open_service() as service:
        models = await _models(context, service, account.name)
        report = await asyncio.to_thread(
            checked, context, file, rules, split=args.split, models=models
        )
        if args.dry_run or not report.ok:
            return _reported(context, args, report, name)
        return await _Creation(context, args, service, account.name, report, name).run()


def _reported(context: Context, args: argparse.Namespace, report: Report, name: str) -> int:
    show_report(context.out, report, name=name, as_json=args.json)
    return exits.OK if report.ok else exits.FAILED


async def _models(context: Context, service: BatchService, account: str) -> Sequence[str] | None:
    """The models that the account lists; None where it does not say, which is no failure."""
    try:
        async with asyncio.timeout(MODELS_PATIENCE):
            return await service.models(account)
    except (BatchtuiError, TimeoutError) as error:
        why = str(error) or "no answer"
        context.diagnostics.note(f"the models of {account} are not known: {why}")
        return None


@dataclass(frozen=True)
class _Creation:
    """Sends the batches of one file, one after the other."""

    context: Context
    args: argparse.Namespace
    service: BatchService
    account: str
    report: Report
    name: str

    async def run(self) -> int:
        """Ask, send, tell; a batch that fails keeps those after it from being sent."""
        if not self.args.yes and not await self._agreed():
            self.context.diagnostics.note("nothing was sent")
            return exits.FAILED
        await settle_leftovers(self.context, self.service)
        made: list[dict[str, object]] = []
        code = exits.OK
        parts = bodies(self.report)
        for number, body in enumerate(parts, 1):
            submission = await self._sent(body, Part(number, len(parts)))
            code = self._told(submission, made)
            if code != exits.OK:
                self._tell_unsent(len(parts) - number)
                break
        if self.args.json:
            self.context.out.json(made)
        return code

    async def _agreed(self) -> bool:
        if not self.args.json:
            show_report(self.context.out, self.report, name=self.name)
            self.context.out.flush()
        requests = counted(self.report.requests, "request")
        batches = counted(len(self.report.parts), "batch", "batches")
        return await self._asked(f"create {batches} of {requests} in {self.account}? [y/N]")

    async def _asked(self, question: str) -> bool:
        assert self.context.stdin is not None, "only an interactive context asks"
        self.context.diagnostics.question(question)
        answer = await read_line(self.context.stdin)
        return answer.strip().lower() in ("y", "yes")

    async def _sent(self, body: RequestsBody, part: Part) -> Submission | None:
        """What became of one batch; None where it is not to be sent again.

        Raises:
            BatchtuiError: there is no batch, and why.
        """
        draft = await asyncio.to_thread(self._draft, body, part)
        async with self._progress():
            try:
                return await self.service.submissions.submit(draft, again=self.args.again)
            except SentBeforeError as before:
                if self.args.yes or not self.context.interactive:
                    before.hint = "add --again if you mean it"
                    raise
                self.context.diagnostics.error(before)
            if not await self._asked("send them again? [y/N]"):
                return None
            return await self.service.submissions.submit(draft, again=True)

    def _draft(self, body: RequestsBody, part: Part) -> Draft:
        args, file = self.args, self.report.file
        is_piped = args.file == "-"
        return draft_of(
            file,
            body,
            part,
            account=self.account,
            name=args.file if is_piped else str(file.path.absolute()),
            label=args.label or "",
            options=_options(args),
            copies=self.context.paths.requests_dir,
            keeps=args.keep_copy or is_piped,
            now=self.context.clock.now(),
        )

    def _told(self, submission: Submission | None, made: list[dict[str, object]]) -> int:
        note = self.context.diagnostics.note
        if submission is None:
            note("nothing was sent")
            return exits.FAILED
        if submission.ref is None:
            note(f"{_OUTCOMES.get(submission.state, submission.state)}: {submission.why}")
            return exits.FAILED
        if submission.state is SubmissionState.ADOPTED:
            note("no answer came, but the batch was found: it is there, once")
        entry = self.service.entry(submission.ref)
        if not self.args.json:
            self.context.out.line(str(submission.ref.id))
            note(f"{submission.ref}: {counted(submission.count, 'request')}, {submission.label}")
        elif entry is not None:
            made.append(as_json(entry))
        return exits.OK

    def _tell_unsent(self, parts: int) -> None:
        if parts:
            self.context.diagnostics.note(
                f"{counted(parts, 'more batch', 'more batches')} not sent"
            )

    @asynccontextmanager
    async def _progress(self) -> AsyncIterator[None]:
        teller = asyncio.create_task(_tell_progress(self.context, self.service.events()))
        try:
            yield
        finally:
            teller.cancel()
            self.context.diagnostics.clear_progress()


_OUTCOMES = {
    SubmissionState.ABSENT: "there is no batch",
    SubmissionState.CANCELED: "there is no batch",
    SubmissionState.REFUSED: "there is no batch",
    SubmissionState.UNKNOWN: "it is not known whether there is a batch",
}


async def _tell_progress(context: Context, events: Subscription) -> None:
    async for event in events:
        if isinstance(event, SubmitProgress):
            portion = event.sent / max(1, event.total)
            sizes = f"{human_bytes(event.sent)} of {human_bytes(event.total)} ({portion:.0%})"
            waits = "" if event.cancelable else "; all is sent, waiting for the answer"
            context.diagnostics.progress(f"sending {sizes}{waits}")


def _options(args: argparse.Namespace) -> CreateOptions:
    return CreateOptions(
        betas=tuple(args.beta or ()),
        version=args.anthropic_version or "",
        user_profile=args.user_profile or "",
        headers=parse_headers(args.header or ()),
    )
