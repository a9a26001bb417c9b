"""Which batches send requests of others again, in words."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from batchtui.core.models import BatchEntry, BatchRef
from batchtui.core.text import counted, human_count, one_line, truncate_middle
from batchtui.core.verdict import outcome, state_word

if TYPE_CHECKING:
    from batchtui.service.manager import BatchService

Fact = tuple[str, str]
"""A word on the left, and what is said; both safe."""

_LABEL = 40
"""Cells of a label in a title."""


def kin_of(service: "BatchService", entry: BatchEntry) -> list[Fact]:
    """The batch that this one is a retry of, and the retries of it."""
    lineage = service.lineage
    parent = lineage.parent(entry.ref)
    facts = _facts(service, "Retry of", [parent] if parent else [])
    return facts + _facts(service, "Retried by", lineage.children(entry.ref))


def sent_words(service: "BatchService", entry: BatchEntry) -> str:
    """How many requests were sent from here, of a batch whose provider does not tell."""
    if entry.batch.request_counts is not None:
        return ""
    made = service.lineage.submission(entry.ref)
    return f"{human_count(made.count)}, as sent from here" if made else ""


def has_kin(service: "BatchService", entry: BatchEntry) -> bool:
    """There are several batches whose answers are those to the same requests."""
    return bool(service.lineage.parent(entry.ref) or service.lineage.children(entry.ref))


def answers_name(service: "BatchService", entry: BatchEntry) -> str:
    """What the newest answers of a batch and its retries are called."""
    members = service.lineage.members(entry.ref)
    first = service.entry(members[0]) or entry
    label = truncate_middle(first.label or first.ref.id, _LABEL)
    return f"effective results of {label}, {counted(len(members), 'batch', 'batches')}"


def _facts(service: "BatchService", word: str, refs: Iterable[BatchRef]) -> list[Fact]:
    return [("" if number else word, _words(service, ref)) for number, ref in enumerate(refs)]


def _words(service: "BatchService", ref: BatchRef) -> str:
    entry = service.entry(ref)
    if entry is None:
        return one_line(ref.id)
    label = f"{entry.label} " if entry.label else ""
    words = f"{label}…{ref.id[-6:]}, {state_word(entry)}"
    ended = outcome(entry.batch) if entry.batch.state.is_final else ""
    return one_line(f"{words}: {ended}" if ended else words)
