"""`cancel` and `delete`: each batch is named, asked about, acted on and reported by itself."""

import argparse
from collections.abc import Awaitable, Callable, Sequence

from batchtui.cli import exits
from batchtui.cli.asking import ask
from batchtui.cli.batch_fields import name, one_line_summary
from batchtui.cli.context import Context
from batchtui.cli.lookup import find
from batchtui.cli.running import run_async
from batchtui.core.errors import BatchtuiError, UsageError
from batchtui.core.models import BatchEntry, BatchState, Capabilities
from batchtui.core.rules import Deed, why_not
from batchtui.service.manager import BatchService

CONFIRM_TAIL = 4
"""How many last characters of an id must be typed to have a batch deleted."""

Act = Callable[[BatchEntry], Awaitable[str]]
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

        async def act(entry: BatchEntry) -> str:
            return _after_cancel(await service.cancel(entry.ref))

        entries, codes = await _targets(context, service, args.ids)
        if entries and not args.yes and not await _agreed_to_cancel(context, entries):
            return _nothing_done(context)
        return exits.worst([*codes, *[await _attempt(context, entry, act) for entry in entries]])


async def _delete(context: Context, args: argparse.Namespace) -> int:
    async with context.open_service() as service:

        async def act(entry: BatchEntry) -> str:
            await service.delete(entry.ref, keep_results=args.keep_results)
            copy = service.local_results(entry.ref)
            outcome = _after_delete(_able(service, entry))
            return f"{outcome}; its results are in {copy}" if copy else outcome

        entries, codes = await _targets(context, service, args.ids)
        for entry in entries:
            if (
                args.yes
                or why_not(entry, service.acting(entry.ref, Deed.DELETE), Deed.DELETE)
                or await _agreed_to_delete(context, entry, args, _able(service, entry))
            ):
                codes.append(await _attempt(context, entry, act))
            else:
                codes.append(_nothing_done(context))
        return exits.worst(codes)


async def _targets(
    context: Context, service: BatchService, ids: Sequence[str]
) -> tuple[list[BatchEntry], list[int]]:
    """The batches that the ids name, each once; ids that name none are told, with their codes."""
    found: dict[str, BatchEntry] = {}
    codes = []
    for text in ids:
        try:
            entry = await find(context, service, text, certain=True)
        except BatchtuiError as error:
            context.diagnostics.error(error)
            codes.append(exits.code_for(error))
        else:
            found.setdefault(str(entry.ref), entry)
    return list(found.values()), codes


async def _attempt(context: Context, entry: BatchEntry, act: Act) -> int:
    try:
        outcome = await act(entry)
    except BatchtuiError as error:
        context.diagnostics.error(error)
        return exits.code_for(error)
    context.diagnostics.note(f"{name(entry)} {outcome}")
    return exits.OK


def _after_cancel(entry: BatchEntry) -> str:
    batch = entry.batch
    if batch.state is BatchState.CANCELING:
        return "is canceling"
    if batch.state.is_final:
        return f"has ended: {one_line_summary(entry)}"
    word = batch.provider_status or batch.state.value
    return f"was asked to cancel, but its server does not confirm it: it still says {word}"


async def _agreed_to_cancel(context: Context, entries: Sequence[BatchEntry]) -> bool:
    for entry in entries:
        context.diagnostics.note(f"{entry.ref}: {one_line_summary(entry)}")
    what = "this batch" if len(entries) == 1 else f"these {len(entries)} batches"
    answer = await ask(context, f"cancel {what}? [y/N]")
    return answer.lower() in ("y", "yes")


def _able(service: BatchService, entry: BatchEntry) -> Capabilities:
    account = service.acting(entry.ref, Deed.DELETE)
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
