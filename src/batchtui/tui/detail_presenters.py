"""A batch's details as lines. Pure; everything returned is safe for a terminal."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest

from batchtui.core.models import AccountHealth, Batch, BatchEntry, Presence
from batchtui.core.progress import Progress
from batchtui.core.reconciled import Reconciled
from batchtui.core.retention import results_until
from batchtui.core.shares import shares
from batchtui.core.text import cell_width, human_count, one_line, safe
from batchtui.core.verdict import tally
from batchtui.tui.cells import Cell, Line
from batchtui.tui.presenters import (
    Look,
    eta_words,
    local_time,
    minutes,
    outcome_words,
    percent,
    relative,
    state_cell,
    verdict_cell,
    zone_name,
)
from batchtui.tui.wrapping import wrap

LABEL = 13
"""Cells of the words on the left."""

BAR = 30
"""Cells of the bar of counts."""

_COUNTS = {
    "succeeded": ("█", "ok"),
    "errored": ("▓", "bad"),
    "canceled": ("▒", "muted"),
    "expired": ("▒", "warn"),
    "processing": ("░", "busy"),
    "missing": ("░", "warn"),
}
"""Glyph and tone of what can become of a request."""


def detail_lines(
    entry: BatchEntry,
    judged: Progress | None,
    health: AccountHealth | None,
    look: Look,
    more: Sequence[tuple[str, str]] = (),
) -> list[Line]:
    """Everything known of a batch, in one column; `more` are facts with their labels."""
    lines: list[Line] = [*_title(entry), *_identity(entry, look)]
    lines += [*(_row(*fact) for fact in more), ()]
    if told := tally(entry.batch):
        lines += [*_counts(told, look), ()]
    if judged is not None:
        lines += [*_progress(entry.batch, judged), ()]
    lines += [*_times(entry.batch, look), ()]
    lines += _results(entry, look)
    return [*lines, *_last_poll(health)]


def wide_lines(
    entry: BatchEntry,
    judged: Progress | None,
    health: AccountHealth | None,
    look: Look,
    more: Sequence[tuple[str, str]],
    width: int,
) -> list[Line]:
    """The same in two columns of a pane that is wide and low."""
    told = tally(entry.batch)
    left = [*_identity(entry, look), *(_row(*fact) for fact in more)]
    left += _progress(entry.batch, judged) if judged is not None else ()
    left += _results(entry, look)
    right = list(_counts(told, look)) if told else []
    beside = _side_by_side(left, right, width - BAR - 4)
    return [*_title(entry), *beside, (), *_times(entry.batch, look), *_last_poll(health)]


def _side_by_side(left: list[Line], right: list[Line], at: int) -> Iterator[Line]:
    rows = [row for line in left for row in wrap(line, at - 2)]
    for row, other in zip_longest(rows, right, fillvalue=()):
        used = sum(cell_width(piece.text) for piece in row)
        yield (*row, Cell(" " * (at - used)), *other)


def _last_poll(health: AccountHealth | None) -> Iterator[Line]:
    if health is not None and health.error_text:
        yield ()
        yield _row("Last poll", f"failed: {one_line(health.error_text)}", "bad")


def _row(label: str, text: str, tone: str = "") -> Line:
    return (Cell(f"{label:<{LABEL}}", "muted"), Cell(text, tone))


def _title(entry: BatchEntry) -> Iterator[Line]:
    if entry.label:
        yield (Cell(one_line(entry.label), "strong"),)
        yield (Cell(one_line(entry.batch.ref.id)),)
    else:
        yield (Cell(one_line(entry.batch.ref.id), "strong"),)


def _identity(entry: BatchEntry, look: Look) -> Iterator[Line]:
    batch = entry.batch
    state = state_cell(entry, look)
    status = one_line(batch.provider_status)
    yield _row("State", state.text + (f" ({status})" if status else ""), state.tone)
    if entry.presence is Presence.UNLISTED:
        yield _row("", "the provider no longer lists it; this is the last known state", "muted")
    judged = verdict_cell(entry, look)
    words = outcome_words(batch) if batch.state.is_final else ""
    yield _row("Verdict", judged.text + (f": {words}" if words else ""), judged.tone)
    if entry.reconciled is not None:
        yield _reconciled(entry.reconciled, look.now)
    if batch.failure:
        yield _row("Failed for", one_line(batch.failure), "bad")
    several = len(entry.accounts) > 1
    names = one_line(", ".join(entry.accounts))
    yield _row("Accounts" if several else "Account", f"{names} ({one_line(batch.kind)})")
    if entry.tags:
        yield _row("Tags", one_line(" ".join(f"#{tag}" for tag in entry.tags)), "accent")
    for number, line in enumerate(entry.note.splitlines()):
        yield _row("" if number else "Note", one_line(line))


def _reconciled(found: Reconciled, now: datetime) -> Line:
    """What came of comparing results with requests, and when that was."""
    words = f"{found.words} · {relative(found.at, now)}"
    return _row("Reconciled", words, "ok" if found.is_clean else "bad")


def _counts(told: Mapping[str, int], look: Look) -> Iterator[Line]:
    total = sum(told.values())
    yield _row("Requests", human_count(total), "strong")
    if total:
        yield tuple(_bar(told, look))
    for (name, number), share in zip(told.items(), shares(told.values(), total), strict=True):
        glyph, tone = _COUNTS[name]
        part = f"{share}%".rjust(5) if number else ""
        yield (
            Cell(f"{look.text(glyph)} ", tone),
            Cell(f"{name:<{LABEL - 2}}", "" if number else "muted"),
            Cell(f"{human_count(number):>9} {part}", "" if number else "muted"),
        )


def _bar(told: Mapping[str, int], look: Look) -> Iterator[Cell]:
    """Shares of the whole; each that is not zero has a cell."""
    left, total = BAR, sum(told.values())
    present = [(number, *_COUNTS[name]) for name, number in told.items() if number]
    for place, (number, glyph, tone) in enumerate(present):
        last = place == len(present) - 1
        later = len(present) - place - 1
        cells = left if last else max(1, min(left - later, round(BAR * number / total)))
        left -= cells
        yield Cell(look.text(glyph) * cells, tone)


def _progress(batch: Batch, judged: Progress) -> Iterator[Line]:
    if batch.state.is_final:
        yield _row("Took", minutes(judged.elapsed))
        return
    yield _row("Elapsed", minutes(judged.elapsed))
    if judged.fraction is not None:
        yield _row("Done", percent(judged.fraction))
    elif batch.request_counts is not None:
        yield _row("Done", "not told before the end by this provider", "muted")
    if judged.rate is not None:
        yield _row("Rate", f"{_rate(judged.rate)} requests/s")
    if judged.remaining is not None:
        yield _row("To go", f"about {minutes(judged.remaining)} at this rate")
    if words := eta_words(judged):
        yield _row("To go", words)


def _rate(rate: float) -> str:
    return human_count(round(rate)) if rate >= 100 else f"{rate:.3g}"


def _times(batch: Batch, look: Look) -> Iterator[Line]:
    yield _row("Times", zone_name(look.now), "muted")
    stamps = (
        ("Created", batch.dated),
        ("Cancel asked", batch.cancel_initiated_at),
        ("Ended", batch.ended_at),
        ("Expires", None if batch.state.is_final else batch.expires_at),
        ("Archived", batch.archived_at),
    )
    for label, moment in stamps:
        if moment is not None:
            yield _stamp(label, moment, look.now)


def _stamp(label: str, moment: datetime, now: datetime) -> Line:
    return (
        Cell(f"{label:<{LABEL}}", "muted"),
        Cell(local_time(moment, now)),
        Cell(f" {relative(moment, now)}", "muted"),
    )


def _results(entry: BatchEntry, look: Look) -> Iterator[Line]:
    batch = entry.batch
    until = results_until(batch)
    if entry.local_results:
        yield _row("Results", "kept here", "ok")
        yield _row("Local copy", one_line(entry.local_results))
    elif entry.presence is Presence.DELETED:
        yield _row("Results", "deleted with the batch", "muted")
        return
    elif batch.results_available:
        yield _row("Results", "at the provider, no local copy", "warn")
    elif batch.archived_at is not None:
        yield _row("Results", "archived: the provider removed them", "muted")
    elif not batch.state.is_final:
        yield _row("Results", "come when it has ended", "muted")
    else:
        yield _row("Results", "none at the provider", "muted")
    if until is not None and batch.archived_at is None and entry.presence is Presence.LISTED:
        yield _stamp("Kept until", until, look.now)


def raw_lines(batch: Batch) -> list[Line]:
    """The wire object, indented."""
    try:
        text = json.dumps(json.loads(batch.raw), indent=2, ensure_ascii=False)
    except ValueError:
        text = batch.raw
    return [_json_line(line) for line in safe(text).split("\n")]


def _json_line(line: str) -> Line:
    key, colon, value = line.partition('": ')
    if colon:
        return (Cell(f"{key}{colon}", "accent"), Cell(value))
    return (Cell(line),)
