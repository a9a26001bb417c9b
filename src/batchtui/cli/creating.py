"""`create`: batches from a file of requests, checked first."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.request_files import checked, opened_requests
from batchtui.cli.request_report import show_report
from batchtui.cli.running import run_async
from batchtui.cli.sending import Sender
from batchtui.core.background import in_daemon_thread
from batchtui.core.errors import UsageError
from batchtui.core.submissions import CreateOptions, Draft, Part
from batchtui.requests.body import RequestsBody
from batchtui.requests.preflight import Report
from batchtui.requests.rule_set import RequestRules
from batchtui.requests.shapes import SHAPES
from batchtui.service.drafting import draft_of, listed_models, parse_headers, rules_of_kind
from batchtui.service.manager import BatchService

if TYPE_CHECKING:
    from batchtui.config.schema import AccountConfig
    from batchtui.requests.reading import RequestFile

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
    version = args.anthropic_version or (account.anthropic_version if account else "")
    with opened_requests(context, args, SHAPES[account.kind] if account else None) as file:
        rules = rules_of_kind(file.shape.kind, version, account.dialect if account else "")
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
        report = await in_daemon_thread(lambda: checked(context, file, rules, split=args.split))
        return _reported(context, args, report, name)
    async with context.open_service() as service:
        models = await models_of(context, service, account.name)
        report = await in_daemon_thread(
            lambda: checked(context, file, rules, split=args.split, models=models)
        )
        if args.dry_run or not report.ok:
            return _reported(context, args, report, name)
        sender = Sender(
            context,
            service,
            account.name,
            report,
            name,
            lambda body, part: _draft(context, args, report, account.name, body, part),
            yes=args.yes,
            again=args.again,
            json=args.json,
        )
        return await sender.run()


def _draft(
    context: Context,
    args: argparse.Namespace,
    report: Report,
    account: str,
    body: RequestsBody,
    part: Part,
) -> Draft:
    file, is_piped = report.file, args.file == "-"
    return draft_of(
        file,
        body,
        part,
        account=account,
        name=args.file if is_piped else str(file.path.absolute()),
        label=args.label or "",
        options=_options(args),
        copies=context.paths.requests_dir,
        keeps=args.keep_copy or is_piped,
        now=context.clock.now(),
    )


def _reported(context: Context, args: argparse.Namespace, report: Report, name: str) -> int:
    show_report(context.out, report, name=name, as_json=args.json)
    return exits.OK if report.ok else exits.FAILED


async def models_of(context: Context, service: BatchService, account: str) -> Sequence[str] | None:
    """The models that the account lists; None where it does not say, which is no failure."""
    models, unknown = await listed_models(service, account)
    if unknown:
        context.diagnostics.note(unknown)
    return models


def _options(args: argparse.Namespace) -> CreateOptions:
    return CreateOptions(
        betas=tuple(args.beta or ()),
        version=args.anthropic_version or "",
        user_profile=args.user_profile or "",
        headers=parse_headers(args.header or ()),
    )
