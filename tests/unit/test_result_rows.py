"""Which rows are shown, and which are found."""

import pytest

from batchtui.results.query import parse
from batchtui.results.results_file import ResultsFile
from batchtui.tui.result_rows import (
    ResultSource,
    RowSearch,
    ShownRows,
    next_failure,
    next_hit,
    pattern_of,
)
from support.results import errored, succeeded, without_answer, write


@pytest.fixture
def file(tmp_path):
    lines = (
        succeeded("a", "apples and pears"),
        errored("b"),
        succeeded("c", "pears"),
        without_answer("d", "expired"),
        succeeded("e", "x" * 200 + " and far away the apples"),
    )
    with ResultsFile.open(write(tmp_path / "results.jsonl", *lines)) as opened:
        yield opened


def shown(file, only=None):
    rows = ShownRows(only)
    rows.take_in(file.index)
    return rows


def found(file, text):
    search = RowSearch(file, parse(text))
    while not search.done:
        search.step()
    return search


def test_all_rows_are_shown_or_those_of_a_type(file):
    assert [shown(file)[n] for n in range(len(shown(file)))] == [0, 1, 2, 3, 4]
    some = shown(file, "succeeded")
    assert [some[n] for n in range(len(some))] == [0, 2, 4]
    assert (some.place_of(2), some.place_of(1), some.nearest_place(1)) == (1, None, 1)


def test_a_growing_file_shows_more_and_finds_more(tmp_path):
    path = write(tmp_path / "r.jsonl", succeeded("a", "apples"), errored("b", "pea"))
    with ResultsFile.open(path) as file:
        rows, search = shown(file, "errored"), found(file, "apples")
        assert (len(rows), list(search.hits)) == (1, [0])
        with path.open("ab") as end:
            end.write(b"\n" + errored("c") + b"\n" + succeeded("d", "apples"))
        while file.index_step():
            pass
        rows.take_in(file.index)
        assert [rows[n] for n in range(len(rows))] == [1, 2]
        assert not search.done
        assert search.percent < 100
        search.step()
        assert (list(search.hits), search.done) == ([0, 3], True)


def test_a_last_line_that_turns_out_longer_changes_its_type(tmp_path):
    whole = errored("b")
    path = write(tmp_path / "r.jsonl", succeeded("a"), whole[:20])
    with ResultsFile.open(path) as file:
        rows = shown(file, "broken")
        assert len(rows) == 1
        with path.open("ab") as end:
            end.write(whole[20:])
        file.index_step()
        rows.take_in(file.index)
        assert len(rows) == 0


def test_a_last_line_that_turns_out_longer_is_searched_again(tmp_path):
    whole = succeeded("b", "apples")
    path = write(tmp_path / "r.jsonl", succeeded("a", "apples"), whole[:20])
    with ResultsFile.open(path) as file:
        search = found(file, "apples")
        assert list(search.hits) == [0]
        with path.open("ab") as end:
            end.write(whole[20:])
        file.index_step()
        assert not search.done
        while not search.done:
            search.step()
        assert list(search.hits) == [0, 1]


def test_hits_can_be_narrowed_to_a_type_and_widened_again(file):
    search = RowSearch(file, parse("-x"), "succeeded")
    while not search.done:
        search.step()
    assert (list(search.hits), search.hidden) == ([0, 2], 2)
    search.narrow("expired")
    assert (list(search.hits), search.hidden) == ([3], 3)
    search.narrow(None)
    assert (list(search.hits), search.hidden) == ([0, 1, 2, 3], 0)


def test_hits_follow_each_other_around_the_end(file):
    hits = found(file, "pears").hits
    assert list(hits) == [0, 2]
    every = shown(file)
    assert [next_hit(hits, every, row, 1) for row in (-1, 0, 1, 2)] == [0, 2, 2, 0]
    assert [next_hit(hits, every, row, -1) for row in (0, 2, 4)] == [2, 0, 2]
    assert next_hit(hits, shown(file, "errored"), 0, 1) is None


def test_failures_follow_each_other_around_the_end(file):
    every = shown(file)
    assert [next_failure(file.index, every, place, 1) for place in (0, 1, 3)] == [1, 3, 1]
    assert next_failure(file.index, every, 1, -1) == 3
    assert next_failure(file.index, shown(file, "succeeded"), 0, 1) is None


def test_a_pattern_marks_as_the_query_asks():
    pattern = pattern_of(parse('apple Pear "a.b" -no type:errored'))
    assert [match[0] for match in pattern.finditer("APPLE pear Pear a.b axb no")] == [
        "APPLE",
        "Pear",
        "a.b",
    ]
    assert pattern_of(parse("type:errored")) is None


def test_a_preview_shows_the_hit_when_it_lies_deep(file):
    search = found(file, "far")
    source = ResultSource(file, shown(file), lambda: search, plain=False)
    cell = source.cells(4)["preview"]
    start, end = cell.spans[0]
    assert cell.text[start:end] == "far"
    assert start < 20


def test_a_row_that_cannot_be_read_says_so(tmp_path):
    path = write(tmp_path / "r.jsonl", succeeded("a"), succeeded("b"))
    with ResultsFile.open(path) as file:
        source = ResultSource(file, shown(file), lambda: None, plain=False)
        path.write_bytes(b"")
        assert "shorter" in source.cells(1)["preview"].text
