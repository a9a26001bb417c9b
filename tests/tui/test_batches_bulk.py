"""Questions about many batches in small terminals, and what is done to many one by one."""

import asyncio
from datetime import timedelta

import pytest

from batchtui.core.models import BatchState, RequestCounts
from batchtui.tui.screens.dialogs import ChoiceDialog, ConfirmDialog, LinesDialog, TypedDialog
from batchtui.tui.widgets.bar import Bar

SMALL = pytest.mark.parametrize("size", [(80, 24), (60, 15)], ids=["80x24", "60x15"])


@pytest.fixture
def many(entry_of):
    """Forty running batches, and forty ended ones."""
    running = [entry_of(n, age=timedelta(minutes=n)) for n in range(1, 41)]
    counts = RequestCounts(succeeded=1000, errored=805)
    ended = [
        entry_of(n, BatchState.COMPLETED, age=timedelta(hours=n), counts=counts)
        for n in range(41, 81)
    ]
    return running + ended


@pytest.fixture
def world(app_of, fake_service, many, until):
    """The app on many batches in a terminal of a size, with all of them marked."""

    class World:
        def __init__(self, size):
            self.service = fake_service(many)
            self.app = app_of(self.service)
            self.context = self.app.run_test(size=size)

        async def __aenter__(self):
            self.pilot = await self.context.__aenter__()
            await until(lambda: self.app.service is not None, self.pilot)
            await self.pilot.pause()
            await self.press("A")
            return self

        async def __aexit__(self, *error):
            await self.context.__aexit__(*error)

        async def press(self, *keys):
            await self.pilot.press(*keys)
            await self.pilot.pause()

        async def shows(self, kind):
            await until(lambda: isinstance(self.app.screen, kind), self.pilot)
            await self.pilot.pause()

        @property
        def painted(self):
            strips = self.app.screen._compositor.render_strips()
            return "\n".join(strip.text for strip in strips)

        def text(self, selector):
            return self.app.screen_stack[0].query_one(selector, Bar).text

        async def until(self, condition):
            await until(condition, self.pilot)

    return World


@SMALL
async def test_a_question_about_many_shows_title_answers_and_some_batches(world, size):
    async with world(size) as t:
        await t.press("X")
        await t.shows(ConfirmDialog)
        for words in ("Cancel these 40 batches?", "y Cancel them", "n Let them run", "000001"):
            assert words in t.painted
        assert "Left out: it has ended · 40 batches" in t.painted


@SMALL
async def test_the_list_of_a_question_scrolls_to_its_end(world, size):
    async with world(size) as t:
        await t.press("X")
        await t.shows(ConfirmDialog)
        assert "000040" not in t.painted
        await t.press("G")
        assert "000040" in t.painted
        assert "y Cancel them" in t.painted


@SMALL
async def test_every_choice_about_many_is_in_view(world, size):
    async with world(size) as t:
        await t.press("D")
        await t.shows(ChoiceDialog)
        for words in (
            "Delete these 40 batches?", "only at the provider",
            "n    Delete nothing", "c    Keep a copy here", "72,200 results",
            "w    Delete without a copy", "enter Take", "000041",
        ):  # fmt: skip
            assert words in t.painted


@SMALL
async def test_what_to_type_and_where_is_in_view(world, size):
    async with world(size) as t:
        await t.press("D")
        await t.shows(ChoiceDialog)
        await t.press("w")
        await t.shows(TypedDialog)
        await t.press(*"delete", "space", "4")
        for words in ("Delete these 40", "Type 'delete 40'", " delete 4", "esc Leave"):
            assert words in t.painted
        await t.press("down", "down", "pagedown")
        assert t.app.screen.query_one("#lines").scroll_offset.y > 0
        assert " delete 4" in t.painted


@SMALL
@pytest.mark.parametrize("key", ["question_mark", "R", "enter", "a"])
async def test_what_is_read_keeps_its_closing_line(world, size, key):
    async with world(size) as t:
        await t.press(key)
        await t.shows(LinesDialog)
        assert "esc Close" in t.painted


async def test_a_choice_out_of_view_is_not_taken(world, until):
    async with world((30, 6)) as t:
        await t.press("escape", "s")
        await t.shows(ChoiceDialog)
        await t.press("u")
        assert isinstance(t.app.screen, ChoiceDialog)
        assert "Unfinished on top" in t.painted
        assert t.app.remembered.active_first
        await t.press("u")
        await t.until(lambda: not t.app.remembered.active_first)


async def test_no_line_loses_its_end_where_it_scrolls(world):
    async with world((80, 24)) as t:
        await t.press("X")
        await t.shows(ConfirmDialog)
        assert "may still finish, and keep their results. The rest" in t.painted
        inside = [line for line in t.painted.split("\n") if "│" in line]
        words = " ".join(line.split("│")[1].strip() for line in inside)
        assert "The rest is canceled. What has been processed is paid for." in words


async def test_a_round_tells_how_far_it_is_and_stops(world):
    async with world((80, 24)) as t:
        t.service.held = asyncio.Event()
        await t.press("X")
        await t.shows(ConfirmDialog)
        await t.press("y")
        await t.until(lambda: "Canceling: 0 of 40" in t.text("#progress"))
        assert "x stops" in t.text("#progress")
        assert "x Stop" in t.text("#keys")
        await t.press("x")
        await t.until(lambda: "stopping" in t.text("#progress"))
        t.service.held.set()
        await t.until(lambda: "Stopped · Cancellation asked for: 1 of 40" in t.text("#message"))
        assert len(t.service.did("cancel")) == 1
        assert "x Stop" not in t.text("#keys")


async def test_stopping_stops_the_download_of_the_batch_at_hand(world, many):
    async with world((80, 24)) as t:
        t.service.held = asyncio.Event()
        await t.press("d")
        await t.until(lambda: t.service.did("fetch"))
        ref = t.service.did("fetch")[0][1]
        t.service.progress_event(ref, rows=1)
        await t.until(lambda: "1 of 2 rows" in t.text("#progress"))
        await t.press("x")
        await t.until(lambda: "Stopped · Results fetched: 0 of 40" in t.text("#message"))
        assert t.service.did("stop") == [("stop", ref)]


async def test_leaving_in_the_middle_of_a_round_is_asked_about(world, clock):
    async with world((80, 24)) as t:
        t.service.held = asyncio.Event()
        await t.press("X")
        await t.shows(ConfirmDialog)
        await t.press("y")
        await t.until(lambda: t.service.did("cancel"))
        await clock.advance(5)
        await t.press("q")
        await t.shows(ConfirmDialog)
        assert "Canceling: 0 of 40" in t.painted
        await t.press("n")
        assert t.app.return_code is None
        await clock.advance(5)
        await t.press("ctrl+q")
        await t.shows(ConfirmDialog)
        await t.press("y")
        await t.until(lambda: t.app.return_code == 0)


async def test_what_ends_does_not_take_the_place_of_an_answer(world, entry_of, clock):
    async with world((80, 24)) as t:
        await t.press("p")
        t.service.end(entry_of(1, BatchState.COMPLETED))
        await t.pilot.pause()
        assert "Paused" in t.text("#message")
        await clock.advance(60)
        t.service.end(entry_of(2, BatchState.COMPLETED))
        await t.until(lambda: "ended" in t.text("#message"))


async def test_without_batches_only_what_can_act_is_offered(app_of, fake_service, until):
    app = app_of(fake_service([]))
    async with app.run_test(size=(160, 24)) as pilot:
        keys = app.screen.query_one("#keys", Bar)
        await until(lambda: "Refresh" in keys.text, pilot)
        for word in ("Open", "Filter", "Sort", "Cancel", "Delete", "Copy", "Download"):
            assert word not in keys.text
        assert "q Quit" in keys.text


async def test_the_key_bar_offers_what_the_batch_allows(world):
    async with world((160, 40)) as t:
        await t.press("escape")
        assert "X Cancel" in t.text("#keys")
        assert "D Delete" not in t.text("#keys")
        await t.press("G")
        assert "X Cancel" not in t.text("#keys")
        assert "D Delete" in t.text("#keys")


async def test_the_head_follows_the_width(world):
    async with world((160, 40)) as t:
        assert "40 running" in t.text("#head")
        await t.pilot.resize_terminal(60, 20)
        await t.until(lambda: "running" not in t.text("#head"))
        await t.pilot.resize_terminal(160, 40)
        await t.until(lambda: "40 running" in t.text("#head"))
