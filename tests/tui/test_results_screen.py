"""The results viewer, driven by keys."""

import gzip
import itertools
import threading
from dataclasses import replace

import pytest

from batchtui.core.errors import NetworkError, StateError
from batchtui.core.models import BatchState
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState
from batchtui.results.fetching.sources import spool_for
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.marking import Marker
from batchtui.tui.screens import results_view
from batchtui.tui.screens.dialogs import ChoiceDialog
from batchtui.tui.screens.export_dialog import ExportDialog
from batchtui.tui.screens.results import ResultsScreen
from batchtui.tui.widgets import results_body
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.rows import RowList
from batchtui.tui.widgets.search_line import SearchLine
from support.pressing import burst
from support.results import CONTROLS, EVIL, errored, succeeded, without_answer, write

LINES = (
    succeeded("req-1", "apples and pears"),
    errored("req-2", "Overloaded, try later"),
    succeeded("req-3", "nothing here"),
    without_answer("req-4", "expired"),
    succeeded("req-5", "more Pears", content=[
        {"type": "thinking", "thinking": "a secret plan", "signature": ""},
        {"type": "text", "text": "more Pears"},
    ]),
    b'{"custom_id": "cut',
)  # fmt: skip


def strips(app):
    return [strip.text for strip in app.screen._compositor.render_strips()]


def page(app):
    return "\n".join(strips(app))


def cursor(app):
    return app.screen.query_one("#results-list", RowList).cursor_id


def said(app, bar="#message"):
    return app.screen.query_one(bar, Bar).text


@pytest.fixture
def opened(app_of, tmp_path):
    """Makes an app that shows a file of these lines."""

    def make(*lines, name="results.jsonl", **settings):
        path = write(tmp_path / name, *lines)
        return app_of(None, first=lambda: ResultsScreen(path), **settings)

    return make


async def test_a_compressed_file_that_is_cut_shows_the_rows_there_are(app_of, tmp_path, until):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(b"\n".join(LINES))[:-6])
    spool = spool_for(path, tmp_path / "spool")
    spool.start()
    assert spool.wait(20)
    app = app_of(None, first=lambda: ResultsScreen(spool))
    async with app.run_test(size=(160, 30)) as pilot:
        await until(lambda: "ends too early" in said(app), pilot)
        await until(lambda: "req-5" in page(app), pilot)
        assert "x.gz" in said(app, "#results-title")
    spool.close()


@pytest.fixture
def viewer(opened):
    return opened(*LINES)


async def ready(app, pilot, until, rows=6):
    """Wait until that many rows are known and painted."""
    await until(lambda: len(app.screen.query_one("#results-list", RowList).source) == rows, pilot)
    await pilot.pause()


async def test_rows_say_what_became_of_each_request(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await ready(viewer, pilot, until)
        text = page(viewer)
        assert "6 rows  ✓ 3 succeeded  ✗ 1 errored  ◷ 1 expired  ‼ 1 broken" in text
        assert "results  results.jsonl" in text
        (row,) = [line for line in strips(viewer) if "req-1" in line]
        assert row.split() == [
            "▌", "1", "req-1", "✓", "succeeded", "end_turn", "12", "345", "apples", "and", "pears",
        ]  # fmt: skip
        assert "overloaded" in text
        assert "‼ broken" in text


async def test_search_finds_as_one_types_and_goes_to_the_first_hit(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears")
        await until(lambda: "1 of 2 hits in 6 rows" in said(viewer), pilot)
        assert cursor(viewer) == 0
        await pilot.press("enter", "n")
        assert cursor(viewer) == 4
        assert said(viewer) == "/pears  2 of 2 hits in 6 rows"
        await pilot.press("n")
        assert cursor(viewer) == 0
        assert "around the end" in said(viewer)
        await pilot.press("N")
        assert cursor(viewer) == 4


async def test_a_search_starts_at_the_cursor(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("j", "slash", *"pears")
        await until(lambda: cursor(viewer) == 4, pilot)


async def test_the_latest_search_wins(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"apples", *["backspace"] * 6, *"nothing")
        await until(lambda: "1 of 1 hit in 6 rows" in said(viewer), pilot)
        assert cursor(viewer) == 2


async def test_of_records_that_the_cursor_only_passes_not_all_are_shown(viewer, until, monkeypatch):
    monkeypatch.setattr(results_body, "FOLLOW_EVERY", 1.0)
    async with viewer.run_test(size=(160, 24)) as pilot:
        await ready(viewer, pilot, until)
        pane, shown = await viewer.screen.body.record_pane(), []
        await until(lambda: "1 of 6" in page(viewer), pilot)
        read = pane.read
        pane.read = lambda file, row, query: (shown.append(row), read(file, row, query))
        burst(viewer, "jjjjj")
        await until(lambda: "6 of 6" in page(viewer), pilot)
        assert shown[-1] == 5
        assert len(shown) < 5


async def test_the_keys_out_of_a_record_and_on_are_shown_on_a_small_screen(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("enter")
        await until(lambda: "esc Back  → Next record" in said(viewer, "#keys"), pilot)


async def test_the_list_stays_where_it_was_while_records_are_read(opened, until):
    app = opened(*(succeeded(f"req-{number}", "text") for number in range(60)))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, pilot, until, rows=60)
        await pilot.press("pagedown", "pagedown", "k", "k", "k", "k")
        top = app.screen.body.rows.scroll_offset.y
        row = cursor(app)
        assert 0 < top < row
        await pilot.press("enter", "right", "right", "escape")
        assert cursor(app) == row + 2
        assert app.screen.body.rows.scroll_offset.y == top
        await pilot.press("enter", *["left"] * 40, "escape")
        assert app.screen.body.rows.scroll_offset.y == cursor(app) == 0


async def test_a_file_that_is_replaced_while_it_is_open_is_told_and_read(
    viewer, until, tmp_path, clock
):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("space", "k", "enter")
        await until(lambda: "1 of 6" in page(viewer), pilot)
        path = viewer.screen.feed.source
        write(tmp_path / "new.jsonl", succeeded("req-1", "cherries"), succeeded("req-9", "figs"))
        (tmp_path / "new.jsonl").replace(path)
        await clock.advance(1.0)
        await until(lambda: "cherries" in page(viewer), pilot)
        assert "this file was replaced" in said(viewer)
        assert said(viewer, "#results-counts") == "2 rows  ✓ 2 succeeded"


async def test_a_file_that_is_cut_while_it_is_open_is_told(viewer, until, clock):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        write(viewer.screen.feed.source, succeeded("req-9", "figs"))
        await clock.advance(1.0)
        await until(lambda: "this file was rewritten" in said(viewer), pilot)
        assert said(viewer, "#results-counts") == "1 row  ✓ 1 succeeded"


async def test_escape_gives_the_search_up(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears", "escape")
        assert said(viewer) == ""
        assert not viewer.screen.query_one(SearchLine).display
        await pilot.press("n")
        assert "nothing is searched for" in said(viewer)


async def test_escape_leaves_the_search_before_the_results_and_never_the_program(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears", "enter", "f")
        await until(lambda: len(viewer.screen.body.shown) == 2, pilot)
        await pilot.press("escape")
        await until(lambda: len(viewer.screen.body.shown) == 6, pilot)
        assert viewer.is_running
        await pilot.press("escape")
        assert "q leaves" in said(viewer)
        assert viewer.is_running
        await pilot.press("q")
        await until(lambda: not viewer.is_running, pilot)


async def test_hits_are_marked_in_list_and_record(viewer, until):
    async with viewer.run_test(size=(160, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears", "enter")
        await until(lambda: "hits" in said(viewer), pilot)
        marked = [
            segment.text
            for strip in viewer.screen._compositor.render_strips()
            for segment in strip
            if segment.text.lower() == "pears" and segment.style.bold
        ]
        assert sorted(marked) == ["Pears", "pears", "pears"]


async def test_a_query_that_makes_no_sense_says_so(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *'"pears')
        assert "the quote is not closed" in said(viewer)


async def test_a_type_that_no_row_has_gets_a_suggestion(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"type:error", "enter")
        await until(lambda: "did you mean errored?" in said(viewer), pilot)
        assert "no hits" in said(viewer)


async def test_a_word_like_a_field_gets_a_hint_at_its_place(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears typ:errored")
        assert "there is no field typ: did you mean type:?" in said(viewer)
        typed, below = next(
            pair for pair in itertools.pairwise(strips(viewer)) if "typ:errored" in pair[0]
        )
        assert below.index("^") == typed.index("typ:")
        await pilot.press("enter")
        assert "there is no field typ" in said(viewer)
        line = viewer.screen.query_one(SearchLine)
        assert line.display
        await pilot.press(*["backspace"] * len("typ:errored"), "enter")
        assert not line.display
        await until(lambda: said(viewer).startswith("/pears"), pilot)


async def test_keys_right_behind_the_search_are_for_the_list(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        burst(viewer, "/pears\rf")
        await ready(viewer, pilot, until, rows=2)
        assert "2 of 6 rows" in said(viewer, "#results-counts")
        await ready(viewer, pilot, until, rows=2)
        assert "2 of 6 rows" in said(viewer, "#results-counts")


async def test_asking_for_the_next_hit_or_failure_of_an_empty_list_does_nothing(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"zqzq", "enter", "f")
        await ready(viewer, pilot, until, rows=0)
        await pilot.press("n", "N", "e", "E")
        assert viewer.is_running


async def test_the_list_can_be_cut_down_to_the_hits_and_back(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears", "enter", "f")
        await ready(viewer, pilot, until, rows=2)
        assert "2 of 6 rows" in said(viewer, "#results-counts")
        await pilot.press("j")
        assert cursor(viewer) == 4
        await pilot.press("slash", *[*["backspace"] * 5, *"nothing"])
        await ready(viewer, pilot, until, rows=1)
        assert cursor(viewer) == 2
        await pilot.press(*[*["backspace"] * 7, *"xyz"])
        await until(lambda: "No row is found" in page(viewer), pilot)
        await pilot.press("enter", "f")
        await ready(viewer, pilot, until)


async def test_a_hit_in_the_id_is_marked_in_the_record(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"eq-3", "enter", "enter")
        await until(lambda: "3 of 6" in page(viewer), pilot)
        (marked,) = [
            segment
            for strip in viewer.screen._compositor.render_strips()
            for segment in strip
            if segment.text == "eq-3"
        ]
        assert marked.style.bold


async def test_nothing_to_unfold_is_said(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("enter", "T")
        assert "nothing in this record can be folded" in said(viewer)
        await pilot.press("R", "T")
        assert "never folded" in said(viewer)


async def test_a_narrow_list_leaves_most_room_to_the_preview(opened, until):
    texts = "an answer of more than forty characters, which is all to be seen"
    app = opened(succeeded("req-1", texts), succeeded("req-2", texts, stop_reason="max_tokens"))
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, pilot, until, 2)
        assert texts[:35] in page(app)
        assert "max_tokens" in page(app)
        assert "stop reason" not in page(app)
        await pilot.press("w")
        await until(lambda: "stop reason" in page(app), pilot)
        await pilot.press("w")
        await until(lambda: "stop reason" not in page(app), pilot)


async def test_every_column_takes_the_place_of_the_record(viewer, until):
    async with viewer.run_test(size=(160, 24)) as pilot:
        await ready(viewer, pilot, until)
        await until(lambda: "tokens in 12" in page(viewer), pilot)
        await pilot.press("w")
        await until(lambda: "tokens in 12" not in page(viewer), pilot)
        assert "stop reason" in page(viewer)
        await pilot.press("enter")
        await until(lambda: "12  tokens in" in page(viewer), pilot)


@pytest.mark.parametrize(("key", "size"), [("s", (80, 24)), ("y", (80, 24)), ("y", (60, 15))])
async def test_the_questions_show_all_answers_on_a_small_screen(viewer, until, size, key):
    async with viewer.run_test(size=size) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("j", key)
        await until(lambda: isinstance(viewer.screen, ChoiceDialog), pilot)
        shown = page(viewer)
        assert all(choice.label in shown for choice in viewer.screen._choices)
        assert "esc Leave" in shown


async def test_errors_follow_each_other(viewer, until):
    async with viewer.run_test(size=(100, 24)) as pilot:
        await ready(viewer, pilot, until)
        places = []
        for key in ("e", "e", "e", "e", "E"):
            await pilot.press(key)
            places.append(cursor(viewer))
        assert places == [1, 3, 5, 1, 5]
        assert "around the end" in said(viewer)


async def test_reading_and_walking_on_without_leaving_the_record(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("enter")
        assert "req-1  1 of 6" in page(viewer)
        await pilot.press("right")
        assert "✗ errored   overloaded_error" in page(viewer)
        assert "Overloaded, try later" in page(viewer)
        await pilot.press("right", "right", "left", "e")
        assert "req-4  4 of 6" in page(viewer)
        await pilot.press("escape")
        assert cursor(viewer) == 3
        assert "req-1" in page(viewer)


async def test_the_record_stands_beside_the_list_where_there_is_room(viewer, until):
    async with viewer.run_test(size=(160, 30)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("j")
        assert "│ Overloaded, try later" in page(viewer)
        await pilot.resize_terminal(80, 24)
        assert "│ Overloaded" not in page(viewer)


async def test_raw_shows_the_line_and_thinking_unfolds(viewer, until):
    async with viewer.run_test(size=(80, 40)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("j", "j", "j", "j", "enter")
        assert "▸ thinking · 13 characters" in page(viewer)
        await pilot.press("T")
        assert "a secret plan" in page(viewer)
        await pilot.press("R")
        assert '"custom_id": "req-5",' in page(viewer)
        await pilot.press("R")
        assert '"custom_id"' not in page(viewer)


async def test_a_broken_line_shows_its_bytes(opened, until):
    app = opened(succeeded("a"), b'{"custom_id": "\xff\x1b]0;x')
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, pilot, until, 2)
        assert "‼ 1 broken" in said(app, "#results-counts")
        await pilot.press("j", "enter")
        assert "not JSON" in page(app)
        await pilot.press("R")
        assert '{"custom_id": "\\xff␛]0;x' in page(app)


async def test_hostile_text_reaches_no_place_of_the_screen_unmasked(opened, until):
    content = [
        {"type": "text", "text": EVIL, "citations": [
            {"type": "char_location", "cited_text": EVIL, "document_title": EVIL}]},
        {"type": "tool_use", "id": EVIL, "name": EVIL, "input": {EVIL: EVIL}},
        {"type": EVIL, "data": EVIL},
    ]  # fmt: skip
    line = succeeded(EVIL, content=content, model=EVIL, stop_reason=EVIL)
    app = opened(line, errored(EVIL, EVIL, EVIL), line[:-5], name="\x1b]0;evil[red].jsonl")
    async with app.run_test(size=(160, 60)) as pilot:
        await ready(app, pilot, until, 3)
        for keys in ("slash", "e v i l", "enter", "j", "j", "k k enter", "right", "right", "R"):
            await pilot.press(*keys.split())
            assert not CONTROLS & set("".join(strips(app)))
            assert "[red]" in page(app)
        await pilot.press("left", "left", "T", "t")
        assert not CONTROLS & set("".join(strips(app)))


async def test_copying_sends_what_the_file_has(viewer, until, monkeypatch):
    sent = []

    async def send(text, what):
        sent.append((text, what))

    monkeypatch.setattr(viewer, "send_to_clipboard", send)
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("y")
        await until(lambda: isinstance(viewer.screen, ChoiceDialog), pilot)
        await pilot.press("r")
        await until(lambda: bool(sent), pilot)
        assert sent == [(LINES[0].decode(), "Row as JSON")]


async def test_a_growing_file_shows_more_rows_and_finds_more(opened, until, clock, tmp_path):
    app = opened(*LINES[:2])
    async with app.run_test(size=(100, 24)) as pilot:
        await ready(app, pilot, until, 2)
        await pilot.press("slash", *"pears", "enter", "j")
        with (tmp_path / "results.jsonl").open("ab") as end:
            end.write(b"\n" + b"\n".join(LINES[2:]))
        await clock.advance(1.0)
        await ready(app, pilot, until)
        assert cursor(app) == 1
        await until(lambda: "2 hits in 6 rows" in said(app), pilot)


async def test_an_empty_file_and_none_at_all_say_so(opened, app_of, until, tmp_path):
    app = opened()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: "The file is empty" in page(app), pilot)
    gone = app_of(None, first=lambda: ResultsScreen(tmp_path / "gone.jsonl"))
    async with gone.run_test(size=(80, 24)) as pilot:
        await until(lambda: "r  try again" in page(gone), pilot)
        write(tmp_path / "gone.jsonl", *LINES)
        await pilot.press("r")
        await ready(gone, pilot, until)


async def test_leaving_the_only_screen_leaves_the_program(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("enter", "q", "q")
        await until(lambda: viewer.return_code == 0, pilot)


async def test_every_key_works_in_every_place(viewer, until):
    keys = [
        "e",
        "E",
        "n",
        "N",
        "R",
        "T",
        "j",
        "k",
        "G",
        "g",
        "h",
        "l",
        "r",
        "x",
        "y",
        "escape",
        "t",
        "escape",
        "right",
        "left",
        "down",
        "up",
        "space",
    ]
    async with viewer.run_test(size=(40, 10)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press(*keys, "l", *keys)
        await pilot.resize_terminal(160, 50)
        await pilot.press(*keys, "l", *keys)


# Downloads


class Coming:
    """A download whose progress the test decides."""

    def __init__(self, path):
        self.path = path
        self.target = path.with_suffix("")
        self.snapshot = DownloadSnapshot(DownloadState.CONNECTING)
        self.cancelled = False

    def progress(self):
        return self.snapshot

    def open_rows(self):
        return ResultsFile.open(self.path, lazy=True) if self.path.exists() else None

    def cancel(self):
        self.cancelled = True
        self.snapshot = DownloadSnapshot(DownloadState.CANCELED)

    def arrive(self, *lines, state=DownloadState.RECEIVING, **more):
        with self.path.open("ab") as end:
            end.write(b"".join(line + b"\n" for line in lines))
        values = {"rows": len(self.path.read_bytes().split(b"\n")) - 1, "generation": 1}
        self.snapshot = DownloadSnapshot(state, expected_rows=6, **(values | more))


@pytest.fixture
def coming(tmp_path):
    return Coming(tmp_path / "batch.jsonl.part")


@pytest.fixture
def fetching(fake_service, entry_of, app_of, coming):
    """An app whose one batch has ended, a function that opens its results, and the batch."""
    entry = entry_of(1, BatchState.COMPLETED, label="night run")
    service = fake_service([entry])
    failures = []

    async def start_download(ref):
        if failures:
            raise failures.pop()
        return coming

    service.start_download = start_download
    app = app_of(service)

    async def open_results(pilot, until):
        await until(lambda: app.service is not None, pilot)
        await app.push_screen(ResultsScreen(entry.ref))

    return app, open_results, failures


async def test_rows_of_a_download_that_rests_are_written_as_partial(
    fetching, coming, until, clock, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    app, open_results, _ = fetching
    async with app.run_test(size=(110, 24)) as pilot:
        await open_results(pilot, until)
        await until(lambda: "Fetching the results" in page(app), pilot)
        coming.arrive(*LINES[:2], state=DownloadState.PAUSED)
        await clock.advance(0.2)
        await until(lambda: "2 of 6 rows so far  paused" in said(app, "#results-counts"), pilot)
        assert "p Go on" in said(app, "#keys")
        await pilot.press("W")
        await until(lambda: isinstance(app.screen, ExportDialog), pilot)
        assert "2 of 6 rows so far" in page(app)
        assert app.screen.query_one("Input").value.endswith("-partial.jsonl")
        await pilot.press("enter")
        await until(lambda: "partial, 2 of 6 rows so far: 2 rows in" in said(app), pilot)


async def test_a_pattern_is_looked_for_in_an_id_beside_the_event_loop(viewer, until, monkeypatch):
    threads, spans = [], Marker.spans

    def watched(self, text):
        if not self.is_quick:
            threads.append(threading.current_thread())
        return spans(self, text)

    monkeypatch.setattr(Marker, "spans", watched)
    async with viewer.run_test(size=(160, 50)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"/eq-[0-9]/", "enter")
        await until(lambda: "6 rows" in said(viewer) and threads, pilot)
        await pilot.press("j")
        head = viewer.screen.query_one("#results-record").query_one(Bar)
        await until(lambda: "eq-2" in [part.text for part in head.render_line(0)], pilot)
        assert threading.main_thread() not in threads


async def test_the_count_of_matches_goes_with_the_search(viewer, until):
    async with viewer.run_test(size=(160, 50)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("slash", *"pears", "enter")
        head = viewer.screen.query_one("#results-record").query_one(Bar)
        await until(lambda: "match" in head.text, pilot)
        await pilot.press("t", "escape", "escape")
        await until(lambda: "match" not in head.text, pilot)


async def test_there_is_no_record_behind_the_last(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await ready(viewer, pilot, until)
        await pilot.press("G", "enter", "right")
        await until(lambda: "this is the last record" in said(viewer), pilot)


async def test_rows_can_be_read_while_they_arrive(fetching, coming, until, clock):
    app, open_results, _ = fetching
    async with app.run_test(size=(110, 24)) as pilot:
        await open_results(pilot, until)
        await until(lambda: "Fetching the results" in page(app), pilot)
        coming.arrive(*LINES[:2], received=1000, rate=100.0)
        await clock.advance(0.2)
        await ready(app, pilot, until, 2)
        assert "night run" in page(app)
        assert (
            said(app)
            == "downloading  2 of 6 rows (33 %)  1 kB  100 B/s  20s left  p pauses  x stops"
        )
        await pilot.press("j", "enter")
        assert "Overloaded, try later" in page(app)
        coming.arrive(*LINES[2:], state=DownloadState.DONE)
        await clock.advance(0.2)
        await until(lambda: "2 of 6" in page(app), pilot)
        assert "downloading" not in page(app)
        assert cursor(app) == 1


async def test_rows_of_a_discarded_try_give_way_to_the_complete_copy(
    fetching, coming, until, clock, tmp_path
):
    """Another process's download begins again, and is complete with fewer rows."""
    app, open_results, _ = fetching
    async with app.run_test(size=(110, 24)) as pilot:
        await open_results(pilot, until)
        coming.arrive(*LINES[:5], state=DownloadState.WAITING)
        await clock.advance(0.2)
        await ready(app, pilot, until, 5)
        coming.path.rename(tmp_path / "discarded")
        coming.arrive(*LINES[3:5], state=DownloadState.WAITING)
        await clock.advance(0.2)
        await ready(app, pilot, until, 2)
        (tmp_path / "discarded").unlink()
        complete = write(tmp_path / "batch.jsonl", *LINES[1:4])
        app.service.local_results = lambda ref: complete
        coming.path.unlink()
        coming.path = complete
        coming.snapshot = replace(coming.snapshot, state=DownloadState.DONE)
        await clock.advance(0.2)
        await ready(app, pilot, until, 3)
        assert "req-2" in page(app)
        assert "req-5" not in page(app)


async def test_a_stopped_download_keeps_its_rows_and_can_go_on(fetching, coming, until, clock):
    app, open_results, _ = fetching
    async with app.run_test(size=(110, 24)) as pilot:
        await open_results(pilot, until)
        coming.arrive(*LINES[:2])
        await clock.advance(0.2)
        await ready(app, pilot, until, 2)
        await pilot.press("x")
        assert coming.cancelled
        await clock.advance(0.2)
        await until(lambda: "the download was stopped" in said(app), pilot)
        assert "r fetches again" in said(app)
        assert "req-1" in page(app)
        coming.arrive(*LINES[2:], state=DownloadState.DONE)
        await pilot.press("r")
        await ready(app, pilot, until)
        assert "stopped" not in said(app)


async def test_a_cut_download_says_what_is_missing(fetching, coming, until, clock):
    app, open_results, _ = fetching
    async with app.run_test(size=(110, 24)) as pilot:
        await open_results(pilot, until)
        coming.arrive(*LINES[:2], state=DownloadState.FAILED, error=NetworkError("it was cut"))
        await clock.advance(0.2)
        await until(lambda: "it was cut" in said(app), pilot)
        await until(lambda: "req-1" in page(app), pilot)


async def test_results_that_are_not_ready_say_what_to_do(fetching, until):
    app, open_results, failures = fetching
    failures.append(StateError("it has no results yet", "in_progress", "wait for it"))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_results(pilot, until)
        await until(lambda: "it has no results yet" in page(app), pilot)
        assert "wait for it" in page(app)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, ResultsScreen), pilot)


async def test_results_open_by_themselves_when_the_batch_ends(
    fetching, fake_service, coming, until, clock, entry_of
):
    app, open_results, failures = fetching
    failures.append(StateError("it has no results yet"))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_results(pilot, until)
        await until(lambda: "it has no results yet" in page(app), pilot)
        coming.arrive(*LINES, state=DownloadState.DONE)
        app.service.end(entry_of(1, BatchState.COMPLETED))
        await ready(app, pilot, until)
        await until(lambda: "req-1" in page(app), pilot)


async def test_a_key_asks_once_what_there_is_to_act_on(opened, monkeypatch):
    """Not once for each of fifty commands: that is what a key waits for."""
    asked = []
    situation = results_view.ResultsSituation
    app = opened(*LINES)
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(
            results_view, "ResultsSituation", lambda **now: asked.append(now) or situation(**now)
        )
        app.screen.show_keys()
    assert len(asked) == 1
