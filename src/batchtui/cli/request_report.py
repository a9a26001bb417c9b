"""What the check of a file of requests found, for people and as JSON."""

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
)
from batchtui.requests import wording
from batchtui.requests.estimate import ModelUse
from batchtui.requests.findings import Severity
from batchtui.requests.preflight import Report
from batchtui.requests.problems import Problem
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
_USUAL_WIDTH = 100


def show_report(out: Output, report: Report, *, name: str, as_json: bool = False) -> None:
    """Write the report of a file that is called `name`."""
    if as_json:
        out.json(report_document(report, name))
        return
    _show_head(out, report, name)
    for problem in report.problems:
        _show_problem(out, report, problem)
    if report.estimate.models or report.estimate.unknown:
        _show_estimate(out, report)
    for change in report.changes:
        _entry(out, Cell("change", "active"), wording.of_change(change))
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
    _entry(out, mark, *wording.of_problem(problem, report.file.form))


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
    if estimate.models:
        out.table(_COLUMNS, [wording.of_use(use) for use in estimate.models])
    if len(estimate.models) > 1 and estimate.max_cost is not None:
        out.line(f"together at most {wording.dollars(estimate.max_cost)}")
    for line in _wrapped(out, wording.of_estimate(estimate)):
        out.line(line, "dim")
    if any(use.cost and not use.cost.at_batch_price for use in estimate.models):
        out.line(wording.FULL_PRICE, "dim")
    out.line()


def _show_sample(out: Output, sample: Sample) -> None:
    width = (out.width or _USUAL_WIDTH) - len(_INDENT)
    heads = [truncate(one_line(head), width) for head in wording.sample_heads(sample)]
    _entry(out, Cell("sample", "active"), wording.of_sample(sample), *heads)


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
        "estimate_method": estimate.unknown or estimate.method,
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
