"""Places in a record that outlive another width, and another way to show it. Pure."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from batchtui.tui.reflow import Passage, Reflow
from batchtui.tui.reflow_rows import Rows


class Anchor(NamedTuple):
    """A place: a block of the record, and how much of its text comes before."""

    block: int
    before: int


def anchor_of(flow: Reflow, row: int) -> Anchor | None:
    """The place of a row; None for the top, and where there is no such row."""
    rows = flow.rows
    if not 0 < row < len(rows):
        return None
    passage = rows.passages[row]
    block = flow.passages[passage].block
    while passage > 0 and flow.passages[passage - 1].block == block:
        passage -= 1
    first = bisect_left(rows.passages, passage)
    return Anchor(block, rows.places[row] - rows.places[first])


def row_of(flow: Reflow, anchor: Anchor) -> int | None:
    """The row of a place, or the last row of its block; None while that is not wrapped yet."""
    rows, passages = flow.rows, flow.passages
    first = bisect_left(rows.passages, bisect_left(passages, anchor.block, key=_block))
    end = bisect_left(rows.passages, bisect_right(passages, anchor.block, key=_block))
    if end == len(rows) and not flow.done:
        is_near = first < end and rows.places[-1] + len(rows.texts[-1]) > _place(
            rows, first, anchor
        )
        if not is_near:
            return None
    if first >= end:
        return max(0, min(first, len(rows) - 1))
    return max(first, min(bisect_right(rows.places, _place(rows, first, anchor)), end) - 1)


def _block(passage: Passage) -> int:
    return passage.block


def _place(rows: Rows, first: int, anchor: Anchor) -> int:
    return rows.places[first] + anchor.before
