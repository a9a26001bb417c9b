"""Which rows are shown, and which are found."""

import threading
from array import array

import pytest

from batchtui.core.text import one_line
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import parse
from batchtui.tui.hit_looks import HitLooks
from batchtui.tui.result_rows import ResultSource
from batchtui.tui.row_search import RowSearch
from batchtui.tui.shown_rows import ShownRows
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


def shown(count, hits=None, order=None):
    rows = ShownRows()
    rows.show(count, None if hits is None else array("Q", hits), order and array("Q", order))
    return rows


def search_on(search):
    while not search.done:
        search.prepare()
        search.take(search.look())


def found(file, text):
    search = RowSearch(file, parse(text))
    search_on(search)
    return search


@pytest.mark.parametrize(
    ("hits", "order", "rows"),
    [
        (None, None, [0, 1, 2, 3, 4]),
        ([1, 3], None, [1, 3]),
        (None, [4, 2, 0, 1, 3], [4, 2, 0, 1, 3]),
        ([1, 3, 4], [4, 2, 0, 1, 3], [4, 1, 3]),
        (None, [2, 0, 1], [2, 0, 1, 3, 4]),
        ([0, 4], [2, 0, 1], [0, 4]),
        ([], [2, 0, 1], []),
    ],
)
def test_rows_are_shown_or_the_hits_among_them_in_an_order(hits, order, rows):
    """Rows that came after the sorting follow, in the order of the file."""
    some = shown(5, hits, order)
    assert list(some.rows) == rows
    places = {row: place for place, row in enumerate(rows)}
    assert [some.place_of(row) for row in range(7)] == [places.get(row) for row in range(7)]


def test_hits_that_are_found_later_are_shown():
    hits, order = array("Q", [1]), array("Q", [2, 1, 0])
    rows = ShownRows()
    rows.show(3, hits, order)
    hits.append(2)
    rows.show(3, hits, order)
    assert list(rows.rows) == [2, 1]


def test_the_nearest_row_is_the_next_one():
    assert [shown(5, [1, 3]).nearest_place(row) for row in (0, 1, 2, 4)] == [0, 0, 1, 1]
    assert shown(5, [1, 3], [3, 1, 0]).nearest_place(0) is None


def test_a_growing_file_finds_more(tmp_path):
    path = write(tmp_path / "r.jsonl", succeeded("a", "apples"), errored("b", "pea"))
    with ResultsFile.open(path) as file:
        search = found(file, "apples")
        assert list(search.hits) == [0]
        with path.open("ab") as end:
            end.write(b"\n" + errored("c") + b"\n" + succeeded("d", "apples"))
        while file.index_step():
            pass
        assert not search.done
        assert search.percent < 100
        search_on(search)
        assert list(search.hits) == [0, 3]


def test_rows_that_come_while_a_step_is_taken_are_searched_too(tmp_path):
    """A step may be taken in another thread."""
    path = write(tmp_path / "r.jsonl", succeeded("a", "apples"))
    with ResultsFile.open(path) as file:
        search = RowSearch(file, parse("/apples/"))
        search.prepare()
        step = search.look()
        with path.open("ab") as end:
            end.write(b"\n" + succeeded("b", "apples"))
        file.index_step()
        search.take(step)
        assert not search.done
        search_on(search)
        assert list(search.hits) == [0, 1]


def test_a_file_that_is_written_anew_is_searched_anew(tmp_path):
    path = write(tmp_path / "r.jsonl", succeeded("a", "apples"), succeeded("b", "apples"))
    with ResultsFile.open(path) as file:
        search = found(file, "apples")
        path.write_bytes(succeeded("c", "apples"))
        file.index_step()
        search_on(search)
        assert list(search.hits) == [0]


def test_a_search_that_was_given_up_looks_no_further(file):
    search = RowSearch(file, parse("apples"))
    search.prepare()
    search.give_up()
    assert search.look() is None


class SlowRequests:
    """Requests of which somebody waits for the first, and how many are asked for at a time."""

    def __init__(self):
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.busy = self.most = 0

    def texts(self, custom_id):
        self.busy += 1
        self.most = max(self.most, self.busy)
        self.asked.set()
        self.go_on.wait(10)
        self.busy -= 1
        return [custom_id]


def test_a_search_waits_until_the_one_before_has_given_up(file):
    requests = SlowRequests()
    searches = [RowSearch(file, parse(text), inputs=requests) for text in ("in~a", "in~b", "in~c")]
    steps = {}
    threads = []
    for search in searches:
        search.prepare()
        look = threading.Thread(target=lambda one=search: steps.update({one: one.look()}))
        look.start()
        threads.append(look)
        assert requests.asked.wait(10)
    for search in searches[:2]:
        search.give_up()
    requests.go_on.set()
    for look in threads:
        look.join(10)
    assert requests.most == 1
    assert [steps[search] for search in searches[:2]] == [None, None]
    assert steps[searches[2]].hits == (2,)


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
        search_on(search)
        assert list(search.hits) == [0, 1]


def test_wanted_rows_follow_each_other_around_the_end():
    every, wanted = shown(5), [0, 2]
    assert [every.next_of(wanted, place, 1) for place in (-1, 0, 1, 2)] == [0, 2, 2, 0]
    assert [every.next_of(wanted, place, -1) for place in (0, 2, 4)] == [2, 0, 2]
    assert every.next_of([], 0, 1) is None
    ordered = shown(5, None, [4, 2, 0, 1, 3])
    assert [ordered.next_of(wanted, place, 1) for place in (0, 1, 2)] == [1, 2, 1]
    assert shown(5, [1, 3]).next_of(wanted, 0, 1) is None


def test_the_next_wanted_row_is_that_of_a_plain_look_around():
    for rows in ([], [3], [0, 2, 3], [4, 0, 3, 1, 2]):
        for many in ([], [0], [2, 3], [0, 1, 2, 3, 4], [7]):
            for order in (None, array("Q", [4, 0, 3, 1, 2])):
                listed = ShownRows()
                listed.show(5, array("Q", sorted(rows)), order)
                count = len(listed)
                for place in range(-1, count):
                    after = [*range(place + 1, count), *range(place + 1)]
                    before = [*range(place - 1, -1, -1), *range(count - 1, max(place, 0) - 1, -1)]
                    for direction, around in ((1, after), (-1, before)):
                        first = next((at for at in around if listed[at] in many), None)
                        assert listed.next_of(array("Q", many), place, direction) == first


def test_a_place_behind_the_end_is_the_last_one():
    assert shown(5, [1, 3]).next_of([1, 3], 7, -1) == 0
    assert shown(5, [1, 3]).next_of([1, 3], 7, 1) == 0


def looks(file, text, *, slow=False):
    due = []
    return HitLooks(file, parse(text), slow=slow, later=lambda: due.append(1)), due


def test_words_and_patterns_are_highlighted_in_a_preview(file):
    for text, marked in (("apple PEARS", []), ("apple pears", ["apple", "pears"])):
        look = looks(file, text)[0].of(file.row(0))
        assert [
            look.preview[start:end] for start, end in look.preview_spans
        ] == marked or not marked
    look = looks(file, "/p.a/ id:a")[0].of(file.row(0))
    assert [look.preview[start:end] for start, end in look.preview_spans] == ["pea"]


def test_a_query_without_text_highlights_nothing(file):
    assert looks(file, "type:errored")[0].of(file.row(1)) is None


def test_what_takes_long_is_looked_at_later(file):
    slow, due = looks(file, "/p.a/", slow=True)
    assert slow.of(file.row(0)) is None
    assert slow.of(file.row(0)) is None
    assert due == [1]
    assert slow.catch_up()
    assert slow.of(file.row(0)).preview_spans
    assert not slow.catch_up()


def test_a_preview_shows_the_hit_when_it_lies_deep(file):
    search = found(file, "far")
    source = ResultSource(file, shown(5), lambda: search, plain=False)
    cell = source.cells(4)["preview"]
    start, end = cell.spans[0]
    assert cell.text[start:end] == "far"
    assert start < 20


def test_what_is_highlighted_is_what_is_shown(tmp_path):
    """A line break in what is searched is a mark in the row."""
    deep = "x" * 50 + " one\ntwo"
    with ResultsFile.open(write(tmp_path / "r.jsonl", succeeded("a", deep))) as file:
        look = looks(file, r'"one\ntwo"')[0].of(file.row(0))
        ((start, end),) = look.preview_spans
        assert look.preview[start:end] == one_line("one\ntwo")


def test_a_row_shows_what_it_is_sorted_by(file):
    source = ResultSource(file, shown(5), lambda: None, plain=False)
    source.sorted_by = "model"
    assert source.cells(0)["sorted"].text == "claude-sonnet-4-5"
    source.sorted_by = "tokens"
    assert [source.cells(row)["sorted"].text for row in (0, 1)] == ["357", ""]


def test_a_row_that_cannot_be_read_says_so(tmp_path):
    path = write(tmp_path / "r.jsonl", succeeded("a"), succeeded("b"))
    with ResultsFile.open(path) as file:
        source = ResultSource(file, shown(2), lambda: None, plain=False)
        path.write_bytes(b"")
        assert "shorter" in source.cells(1)["preview"].text
