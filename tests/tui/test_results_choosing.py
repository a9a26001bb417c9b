"""Choosing rows in the results viewer: facets, sorting, marks."""

import pytest

from batchtui.results.query import regex
from batchtui.tui.screens.dialogs import ChoiceDialog
from batchtui.tui.screens.results import ResultsScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.rows import RowList
from batchtui.tui.widgets.search_line import SearchLine
from support.results import CONTROLS, EVIL, errored, succeeded, without_answer, write

LINES = (
    succeeded("req-1", "apples", usage={"input_tokens": 5, "output_tokens": 30}),
    errored("req-2", "row 17 is bad", "api_error"),
    succeeded("req-3", "pears", usage={"input_tokens": 5, "output_tokens": 10}),
    errored("req-4", "row 18 is bad", "api_error"),
    without_answer("req-5", "expired"),
    succeeded("req-10", "pears", usage={"input_tokens": 5, "output_tokens": 20}),
)


@pytest.fixture
def opened(app_of, tmp_path):
    """Makes an app that shows a file of these lines."""

    def make(*lines, **settings):
        path = write(tmp_path / "results.jsonl", *lines)
        return app_of(None, first=lambda: ResultsScreen(path), **settings)

    return make


@pytest.fixture
def viewer(opened):
    return opened(*LINES)


def rows(app):
    return app.screen.query_one("#results-list", RowList)


def shown(app):
    source = rows(app).source
    return [source.row_id(place) for place in range(len(source))]


def said(app, bar="#message"):
    return app.screen.query_one(bar, Bar).text


def facets(app):
    """What the facets say, a text for each value."""
    source = app.screen.query_one("#facet-list", RowList).source
    return [
        " ".join(cell.text for cell in source.cells(place).values() if cell.text)
        for place in range(len(source))
    ]


def glance(app):
    return app.screen.query_one("#results-facets").query_one(Bar).text


async def ready(app, pilot, until, count=6):
    await until(lambda: len(shown(app)) == count, pilot)


async def test_facets_count_what_there_is(viewer, until):
    async with viewer.run_test(size=(160, 50)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("t")
        await until(lambda: facets(viewer), pilot)
        counted = facets(viewer)
        assert any("✓ succeeded 3 50 %" in one for one in counted)
        assert any("row … is bad 2 33 % req-2, req-4" in one for one in counted)
        assert any(one.startswith("tokens out median 20 3") for one in counted)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_choosing_a_value_narrows_the_query_and_the_list(viewer, until, size):
    async with viewer.run_test(size=size) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"bad", "enter", "t")
        await until(lambda: facets(viewer), pilot)
        place = next(n for n, one in enumerate(facets(viewer)) if "api_error" in one)
        await pilot.press(*["j"] * place, "enter")
        await until(lambda: shown(viewer) == [1, 3], pilot)
        if viewer.screen.body.faceted:
            await pilot.press("escape")
        await pilot.press("slash")
        line = viewer.screen.query_one(SearchLine)
        assert line.query_one("Input").value == "bad error:api_error"
        assert rows(viewer).display


async def test_a_value_can_be_left_out(viewer, until):
    async with viewer.run_test(size=(160, 50)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("t")
        await until(lambda: facets(viewer), pilot)
        await pilot.press("minus")
        await until(lambda: shown(viewer) == [1, 3, 4], pilot)
        assert said(viewer).startswith("/-type:succeeded")


async def test_facets_say_that_they_count_more_than_the_hits(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears", "enter", "t")
        await until(lambda: "all rows; f: hits only" in glance(viewer), pilot)
        await pilot.press("f")
        await until(lambda: "2 of 6 rows" in glance(viewer), pilot)
        assert "hits only" not in glance(viewer)


async def test_a_list_of_facets_has_room_for_totals(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("t")
        await until(lambda: facets(viewer), pilot)
        page = [strip.text for strip in viewer.screen._compositor.render_strips()]
        assert any("total 60" in line for line in page)


async def test_facets_over_an_open_record_have_all_the_width(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("enter", "t")
        await until(lambda: facets(viewer), pilot)
        assert viewer.screen.query_one("#results-facets").size.width == 80
        await pilot.press("escape")
        await until(lambda: viewer.screen.body.pane.size.width == 80, pilot)


async def test_rows_that_are_all_alike_are_seen_at_a_glance(opened, until):
    app = opened(*(errored(f"req-{n}", "Your balance is low", "billing_error") for n in range(9)))
    async with app.run_test(size=(110, 24)) as pilot:
        await ready(app, pilot, until, 9)
        assert "✗ 9 errored, all billing_error" in said(app, "#results-counts")
        await pilot.press("t")
        await until(lambda: facets(app), pilot)
        assert glance(app) == "all 9 rows: errored · billing_error · Your balance is low"


async def test_facets_follow_the_rows_that_arrive(opened, until, clock, tmp_path):
    app = opened(*LINES[:2])
    async with app.run_test(size=(160, 50)) as pilot:
        await ready(app, pilot, until, 2)
        await pilot.press("t")
        await until(lambda: glance(app) == "2 rows", pilot)
        with (tmp_path / "results.jsonl").open("ab") as end:
            end.write(b"\n" + b"\n".join(LINES[2:]))
        await clock.advance(1.0)
        await ready(app, pilot, until)
        await clock.advance(1.0)
        await until(lambda: glance(app) == "6 rows", pilot)


async def test_hostile_values_are_masked_in_the_facets(opened, until):
    app = opened(succeeded("a", EVIL, model=EVIL), errored(EVIL, EVIL, EVIL))
    async with app.run_test(size=(300, 50)) as pilot:
        await ready(app, pilot, until, 2)
        await pilot.press("t")
        await until(lambda: facets(app), pilot)
        await pilot.pause()
        page = [strip.text for strip in app.screen._compositor.render_strips()]
        assert not CONTROLS & set("".join(page))
        assert any("[red]" in line for line in page)


async def sort_by(app, pilot, until, key):
    await pilot.press("s")
    await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
    await pilot.press(key)
    await until(lambda: not isinstance(app.screen, ChoiceDialog), pilot)


async def test_rows_can_be_sorted_and_the_cursor_stays_on_its_row(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("j", "j")
        await sort_by(viewer, pilot, until, "o")
        await until(lambda: shown(viewer) == [2, 5, 0, 1, 3, 4], pilot)
        assert rows(viewer).cursor_id == 2
        assert "by tokens out ▴" in said(viewer, "#results-counts")
        await sort_by(viewer, pilot, until, "o")
        await until(lambda: shown(viewer) == [0, 5, 2, 1, 3, 4], pilot)
        assert rows(viewer).cursor_id == 2
        head = viewer.screen._compositor.render_strips()[2].text
        assert "out▾" in head
        await pilot.press("S")
        await until(lambda: shown(viewer) == [0, 1, 2, 3, 4, 5], pilot)
        assert rows(viewer).cursor_id == 2


async def test_ids_are_sorted_by_their_numbers(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        await sort_by(viewer, pilot, until, "c")
        await sort_by(viewer, pilot, until, "c")
        await until(lambda: shown(viewer) == [5, 4, 3, 2, 1, 0], pilot)


async def test_hits_and_errors_follow_each_other_in_the_order_shown(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        await sort_by(viewer, pilot, until, "o")
        await until(lambda: shown(viewer) == [2, 5, 0, 1, 3, 4], pilot)
        await pilot.press("g", "slash", *"pears", "enter")
        await until(lambda: "2 hits" in said(viewer), pilot)
        places = []
        for key in ("n", "n", "e", "e", "e", "e"):
            await pilot.press(key)
            places.append(rows(viewer).cursor_id)
        assert places == [5, 2, 1, 3, 4, 1]
        await pilot.press("f")
        assert shown(viewer) == [2, 5]


async def test_rows_that_arrive_are_sorted_too(opened, until, clock, tmp_path):
    app = opened(*LINES[:3])
    async with app.run_test(size=(110, 24)) as pilot:
        await ready(app, pilot, until, 3)
        await sort_by(app, pilot, until, "o")
        await until(lambda: shown(app) == [2, 0, 1], pilot)
        with (tmp_path / "results.jsonl").open("ab") as end:
            end.write(b"\n" + b"\n".join(LINES[3:]))
        await clock.advance(1.0)
        await until(lambda: shown(app) == [2, 5, 0, 1, 3, 4], pilot)


async def test_a_click_on_a_head_sorts(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        x = viewer.screen._compositor.render_strips()[2].text.index("out")
        await pilot.click("#results-list", offset=(x, 0))
        await until(lambda: shown(viewer) == [2, 5, 0, 1, 3, 4], pilot)


async def test_marks_stay_on_their_rows(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("space", "j", "space")
        assert rows(viewer).marks == {0, 2}
        assert "2 marked" in said(viewer, "#results-counts")
        await sort_by(viewer, pilot, until, "o")
        await pilot.press("slash", *"pears", "enter", "f")
        await until(lambda: shown(viewer) == [2, 5], pilot)
        assert rows(viewer).marks == {0, 2}
        await pilot.press("A")
        assert rows(viewer).marks == {0, 2, 5}
        await pilot.press("A")
        assert rows(viewer).marks == {0}
        await pilot.press("U")
        assert rows(viewer).marks == frozenset()
        assert "marked" not in said(viewer, "#results-counts")


async def test_marks_of_rows_that_are_gone_are_gone(opened, until, clock, tmp_path):
    app = opened(*LINES)
    async with app.run_test(size=(110, 24)) as pilot:
        await ready(app, pilot, until)
        await pilot.press("A")
        write(tmp_path / "results.jsonl", *LINES[3:])
        await clock.advance(1.0)
        await ready(app, pilot, until, 3)
        assert rows(app).marks == frozenset()


async def test_regular_expressions_are_found_and_marked(viewer, until):
    """Also what needs another process, which takes its time."""
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"/(?<=p)ears|le/", "enter", "f")
        await until(lambda: shown(viewer) == [0, 2, 5], pilot)

        def marked():
            return sorted(
                segment.text
                for strip in viewer.screen._compositor.render_strips()
                for segment in strip
                if segment.text in ("ears", "le") and segment.style.bold
            )

        await until(lambda: marked() == ["ears", "ears", "le"], pilot)


async def test_a_regular_expression_that_takes_too_long_is_told(opened, until, monkeypatch):
    monkeypatch.setattr(regex, "_SEARCH_LIMIT", 0.2)
    app = opened(succeeded("a", "a" * 60 + "cab"), succeeded("b", "ab"))
    async with app.run_test(size=(110, 24)) as pilot:
        await ready(app, pilot, until, 2)
        await pilot.press("slash", *r"/(?:(a+)+)\1b/", "enter")
        await until(lambda: "takes too long" in said(app), pilot)
        await pilot.press("slash", *["backspace"] * 15, "a", "b", "enter")
        await until(lambda: "2 hits in 2 rows" in said(app), pilot)


@pytest.mark.parametrize("key", ["f", "n"])
async def test_without_a_search_keys_say_how_to_begin_one(viewer, until, key):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press(key)
        assert "/ searches" in said(viewer)


async def test_rows_that_arrive_below_are_counted_and_can_be_reached(
    opened, until, clock, tmp_path
):
    app = opened(*(succeeded(f"req-{n}") for n in range(90)))
    async with app.run_test(size=(160, 20)) as pilot:
        await ready(app, pilot, until, 90)
        pane = await app.screen.body.record_pane()
        await until(lambda: "req-0  1 of 90" in pane.query_one(Bar).text, pilot)
        with (tmp_path / "results.jsonl").open("ab") as end:
            end.write(b"\n" + b"\n".join(succeeded(f"more-{n}") for n in range(1000)))
        await clock.advance(1.0)
        await ready(app, pilot, until, 1090)
        assert "req-0  1 of 1,090" in pane.query_one(Bar).text
        await pilot.press("G")
        page = [strip.text for strip in app.screen._compositor.render_strips()]
        assert any("more-999" in line for line in page)
