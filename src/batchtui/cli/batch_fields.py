"""A batch for programs (the documented JSON fields) and for people (words and cells)."""

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from batchtui.cli.output import Cell, Column
from batchtui.core.models import Batch, BatchEntry, Presence, Verdict
from batchtui.core.progress import EtaRange, Progress
from batchtui.core.reconciled import Reconciled
from batchtui.core.text import counted, human_age, human_count, human_duration, rfc3339
from batchtui.core.verdict import outcome, state_word, tally, verdict_of

_STYLES = {
    Verdict.SUCCEEDED: "good",
    Verdict.PARTIAL: "warn",
    Verdict.MISMATCH: "bad",
    Verdict.FAILED: "bad",
    Verdict.EXPIRED: "bad",
    Verdict.CANCELED: "dim",
    Verdict.PENDING: "active",
}

_MARKS = {Presence.UNLISTED: " (gone)", Presence.DELETED: " (deleted)"}


def as_json(entry: BatchEntry, *, stale: bool = False) -> dict[str, Any]:
    """The documented fields of a batch, in their documented order.

    `stale` says that its account could not be asked now, and this is what was last known.
    """
    batch = entry.batch
    return {
        "account": entry.accounts[0],
        "id": batch.ref.id,
        "kind": batch.kind,
        "state": batch.state.value,
        "provider_status": batch.provider_status,
        "verdict": verdict_of(entry).value,
        "request_counts": _counts_json(batch),
        "counts_live": batch.counts_live,
        "created_at": _time(batch.dated),
        "ended_at": _time(batch.ended_at),
        "expires_at": _time(batch.expires_at),
        "archived_at": _time(batch.archived_at),
        "cancel_initiated_at": _time(batch.cancel_initiated_at),
        "results_available": batch.results_available,
        "failure": batch.failure or None,
        "label": entry.label or None,
        "note": entry.note or None,
        "tags": list(entry.tags),
        "local_results": entry.local_results or None,
        "reconciled": _reconciled_json(entry.reconciled),
        "presence": entry.presence.value,
        "stale": stale,
        "accounts": list(entry.accounts),
    }


def _counts_json(batch: Batch) -> dict[str, int] | None:
    counts, told = batch.request_counts, tally(batch)
    if counts is None:
        return None
    names = ("processing", "succeeded", "errored", "canceled", "expired", "missing")
    return {name: told.get(name, 0) for name in names} | {"total": counts.total}


def _reconciled_json(found: Reconciled | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return asdict(found) | {"at": rfc3339(found.at), "ok": found.is_clean}


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def state_cell(entry: BatchEntry, *, stale: bool = False) -> Cell:
    """The state word, with a mark where it is only what was last known, and why."""
    is_known = not stale or entry.presence is Presence.DELETED
    mark = _MARKS.get(entry.presence, "") if is_known else " (stale)"
    return Cell(state_word(entry) + mark, style(entry))


def is_stale(entry: BatchEntry, stale: Collection[str]) -> bool:
    """None of its accounts could be asked; `stale` names those that could not."""
    return all(account in stale for account in entry.accounts)


def standings(entry: BatchEntry) -> set[str]:
    """The words by which `--state` finds a batch: its state, and its verdict."""
    return {entry.batch.state.value, verdict_of(entry).value}


def style(entry: BatchEntry) -> str:
    """The output style that fits a batch."""
    return _STYLES.get(verdict_of(entry), "")


def one_line_summary(entry: BatchEntry) -> str:
    """State and counts in a few words: `partial, 998/1,000 · 2 errored`."""
    batch, word = entry.batch, state_word(entry)
    if batch.request_counts is None:
        return word
    if batch.state.is_final:
        return f"{word}, {counts_text(batch)}"
    noun = "request" if batch.request_counts.total == 1 else "requests"
    return f"{word}, {counts_text(batch)} {noun}"


def counts_text(batch: Batch) -> str:
    """`done/total` while it runs and its counts move; else what became of its requests."""
    counts = batch.request_counts
    if counts is None or batch.state.is_final or not (batch.counts_live or counts.done):
        return outcome(batch)
    return f"{human_count(counts.done)}/{human_count(counts.total)}"


def name(entry: BatchEntry) -> str:
    """How a batch is called in a sentence: its id, with the label where it has one."""
    return f"{entry.ref.id} ({entry.label})" if entry.label else entry.ref.id


def table(
    entries: Sequence[BatchEntry], now: datetime, *, accounts: bool, stale: Collection[str] = ()
) -> tuple[list[Column], list[list[Cell | str]]]:
    """Columns and rows of a list of batches.

    `accounts` adds a column for them; `stale` names those that could not be asked now.
    """
    labels = any(entry.label for entry in entries)
    columns = [
        Column("STATE"),
        Column("ID", flexible=True),
        *([Column("ACCOUNT", flexible=True)] if accounts else []),
        *([Column("LABEL", flexible=True)] if labels else []),
        Column("AGE", right=True),
        Column("TOOK", right=True),
        Column("REQUESTS", flexible=True),
    ]
    rows: list[list[Cell | str]] = []
    for entry in entries:
        row: list[Cell | str] = [
            state_cell(entry, stale=is_stale(entry, stale)),
            entry.ref.id,
            *([", ".join(entry.accounts)] if accounts else []),
            *([entry.label] if labels else []),
            *_times_and_counts(entry.batch, now),
        ]
        rows.append(row)
    return columns, rows


def _times_and_counts(batch: Batch, now: datetime) -> tuple[str, str, str]:
    took, created = batch.took, batch.dated
    if took is None and created and not batch.state.is_final:
        took = max(timedelta(0), now - created)
    return (
        human_age(batch.created_at, now),
        human_duration(took) if took is not None else "",
        counts_text(batch),
    )


def details(entry: BatchEntry, now: datetime) -> dict[str, str]:
    """Names and values of all that is known of a batch, for people."""
    batch = entry.batch
    pairs = {
        "id": batch.ref.id,
        "account": f"{', '.join(entry.accounts)} ({batch.kind})",
        "label": entry.label,
        "tags": " ".join(f"#{tag}" for tag in entry.tags),
        "note": entry.note,
        "state": f"{state_word(entry)} (the provider says {batch.provider_status or 'nothing'})",
        "failed for": batch.failure,
        "requests": _counts_text(batch),
        "reconciled": entry.reconciled.words if entry.reconciled else "",
        "created": moment(batch.dated, now),
        "cancel asked": moment(batch.cancel_initiated_at, now),
        "ended": moment(batch.ended_at, now),
        "took": human_duration(batch.took) if batch.took is not None else "",
        "expires": "" if batch.state.is_final else moment(batch.expires_at, now),
        "archived": moment(batch.archived_at, now),
        "results": _results_text(entry),
        "presence": _presence_text(entry.presence),
    }
    return {name: value for name, value in pairs.items() if value}


def progress_fields(progress: Progress) -> dict[str, str]:
    """Names and values of how far a running batch is, for people."""
    pairs = {"running for": human_duration(progress.elapsed)}
    if progress.fraction is not None:
        pairs["done"] = f"{math.floor(progress.fraction * 100)}%"
    if progress.rate is not None:
        pairs["rate"] = f"{progress.rate * 60:.3g} requests a minute"
    if progress.remaining is not None:
        pairs["to go"] = f"{human_duration(progress.remaining)} at that rate"
    if progress.eta is not None:
        pairs["to go"] = _eta_text(progress.elapsed, progress.eta)
    return pairs


def _eta_text(elapsed: timedelta, eta: EtaRange) -> str:
    like = f"judged by {counted(eta.batches, 'batch', 'batches')} like it"
    if eta.late <= timedelta(0):
        return f"nobody can tell: it takes longer than nine in ten; {like}"
    most = human_duration(elapsed + eta.late)
    if eta.likely <= timedelta(0):
        return f"it should end soon: nine in ten took {most} at most; {like}"
    usual = human_duration(elapsed + eta.likely)
    took = f"about {most}" if usual == most else f"{usual} to {most}"
    return f"about {human_duration(eta.likely)}: most took {took}; {like}"


def _counts_text(batch: Batch) -> str:
    counts = batch.request_counts
    if counts is None:
        return "no counts"
    told = [f"{human_count(number)} {name}" for name, number in tally(batch).items() if number]
    return ", ".join([f"{human_count(counts.total)} in all", *told])


def moment(at: datetime | None, now: datetime) -> str:
    """A time, and how far it is away; empty for none."""
    if at is None:
        return ""
    apart = human_duration(abs(at - now))
    return f"{rfc3339(at)} ({'in ' + apart if at > now else apart + ' ago'})"


def _results_text(entry: BatchEntry) -> str:
    if entry.local_results:
        return f"local copy in {entry.local_results}"
    if entry.batch.results_available:
        return "can be fetched"
    if entry.batch.archived_at:
        return "archived: the provider no longer gives them out"
    return "none" if entry.batch.state.is_final else "not before the end"


def _presence_text(presence: Presence) -> str:
    if presence is Presence.UNLISTED:
        return "the provider no longer has this batch; this is what was last known"
    if presence is Presence.DELETED:
        return "deleted from here; this is what was last known"
    return ""
