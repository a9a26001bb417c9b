"""Batches and accounts as words, glyphs and cells. Pure: no terminal, no clock, no service.

Everything returned is safe for a terminal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from batchtui.core.models import (
    Batch,
    BatchEntry,
    BatchState,
    PendingAction,
    Presence,
    Verdict,
)
from batchtui.core.progress import Progress, progress
from batchtui.core.retention import results_until
from batchtui.core.text import (
    counted,
    human_age,
    human_count,
    human_duration,
    one_line,
    truncate_middle,
)
from batchtui.core.verdict import outcome, verdict_of
from batchtui.tui.cells import Cell, Column
from batchtui.tui.plain import GLYPHS

_STATE_GLYPHS = {
    BatchState.QUEUED: "○",
    BatchState.RUNNING: "▸",
    BatchState.CANCELING: "◌",
    BatchState.COMPLETED: "■",
    BatchState.FAILED: "✗",
    BatchState.CANCELED: "□",
    BatchState.EXPIRED: "◷",
    BatchState.UNKNOWN: "?",
}
_VERDICT_GLYPHS = {
    Verdict.PENDING: "·",
    Verdict.SUCCEEDED: "✓",
    Verdict.PARTIAL: "!",
    Verdict.MISMATCH: "≠",
    Verdict.FAILED: "✗",
    Verdict.CANCELED: "□",
    Verdict.EXPIRED: "◷",
    Verdict.UNKNOWN: "?",
}
_VERDICT_TONES = {
    Verdict.PENDING: "muted",
    Verdict.SUCCEEDED: "ok",
    Verdict.PARTIAL: "warn",
    Verdict.MISMATCH: "bad",
    Verdict.FAILED: "bad",
    Verdict.CANCELED: "muted",
    Verdict.EXPIRED: "warn",
    Verdict.UNKNOWN: "muted",
}
_STATE_TONES = {
    BatchState.QUEUED: "busy",
    BatchState.RUNNING: "busy",
    BatchState.CANCELING: "warn",
    BatchState.UNKNOWN: "warn",
}
_PRESENCE_GLYPHS = {Presence.UNLISTED: "◇", Presence.DELETED: "∅"}

SHORT = 28
"""Most cells of a label in a message; an id, whose end tells it, has half of them."""

COLUMNS: tuple[Column, ...] = (
    Column("state", "STATE", 11),
    Column("verdict", "VERDICT", 11),
    Column("name", "BATCH", 14, grow=1, middle=True),
    Column("account", "ACCOUNT", 7, drop=3),
    Column("requests", "REQUESTS", 9, right=True, drop=1),
    Column("progress", "PROGRESS", 11, drop=4),
    Column("age", "AGE", 4, right=True, drop=2),
    Column("left", "LEFT", 7, right=True, drop=5),
)
"""The columns of the batch list; under `left` is the time to expiry, or to the end of results."""

WIDE_COLUMNS: tuple[Column, ...] = (
    *COLUMNS,
    Column("id", "ID", 33, drop=9, middle=True),
    Column("created", "CREATED", 16, drop=6),
    Column("status", "PROVIDER STATUS", 15, drop=8),
    Column("copy", "LOCAL COPY", 10, drop=7),
)


ROOMY = 100
"""From this many cells of a line there is room for whole ids beside what matters more."""


def wide_columns(width: int, *, labels: bool) -> tuple[Column, ...]:
    """All columns; where no batch has a label, and there is room, the id is told once."""
    if labels or width < ROOMY:
        return WIDE_COLUMNS
    whole = next(one for one in WIDE_COLUMNS if one.key == "id")
    named = (replace(one, width=whole.width) if one.key == "name" else one for one in WIDE_COLUMNS)
    return tuple(one for one in named if one is not whole)


def account_column(column: Column, widest: int, *, roomy: bool) -> Column:
    """The column of accounts as wide as its names, so that 80 cells hold the progress too."""
    if roomy or widest >= column.width:
        return replace(column, width=max(column.width, min(widest, 10)))
    return replace(column, title="ACCT", width=max(len("ACCT"), widest))


@dataclass(frozen=True, slots=True)
class Look:
    """What a presentation depends on besides the batch: the time, the filter, the character set.

    Local times are shown in the zone of `now`.
    """

    now: datetime
    words: tuple[str, ...] = ()
    """Filter words, in lower case, to highlight."""
    plain: bool = False
    """ASCII only."""

    def text(self, text: str) -> str:
        """Own text in the character set of the terminal."""
        return text.translate(GLYPHS) if self.plain else text


def state_cell(entry: BatchEntry, look: Look) -> Cell:
    """Glyph and word of the state, or of what became of the batch here."""
    if entry.pending is not None:
        word = "canceling" if entry.pending is PendingAction.CANCEL else "deleting"
        return Cell(look.text(f"… {word}"), "warn")
    if entry.presence is not Presence.LISTED:
        return Cell(look.text(f"{_PRESENCE_GLYPHS[entry.presence]} {entry.presence}"), "muted")
    state = entry.batch.state
    return Cell(look.text(f"{_STATE_GLYPHS[state]} {state}"), _STATE_TONES.get(state, "muted"))


def verdict_cell(entry: BatchEntry, look: Look) -> Cell:
    """Glyph and word of the verdict."""
    judged = verdict_of(entry)
    return Cell(look.text(f"{_VERDICT_GLYPHS[judged]} {judged}"), _VERDICT_TONES[judged])


def name_of(entry: BatchEntry) -> str:
    """What people call the batch: its label, else its id."""
    return one_line(entry.label or entry.batch.ref.id)


def short_name(entry: BatchEntry) -> str:
    """The same, short enough to begin a message with."""
    return truncate_middle(name_of(entry), SHORT if entry.label else SHORT // 2)


def requests_cell(batch: Batch) -> Cell:
    """How many requests; of an ended batch, how many succeeded."""
    counts = batch.request_counts
    if counts is None:
        return Cell("?", "muted")
    if not batch.state.is_final or counts.succeeded == counts.total:
        return Cell(human_count(counts.total))
    return Cell(f"{human_count(counts.succeeded)}/{human_count(counts.total)}")


def progress_cell(batch: Batch, look: Look) -> Cell:
    """A bar where counts move; else the time it has taken so far, or took."""
    now = progress(batch, look.now)
    if batch.state.is_final:
        return Cell(f"took {minutes(now.elapsed)}" if batch.dated else "", "muted")
    if now.fraction is None:
        return Cell("" if not batch.dated else f"for {minutes(now.elapsed)}")
    return Cell(f"{look.text(bar(now.fraction, 6))} {percent(now.fraction):>4}", "busy")


def outcome_words(batch: Batch) -> str:
    """How many requests, and what became of them: `998/1,000 requests · 2 errored`."""
    counts = batch.request_counts
    if counts is None:
        return ""
    first, *rest = outcome(batch).split(" · ")
    noun = "request" if counts.total == 1 else "requests"
    return " · ".join((f"{first} {noun}", *rest))


def left_cell(entry: BatchEntry, look: Look) -> Cell:
    """Time to expiry, or until the results are dropped."""
    batch = entry.batch
    end = batch.expires_at if not batch.state.is_final else results_until(batch)
    if batch.archived_at is not None or entry.presence is Presence.DELETED:
        return Cell("gone", "muted")
    if end is None:
        return Cell("")
    left = end - look.now
    if left < timedelta(0):
        return Cell("due", "warn")
    tone = "warn" if left < timedelta(days=2) and batch.state.is_final else "muted"
    return Cell(minutes(left), tone)


def batch_cells(entry: BatchEntry, look: Look) -> Mapping[str, Cell]:
    """All cells of a batch's row."""
    batch = entry.batch
    name, batch_id = name_of(entry), one_line(batch.ref.id)
    return {
        "state": state_cell(entry, look),
        "verdict": verdict_cell(entry, look),
        "name": Cell(name, "strong" if entry.label else "", spans(name, look.words)),
        "id": Cell(batch_id, "muted", spans(batch_id, look.words)),
        "account": account_cell(entry, look.words),
        "requests": requests_cell(batch),
        "progress": progress_cell(batch, look),
        "age": Cell(human_age(batch.created_at, look.now), "muted"),
        "left": left_cell(entry, look),
        "created": Cell(local_time(batch.dated, look.now)[:16] if batch.dated else "", "muted"),
        "status": Cell(one_line(batch.provider_status), "muted"),
        "copy": Cell("kept" if entry.local_results else "", "ok"),
    }


def account_cell(entry: BatchEntry, words: Iterable[str] = ()) -> Cell:
    """The accounts that reach the batch."""
    account = one_line(", ".join(entry.accounts))
    return Cell(account, "", spans(account, words))


def spans(text: str, words: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Where the words stand in the text, without overlaps."""
    lowered = text.lower()
    if len(lowered) != len(text):
        return ()
    found = sorted((at, at + len(word)) for word in words if (at := lowered.find(word)) >= 0)
    kept: list[tuple[int, int]] = []
    for span in found:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return tuple(kept)


def totals(counted: Mapping[str, int], look: Look, room: int) -> tuple[Cell, ...]:
    """The numbers of batches by `state_word`; without words where `room` cells do not hold them."""
    present = [one for one in _TOTALS if counted.get(one[0])]
    texts = [f"{glyph} {human_count(counted[word])} {word}" for word, glyph, _ in present]
    if sum(len(text) + 2 for text in texts) > room:
        texts = [f"{glyph} {human_count(counted[word])}" for word, glyph, _ in present]
    tones = (tone for _, _, tone in present)
    return tuple(Cell(look.text(text), tone) for text, tone in zip(texts, tones, strict=True))


_TOTALS: tuple[tuple[str, str, str], ...] = (
    *(
        (state, _STATE_GLYPHS[state], _STATE_TONES[state])
        for state in (BatchState.RUNNING, BatchState.QUEUED, BatchState.CANCELING)
    ),
    *(
        (judged, _VERDICT_GLYPHS[judged], _VERDICT_TONES[judged])
        for judged in Verdict
        if judged is not Verdict.PENDING
    ),
    (BatchState.COMPLETED, _STATE_GLYPHS[BatchState.COMPLETED], "muted"),
)


def legend(look: Look) -> tuple[Cell, ...]:
    """What the glyphs of the totals and the states stand for."""
    cells = [Cell(look.text(f"{glyph} {word}"), tone) for word, glyph, tone in _TOTALS]
    gone = [Cell(look.text(f"{glyph} {word}"), "muted") for word, glyph in _PRESENCE_GLYPHS.items()]
    return (*cells, *gone)


def minutes(span: timedelta) -> str:
    """A duration that changes once a minute at most. Clocks differ: below zero is as none."""
    if span < timedelta(minutes=1):
        return "<1m"
    return human_duration(span)


def percent(fraction: float) -> str:
    """Whole percents; 100 % only when all is done, 0 % only when nothing is."""
    if 0 < fraction < 0.01:
        return "<1%"
    return f"{int(fraction * 100)}%"


def bar(fraction: float, width: int) -> str:
    """A bar of that many cells; full only when all is done."""
    full = int(fraction * width)
    return "█" * full + "░" * (width - full)


def local_time(moment: datetime, now: datetime) -> str:
    """To the second, in the zone of `now`, without its name."""
    return moment.astimezone(now.tzinfo).strftime("%Y-%m-%d %H:%M:%S")


def zone_name(now: datetime) -> str:
    """The zone times are shown in: `UTC+01:00`."""
    offset = now.strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}" if offset not in ("", "+0000") else "UTC"


def relative(moment: datetime, now: datetime) -> str:
    """`5m ago`, `in 3h 10m`, `just now`."""
    if abs(now - moment) < timedelta(minutes=1):
        return "just now" if moment <= now else "in <1m"
    span = human_duration(abs(now - moment))
    return f"in {span}" if moment > now else f"{span} ago"


def eta_words(judged: Progress) -> str:
    """What one's own finished batches tell about the time to go; empty without enough of them."""
    eta = judged.eta
    if eta is None:
        return ""
    like = f"({counted(eta.batches, 'batch', 'batches')})"
    most = minutes(judged.elapsed + eta.late)
    if eta.late <= timedelta(0):
        return f"slower than nine in ten like it {like}"
    if eta.likely <= timedelta(0):
        return f"soon: nine in ten like it took {most} at most {like}"
    usual = minutes(judged.elapsed + eta.likely)
    took = most if usual == most else f"{usual} to {most}"
    return f"about {minutes(eta.likely)}: most like it took {took} {like}"
