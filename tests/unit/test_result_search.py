"""The search of the results viewer, without a screen."""

import pytest

from batchtui.core.clock import SystemClock
from batchtui.core.errors import ResultsError
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search import engine
from batchtui.tui.result_search import ResultsSearch
from batchtui.tui.row_search import RowSearch
from batchtui.tui.shown_rows import ShownRows
from support.results import errored, succeeded, write

LINES = (succeeded("a", "apples"), errored("b"), succeeded("c", "pears"), succeeded("d", "apples"))


class Rows:
    """A list without a screen; `went` are the rows that its cursor was put on."""

    def __init__(self, file):
        self.file = file
        self.shown = ShownRows()
        self.shown.show(len(file))
        self.only_hits = False
        self.found = None
        self.row = 0
        self.went = []

    def look_for(self, query):
        self.found = RowSearch(self.file, query) if query else None

    def go(self, row):
        self.row = row
        self.went.append(row)

    def has_in_view(self, rows):
        return bool(rows)

    def take_more_hits(self):
        pass

    def take_hits(self):
        hits = self.found.hits if self.only_hits and self.found else None
        self.shown.show(len(self.file), hits)


@pytest.fixture
def rows(tmp_path):
    with ResultsFile.open(write(tmp_path / "r.jsonl", *LINES)) as file:
        yield Rows(file)


@pytest.fixture
def search(rows):
    return ResultsSearch(rows, SystemClock(), lambda: None)


def said(search):
    return "  ".join(cell.text for cell in search.cells(80))


async def test_while_one_types_the_cursor_goes_to_the_first_hit_from_where_that_began(search, rows):
    rows.row = 1
    search.open()
    assert search.look_for("apples")
    await search.run()
    assert rows.row == 3
    assert said(search) == "2 of 2 hits in 4 rows"
    search.look_for("pears")
    await search.run()
    assert rows.row == 2


async def test_without_a_hit_the_cursor_goes_back_to_where_the_typing_began(search, rows):
    rows.row = 1
    search.open()
    for text in ("apples", "apricot"):
        search.look_for(text)
        if text == "apricot":
            search.leave()
        await search.run()
    assert rows.went == [3, 1]


async def test_a_half_typed_word_leads_nobody_astray(search, rows):
    rows.row = 1
    search.open()
    search.look_for("a")
    await search.run()
    search.look_for("pears")
    search.leave()
    await search.run()
    assert rows.row == 2
    search.open()
    search.look_for("apples")
    await search.run()
    search.look_for("")
    assert rows.row == 2


async def test_who_goes_elsewhere_is_not_led_back(search, rows):
    search.open()
    search.look_for("pears")
    await search.run()
    search.look_for("apricot")
    rows.row = 3
    await search.run()
    assert rows.row == 3


async def test_once_typed_the_cursor_stays(search, rows):
    search.open()
    search.look_for("pears")
    search.leave()
    await search.run()
    assert rows.went == []
    assert said(search) == "/pears  1 hit in 4 rows"


async def test_a_later_search_ends_an_earlier_one(search, rows):
    search.look_for("apples")
    former, running = rows.found, search.run()
    search.look_for("pears")
    await running
    assert list(rows.found.hits) == [2]
    assert not former.hits


async def test_a_wrong_query_leaves_the_former_search(search, rows):
    search.look_for("pears")
    await search.run()
    former = rows.found
    assert not search.look_for('pears "')
    assert rows.found is former
    assert "the quote is not closed" in said(search)
    assert search.look_for("")
    assert said(search) == ""
    assert not search.wants_steps


async def test_a_type_no_row_has_is_doubted(search):
    search.look_for("type:error")
    await search.run()
    assert (
        said(search)
        == "/type:error  no hits in 4 rows  no row is of type error; did you mean errored?"
    )


async def test_what_looks_like_a_pattern_without_an_end_is_noticed_once_it_is_typed(search):
    search.open()
    search.look_for("/pears")
    await search.run()
    assert "no closing /" not in said(search)
    search.leave()
    assert "no closing /" in said(search)


async def test_a_file_that_cannot_be_read_says_so(search, rows):
    search.look_for("pears")
    rows.file.path.write_bytes(b"")
    with pytest.raises(ResultsError, match="cannot read"):
        await search.run()


@pytest.fixture
def many_windows(tmp_path, monkeypatch):
    """A list of a file whose every row is a window of its own."""
    monkeypatch.setattr(engine, "WINDOW_BYTES", 1)
    lines = [succeeded(str(row), "apples") for row in range(200)]
    with ResultsFile.open(write(tmp_path / "many.jsonl", *lines)) as file:
        yield Rows(file)


async def test_a_long_search_says_how_far_it_is_by_the_clock_and_not_by_its_steps(
    many_windows, clock
):
    told = []
    search = ResultsSearch(many_windows, clock, lambda: told.append(len(search.cells(80))))
    search.look_for("apples")
    await search.run()
    assert len(many_windows.found.hits) == 200
    assert len(told) == 1


async def test_a_search_under_way_is_not_begun_again_when_rows_come(many_windows):
    """A second run would lose what the window has that the first is looking through."""
    wanted = []
    search = ResultsSearch(many_windows, SystemClock(), lambda: None)
    many_windows.has_in_view = lambda _: wanted.append(search.wants_steps)
    search.look_for("apples")
    assert search.wants_steps
    await search.run()
    assert len(wanted) > 1
    assert not any(wanted)
