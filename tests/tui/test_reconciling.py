"""The results of a batch against its requests, from the list."""

import json
from dataclasses import replace

import pytest

from batchtui.core.errors import ResultsError
from batchtui.core.models import BatchState, RequestCounts
from batchtui.tui.screens.dialogs import ChoiceDialog, ConfirmDialog, LinesDialog
from batchtui.tui.screens.line_dialog import LineDialog
from support.requests import jsonl, line
from support.results import errored, succeeded, write
from support.screens import page, said


@pytest.fixture
def batch(entry_of):
    counts = RequestCounts(succeeded=1, errored=1)
    return entry_of(1, BatchState.COMPLETED, counts=counts, label="greetings.jsonl")


@pytest.fixture
def service(fake_service, batch, tmp_path, monkeypatch):
    """A batch with rows for `a` and `b`, made of requests `a`, `b` and `c`."""
    made = fake_service([batch])
    made.lineage.file = write_requests(tmp_path, "a", "b", "c")
    copy = write(tmp_path / "copy.jsonl", succeeded("a", "well"), errored("b"), b"")

    async def fetch(ref):
        made.calls.append(("fetch", ref))
        if ref in made.failing:
            raise made.failing[ref]
        return copy

    def remember(ref, found):
        made.change(replace(made.entry(ref), reconciled=found.summed_up(made.now)))

    monkeypatch.setattr(made, "fetch_results", fetch)
    made.lineage.remember_reconciled = remember
    return made


def write_requests(folder, *names):
    path = folder / f"{'-'.join(names)}.jsonl"
    path.write_bytes(jsonl(*map(line, names)))
    return path


@pytest.fixture
def app(app_of, service, clock, tmp_path, monkeypatch):
    service.now = clock.now()
    monkeypatch.chdir(tmp_path)
    return app_of(service, env={"HOME": str(tmp_path)})


async def compared(app, pilot, until):
    """Press the key, and see what came of it."""
    await until(lambda: "greetings" in page(app), pilot)
    await pilot.press("equals_sign")
    await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)


async def test_what_is_off_is_shown_listed_written_and_judged(app, until, tmp_path):
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(app, pilot, until)
        assert "requests and results do not agree" in page(app)
        assert "missing        1" in page(app)
        await pilot.press("i")
        await until(lambda: isinstance(app.screen, LinesDialog), pilot)
        assert page(app).split("missing")[1].split()[:2] == ["1", "│"]
        await pilot.press("escape", "w")
        await until(lambda: isinstance(app.screen, LineDialog), pilot)
        app.screen.query_one("Input").value = "off.jsonl"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
        await pilot.press("q")
        await until(lambda: "≠ mismatch" in page(app), pilot)
        assert "Reconciled   1 missing · just now" in page(app)
        assert said(app) == "1 id in off.jsonl"
    off = json.loads((tmp_path / "off.jsonl").read_text())
    assert off == {"problem": "missing", "custom_id": "c"}


async def test_an_existing_file_is_replaced_only_if_that_is_wanted(app, until, tmp_path):
    (tmp_path / "off.jsonl").write_text("mine")
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(app, pilot, until)
        await pilot.press("w")
        await until(lambda: isinstance(app.screen, LineDialog), pilot)
        app.screen.query_one("Input").value = "off.jsonl"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ConfirmDialog), pilot)
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, LineDialog), pilot)
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
    assert (tmp_path / "off.jsonl").read_text() == "mine"


async def test_another_file_of_requests_can_be_named(app, service, until, tmp_path):
    write_requests(tmp_path, "a", "b")
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(app, pilot, until)
        await pilot.press("f")
        await until(lambda: isinstance(app.screen, LineDialog), pilot)
        app.screen.query_one("Input").value = "a-b.jsonl"
        await pilot.press("enter")
        await until(lambda: "every request has one result" in page(app), pilot)
        assert "List the ids" not in page(app), "there is nothing to list"
        await pilot.press("q")
        await until(lambda: "! partial" in page(app), pilot)


@pytest.mark.parametrize(
    ("key", "words"), [("c", "as far as the counts tell"), ("f", "Which file has the requests?")]
)
async def test_unknown_requests_are_asked_about(app, service, until, key, words):
    service.lineage.file = None
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(app, pilot, until)
        assert "Compare with what?" in page(app)
        await pilot.press(key)
        await until(lambda: words in page(app), pilot)


async def test_of_a_retried_batch_it_is_asked_which_answers_count(app, service, batch, until):
    child = replace(batch, batch=replace(batch.batch, ref=batch.ref._replace(id="msgbatch_kid")))
    service.store[child.ref] = child
    service.lineage.parents[child.ref] = batch.ref
    async with app.run_test(size=(80, 24)) as pilot:
        await compared(app, pilot, until)
        assert "of it and its retries" in page(app)
        await pilot.press("o")
        await until(lambda: "do not agree" in page(app), pilot)


async def test_without_results_the_reason_is_told(app, service, batch, until):
    service.failing[batch.ref] = ResultsError("the results are gone", "they were archived")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: "greetings" in page(app), pilot)
        await pilot.press("equals_sign")
        await until(lambda: "the results are gone" in said(app), pilot)
        assert not app.screen.rounds


async def test_a_running_batch_has_nothing_to_compare(app, service, entry_of, until):
    service.store = {(one := entry_of(2, label="greetings")).ref: one}
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: "greetings" in page(app), pilot)
        await pilot.press("equals_sign")
        await until(lambda: said(app), pilot)
        assert "no results yet" in said(app)
    assert not service.did("fetch")
