"""Requests beside answers in the results viewer, of batches and of files."""

import csv

import pytest

from batchtui.core.models import BatchState, RequestCounts
from batchtui.tui.screens.export_dialog import ExportDialog
from batchtui.tui.screens.line_dialog import LineDialog
from batchtui.tui.screens.results import ResultsScreen
from batchtui.tui.widgets.bar import Bar
from support.requests import jsonl, line
from support.results import EVIL, errored, succeeded, write


@pytest.fixture
def requests(tmp_path):
    path = tmp_path / "asked.jsonl"
    long = "Never promise a refund. " * 40
    said = [{"role": "user", "content": f"Where are pears? {EVIL}"}]
    path.write_bytes(jsonl(line("b", messages=said), line("a", system=long), line("c")))
    return path


@pytest.fixture
def results(tmp_path):
    return write(
        tmp_path / "r.jsonl", succeeded("a", "well"), errored("b"), succeeded("x", "odd"), b""
    )


@pytest.fixture
def viewer(app_of, results, requests, tmp_path):
    def make(named=requests):
        first = lambda: ResultsScreen(results, None, named)  # noqa: E731
        return app_of(None, first=first, env={"HOME": str(tmp_path)})

    return make


def page(app):
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def side_by_side(app, left, right):
    """Some row of the screen has both, the one left of the other."""
    return any(left in row and right in row.partition(left)[2] for row in page(app).split("\n"))


async def test_beside_each_other_where_there_is_room(viewer, until):
    app = viewer()
    async with app.run_test(size=(120, 30)) as pilot:
        await until(lambda: app.screen.requests.prompts is not None, pilot)
        assert "How are you?" not in page(app), "the list has the room"
        await pilot.press("enter")
        await until(lambda: side_by_side(app, "─ Request ─", "─ Answer ─"), pilot)
        await until(lambda: "How are you?" in page(app) and "well" in page(app), pilot)
        await pilot.press("right")
        await until(lambda: "Where are pears?" in page(app) and "Overloaded" in page(app), pilot)
        assert "\x1b" not in page(app)
        await pilot.press("right")
        await until(lambda: "No request has this custom_id." in page(app), pilot)
        await pilot.press("i")
        await until(lambda: "─ Request ─" not in page(app), pilot)


async def test_tab_hands_the_keys_to_the_other_side(viewer, until):
    app = viewer()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("enter")
        await until(lambda: "T unfolds" in page(app), pilot)
        await until(lambda: "tab Other side" in app.screen.query_one("#keys", Bar).text, pilot)
        pane = app.screen.body.pane
        assert pane.view.has_focus
        await pilot.press("tab", "T")
        assert pane.request.has_focus
        await until(lambda: "Never promise" in page(app), pilot)
        await pilot.press("G")
        await until(lambda: pane.request.scroll_y > 0, pilot)
        assert pane.view.scroll_y == 0
        await pilot.press("i")
        await until(lambda: pane.view.has_focus, pilot)


async def test_above_each_other_where_there_is_none(viewer, until):
    app = viewer()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.screen.requests.prompts is not None, pilot)
        await pilot.press("enter")
        await until(lambda: "well" in page(app), pilot)
        assert "How are you?" not in page(app)
        await pilot.press("i")
        await until(lambda: "│ How are you?" in page(app), pilot)
        shown = page(app)
        assert shown.index("How are you?") < shown.index("well")
        assert "Other side" not in shown
        await pilot.resize_terminal(130, 30)
        await until(lambda: side_by_side(app, "─ Request ─", "─ Answer ─"), pilot)
        await pilot.resize_terminal(80, 24)
        await until(lambda: "│ How are you?" in page(app), pilot)


async def test_what_was_searched_in_requests_is_marked_in_them(viewer, until):
    app = viewer()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("/", *"in~refund", "enter")
        await until(lambda: "1 of 1 hit in 3 rows" in page(app), pilot)
        await pilot.press("enter")
        await until(lambda: "Never promise a refund." in page(app), pilot)
        assert len(app.screen.body.pane.request.matches) == 40


async def test_a_file_is_asked_for_its_requests(viewer, requests, until):
    app = viewer(named=None)
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("enter", "i")
        await until(lambda: isinstance(app.screen, LineDialog), pilot)
        await pilot.press(*str(requests), "enter")
        await until(lambda: "How are you?" in page(app) and "well" in page(app), pilot)


async def test_requests_that_are_none_are_told(viewer, tmp_path, until):
    (tmp_path / "none.jsonl").write_bytes(b"")
    app = viewer(named=tmp_path / "none.jsonl")
    async with app.run_test(size=(120, 20)) as pilot:
        await until(lambda: "it is empty" in app.screen.query_one("#message", Bar).text, pilot)


async def test_requests_of_a_batch_made_here_come_by_themselves(
    app_of, fake_service, entry_of, requests, results, monkeypatch, until
):
    counts = RequestCounts(succeeded=2, errored=1)
    service = fake_service([entry_of(1, BatchState.COMPLETED, counts=counts, label="pears")])
    service.lineage.file = requests
    monkeypatch.setattr(service, "local_results", lambda _: results)
    app = app_of(service)
    async with app.run_test(size=(120, 20)) as pilot:
        await until(lambda: "pears" in page(app), pilot)
        await pilot.press("enter")
        await until(
            lambda: isinstance(app.screen, ResultsScreen) and app.screen.body.row >= 0, pilot
        )
        await pilot.press("enter")
        await until(lambda: "How are you?" in page(app) and "well" in page(app), pilot)


async def test_a_long_request_is_read_beside_the_screen(viewer, requests, until):
    requests.write_bytes(jsonl(line("a", system="x " * 200_000)))
    app = viewer()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("enter")
        await until(lambda: "system · 400,000 characters" in page(app), pilot)


async def test_rows_in_the_order_of_their_requests(viewer, requests, until):
    requests.write_bytes(jsonl(line("new"), line("b"), line("a")))
    app = viewer()
    async with app.run_test(size=(120, 20)) as pilot:
        await until(lambda: "well" in page(app), pilot)
        await pilot.press("s", "u")
        await until(lambda: "by order of the requests" in page(app), pilot)
        assert list(app.screen.body.shown.rows) == [1, 0, 2], "that without a request last"
        assert "1 request has no result here" in app.screen.query_one("#message", Bar).text
        await pilot.press("S")
        await until(lambda: list(app.screen.body.shown.rows) == [0, 1, 2], pilot)


async def test_an_order_of_requests_that_nobody_names_is_none(viewer, until):
    app = viewer(named=None)
    async with app.run_test(size=(120, 20)) as pilot:
        await until(lambda: "well" in page(app), pilot)
        await pilot.press("s", "u")
        await until(lambda: isinstance(app.screen, LineDialog), pilot)
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, ResultsScreen), pilot)
        assert app.screen.sorting.is_original


async def test_a_table_has_requests_beside_answers(viewer, tmp_path, monkeypatch, until):
    monkeypatch.chdir(tmp_path)
    app = viewer()
    async with app.run_test(size=(120, 24)) as pilot:
        await until(lambda: "well" in page(app), pilot)
        await pilot.press("W")
        await until(lambda: isinstance(app.screen, ExportDialog), pilot)
        await pilot.press("ctrl+r", "enter")
        await until(lambda: "requests go into csv, sqlite and parquet only" in page(app), pilot)
        await pilot.press("ctrl+t")
        await until(lambda: "r-all.csv" in page(app) or "r.csv" in page(app), pilot)
        await pilot.press("enter")
        await until(lambda: "3 rows in" in page(app), pilot)
    [written] = tmp_path.glob("*.csv")
    with written.open(newline="") as file:
        head, first, *_ = csv.reader(file)
    assert head[:3] == ["custom_id", "input", "type"]
    assert first[:3] == ["a", "How are you?", "succeeded"]
