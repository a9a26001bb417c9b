"""What a check found, in words that both faces use. Not masked: it may hold text of the file."""

from collections.abc import Iterator
from decimal import Decimal

from batchtui.core.text import counted, human_count, one_line, truncate_middle
from batchtui.requests.edits import Change
from batchtui.requests.estimate import Estimate, ModelUse
from batchtui.requests.problems import Place, Problem
from batchtui.requests.reading import Form
from batchtui.requests.samples import Sample

_MOST_OF_ID = 40
_SAMPLE_LINES = 3

FULL_PRICE = "* no batch price is known for this model: the full one was taken"


def of_problem(problem: Problem, form: Form) -> Iterator[str]:
    """A sentence with the first place and the true count, then further places, then the hint."""
    if not problem.places:
        yield f"the file {problem.message}"
    else:
        first = problem.places[0]
        named = _where(form, first)
        if first.custom_id:
            named += f" ({truncate_middle(one_line(first.custom_id), _MOST_OF_ID)})"
        others = f" and {counted(problem.count - 1, 'other')}" if problem.count > 1 else ""
        detail = f" ({first.detail})" if first.detail else ""
        yield f"{named}{others}: {problem.message}{detail}"
        if more := _more_places(form, problem):
            yield more
    if problem.hint:
        yield problem.hint


def _where(form: Form, place: Place) -> str:
    if form is Form.ARRAY:
        return f"request {human_count(place.number)} in line {place.line}"
    return f"line {place.line}"


def _more_places(form: Form, problem: Problem) -> str:
    if problem.count == 1 or len(problem.places) < 2:
        return ""
    is_array = form is Form.ARRAY
    numbers = ", ".join(str(p.number if is_array else p.line) for p in problem.places)
    more = ", ..." if problem.count > len(problem.places) else ""
    return f"{'requests' if is_array else 'lines'} {numbers}{more}"


def of_use(use: ModelUse) -> tuple[str, ...]:
    """Model, requests, input tokens, output tokens at most, cost at most."""
    cost = "unknown"
    if use.cost is not None:
        star = "" if use.cost.at_batch_price else "*"
        cost = dollars(use.cost.input + use.cost.output) + star
    most = use.max_output_tokens
    return (
        use.model or "(none)",
        human_count(use.requests),
        f"~{human_count(_roughly(use.input_tokens))}",
        "unknown" if most is None else human_count(most),
        cost,
    )


def of_estimate(estimate: Estimate) -> str:
    """How it was made, or why there is none."""
    if estimate.unknown:
        return f"tokens and cost are not known before: {estimate.unknown}"
    return f"estimated, {estimate.method}"


def _roughly(number: int) -> int:
    """To three digits: more of them would look like knowledge."""
    return round(number, min(0, 3 - len(str(number))))


def dollars(amount: Decimal) -> str:
    """An amount of US dollars; small ones to four places."""
    if 0 < amount < Decimal("0.0001"):
        return "<$0.0001"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def why_no_cost(estimate: Estimate) -> str:
    """Why the cost of all requests together is not known."""
    if estimate.unknown:
        return estimate.unknown
    if any(use.max_output_tokens is None for use in estimate.models):
        return "a request sets no bound to its answer"
    return "no price for a model"


def of_change(change: Change) -> str:
    """From what to what, in how many requests."""
    before = "(absent)" if change.before is None else change.before
    after = "(absent)" if change.after is None else change.after
    return f"{change.name}: {before} -> {after}, in {counted(change.requests, 'request')}"


def of_sample(sample: Sample) -> str:
    """Which request it is, and the facts of it."""
    most = sample.max_tokens
    facts = [
        sample.model,
        "" if most is None else f"max_tokens {most}",
        counted(sample.messages, "message") if sample.messages else "",
    ]
    told = ", ".join(filter(None, facts))
    return f"line {sample.line} ({sample.custom_id})" + (f": {told}" if told else "")


def sample_heads(sample: Sample) -> Iterator[str]:
    """The first lines of what it says, of any length."""
    yield from _heads("system", sample.system)
    yield from _heads("", sample.prompt)


def _heads(title: str, text: str) -> Iterator[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines[:_SAMPLE_LINES]):
        yield f"{title}: {line}" if title and not number else line
