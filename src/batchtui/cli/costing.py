"""`cost`: what a batch cost, or the batch that a file of results is from."""

import argparse
from dataclasses import replace
from decimal import Decimal

from batchtui.cli import exits
from batchtui.cli.context import Context
from batchtui.cli.files import is_path
from batchtui.cli.lookup import find
from batchtui.cli.output import Cell, Column, Output
from batchtui.cli.result_source import opened_rows
from batchtui.cli.running import run_async
from batchtui.core.errors import NoResultsError, StateError
from batchtui.core.models import BatchEntry
from batchtui.core.text import human_count
from batchtui.requests.wording import dollars
from batchtui.results.search.spending import spending
from batchtui.service.batch_usage import spent_by_batch
from batchtui.service.costing import (
    BATCH,
    Bill,
    ModelCost,
    billed,
    gaps,
    method,
    seller_of,
    total_words,
)
from batchtui.service.manager import BatchService
from batchtui.service.prices import GenaiPrices

_COLUMNS = (
    Column("MODEL", flexible=True),
    *(Column(name, right=True) for name in ("REQUESTS", "INPUT", "CACHE READ", "WRITTEN")),
    *(Column(name, right=True) for name in ("OUTPUT", "COST")),
)


def cost(context: Context, args: argparse.Namespace) -> int:
    """Say what the requests cost, by model. What is not known is no zero, and makes code 3."""
    try:
        return _by_results(context, args)
    except (NoResultsError, StateError) as error:
        bill = None if is_path(args.source) else run_async(_by_batch(context, args.source))
        if bill is None:
            raise
        context.diagnostics.note(str(error))
        return _told(context, bill, as_json=args.json)


def _by_results(context: Context, args: argparse.Namespace) -> int:
    with opened_rows(context, args.source) as rows:
        rows.take_in()
        found = spending(rows.file)
        assert found is not None, "it is not cancelled"
        failure, is_whole, path = rows.failure, rows.file.is_whole, rows.file.path
    seller = None if is_path(args.source) else run_async(_seller(context, args.source))
    if not is_whole:
        context.diagnostics.note(f"{path} is incomplete: this is what its rows so far cost")
    code = _told(context, billed(found, GenaiPrices(), seller), as_json=args.json)
    if failure is not None:
        context.diagnostics.error(failure)
        return exits.code_for(failure)
    return code if is_whole else exits.FAILED


async def _by_batch(context: Context, text: str) -> Bill | None:
    """What a batch without results cost, if it tells its usage itself."""
    async with context.open_service() as service:
        entry = await find(context, service, text)
        found = spent_by_batch(entry.batch)
        seller = _seller_for(service, entry)
    return replace(billed(found, GenaiPrices(), seller), told_by=BATCH) if found else None


async def _seller(context: Context, text: str) -> str:
    async with context.open_service() as service:
        return _seller_for(service, await find(context, service, text))


def _seller_for(service: BatchService, entry: BatchEntry) -> str:
    account = service.acting(entry.ref)
    return seller_of(entry.batch.kind, account.dialect if account else "")


def _told(context: Context, bill: Bill, *, as_json: bool) -> int:
    if as_json:
        context.out.json(as_document(bill))
    else:
        _show(context.out, bill)
    return exits.OK if bill.is_whole else exits.UNSUCCESSFUL


def _show(out: Output, bill: Bill) -> None:
    if bill.models:
        out.table(_COLUMNS, [_row(one) for one in bill.models])
        out.line()
    out.line(f"total {total_words(bill)}", "" if bill.is_whole else "warn")
    for gap in gaps(bill):
        out.marked(Cell("?", "warn"), gap)
    for line in method(bill):
        out.line(line, "dim")


def _row(one: ModelCost) -> tuple[Cell | str, ...]:
    usage, are_known = one.usage, not (one.uncounted and one.usage.is_free)
    name = (one.model or "(none)") + (f" ({one.tier})" if one.tier else "")
    tokens = (usage.input_tokens, usage.cache_read, usage.cache_write, usage.output_tokens)
    told = [human_count(number) if are_known else "?" for number in tokens]
    return (name, human_count(usage.requests), *told, _cost(one))


def _cost(one: ModelCost) -> Cell:
    if one.cost is None:
        return Cell("unknown", "warn")
    mark = "" if one.cost.at_batch_price or one.tier else "*"
    more = ">" if one.uncounted else ""
    return Cell(f"{more}{dollars(one.cost.total)}{mark}")


def as_document(bill: Bill) -> dict[str, object]:
    """The bill as JSON; money is in US dollars."""
    return {
        "total_cost": _number(bill.total),
        "complete": bill.is_whole,
        "told_by": bill.told_by,
        "rows": bill.rows,
        "not_billed": bill.not_billed,
        "unread": bill.unread,
        "models": [_of_model(one) for one in bill.models],
        "gaps": list(gaps(bill)),
        "method": "; ".join(method(bill)),
    }


def _of_model(one: ModelCost) -> dict[str, object]:
    usage, cost = one.usage, one.cost
    return {
        "model": one.model,
        "service_tier": one.tier or None,
        "requests": usage.requests,
        "uncounted": one.uncounted,
        "input_tokens": usage.input_tokens,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_creation_1h_input_tokens": usage.cache_write_1h,
        "output_tokens": usage.output_tokens,
        "web_searches": usage.web_searches,
        "input_cost": _number(cost.input) if cost else None,
        "output_cost": _number(cost.output) if cost else None,
        "web_search_cost": _number(cost.tools) if cost else None,
        "cost": _number(cost.total) if cost else None,
        "at_batch_price": cost.at_batch_price if cost else None,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else round(float(amount), 6)
