"""Writing rows to a file from the results viewer."""

import csv
from pathlib import Path

import pytest

from batchtui.results.export import target as export_file
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState
from batchtui.tui.screens.dialogs import ConfirmDialog
from batchtui.tui.screens.export_dialog import ExportDialog
from batchtui.tui.screens.results import ResultsScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.rows import RowList
from support.results import errored, succeeded, write

LINES = (succeeded("req-1", "apples"), errored("req-2"), succeeded("req-3", "pears"))


@pytest.fixture
def viewer(app_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "answers.jsonl", *LINES, b"")
    return app_of(None, first=lambda: ResultsScreen(path), env={"HOME": str(tmp_path)})


def said(app, bar="#message"):
    return app.screen.query_one(bar, Bar).text


def page(app):
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def path_line(app):
    return app.screen.query_one("Input")


async def asked(app, pilot, until, *keys):
    """Wait for the rows, press keys, and have the question asked where to write."""
    await until(lambda: len(app.screen.query_one("#results-list", RowList).source) == 3, pilot)
    await pilot.press(*keys, "W")
    await until(lambda: isinstance(app.screen, ExportDialog), pilot)


async def retype(pilot, name):
    await pilot.press("end", "ctrl+u", *name)


async def written(app, pilot, until):
    await until(lambda: "rows in" in said(app) or "row in" in said(app), pilot)


async def test_all_rows_are_proposed_and_written_byte_for_byte(viewer, until, tmp_path):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until)
        assert "3 rows, all" in page(viewer)
        assert path_line(viewer).value == "answers-all.jsonl"
        await pilot.press("enter")
        await written(viewer, pilot, until)
        copy = tmp_path / "answers-all.jsonl"
        assert copy.read_bytes() == (tmp_path / "answers.jsonl").read_bytes()
        assert "3 rows in answers-all.jsonl" in said(viewer)


async def test_marked_rows_are_proposed_where_there_are_some(viewer, until, tmp_path):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until, "j", "j", "space")
        assert "▸ 1 row, marked" in page(viewer)
        assert path_line(viewer).value == "answers-marked.jsonl"
        await pilot.press("up")
        assert path_line(viewer).value == "answers-all.jsonl"
        await pilot.press("down", "ctrl+t")
        assert path_line(viewer).value == "answers-marked.csv"
        await pilot.press("enter")
        await written(viewer, pilot, until)
        with (tmp_path / "answers-marked.csv").open(newline="") as file:
            assert [row["custom_id"] for row in csv.DictReader(file)] == ["req-3"]


async def test_the_rows_shown_are_written_in_their_order(viewer, until, tmp_path):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until, "slash", *"type:succeeded", "enter", "f")
        assert "▸ 2 rows, shown in the list" in page(viewer)
        await pilot.press("enter")
        await written(viewer, pilot, until)
        lines = (tmp_path / "answers-shown.jsonl").read_bytes().splitlines()
        assert lines == [LINES[0], LINES[2]]


async def test_a_file_is_replaced_only_after_a_question(viewer, until, tmp_path):
    (tmp_path / "old.jsonl").write_text("old")
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until)
        await retype(pilot, "~/old.jsonl")
        await pilot.press("enter")
        await until(lambda: isinstance(viewer.screen, ConfirmDialog), pilot)
        await pilot.press("n")
        await until(lambda: isinstance(viewer.screen, ExportDialog), pilot)
        assert (tmp_path / "old.jsonl").read_text() == "old"
        assert path_line(viewer).value == str(tmp_path / "old.jsonl")
        await pilot.press("enter")
        await until(lambda: isinstance(viewer.screen, ConfirmDialog), pilot)
        await pilot.press("y")
        await written(viewer, pilot, until)
        assert (tmp_path / "old.jsonl").read_bytes().startswith(LINES[0])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("no/such.csv", "there is no folder no"),
        ("answers.jsonl", "this is the file that is read"),
        (".", "this is a folder"),
        ("", "type the name of a file"),
    ],
)
async def test_what_cannot_be_written_is_said_where_it_is_typed(viewer, until, name, why):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until)
        await retype(pilot, name)
        await pilot.press("enter")
        assert why in page(viewer)
        await pilot.press("escape")
        await until(lambda: not isinstance(viewer.screen, ExportDialog), pilot)


async def test_a_path_is_completed_and_what_is_possible_is_shown(viewer, until, tmp_path):
    for name in ("night-1.csv", "night-\x1b2.csv"):
        (tmp_path / name).touch()
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until)
        await retype(pilot, "ni")
        await pilot.press("tab")
        assert path_line(viewer).value == "night-"
        assert "night-␛2.csv  night-1.csv" in page(viewer)


async def test_a_disk_that_fails_is_told_and_leaves_what_was_there(
    viewer, until, tmp_path, monkeypatch
):
    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_file, "_sync", full)
    async with viewer.run_test(size=(100, 24)) as pilot:
        await asked(viewer, pilot, until)
        await pilot.press("enter")
        await until(lambda: "full" in page(viewer), pilot)
        assert isinstance(viewer.screen, ExportDialog)
        assert path_line(viewer).value == "answers-all.jsonl"
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
            "answers.jsonl",
        ]


@pytest.mark.parametrize("size", [(80, 24), (60, 12), (40, 8)])
async def test_the_question_can_be_answered_on_a_small_screen(viewer, until, size):
    async with viewer.run_test(size=size) as pilot:
        await asked(viewer, pilot, until, "space")
        assert "answers-marked.jsonl" in page(viewer)
        assert "enter Write" in page(viewer)


# Downloads


class Resting:
    """A download that can rest."""

    def __init__(self):
        self.target = Path("nowhere.jsonl")
        self.snapshot = DownloadSnapshot(DownloadState.RECEIVING, rows=2, expected_rows=9)

    def progress(self):
        return self.snapshot

    def open_rows(self):
        return None

    def pause(self):
        self.snapshot = DownloadSnapshot(DownloadState.PAUSED, rows=2, expected_rows=9)

    def resume(self):
        self.snapshot = DownloadSnapshot(DownloadState.RECEIVING, rows=2, expected_rows=9)


async def test_a_download_can_rest_and_go_on(app_of, fake_service, entry_of, until, clock):
    entry, download = entry_of(1), Resting()
    service = fake_service([entry])

    async def start_download(ref):
        return download

    service.start_download = start_download
    app = app_of(service)
    async with app.run_test(size=(110, 24)) as pilot:
        await until(lambda: app.service is not None, pilot)
        await app.push_screen(ResultsScreen(entry.ref))
        await until(lambda: "p pauses" in said(app), pilot)
        await pilot.press("p")
        await clock.advance(0.2)
        await until(lambda: said(app).startswith("paused"), pilot)
        assert "p goes on" in said(app)
        await pilot.press("p")
        await clock.advance(0.2)
        await until(lambda: said(app).startswith("downloading"), pilot)


async def test_a_copy_can_be_kept_and_let_go(app_of, fake_service, entry_of, until, tmp_path):
    entry = entry_of(1)
    service = fake_service([entry])
    copy = write(tmp_path / "batch.jsonl", *LINES)
    service.local_results = lambda ref: copy
    app = app_of(service)
    async with app.run_test(size=(110, 24)) as pilot:
        await until(lambda: app.service is not None, pilot)
        await app.push_screen(ResultsScreen(entry.ref))
        await until(lambda: "3 rows" in said(app, "#results-counts"), pilot)
        assert "kept" not in said(app, "#results-title")
        await pilot.press("K")
        assert "kept" in said(app, "#results-title")
        assert (tmp_path / "batch.keep").exists()
        await pilot.press("K")
        assert "kept" not in said(app, "#results-title")
        assert not (tmp_path / "batch.keep").exists()


async def test_a_file_of_ones_own_cannot_be_kept(viewer, until):
    async with viewer.run_test(size=(110, 24)) as pilot:
        await until(lambda: "3 rows" in said(viewer, "#results-counts"), pilot)
        await pilot.press("K")
        assert "only the local copy" in said(viewer)
        assert "results.keep" not in [command.id for command in viewer.screen.useful()]
