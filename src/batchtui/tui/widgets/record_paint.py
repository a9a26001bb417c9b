"""How a row of a record is painted: its lead, its words, what is special, what was searched."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from rich.segment import Segment
from rich.style import Style

from batchtui.tui.record_matches import Matches
from batchtui.tui.reflow import Passage, Reflow
from batchtui.tui.reflow_rows import Row
from batchtui.tui.text_spans import Span, json_spans, prose_spans

STYLES: Final = (
    "text", "muted", "heading", "good", "bad", "warn", "thinking", "code", "error", "link",
    "strong", "emphasis", "gone", "code-span", "code-block", "json-key", "json-string",
    "json-number", "json-word", "match", "match-here",
)  # fmt: skip
"""What a style of a passage or a span can be; those of `_SPANS` look as text does."""

RECORD_CSS: Final = """
    RecordView {
        & > .record--text { color: $foreground; }
        & > .record--muted { color: $text-muted; }
        & > .record--heading { color: $text-accent; text-style: bold; }
        & > .record--strong { color: $foreground; text-style: bold; }
        & > .record--emphasis { color: $foreground; text-style: italic; }
        & > .record--gone { color: $text-muted; text-style: strike; }
        & > .record--good { color: $text-success; text-style: bold; }
        & > .record--bad { color: $text-error; text-style: bold; }
        & > .record--warn { color: $text-warning; text-style: bold; }
        & > .record--thinking { color: $text-muted; text-style: italic; }
        & > .record--code { color: $foreground; }
        & > .record--error { color: $text-error; }
        & > .record--link { color: $text-primary; }
        & > .record--code-span { color: $text-secondary; }
        & > .record--code-block { color: $text-secondary; }
        & > .record--json-key { color: $text-accent; }
        & > .record--json-string { color: $text-success; }
        & > .record--json-number { color: $text-warning; }
        & > .record--json-word { color: $text-primary; text-style: bold; }
        & > .record--match { background: $warning 45%; color: $foreground; text-style: bold; }
        & > .record--match-here { background: $warning; color: $background; text-style: bold; }
        &:ansi > .record--match { background: ansi_default; text-style: reverse bold; }
        &:ansi > .record--match-here {
            background: ansi_default; text-style: reverse bold underline;
        }
    }
"""

_SPANS: Final[dict[str, Callable[[str], Iterator[Span]]]] = {
    "json": json_spans,
    "prose": prose_spans,
}
"""The styles whose lines have parts, which are found for the visible rows only."""


def row_segments(
    flow: Reflow,
    index: int,
    matches: Matches | None,
    here: int | None,
    look: Callable[[str], Style],
) -> list[Segment]:
    """Row `index` of a flow. `here` is the place of the match that one has gone to."""
    row = flow.rows[index]
    passage = flow.passages[row.passage]
    segments = [Segment(row.lead, look(passage.mark))] if row.lead else []
    if not row.text:
        return segments
    spans = [*_own_spans(flow, index, row, passage), *_match_spans(row, matches, here)]
    base = "text" if passage.style in _SPANS else passage.style
    for start, end, style in _cut(len(row.text), base, spans):
        segments.append(Segment(row.text[start:end], look(style)))
    return segments


def _own_spans(flow: Reflow, index: int, row: Row, passage: Passage) -> Iterator[Span]:
    yield from row.spans
    if passage.layout is None and (spans_of := _SPANS.get(passage.style)):
        line, before = flow.line_around(index)
        end = before + len(row.text)
        for start, stop, style in spans_of(line):
            if start < end and stop > before:
                yield max(0, start - before), min(end, stop) - before, style


def _match_spans(row: Row, matches: Matches | None, here: int | None) -> Iterator[Span]:
    if matches is None:
        return
    for start, end, is_here in matches.in_row(row, here):
        yield start, end, "match-here" if is_here else "match"


def _cut(length: int, base: str, spans: list[Span]) -> Iterator[Span]:
    """A row cut where its look changes; later spans win."""
    cuts = {0, length, *(cut for span in spans for cut in span[:2])}
    for left, right in pairwise(sorted(cuts)):
        over = [name for first, last, name in spans if first <= left and right <= last]
        yield left, right, over[-1] if over else base
