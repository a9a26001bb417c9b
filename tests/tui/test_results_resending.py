"""Sending requests again from the results viewer."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from batchtui.core.errors import AuthError
from batchtui.core.models import BatchState, RequestCounts
from batchtui.tui.screens.dialogs import ChoiceDialog, ConfirmDialog, LinesDialog
from batchtui.tui.screens.line_dialog import LineDialog
from batchtui.tui.screens.results import ResultsScreen
from batchtui.tui.screens.sending_dialog import SendingDialog
from batchtui.tui.widgets.rows import RowList
from support.requests import jsonl, line, params
from support.results import errored, succeeded, write
from support.screens import page, said
from support.submissions import FakeSubmissions


@pytest.fixture
def batch(entry_of):
    counts = RequestCounts(succeeded=1, errored=1)
    return entry_of(1, BatchState.COMPLETED, counts=counts, label="greetings.jsonl")


@pytest.fixture
def service(fake_service, batch, tmp_path, clock, monkeypatch):
    """One batch of three requests, of which one failed and one is missing."""
    made = fake_service([batch])
    made.lineage.file = tmp_path / "greetings.jsonl"
    made.lineage.file.write_bytes(jsonl(line("a"), line("b"), line("c")))
    made.submissions = FakeSubmissions(made, clock.now())
    copy = write(tmp_path / "copy.jsonl", succeeded("a", "well"), errored("b"), b"")
    monkeypatch.setattr(made, "local_results", lambda _: copy)

    async def fetch(_):
        return copy

    monkeypatch.setattr(made, "fetch_results", fetch)
    return made


@pytest.fixture
def viewer(app_of, service, batch, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return app_of(service, env={"HOME": str(tmp_path)})


def requests_in(path):
    return [json.loads(text) for text in Path(path).read_text().splitlines()]


async def opened(app, pilot, until):
    """Open the results of the batch in the list."""
    await until(lambda: "greetings" in page(app), pilot)
    await pilot.press("enter")
    await until(lambda: isinstance(app.screen, ResultsScreen), pilot)
    await until(lambda: len(rows_of(app)) == 2, pilot)


def rows_of(app):
    found = app.screen.query("#results-list")
    return found.first(RowList).source if found else ()


async def asked(app, pilot, until, *keys):
    """Open the results, press keys, and be asked which requests to send."""
    await opened(app, pilot, until)
    await pilot.press(*keys, "a")
    await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)


async def test_what_has_no_answer_is_sent_again_with_edits(viewer, service, batch, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until)
        assert "2 requests without an answer" in page(viewer)
        await pilot.press("u")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        await pilot.press(*"max_tokens=9")
        assert "max_tokens: 1024 → 9" in page(viewer)
        await pilot.press("enter")
        await until(lambda: isinstance(viewer.screen, ChoiceDialog), pilot)
        await pilot.press("s")
        await until(lambda: isinstance(viewer.screen, ConfirmDialog), pilot)
        assert "Send 2 requests" in page(viewer)
        assert "max_tokens: 1024 → 9  in 2" in page(viewer)
        assert not service.submissions.drafts
        await pilot.press("y")
        await until(lambda: "Created: msgbatch_new, 2 requests" in said(viewer), pilot)
        ((draft, _),) = service.submissions.drafts
        assert draft.parent == batch.ref
        assert draft.label == "greetings.jsonl (retry)"
        sent = requests_in(draft.copy)
        assert [one["custom_id"] for one in sent] == ["b", "c"]
        assert {one["params"]["max_tokens"] for one in sent} == {9}


async def sending(app, pilot, until):
    """Send what has no answer, up to where it is on its way."""
    await asked(app, pilot, until)
    await pilot.press("u")
    await until(lambda: isinstance(app.screen, LineDialog), pilot)
    await pilot.press("enter")
    await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
    await pilot.press("s")
    await until(lambda: isinstance(app.screen, ConfirmDialog), pilot)
    await pilot.press("y")
    await until(lambda: isinstance(app.screen, SendingDialog), pilot)


async def test_sending_again_is_seen_and_stops(viewer, service, until):
    asked_first = asyncio.Event()

    async def submit(draft, **_):
        asked_first.set()
        await asyncio.Event().wait()  # for what the provider has already; nothing is noted yet

    service.submissions.submit = submit
    async with viewer.run_test(size=(80, 24)) as pilot:
        await sending(viewer, pilot, until)
        await until(asked_first.is_set, pilot)
        assert "asking the provider first" in page(viewer)
        await pilot.press("escape")
        assert "x stops it" in page(viewer)
        await pilot.press("x")
        await until(lambda: "Nothing was sent" in said(viewer), pilot)


async def test_what_did_not_arrive_is_told_where_it_is_not_missed(viewer, service, until):
    async def submit(draft, **_):
        raise AuthError("the key is not accepted", "the provider answered 401")

    service.submissions.submit = submit
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until)
        await pilot.press("u")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(viewer.screen, ChoiceDialog), pilot)
        await pilot.press("s")
        await until(lambda: isinstance(viewer.screen, ConfirmDialog), pilot)
        await pilot.press("y")
        await until(lambda: isinstance(viewer.screen, LinesDialog), pilot)
        assert "There is no batch: the key is not accepted" in page(viewer)


async def test_marked_rows_are_written(viewer, until, tmp_path):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until, "space")
        assert "1 row, marked" in page(viewer)
        await pilot.press("m")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(viewer.screen, ChoiceDialog), pilot)
        await pilot.press("w")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        await pilot.press("ctrl+u", *"some.jsonl", "enter")
        await until(lambda: "1 request in" in said(viewer), pilot)
        assert (tmp_path / "some.jsonl").read_bytes() == line("a") + b"\n"


async def test_a_wrong_edit_is_told_where_it_is_typed(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await asked(viewer, pilot, until)
        await pilot.press("u")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        await pilot.press(*"model", "enter")
        assert "it has no =" in page(viewer)
        await pilot.press("ctrl+u", *"model.x=1", "enter")
        assert "cannot have model.x set" in page(viewer)


async def test_a_file_of_requests_is_asked_for_where_none_is_known(
    viewer, service, until, tmp_path
):
    known, service.lineage.file = service.lineage.file, None
    async with viewer.run_test(size=(80, 24)) as pilot:
        await opened(viewer, pilot, until)
        await pilot.press("a")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        assert "it was not created from here" in page(viewer)
        await pilot.press(*known.name, "enter")
        await until(lambda: isinstance(viewer.screen, ChoiceDialog), pilot)
        assert service.lineage.file.name == known.name


async def test_a_read_only_account_can_only_write(app_of, service, until):
    service.accounts = tuple(replace(one, read_only=True) for one in service.accounts)
    app = app_of(service)
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, until)
        await pilot.press("u")
        await until(lambda: isinstance(app.screen, LineDialog), pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ChoiceDialog), pilot)
        assert "Write them to a file" in page(app)
        assert "Send them" not in page(app)


async def test_the_details_name_parent_and_retries(app_of, fake_service, entry_of, until):
    first = entry_of(1, BatchState.COMPLETED, label="first")
    again = entry_of(2, BatchState.COMPLETED, label="again")
    service = fake_service([first, again])
    service.lineage.parents[again.ref] = first.ref
    app = app_of(service)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(lambda: "Retr" in page(app), pilot)
        shown = page(app)
        await pilot.press("j")
        shown += page(app)
        assert "Retry of" in shown
        assert "Retried by" in shown


async def test_requests_stand_above_their_answers(viewer, until):
    async with viewer.run_test(size=(80, 24)) as pilot:
        await opened(viewer, pilot, until)
        await pilot.press("i")
        await until(lambda: "How are you?" in page(viewer), pilot)
        shown = page(viewer)
        assert "claude-haiku-4-5 · max_tokens 1024" in shown
        assert shown.index("How are you?") < shown.index("well")
        await pilot.press("i")
        await until(lambda: "How are you?" not in page(viewer), pilot)


async def test_a_search_looks_into_requests_once_it_is_typed(viewer, service, until):
    other = params(messages=[{"role": "user", "content": "Where are pears?"}])
    service.lineage.file.write_bytes(
        jsonl(line("a"), {"custom_id": "b", "params": other}, line("c"))
    )
    async with viewer.run_test(size=(80, 24)) as pilot:
        await opened(viewer, pilot, until)
        await pilot.press("/", *"in~pears", "enter")
        await until(lambda: "1 of 1 hit in 2 rows" in page(viewer), pilot)
        assert viewer.screen.body.row == 1


async def test_a_search_without_requests_asks_for_their_file(viewer, service, until, tmp_path):
    moved = service.lineage.file.rename(tmp_path / "moved.jsonl")
    service.lineage.file = None
    async with viewer.run_test(size=(80, 24)) as pilot:
        await opened(viewer, pilot, until)
        await pilot.press("/", *"in~how", "enter")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        await pilot.press("escape")
        await until(lambda: "i names their file" in said(viewer), pilot)
        assert "in~ needs the requests" in said(viewer)
        await pilot.press("i")
        await until(lambda: isinstance(viewer.screen, LineDialog), pilot)
        await pilot.press(*str(moved.name), "enter")
        await until(lambda: "hits in 2 rows" in said(viewer), pilot)
