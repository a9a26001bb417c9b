"""Pictures of the layouts that a person has looked at. Few on purpose."""

import re
from pathlib import Path

import pytest
import pytest_textual_snapshot

from batchtui.core.errors import AuthError
from batchtui.core.models import BatchState, PendingAction, Presence, RequestCounts
from batchtui.tui.screens.results import ResultsScreen
from support.results import errored, succeeded, without_answer, write

# The plugin was made for an older snapshot library: without this the files end in `.raw`.
pytest_textual_snapshot.SVGImageExtension.file_extension = "svg"

NARROW, WIDE = (80, 24), (160, 50)


@pytest.fixture
def entries(entry_of):
    return [
        entry_of(1, label="nightly eval"),
        entry_of(2, counts=RequestCounts(processing=250, succeeded=700, errored=50),
                 counts_live=True),
        entry_of(3, BatchState.CANCELING, pending=PendingAction.CANCEL),
        entry_of(4, BatchState.COMPLETED),
        entry_of(5, BatchState.COMPLETED, counts=RequestCounts(succeeded=998, errored=2)),
        entry_of(6, BatchState.FAILED, counts=RequestCounts(errored=9)),
        entry_of(7, BatchState.CANCELED, counts=RequestCounts(succeeded=40, canceled=60)),
        entry_of(8, BatchState.EXPIRED, counts=RequestCounts(expired=12)),
        entry_of(9, BatchState.COMPLETED, presence=Presence.DELETED, local_results="/a/b.jsonl"),
        entry_of(10, BatchState.COMPLETED, presence=Presence.UNLISTED, label="漢字 and 🙂"),
    ]  # fmt: skip


@pytest.fixture
def app(app_of, fake_service, entries):
    return app_of(fake_service(entries))


@pytest.fixture
def viewer(app_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = [
        {"type": "thinking", "thinking": "Let me look it up.", "signature": "x"},
        {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {"city": "München"}},
        {"type": "text", "text": "It is **12 °C** in München.\n\n- dry\n- calm",
         "citations": [{"type": "web_search_result_location", "url": "https://weather.example/m",
                        "title": "Weather", "cited_text": "12 °C", "encrypted_index": "x"}]},
    ]  # fmt: skip
    lines = [succeeded("city-001", content=content), errored("city-002")]
    lines += [without_answer("city-003", "expired"), b'{"custom_id": "city-004", "resu']
    lines += [succeeded(f"city-{n:03}", f"Answer number {n}.") for n in range(5, 40)]
    path = write(Path("answers.jsonl"), *lines)
    return app_of(None, first=lambda: ResultsScreen(path))


def settled(*keys):
    """Presses keys once the app has drawn what it shows, and waits until all of that is drawn."""

    async def act(pilot):
        await still(pilot)
        await pilot.press(*keys)
        await still(pilot)

    return act


async def still(pilot, *, turns=8):
    """Give the app its turns until so many in a row have drawn nothing new."""
    before, same = "", 0
    while same < turns:
        await pilot.pause()
        now = pilot.app.export_screenshot(title="still")
        same = same + 1 if drawn(now) == drawn(before) else 0
        before = now


def drawn(svg):
    """A picture without the number that makes its style names unique."""
    return re.sub(r"terminal-\d+", "terminal", svg)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "160x50"])
def test_batch_list(snap_compare, app, size):
    assert snap_compare(app, terminal_size=size, run_before=settled("j", "space"))


def test_batch_list_without_details(snap_compare, app):
    assert snap_compare(app, terminal_size=(110, 30), run_before=settled("w"))


def test_batch_list_in_ascii_and_ansi_colours(snap_compare, app_of, fake_service, entries):
    app = app_of(fake_service(entries), ascii=True, theme="ansi-dark")
    assert snap_compare(app, terminal_size=(120, 30), run_before=settled("G"))


def test_batch_list_on_a_light_ground(snap_compare, app_of, fake_service, entries):
    app = app_of(fake_service(entries), theme="textual-light")
    assert snap_compare(app, terminal_size=(120, 30), run_before=settled())


def test_delete_dialog(snap_compare, app):
    assert snap_compare(app, terminal_size=NARROW, run_before=settled("j", "j", "j", "D"))


def test_help(snap_compare, app):
    assert snap_compare(app, terminal_size=(100, 40), run_before=settled("question_mark"))


def test_an_account_that_is_refused(snap_compare, app_of, fake_service):
    service = fake_service([])
    app = app_of(service)

    async def refused(pilot):
        await settled()(pilot)
        error = AuthError("could not list batches", "invalid x-api-key", "look at the key")
        service.ail("work", error, last_success=None, denied=True)
        await settled()(pilot)

    assert snap_compare(app, terminal_size=NARROW, run_before=refused)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "160x50"])
def test_results(snap_compare, viewer, size):
    assert snap_compare(viewer, terminal_size=size, run_before=settled("slash", *"answer", "enter"))


def test_record(snap_compare, viewer):
    assert snap_compare(viewer, terminal_size=NARROW, run_before=settled("enter"))
