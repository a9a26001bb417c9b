"""Where in a record what was searched stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.text import safe
from batchtui.results.query.language import parse
from batchtui.results.query.marking import Marker
from batchtui.tui import record_matches
from batchtui.tui.record_matches import Matches, has_match
from batchtui.tui.record_places import Anchor, anchor_of, row_of
from batchtui.tui.reflow import Passage, Reflow


def wrapped(*texts, width=20):
    flow = Reflow([Passage(text, block=number) for number, text in enumerate(texts)], width)
    while flow.step():
        pass
    return flow


def found(flow, query):
    matches = Matches(flow, Marker(parse(query), safe))
    while matches.step():
        pass
    assert matches.done
    return matches


def marked(flow, matches):
    """The marked parts of each row."""
    return [[row.text[start:end] for start, end, _ in matches.in_row(row)] for row in flow.rows]


def test_matches_go_across_rows_and_lines():
    flow = wrapped("x" * 15 + " needle hay\nstack", width=22)
    assert marked(flow, found(flow, '"needle hay"')) == [["needle "], ["hay"], []]
    assert marked(flow, found(flow, r'"hay\nstack"')) == [[], ["hay"], ["stack"]]


def test_matches_do_not_go_across_passages():
    flow = wrapped("one", "two")
    assert len(found(flow, r'"one\ntwo"')) == 0
    assert marked(flow, found(flow, "one OR two")) == [["one"], ["two"]]


def test_what_is_said_about_a_record_is_not_looked_through():
    flow = Reflow([Passage("one said", is_ours=True), Passage("one written")], 30)
    while flow.step():
        pass
    assert marked(flow, found(flow, "one")) == [[], ["one"]]


def test_the_nearest_match():
    matches = found(wrapped("a b a b a"), "a")
    assert list(matches.starts) == [0, 4, 8]
    assert [number for *_, number in matches.in_row(wrapped("a b a b a").rows[0], 1)] == [
        False, True, False,
    ]  # fmt: skip


@given(
    st.lists(st.text(st.sampled_from("ab c\nßé"), max_size=120), min_size=1, max_size=3),
    st.sampled_from(["a", "ab", '"b c"', "ss", r'"a\nb"', "/a+b/", "/é|b$/"]),
    st.integers(2, 30),
    st.integers(8, 60),
)
def test_windows_find_what_the_whole_has(texts, query, width, window):
    marker = Marker(parse(query), safe)
    expected, base = [], 0
    for text in texts:
        expected += [(base + start, base + end) for start, end in marker.spans(safe(text))]
        base += len(safe(text)) + 1
    flow = wrapped(*texts, width=width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_matches, "_WINDOW", window)
        patch.setattr(record_matches, "_OVERLAP", 130)
        matches = found(flow, query)
    assert list(zip(matches.starts, matches.ends, strict=True)) == expected


def test_a_long_text_is_looked_through_to_its_end():
    text = "x" * 50_000 + "needle"
    marker = Marker(parse("needle"), safe)
    assert has_match(text, marker)
    assert not has_match(text[:-1], marker)
    assert has_match("x" * 8_190 + "needle", marker)


def test_places_outlive_another_width_and_what_is_unfolded():
    before = wrapped("head", "x " * 100, "goal " * 50, width=20)
    row = before.rows.passages.index(2) + 3
    anchor = anchor_of(before, row)
    after = wrapped("head\nand more", "y " * 300, "goal " * 50, width=45)
    there = after.rows[row_of(after, anchor)]
    assert there.passage == 2
    assert there.at <= after.rows.places[after.rows.passages.index(2)] + anchor.before
    assert row_of(after, Anchor(1, 10_000)) == after.rows.passages.index(2) - 1
    assert row_of(after, Anchor(7, 3)) == len(after.rows) - 1
    assert anchor_of(before, 0) is None
