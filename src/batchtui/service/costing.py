"""What a batch cost: the usage of its results, at the prices that are known."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from batchtui.core.prices import Cost, Tariff, Usage
from batchtui.core.streams import CancelCheck, never
from batchtui.core.text import counted, one_line
from batchtui.requests.rules import rules_for
from batchtui.requests.wording import FULL_PRICE, dollars
from batchtui.results.file.index_file import index_path_beside
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.spending import ModelKey, Spending, Spent, spending

ANTHROPIC, OPENAI = "anthropic", "openai"

RESULTS, BATCH = "results", "batch"


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What the requests to one model cost."""

    model: str
    """As the wire has it: mask it before a terminal."""
    tier: str
    """The service tier, where results tell another one than that of batches."""
    usage: Usage
    cost: Cost | None
    """None where the model's price, or all usage, is not known."""
    uncounted: int
    """Requests whose usage is not, or not wholly, known, so that they cost more."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The models of a batch, the dearest first."""

    models: tuple[ModelCost, ...]
    rows: int
    not_billed: int
    """Requests that errored, expired or were canceled."""
    unread: int
    """Rows that do not tell what became of their request."""
    told_by: str = RESULTS
    """Who tells the usage: the `RESULTS`, or the `BATCH` itself."""

    @property
    def total(self) -> Decimal | None:
        """All that is known to have been paid; None where nothing is known."""
        known = [one.cost.total for one in self.models if one.cost is not None]
        if not known and (self.models or self.unread):
            return None
        return sum(known, Decimal(0))

    @property
    def has_full_prices(self) -> bool:
        """Of some model only the full price is known, which was taken."""
        return any(one.cost and not one.cost.at_batch_price and not one.tier for one in self.models)

    @property
    def is_whole(self) -> bool:
        """Nothing is missing from the total."""
        return not self.unread and all(
            one.cost is not None and not one.uncounted for one in self.models
        )


def billed(found: Spending, tariff: Tariff, seller: str | None) -> Bill:
    """The bill of what was spent.

    `seller` says whose prices hold for lines that are not Anthropic's, empty for nobody known;
    None stands for OpenAI, of a file of which nothing else is known.
    """
    other = OPENAI if seller is None else seller
    costs = [_of_model(key, spent, tariff, other) for key, spent in found.models.items()]
    costs.sort(key=lambda one: (-one.cost.total if one.cost else Decimal(1), one.model))
    return Bill(tuple(costs), found.rows, found.not_billed, found.unread)


def _of_model(key: ModelKey, spent: Spent, tariff: Tariff, other: str) -> ModelCost:
    usage = spent.usage
    cost = None
    if not usage.is_free:
        seller = ANTHROPIC if key.is_anthropic else other
        cost = _sum(
            tariff.cost_of(seller, key.model, one, in_batch=not key.tier)
            for one in spent.by_length.values()
        )
        if cost is not None and seller == ANTHROPIC and not key.tier and not cost.at_batch_price:
            cost = _halved(cost)
    elif not spent.uncounted:
        cost = Cost(Decimal(0), Decimal(0), at_batch_price=True)
    return ModelCost(key.model, key.tier, usage, cost, spent.uncounted)


def _halved(cost: Cost) -> Cost:
    """Anthropic takes half of the full price of any token, whatever the model (its documentation).

    Tables of prices have that of the models that are still sold only.
    """
    return Cost(cost.input / 2, cost.output / 2, at_batch_price=True, tools=cost.tools)


def _sum(costs: Iterator[Cost | None]) -> Cost | None:
    total = None
    for cost in costs:
        if cost is None:
            return None
        total = cost if total is None else total + cost
    return total


def bill_of(
    copy: Path, tariff: Tariff, seller: str | None, *, cancel: CancelCheck = never
) -> Bill | None:
    """The bill of a batch's local copy; None if cancelled. Blocking: for a thread.

    Raises:
        ResultsError: it cannot be read.
    """
    with ResultsFile.open(copy, lazy=True, index_path=index_path_beside(copy)) as file:
        while file.index_step():
            if cancel():
                return None
        if save := file.index_to_save():
            save()
        found = spending(file, cancel=cancel)
    return billed(found, tariff, seller) if found is not None else None


def seller_of(kind: str, dialect: str) -> str:
    """Whose prices hold for the batches of an account; empty where nobody knows."""
    try:
        return rules_for(kind, dialect=dialect).seller
    except KeyError:
        return ""


def total_words(bill: Bill) -> str:
    """The total, or that it is not known, or not wholly."""
    if bill.total is None:
        return "unknown"
    if not bill.total and bill.is_whole:
        return "$0"
    return dollars(bill.total) if bill.is_whole else f"at least {dollars(bill.total)}"


def gaps(bill: Bill) -> Iterator[str]:
    """What is missing from the total, in words; masked."""
    for one in bill.models:
        name = one_line(one.model) or "requests without a model"
        if one.cost is None and not one.usage.is_free:
            yield f"no price is known for {name}"
        elif one.uncounted:
            of_them = f"{counted(one.uncounted, 'result')} of {name}"
            yield f"{of_them} {_do(one.uncounted)} not tell all usage"
    if bill.unread:
        yield f"{counted(bill.unread, 'line')} {_do(bill.unread)} not tell what came of a request"


def _do(number: int) -> str:
    return "does" if number == 1 else "do"


def method(bill: Bill) -> Iterator[str]:
    """How the total came about."""
    if bill.models:
        told = "the batch itself tells" if bill.told_by == BATCH else "the results tell"
        yield f"usage as {told} it, at the prices of batches"
    if bill.not_billed:
        requests = counted(bill.not_billed, "request")
        yield f"{requests} that errored, expired or were canceled cost nothing"
    if bill.has_full_prices:
        yield FULL_PRICE
    if any(one.tier for one in bill.models):
        yield "a service tier that is not that of batches pays the full price"
