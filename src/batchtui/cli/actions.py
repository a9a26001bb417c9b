"""`cancel` and `delete`: each batch is named, asked about, acted on and reported by itself."""

import argparse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from batchtui.cli import exits
from batchtui.cli.asking import ask
from batchtui.cli.batch_fields import name, one_line_summary
from batchtui.cli.context import Context
from batchtui.cli.lookup import find
from batchtui.cli.running import run_async
from batchtui.core.errors import BatchtuiError, UsageError
from batchtui.core.models import AccountInfo, BatchEntry, BatchState, Capabilities
from batchtui.core.rules import Deed, why_not
from batchtui.service.manager import BatchService

CONFIRM_TAIL = 4
"""How many last characters of an id must be typed to have a batch deleted."""


@dataclass(frozen=True, slots=True)
class Target:
    """A batch that is acted on, and the account that was named with it, if one was."""

    entry: BatchEntry
    through: str


Act = Callable[[Target], Awaitable[str]]
"""Does it to one batch, and returns what to say."""


def cancel(context: Context, args: argparse.Namespace) -> int:
    """Ask the provider to cancel batches. Requests that are done already keep their results."""
    _require_consent(context, args, "cancel")
    return run_async(_cancel(context, args))


def delete(context: Context, args: argparse.Namespace) -> int:
    """Delete ended batches and their results at the provider. Local copies are kept."""
    _require_consent(context, args, "delete")
    return run_async(_delete(context, args))


def _require_consent(context: Context, args: argparse.Namespace, verb: str) -> None:
    if not args.yes and not context.interactive:
        raise UsageError(
            f"cannot ask whether to {verb}", "there is no terminal", "add --yes if you mean it"
        )


async def _cancel(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:

        async def act(target: Target) -> str:
            return _after_cancel(await service.cancel(target.entry.ref, through=target.through))

        targets, codes = await _targets(context, service, args.ids)
        if targets and not args.yes and not await _agreed_to_cancel(context, targets):
            return _nothing_done(context)
        return exits.worst([*codes, *[await _attempt(context, one, act) for one in targets]])


async def _delete(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:

        async def act(target: Target) -> str:
            ref, through = target.entry.ref, target.through
            await service.delete(ref, keep_results=args.keep_results, through=through)
            copy = service.local_results(ref)
            outcome = _after_delete(_able(service, target))
            return f"{outcome}; its results are in {copy}" if copy else outcome

        targets, codes = await _targets(context, service, args.ids)
        for target in targets:
            if (
                args.yes
                or why_not(target.entry, _deleting(service, target), Deed.DELETE)
                or await _agreed_to_delete(context, target.entry, args, _able(service, target))
            ):
                codes.append(await _attempt(context, target, act))
            else:
                codes.append(_nothing_done(context))
        return exits.worst(codes)


async def _targets(
    context: Context, service: BatchService, ids: Sequence[str]
) -> tuple[list[Target], list[int]]:
    """The batches that the ids name, each once; ids that name none are told, with their codes."""
    found: dict[str, Target] = {}
    codes = []
    for text in ids:
        try:
            entry = await find(context, service, text, certain=True)
        except BatchtuiError as error:
            context.diagnostics.error(error)
            codes.append(exits.code_for(error))
        else:
            account, colon, _ = text.partition(":")
            through = account if colon and service.account(account) else ""
            found.setdefault(str(entry.ref), Target(entry, through))
    return list(found.values()), codes


async def _attempt(context: Context, target: Target, act: Act) -> int:
    try:
        outcome = await act(target)
    except BatchtuiError as error:
        context.diagnostics.error(error)
        return exits.code_for(error)
    context.diagnostics.note(f"{name(target.entry)} {outcome}")
    return exits.OK


def _after_cancel(entry: BatchEntry) -> str:
    batch = entry.batch
    if batch.state is BatchState.CANCELING:
        return "is canceling"
    if batch.state.is_final:
        return f"has ended: {one_line_summary(entry)}"
    word = batch.provider_status or batch.state.value
    return f"was asked to cancel, but its server does not confirm it: it still says {word}"


async def _agreed_to_cancel(context: Context, targets: Sequence[Target]) -> bool:
    for entry in (target.entry for target in targets):
        context.diagnostics.note(f"{entry.ref}: {one_line_summary(entry)}")
    what = "this batch" if len(targets) == 1 else f"these {len(targets)} batches"
    answer = await ask(context, f"cancel {what}? [y/N]")
    return answer.lower() in ("y", "yes")


def _deleting(service: BatchService, target: Target) -> AccountInfo | None:
    return service.acting(target.entry.ref, Deed.DELETE, through=target.through)


def _able(service: BatchService, target: Target) -> Capabilities:
    account = _deleting(service, target)
    return account.capabilities if account else Capabilities()


def _after_delete(able: Capabilities) -> str:
    if able.delete_leaves_batch:
        return f"has lost {able.deletes}; the provider goes on listing it"
    return "is deleted"


async def _agreed_to_delete(
    context: Context, entry: BatchEntry, args: argparse.Namespace, able: Capabilities
) -> bool:
    fate = _fate_of_results(entry, keep=args.keep_results)
    if able.delete_leaves_batch:
        fate += f"; of the batch, only {able.deletes} can be deleted"
    context.diagnostics.note(f"{entry.ref} ({entry.label or one_line_summary(entry)}): {fate}")
    tail = entry.ref.id[-CONFIRM_TAIL:]
    question = f"to delete it, type the last {len(tail)} characters of its id:"
    return await ask(context, question) == tail


def _fate_of_results(entry: BatchEntry, *, keep: bool) -> str:
    if entry.local_results:
        return "its results are kept here"
    if not entry.batch.results_available:
        return "it has no results to lose"
    return "its results will be downloaded first" if keep else "its results will be lost"


def _nothing_done(context: Context) -> int:
    context.diagnostics.note("nothing was done")
    return exits.FAILED
