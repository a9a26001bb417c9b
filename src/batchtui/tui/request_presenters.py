"""Requests that are going to be batches, as lines. Pure; everything returned is safe to show."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from batchtui.core.errors import RequestsChangedError
from batchtui.core.models import AccountInfo
from batchtui.core.submissions import Submission
from batchtui.core.text import (
    cell_width,
    counted,
    human_bytes,
    human_count,
    one_line,
    pad,
    truncate,
)
from batchtui.requests import wording
from batchtui.requests.findings import Rule, Severity
from batchtui.requests.preflight import Report
from batchtui.tui.cells import Cell, Line
from batchtui.tui.creation import Outcome
from batchtui.tui.editing import change_lines
from batchtui.tui.request_words import LABEL, STATE_TONES, fact
from batchtui.tui.wishes import Wish

_TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn"}
_TABLE = ("MODEL", "REQUESTS", "INPUT TOKENS", "OUTPUT AT MOST", "COST AT MOST")
_NO_KEYS: Mapping[str, str] = {}
_TOO_MUCH = (Rule.TOO_MANY_REQUESTS, Rule.TOO_MANY_BYTES)


def report_lines(
    report: Report, wish: Wish, width: int, keys: Mapping[str, str] = _NO_KEYS
) -> list[Line]:
    """What a check found, for a pane of that width; `keys` stand where hints name options."""
    lines = [*_head(report, wish), ()]
    lines += problem_lines(report, keys)
    if report.problems:
        lines.append(())
    if report.estimate.models or report.estimate.unknown:
        lines += [*_estimate(report, width - 2), ()]
    if report.changes:
        lines += [*_changes(report, "change"), ()]
    for sample in report.samples:
        heads = (
            truncate(one_line(head), width - LABEL - 2) for head in wording.sample_heads(sample)
        )
        lines += _entry("sample", "accent", (wording.of_sample(sample), *heads))
    return lines


def _changes(report: Report, mark: str) -> Iterator[Line]:
    for number, line in enumerate(change_lines(report.changes)):
        yield (Cell(pad("" if number else mark, LABEL), "accent"), *line)


def _with_keys(text: str, keys: Mapping[str, str]) -> str:
    option, _, rest = text.partition(" ")
    return f"{keys[option]} {rest}" if option in keys else text


def _entry(mark: str, tone: str, texts: Iterable[str]) -> Iterator[Line]:
    for number, text in enumerate(texts):
        yield (Cell(pad("" if number else mark, LABEL), tone), Cell(one_line(text)))


def _head(report: Report, wish: Wish) -> Iterator[Line]:
    errors = sum(problem.severity is Severity.ERROR for problem in report.problems)
    warnings = len(report.problems) - errors
    size = human_bytes(report.stamp.size)
    yield fact("File", f"{report.file.path} ({report.file.form}, {size})", "strong")
    yield fact("Account", wish.account)
    body = f", a body of {human_bytes(report.body_bytes)}" if report.body_bytes else ""
    yield fact("Requests", human_count(report.requests) + body)
    if len(report.parts) > 1:
        yield fact("Batches", batches_words(report))
    if errors:
        yield fact("To be sent", f"no: {counted(errors, 'error')}", "bad")
    elif warnings:
        yield fact("To be sent", f"yes, with {counted(warnings, 'warning')}", "warn")
    else:
        yield fact("To be sent", "yes", "ok")
    if wish.keeps:
        yield fact("Copy", "of what is sent is kept here")


def batches_words(report: Report) -> str:
    """How many batches it makes, and how big they are."""
    sizes = ", ".join(
        f"{human_count(part.requests)} ({human_bytes(part.body_bytes)})" for part in report.parts
    )
    return f"{len(report.parts)}, of {sizes} requests"


def can_split(report: Report) -> bool:
    """It is too much for one batch."""
    return any(problem.rule in _TOO_MUCH for problem in report.problems)


def mends(report: Report, way: str) -> bool:
    """Whether to `split` or to `convert` it is needed, and nothing else would be left to mend."""
    errors = {one.rule: one for one in report.problems if one.severity is Severity.ERROR}
    foreign = errors.get(Rule.OPENAI_FORMAT)
    if not errors.keys() <= {*_TOO_MUCH, Rule.OPENAI_FORMAT}:
        return False
    if foreign is not None and foreign.count > report.convertible:
        return False
    return foreign is not None if way == "convert" else can_split(report)


def _estimate(report: Report, width: int) -> Iterator[Line]:
    """A table that fits the width, under which it is said how it was estimated."""
    estimate = report.estimate
    if estimate.models:
        yield from _table(report, width)
    if len(estimate.models) > 1 and estimate.max_cost is not None:
        yield (Cell(f"together at most {wording.dollars(estimate.max_cost)}"),)
    yield (Cell(wording.of_estimate(estimate), "muted"),)
    if any(use.cost and not use.cost.at_batch_price for use in estimate.models):
        yield (Cell(wording.FULL_PRICE, "muted"),)


def _table(report: Report, width: int) -> Iterator[Line]:
    estimate = report.estimate
    rows = [_TABLE, *(tuple(map(one_line, wording.of_use(use))) for use in estimate.models)]
    widths = [max(cell_width(row[at]) for row in rows) for at in range(len(_TABLE))]
    widths[0] = max(8, min(widths[0], width - sum(widths[1:]) - 2 * len(widths[1:])))
    for number, row in enumerate(rows):
        name = pad(truncate(row[0], widths[0]), widths[0])
        numbers = (
            " " * (room - cell_width(text)) + text
            for text, room in zip(row[1:], widths[1:], strict=True)
        )
        yield (Cell("  ".join((name, *numbers)), "" if number else "muted"),)


def question_title(report: Report, account: str, done: int = 0) -> str:
    """What exactly goes where; the first `done` batches are there already."""
    parts = report.parts[done:]
    requests = counted(sum(part.requests for part in parts), "request")
    size = human_bytes(sum(part.body_bytes for part in parts))
    several = f" as {len(parts)} batches" if len(report.parts) > 1 else ""
    return f"Send {requests}, {size}{several}, to {one_line(account)}?"


def question_lines(report: Report, wish: Wish, info: AccountInfo, label: str) -> list[Line]:
    """What is to be known before it is sent."""
    lines = [
        fact("File", str(report.file.path), "strong"),
        fact("Label", label),
        fact("Account", f"{info.name} ({info.kind}, {info.base_url})"),
    ]
    lines += _changes(report, "Change")
    lines.append(cost_line(report))
    options = (("Betas", wish.betas), ("Version", wish.version), ("Profile", wish.user_profile))
    lines += [fact(name, text) for name, text in (*options, ("Headers", wish.headers)) if text]
    if report.problems:
        lines.append(fact("Warnings", human_count(len(report.problems)), "warn"))
    return lines


def cost_line(report: Report) -> Line:
    """What it costs, as far as that is known."""
    cost = report.estimate.max_cost
    if cost is None:
        return fact("Cost", f"not known: {wording.why_no_cost(report.estimate)}", "warn")
    return fact("Cost", f"at most {wording.dollars(cost)}, estimated")


def problem_lines(report: Report, keys: Mapping[str, str] = _NO_KEYS) -> Iterator[Line]:
    """The problems that a check found; `keys` stand where hints name options."""
    for problem in report.problems:
        texts = wording.of_problem(problem, report.file.form)
        tone = _TONES[problem.severity]
        yield from _entry(problem.severity, tone, (_with_keys(text, keys) for text in texts))


def outcome_lines(
    made: Sequence[Submission], outcome: Outcome, send: str, review: str
) -> list[Line]:
    """How the sending went; `send` tries again, `review` shows what was sent."""
    lines: list[Line] = [
        (Cell(f"Created: {one_line(one.batch_id)}, {counted(one.count, 'request')}", "ok"),)
        for one in made
    ]
    return lines if outcome.done else [*_why_ended(outcome, send, review), *lines]


def _why_ended(outcome: Outcome, send: str, review: str) -> Iterator[Line]:
    error, last = outcome.error, outcome.submission
    if error is not None:
        texts = (error.what, error.why, error.hint)
        yield (Cell(f"There is no batch: {one_line(texts[0])}", "bad"),)
        yield from ((Cell(one_line(text)),) for text in texts[1:] if text)
    elif last is None:
        yield (Cell("Nothing was sent", "warn"),)
    else:
        text, tone = last.state.words, STATE_TONES[last.state]
        yield (Cell(f"{text[:1].upper()}{text[1:]}", tone),)
        if last.why:
            yield (Cell(one_line(last.why)),)
    if last is not None and last.state.is_open:
        yield (Cell(f"{review} in the list of batches lets you say which it is."),)
    elif not isinstance(error, RequestsChangedError):
        yield (Cell(f"{send} sends it again, after a question.", "muted"),)
