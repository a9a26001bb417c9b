"""`submissions`: what was sent from here, what became of it, and what is to be decided."""

import argparse
from collections.abc import Sequence
from typing import Any

from batchtui.cli import exits
from batchtui.cli.batch_fields import moment
from batchtui.cli.context import Context
from batchtui.cli.deciding import candidate_lines, how_to_decide, how_to_undo
from batchtui.cli.leftovers import settle_leftovers
from batchtui.cli.output import Cell, Column
from batchtui.cli.running import run_async
from batchtui.core.errors import UsageError
from batchtui.core.submissions import Submission, SubmissionState
from batchtui.core.text import human_age, human_bytes, human_count, rfc3339
from batchtui.service.manager import BatchService

_MOST = 1000
"""Submissions that are looked through for a number."""

_STYLES = {
    SubmissionState.CREATED: "good",
    SubmissionState.ADOPTED: "good",
    SubmissionState.REFUSED: "bad",
    SubmissionState.ABSENT: "bad",
    SubmissionState.UNKNOWN: "warn",
}


def submissions(context: Context, args: argparse.Namespace) -> int:
    """List what was sent, or tell all about one of them, or say which batch it is."""
    if args.number is None and (args.adopt is not None or args.none):
        raise UsageError("which submission?", hint="`batchtui submissions` lists them")
    return run_async(_submissions(context, args))


async def _submissions(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:
        if args.adopt is None and not args.none:
            await settle_leftovers(context, service)
        known = {account.name for account in service.accounts}
        sent = [one for one in service.submissions.recent(_MOST) if one.account in known]
        if args.number is None:
            _list(context, sent[: args.limit], as_json=args.json)
            return exits.OK
        one = await _decided(service, _chosen(sent, args.number), args)
        _show(context, service, one, as_json=args.json)
        return exits.WRONG_STATE if one.state.is_open else exits.OK


def _chosen(sent: Sequence[Submission], number: int) -> Submission:
    for one in sent:
        if one.number == number:
            return one
    raise UsageError(f"there is no submission {number}", hint="`batchtui submissions` lists them")


async def _decided(service: BatchService, one: Submission, args: argparse.Namespace) -> Submission:
    if args.adopt is not None:
        return await service.submissions.adopt(one, args.adopt)
    return service.submissions.give_up(one) if args.none else one


def _list(context: Context, sent: Sequence[Submission], *, as_json: bool) -> None:
    if as_json:
        context.out.json([_document(one) for one in sent])
        return
    now = context.clock.now()
    columns = [
        Column("NUMBER", right=True), Column("AGE", right=True), Column("ACCOUNT", flexible=True),
        Column("REQUESTS", right=True), Column("LABEL", flexible=True),
        Column("STATE", flexible=True), Column("BATCH", flexible=True),
    ]  # fmt: skip
    rows: list[list[Cell | str]] = [
        [
            str(one.number), human_age(one.at, now), one.account, human_count(one.count),
            one.label or one.file, Cell(one.state.words, _STYLES.get(one.state, "")), one.batch_id,
        ]
        for one in sent
    ]  # fmt: skip
    context.out.table(columns, rows)


def _show(context: Context, service: BatchService, one: Submission, *, as_json: bool) -> None:
    if as_json:
        context.out.json(_document(one))
        return
    now = context.clock.now()
    pairs = {
        "number": str(one.number),
        "state": one.state.words,
        "label": one.label,
        "file": one.file,
        "copy": one.copy,
        "account": one.account,
        "requests": f"{human_count(one.count)}, {human_bytes(one.size)}",
        "begun": moment(one.at, now),
        "batch": one.batch_id,
        "why": one.why,
        "may be": "\n".join(candidate_lines(service, one, now)) if one.state.is_open else "",
    }
    context.out.fields({name: text for name, text in pairs.items() if text})
    if one.candidates and one.state.is_open:
        context.diagnostics.note(how_to_decide(one))
    elif one.candidates and one.ref is not None:
        context.diagnostics.note(how_to_undo(one))


def _document(one: Submission) -> dict[str, Any]:
    return {
        "number": one.number,
        "account": one.account,
        "state": one.state.value,
        "at": rfc3339(one.at),
        "file": one.file,
        "sha256": one.sha256,
        "requests": one.count,
        "bytes": one.size,
        "label": one.label or None,
        "parent": one.parent or None,
        "batch_id": one.batch_id or None,
        "why": one.why or None,
        "candidates": list(one.candidates),
    }
