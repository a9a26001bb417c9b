"""What the check of a file of requests found, for people and as JSON."""

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from textwrap import wrap

from batchtui.cli.output import Cell, Column, Output
from batchtui.core.text import (
    counted,
    human_bytes,
    human_count,
    one_line,
    truncate,
    truncate_middle,
)
from batchtui.requests.edits import Change
from batchtui.requests.estimate import ModelUse
from batchtui.requests.findings import Severity
from batchtui.requests.preflight import Report
from batchtui.requests.problems import Place, Problem
from batchtui.requests.reading import Form
from batchtui.requests.samples import Sample

_STYLES = {Severity.ERROR: "bad", Severity.WARNING: "warn"}
_INDENT = " " * 9
_COLUMNS = (
    Column("MODEL", flexible=True),
    Column("REQUESTS", right=True),
    Column("INPUT TOKENS", right=True),
    Column("OUTPUT AT MOST", right=True),
    Column("COST AT MOST", right=True),
)
_SAMPLE_LINES = 3
_USUAL_WIDTH = 100
_MOST_OF_ID = 40


def show_report(out: Output, report: Report, *, name: str, as_json: bool = False) -> None:
    """Write the report of a file that is called `name`."""
    if as_json:
        out.json(report_document(report, name))
        return
    _show_head(out, report, name)
    for problem in report.problems:
        _show_problem(out, report, problem)
    if report.estimate.models:
        _show_estimate(out, report)
    for change in report.changes:
        _entry(out, Cell("change", "active"), _of_change(change))
    for sample in report.samples:
        _show_sample(out, sample)


def _show_head(out: Output, report: Report, name: str) -> None:
    errors = [p for p in report.problems if p.severity is Severity.ERROR]
    verdict = f"no: {counted(len(errors), 'error')} below" if errors else "yes"
    body = f", a body of {human_bytes(report.body_bytes)}" if report.body_bytes else ""
    batches = ", ".join(f"{human_count(part.requests)}" for part in report.parts)
    pairs = {
        "file": f"{name} ({report.file.form}, {human_bytes(report.stamp.size)})",
        "sha256": report.stamp.sha256,
        "requests": human_count(report.requests) + body,
        "batches": f"{len(report.parts)}, of {batches} requests" if len(report.parts) > 1 else "",
        "to be sent": verdict,
    }
    out.fields({key: value for key, value in pairs.items() if value})
    out.line()


def _show_problem(out: Output, report: Report, problem: Problem) -> None:
    mark = Cell(problem.severity, _STYLES[problem.severity])
    if not problem.places:
        _entry(out, mark, f"the file {problem.message}", problem.hint)
        return
    first = problem.places[0]
    named = _where(report, first)
    if first.custom_id:
        named += f" ({truncate_middle(one_line(first.custom_id), _MOST_OF_ID)})"
    others = f" and {counted(problem.count - 1, 'other')}" if problem.count > 1 else ""
    detail = f" ({first.detail})" if first.detail else ""
    more = _more_lines(report, problem)
    _entry(out, mark, f"{named}{others}: {problem.message}{detail}", more, problem.hint)


def _where(report: Report, place: Place) -> str:
    if report.file.form is Form.ARRAY:
        return f"request {human_count(place.number)} in line {place.line}"
    return f"line {place.line}"


def _more_lines(report: Report, problem: Problem) -> str:
    if problem.count == 1 or len(problem.places) < 2:
        return ""
    is_array = report.file.form is Form.ARRAY
    numbers = ", ".join(str(p.number if is_array else p.line) for p in problem.places)
    more = ", ..." if problem.count > len(problem.places) else ""
    return f"{'requests' if is_array else 'lines'} {numbers}{more}"


def _entry(out: Output, mark: Cell, *texts: str) -> None:
    """A mark and a text, with more lines below it."""
    lines = [line for text in texts if text for line in _wrapped(out, text, len(_INDENT))]
    out.line(f"{out.styled(mark.text.ljust(len(_INDENT)), mark.style)}{lines[0]}")
    for line in lines[1:]:
        out.line(_INDENT + line)


def _wrapped(out: Output, text: str, indent: int = 0) -> list[str]:
    """The masked text in lines that fit; one where nothing is cut."""
    text = one_line(text)
    return wrap(text, max(20, out.width - indent)) if out.width else [text]


def _show_estimate(out: Output, report: Report) -> None:
    estimate = report.estimate
    if report.problems:
        out.line()
    out.table(_COLUMNS, [_model_row(use) for use in estimate.models])
    if len(estimate.models) > 1 and estimate.max_cost is not None:
        out.line(f"together at most {_dollars(estimate.max_cost)}")
    for line in _wrapped(out, f"estimated, {estimate.method}"):
        out.line(line, "dim")
    if any(use.cost and not use.cost.at_batch_price for use in estimate.models):
        out.line("* no batch price is known for this model: the full one was taken", "dim")
    out.line()


def _model_row(use: ModelUse) -> tuple[str, ...]:
    cost = "unknown"
    if use.cost is not None:
        star = "" if use.cost.at_batch_price else "*"
        cost = _dollars(use.cost.input + use.cost.output) + star
    return (
        use.model or "(none)",
        human_count(use.requests),
        f"~{human_count(_roughly(use.input_tokens))}",
        human_count(use.max_output_tokens),
        cost,
    )


def _roughly(number: int) -> int:
    """To three digits: more of them would look like knowledge."""
    return round(number, min(0, 3 - len(str(number))))


def _dollars(amount: Decimal) -> str:
    if 0 < amount < Decimal("0.0001"):
        return "<$0.0001"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def _of_change(change: Change) -> str:
    before = "(absent)" if change.before is None else change.before
    after = "(absent)" if change.after is None else change.after
    return f"{change.name}: {before} -> {after}, in {counted(change.requests, 'request')}"


def _show_sample(out: Output, sample: Sample) -> None:
    messages = counted(sample.messages, "message")
    facts = f"{sample.model}, max_tokens {sample.max_tokens}, {messages}"
    texts = [*_heads(out, "system", sample.system), *_heads(out, "", sample.prompt)]
    _entry(
        out, Cell("sample", "active"), f"line {sample.line} ({sample.custom_id}): {facts}", *texts
    )


def _heads(out: Output, title: str, text: str) -> Iterator[str]:
    """The first lines of a text, none longer than a line of the output."""
    lines = [line for line in text.split("\n") if line.strip()]
    width = (out.width or _USUAL_WIDTH) - len(_INDENT)
    for number, line in enumerate(lines[:_SAMPLE_LINES]):
        head = f"{title}: " if title and not number else ""
        yield truncate(one_line(head + line), width)


def report_document(report: Report, name: str) -> dict[str, object]:
    """The report as JSON; money is in US dollars."""
    estimate = report.estimate
    return {
        "file": name,
        "form": report.file.form.value,
        "sha256": report.stamp.sha256,
        "bytes": report.stamp.size,
        "requests": report.requests,
        "body_bytes": report.body_bytes,
        "ok": report.ok,
        "problems": [_of_problem(problem) for problem in report.problems],
        "models": [_of_model(use) for use in estimate.models],
        "media": estimate.media,
        "estimate_method": estimate.method,
        "max_cost": _number(estimate.max_cost),
        "changes": [asdict(change) for change in report.changes],
        "batches": [
            {"first": p.start + 1, "last": p.stop, "requests": p.requests, "bytes": p.body_bytes}
            for p in report.parts
        ],
        "convertible": report.convertible,
        "samples": [asdict(sample) for sample in report.samples],
    }


def _of_problem(problem: Problem) -> dict[str, object]:
    return {
        "severity": problem.severity.value,
        "rule": problem.rule.value,
        "message": problem.message,
        "hint": problem.hint,
        "count": problem.count,
        "places": [asdict(place) for place in problem.places],
    }


def _of_model(use: ModelUse) -> dict[str, object]:
    cost = use.cost
    return {
        "model": use.model,
        "requests": use.requests,
        "input_tokens": use.input_tokens,
        "max_output_tokens": use.max_output_tokens,
        "input_cost": _number(cost.input) if cost else None,
        "max_output_cost": _number(cost.output) if cost else None,
        "at_batch_price": cost.at_batch_price if cost else None,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else round(float(amount), 6)
