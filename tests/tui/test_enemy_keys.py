"""The batch list in the hands of somebody who types fast, and whose batches change meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from textual import events
from textual.command import CommandList
from textual.widgets import Input

from batchtui.core.errors import NetworkError, ServerError
from batchtui.core.models import BatchState
from batchtui.tui.commands import BY_ID, COMMANDS, split_keys
from batchtui.tui.keymap import check_keymap
from batchtui.tui.ordering import Order
from batchtui.tui.palette import Palette
from batchtui.tui.presenters import minutes
from batchtui.tui.screens.batch_menus import copy_menu, copy_texts, sort_menu
from batchtui.tui.screens.dialogs import ChoiceDialog, ConfirmDialog, LinesDialog, TypedDialog
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.lines import LinesView
from support.pressing import burst

RUNNING, COMPLETED = BatchState.RUNNING, BatchState.COMPLETED


@pytest.fixture
def service(fake_service, entry_of):
    return fake_service(
        [
            entry_of(1, RUNNING, age=timedelta(minutes=5), label="nightly"),
            entry_of(2, RUNNING, age=timedelta(hours=2), label="weekly"),
            entry_of(3, COMPLETED, age=timedelta(hours=3)),
        ]
    )


@pytest.fixture
def app(app_of, service):
    return app_of(service)


async def listed(app, pilot, until):
    await until(lambda: app.service is not None and len(app.screen.rows) == 3, pilot)


def said(app):
    return app.screen_stack[0].query_one("#message", Bar).text


def lines(app):
    return app.screen.query_one("#lines", LinesView).text


@pytest.mark.parametrize("keys", ["saa", "ssss", "sqq", "s\r\r", "yii", "aqq", "?qq", "Xnn", "Rqq"])
async def test_a_dialog_is_answered_once(app, until, keys):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        burst(app, keys)
        await pilot.pause()
        await pilot.press("escape")
        await until(lambda: len(app.screen_stack) == 1, pilot)
        assert app.is_running


@pytest.mark.parametrize(
    "dialog",
    [
        lambda: LinesDialog("t", ()),
        lambda: ConfirmDialog("t", (), "yes", "no"),
        lambda: TypedDialog("t", (), "abcd", "type"),
        lambda: sort_menu(Order()),
    ],
)
async def test_a_dialog_that_was_answered_hears_no_second_answer(app, until, dialog):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        answers = []
        opened = dialog()
        app.push_screen(opened, answers.append)
        await pilot.pause()
        opened.answer(None)
        opened.answer(None)
        await pilot.pause()
        assert answers == [None]
        assert len(app.screen_stack) == 1


async def test_a_question_is_not_answered_by_a_key_from_before_it_was_seen(app, service, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        burst(app, "Xyyy")
        await until(lambda: isinstance(app.screen, ConfirmDialog), pilot)
        await pilot.pause()
        assert isinstance(app.screen, ConfirmDialog)
        await pilot.press("y")
        await until(lambda: service.did("cancel"), pilot)


async def test_what_is_typed_ahead_goes_where_the_key_before_it_leads(app, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        burst(app, "/completed\r")
        await until(lambda: len(app.screen.rows) == 1, pilot)
        assert app.screen.query_one("#words", Input).value == "completed"
        assert not app.service.paused


async def test_after_a_filter_the_next_key_is_the_lists(app, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        burst(app, "/completed\rp")
        await until(lambda: app.service.paused, pilot)
        assert app.screen.query_one("#words", Input).value == "completed"
        assert app.screen.rows.shown == (app.screen.batch_list.cursor_id,)


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_pages_of_a_palette_that_is_not_drawn_yet(app, until, size):
    async with app.run_test(size=size) as pilot:
        await listed(app, pilot, until)
        for key in ("colon", "pagedown", "pageup", "a", "pageup", "pagedown"):
            app.post_message(events.Key(key, key if key == "a" else None))
        await until(lambda: isinstance(app.screen, Palette), pilot)
        for key in ("pagedown", "pageup"):
            app.screen._action_command_list(key.replace("page", "page_"))
        await pilot.press("pagedown", "pageup", "escape")
        assert app.is_running


async def test_a_palette_without_a_hit_says_so_at_once(app, until):
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(app, pilot, until)
        await pilot.press("colon", *"xyzzy")
        found = app.screen.query_one(CommandList)
        await until(lambda: found.option_count == 1, pilot)
        assert "no command has these words" in str(found.get_option_at_index(0).prompt)
        await pilot.press("enter")
        assert isinstance(app.screen, Palette)


async def test_the_key_that_closed_a_screen_does_not_leave_the_program(app, clock, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        await pilot.press("a", "q", "q")
        assert "again leaves" in said(app)
        assert app.is_running
        clock.elapsed += 1
        await pilot.press("q")
    assert app.return_code == 0


async def test_marks_stay_under_a_filter_and_hidden_ones_are_not_meant(app, service, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        await pilot.press("space", "space")
        head = app.screen.query_one("#head", Bar)
        assert "2 marked" in head.text
        await pilot.press("slash", *"weekly", "enter")
        assert "2 marked (1 hidden)" in head.text
        await pilot.press("X")
        assert "hidden by the filter · nightly" in lines(app)
        await pilot.press("y")
        await until(lambda: service.did("cancel"), pilot)
        assert [ref.id[-1] for _, ref in service.did("cancel")] == ["2"]
        await pilot.press("escape")
        assert "2 marked" in head.text
        assert "hidden" not in head.text


async def test_with_all_marks_hidden_nothing_is_done(app, service, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        await pilot.press("space", "slash", *"completed", "enter", "D")
        assert len(app.screen_stack) == 1
        assert "hidden by the filter: esc clears it" in said(app)
        assert not service.did("delete")


async def test_an_open_question_follows_its_batch(app, service, until, entry_of):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        await pilot.press("X")
        assert "Meanwhile" not in lines(app)
        ended = entry_of(1, COMPLETED, age=timedelta(minutes=5), label="nightly")
        service.change(ended)
        await until(lambda: "Meanwhile" in lines(app), pilot)
        assert "it has ended" in lines(app)
        assert "completed" in lines(app)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ServerError("cannot cancel it", "the disk is full"),
            "nightly was not canceled: the disk is full",
        ),
        (
            NetworkError("no answer", "timed out", maybe_done=True),
            "nightly may have been canceled",
        ),
    ],
)
async def test_a_failure_says_what_did_not_happen_then_why(app, service, until, error, words):
    async with app.run_test(size=(60, 20)) as pilot:
        await listed(app, pilot, until)
        service.failing = dict.fromkeys(service.store, error)
        await pilot.press("X", "y")
        await until(lambda: words in said(app), pilot)
        await pilot.press("exclamation_mark")
        assert isinstance(app.screen, LinesDialog)
        assert error.what in lines(app)


async def test_ctrl_c_says_which_key_leaves(app, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        await pilot.press("ctrl+c")
        assert "ctrl+q" in said(app)


@pytest.mark.parametrize("keys", ["", "s", "y", "question_mark", "colon", "a", "X"])
async def test_with_ascii_all_is_ascii(app_of, service, until, keys):
    app = app_of(service, ascii=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await listed(app, pilot, until)
        await pilot.press(*([keys] if keys else ()))
        await pilot.pause()
        for strip in app.screen._compositor.render_strips():
            assert strip.text.isascii(), strip.text


def test_no_menu_answers_to_a_key_that_moves(entry_of):
    moves = {key for one in COMMANDS if one.scope == "list" for key in split_keys(one.keys)}
    moves |= {"h", "l"}
    entry = replace(entry_of(1, COMPLETED), label="x", local_results="/y")
    menus = [sort_menu(Order()), copy_menu(copy_texts(entry))]
    for menu in menus:
        assert isinstance(menu, ChoiceDialog)
        assert not moves & {choice.key for choice in menu._choices}


def test_a_key_map_without_a_way_out_is_refused():
    keymap = check_keymap({"app.quit": "", "batches.quit": ""})
    assert keymap.shown(BY_ID["app.quit"]) == "ctrl+q"
    assert "ctrl+q stays" in keymap.warnings[0]


def test_a_time_to_come_is_no_negative_age():
    assert minutes(timedelta(hours=-3)) == "<1m"
