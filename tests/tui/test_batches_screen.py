"""The batch list as a person uses it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from batchtui.core.errors import AuthError, ConfigError, NetworkError
from batchtui.core.models import (
    AccountStatus,
    BatchState,
    Capabilities,
    PendingAction,
    RequestCounts,
)
from batchtui.tui.commands import BY_ID
from batchtui.tui.messages import Messages
from batchtui.tui.screens.dialogs import ChoiceDialog, ConfirmDialog, LinesDialog, TypedDialog
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.filter_bar import FilterBar
from batchtui.tui.widgets.lines import LinesView

RUNNING, COMPLETED = BatchState.RUNNING, BatchState.COMPLETED


@pytest.fixture
def world(entry_of):
    """Two running batches, then three ended ones."""
    partial = RequestCounts(succeeded=998, errored=2)
    return [
        entry_of(1, RUNNING, age=timedelta(minutes=5), label="nightly"),
        entry_of(2, RUNNING, age=timedelta(hours=2)),
        entry_of(3, COMPLETED, age=timedelta(hours=1), counts=partial),
        entry_of(4, COMPLETED, age=timedelta(days=1), local_results="/kept/here.jsonl"),
        entry_of(5, COMPLETED, age=timedelta(days=2)),
    ]


@pytest.fixture
def started(app_of, fake_service, world, until):
    """Starts the app in a terminal of a size, with the world or other entries."""

    class Started:
        def __init__(self, entries=None, *, size=(120, 40), service=None, **settings):
            self.service = service or fake_service(world if entries is None else entries)
            self.app = app_of(self.service, **settings)
            self.context = self.app.run_test(size=size)

        async def __aenter__(self):
            self.pilot = await self.context.__aenter__()
            await until(lambda: self.app.service is not None, self.pilot)
            await self.pilot.pause()
            return self

        async def __aexit__(self, *error):
            await self.context.__aexit__(*error)

        @property
        def screen(self):
            return self.app.screen_stack[0]

        @property
        def rows(self):
            return self.screen.batch_list

        def selected(self):
            return int(self.rows.cursor_id.id[-6:])

        def shown(self):
            return [int(ref.id[-6:]) for ref in self.screen.rows.shown]

        def text(self, selector):
            widget = self.app.screen.query_one(selector)
            return widget.text

        def message(self):
            return self.screen.query_one("#message", Bar).text

        async def press(self, *keys):
            await self.pilot.press(*keys)
            await self.pilot.pause()

        async def heard(self, condition):
            await until(condition, self.pilot)

    return Started


# Watching


async def test_the_unfinished_are_on_top_and_details_beside(started):
    async with started() as t:
        assert t.shown() == [1, 2, 3, 4, 5]
        assert "▸ 2 running" in t.text("#head")
        assert "● live" in t.text("#head")
        assert "nightly" in t.text("#detail")


async def test_the_selection_stays_whatever_arrives(started, entry_of):
    async with started() as t:
        await t.press("j", "j")
        assert t.selected() == 3
        t.service.change(entry_of(6, RUNNING, age=timedelta(seconds=1)))
        await t.heard(lambda: 6 in t.shown())
        assert t.selected() == 3
        t.service.change(entry_of(1, COMPLETED, age=timedelta(minutes=5)))
        await t.heard(lambda: t.shown()[-1] == 5 and t.shown().index(1) == 2)
        assert t.selected() == 3


async def test_details_follow_the_cursor_and_the_changes(started, entry_of):
    async with started() as t:
        await t.press("j")
        assert "000002" in t.text("#detail")
        counts = RequestCounts(processing=600, succeeded=400)
        t.service.change(
            entry_of(2, RUNNING, age=timedelta(hours=2), counts=counts, counts_live=True)
        )
        await t.heard(lambda: "40%" in t.text("#detail"))


async def test_the_end_of_a_batch_is_said(started, entry_of):
    async with started() as t:
        t.service.end(entry_of(1, COMPLETED, counts=RequestCounts(errored=9)))
        await t.heard(lambda: "ended: failed" in t.message())


async def test_a_failing_account_is_said_once_and_the_list_stays(started):
    async with started() as t:
        t.service.ail("work", AuthError("401 invalid x-api-key", hint="check the key"))
        await t.heard(lambda: "401 invalid x-api-key" in t.message())
        assert "stale" in t.text("#head")
        assert t.shown() == [1, 2, 3, 4, 5]
        assert "failed: 401" in t.text("#detail")
        await t.press("a")
        assert "check the key" in t.text("LinesView")


async def test_an_archive_that_fails_is_said(started, fake_service, world):
    from batchtui.core.errors import ArchiveError
    from batchtui.core.events import ArchiveFailed

    async with started() as t:
        t.service.tell(ArchiveFailed(ArchiveError("the disk is full")))
        await t.heard(lambda: "the disk is full" in t.message())


async def test_the_batch_looked_at_is_told_to_the_service(started, world):
    async with started() as t:
        await t.press("j")
        assert t.service.did("attention")[-1] == ("attention", world[1].ref, True)
        t.app.on_app_blur()
        assert t.service.did("attention")[-1] == ("attention", world[1].ref, False)


async def test_a_download_is_said(started, world):
    async with started() as t:
        t.service.progress_event(world[4].ref, rows=500, expected_rows=1000, received=2_000_000)
        await t.heard(lambda: "500 of 1,000 rows, 2 MB" in t.text("#progress"))
        t.screen.say("something else")
        assert t.screen.query_one("#progress").display
        t.service.progress_event(world[4].ref, done=True)
        await t.heard(lambda: not t.screen.query_one("#progress").display)


async def test_as_time_goes_on_ages_are_brought_up_to_date(started, clock):
    async with started() as t:
        assert t.rows.render_line(1).text.rstrip().endswith("5m")
        await clock.advance(120)
        t.screen.show_all()
        await t.pilot.pause()
        assert t.rows.render_line(1).text.rstrip().endswith("7m")
        assert "7m ago" in t.text("#detail")


# States


async def test_no_batches_says_who_has_none_and_what_helps(started):
    async with started([]) as t:
        assert "Account work at https://api.example has none" in t.text("#empty")
        await t.press("j", "enter", "X", "D", "d", "y", "o", "R", "space", "A", "s", "escape")
        assert t.app.screen is t.screen


@pytest.mark.parametrize(
    ("error", "words"),
    [(AuthError("no"), "the key is not accepted"), (NetworkError("no"), "cannot be reached")],
)
async def test_nothing_to_show_says_why(started, error, words):
    async with started([]) as t:
        t.service.ail("work", error)
        await t.heard(lambda: words in t.text("#empty"))


async def test_without_an_account_it_says_how_to_get_one(app_of, until):
    def refuse():
        raise ConfigError("no account is configured", hint="set ANTHROPIC_API_KEY")

    app = app_of(None)
    app._open_service = refuse
    async with app.run_test(size=(100, 30)) as pilot:
        empty = app.screen.query_one("#empty", LinesView)
        await until(lambda: "set ANTHROPIC_API_KEY" in empty.text, pilot)
        assert "no account is configured" in empty.text
        await pilot.press("r", "a", "p", "j", "slash", "escape", "q")
    assert app.return_code == 0


@pytest.mark.parametrize("size", [(40, 10), (60, 15), (80, 24), (100, 19), (200, 60), (20, 5)])
async def test_any_size_works(started, size):
    async with started(size=size) as t:
        await t.press("j", "slash", "n", "enter", "escape", "w", "w", "v", "v", "X", "escape")
        await t.press("question_mark", "escape", "D", "escape", "s", "escape")
        assert t.rows.cursor >= 0
        narrow = size[0] < 60 or size[1] < 15
        if narrow:
            await t.pilot.resize_terminal(*size)
            assert t.screen.query_one("#message") is not None


async def test_a_small_terminal_is_told(started):
    async with started(size=(50, 12)) as t:
        assert "needs 60x15" in t.text("#head")
        await t.pilot.resize_terminal(80, 24)
        await t.heard(lambda: "needs" not in t.text("#head"))


async def test_ascii_mode_draws_ascii_only(started):
    async with started(ascii=True, size=(80, 24)) as t:
        await t.press("X")
        strips = t.app.screen._compositor.render_strips()
        await t.press("escape")
        strips += t.app.screen._compositor.render_strips()
        assert [line for line in (strip.text for strip in strips) if not line.isascii()] == []


# Filter and order


async def test_the_filter_works_as_it_is_typed(started):
    async with started() as t:
        await t.press("slash", *"night")
        assert t.shown() == [1]
        assert "1 of 5 shown" in t.text("#count")
        await t.press("enter", "j")
        assert t.shown() == [1]
        await t.press("escape")
        assert t.shown() == [1, 2, 3, 4, 5]
        assert not t.screen.query_one(FilterBar).display


async def test_a_new_batch_that_the_filter_hides_is_told_with_that(started, world):
    async with started() as t:
        await t.press("slash", *"night", "enter")
        for entry, hidden in ((world[0], False), (world[1], True)):
            t.screen._show_created([entry.ref])
            await t.pilot.pause()
            assert ("hidden by the filter" in t.text("#message")) is hidden


async def test_the_filter_keeps_the_selection_where_it_can(started):
    async with started() as t:
        await t.press("j", "j", "j", "slash", *"succeeded")
        assert t.shown() == [4, 5]
        assert t.selected() == 4
        await t.press("escape")
        assert t.selected() == 4


async def test_nothing_found_is_said(started):
    async with started() as t:
        await t.press("slash", *"zzz")
        assert "0 of 5" in t.text("#count")
        assert t.rows.cursor_id is None
        assert "No batch fits 'zzz'" in t.text("#empty")
        assert "esc shows all 5 batches" in t.text("#empty")
        assert not t.rows.display
        assert "No batch is selected" in t.text("#detail")
        await t.press("escape", "j")
        assert t.rows.display
        assert t.selected() == 2


async def test_a_cleared_filter_gives_the_selection_back(started):
    async with started() as t:
        await t.press("j", "slash", *"succeeded")
        assert t.selected() in (4, 5)
        await t.press("escape")
        assert t.selected() == 2


async def test_a_cleared_filter_stays_on_what_was_chosen_in_it(started):
    async with started() as t:
        await t.press("slash", *"succeeded", "enter", "j")
        assert t.selected() == 5
        await t.press("escape")
        assert t.selected() == 5


@pytest.mark.parametrize("width", [60, 80, 160])
async def test_the_count_of_a_filter_is_never_cut(started, width):
    async with started(size=(width, 24)) as t:
        await t.press("f", "slash", *"x")
        await t.pilot.pause()
        bar = t.screen.query_one("#count", Bar)
        assert bar.render_line(0).text.strip() == bar.text
        assert "0 of 5" in bar.text


async def test_failures_only(started):
    async with started() as t:
        await t.press("f")
        assert t.shown() == [3]
        assert "failures only" in t.text("#count")
        await t.press("f")
        assert t.shown() == [1, 2, 3, 4, 5]


async def test_sorting_by_menu_and_turning_it_round(started):
    async with started() as t:
        await t.press("j", "s", "r")
        assert t.selected() == 2
        await t.press("S")
        assert t.app.remembered.sort == "requests"
        assert t.app.remembered.active_first is False
        await t.press("s", "r")
        assert t.app.remembered.descending is True
        await t.press("s", "escape")
        assert t.screen.rows.order.key == "requests"


async def test_choices_are_remembered(started, app_of, fake_service):
    async with started() as t:
        await t.press("s", "n", "v")
    again = app_of(fake_service([]))
    assert again.remembered.sort == "name"
    assert again.remembered.detail is False


async def test_wide_shows_every_column_without_details(started):
    async with started(size=(200, 40)) as t:
        await t.press("w")
        assert not t.screen.query_one("#detail").display
        assert "PROVIDER STATUS" in t.rows.render_line(0).text
        await t.press("w")
        assert t.screen.query_one("#detail").display


@pytest.mark.parametrize("width", [60, 80])
async def test_every_wide_column_can_be_reached(started, width):
    async with started(size=(width, 24)) as t:
        assert "More columns" not in t.text("#keys")
        await t.press("w")
        assert "→ More columns" in t.text("#keys")
        seen = set(t.rows.shown_columns)
        for _ in range(9):
            await t.press("right")
            seen |= set(t.rows.shown_columns)
            assert "BATCH" in t.rows.render_line(0).text
        assert seen >= {"ID", "REQUESTS", "CREATED", "PROVIDER STATUS", "LOCAL COPY"}
        await t.press(*["left"] * 9)
        assert "REQUESTS" in t.rows.shown_columns


@pytest.mark.parametrize("label", ["", "nightly"])
async def test_wide_keeps_what_matters_in_view_and_tells_an_id_once(started, entry_of, label):
    async with started([entry_of(7, label=label)], size=(80, 24)) as t:
        await t.press("w")
        assert {"BATCH", "REQUESTS", "PROGRESS", "AGE"} <= set(t.rows.shown_columns)
    async with started([entry_of(7, label=label)], size=(160, 50)) as t:
        await t.press("w")
        assert t.rows.render_line(1).text.count("msgbatch_000000000000000000000007") == 1
        assert ("ID" in t.rows.shown_columns) == bool(label)


@pytest.mark.parametrize("width", [80, 110, 120, 131, 132, 160])
async def test_the_account_column_is_there_only_for_several(started, fake_service, world, width):
    async with started(size=(width, 40)) as t:
        assert "ACC" not in t.rows.render_line(0).text
    several = fake_service(world, accounts=("work", "lab"))
    async with started(service=several, size=(width, 40)) as t:
        head = t.rows.render_line(0).text
        assert ("ACCOUNT" if width >= 100 else "ACCT") in head
        assert "PROGRESS" in head


async def test_one_account_is_shown_and_remembered(started, fake_service, entry_of):
    entries = [entry_of(1), entry_of(2, account="lab"), entry_of(3, COMPLETED, account="lab")]
    service = fake_service(entries, accounts=("work", "lab", "empty"))
    async with started(service=service, size=(80, 24)) as t:
        await t.press("A", "t", "2")
        assert sorted(t.shown()) == [2, 3]
        assert "only lab" in t.text("#head")
        assert "2 marked" in t.text("#head")
        assert "▸ 1" in t.text("#head")
        service.change(entry_of(4), entry_of(5, account="lab"))
        await t.heard(lambda: sorted(t.shown()) == [2, 3, 5])
        await t.press("escape", "slash", *"completed", "enter")
        assert t.shown() == [3]
        assert "1 of 3" in t.text("#count")
    async with started(service=fake_service(entries, accounts=("work", "lab", "empty"))) as t:
        assert sorted(t.shown()) == [2, 3]
        await t.press("t", "3")
        assert "Account empty" in t.text("#empty")
        await t.press("t", "0")
        assert sorted(t.shown()) == [1, 2, 3]
        assert "only" not in t.text("#head")
    async with started([entry_of(1)]) as t:
        assert t.shown() == [1]
        await t.press("t")
        assert t.app.screen is t.screen


# Acting


async def test_cancel_asks_and_only_y_affirms(started, world):
    async with started() as t:
        for no in ("enter", "n", "escape", "X", "q"):
            await t.press("X")
            assert isinstance(t.app.screen, ConfirmDialog)
            await t.press(no)
            if no == "X":
                assert isinstance(t.app.screen, ConfirmDialog)
                await t.press("escape")
        assert t.service.did("cancel") == []
        await t.press("X")
        assert world[0].ref.id in t.text("LinesView")
        await t.press("y")
        await t.heard(lambda: t.service.did("cancel") == [("cancel", world[0].ref)])
        await t.heard(lambda: "Cancellation asked for: nightly" in t.message())


async def test_the_target_is_the_one_that_was_asked_about(started, world, entry_of):
    async with started() as t:
        await t.press("X")
        t.service.change(entry_of(9, RUNNING, age=timedelta(seconds=1)))
        await t.heard(lambda: t.shown() == [9, 1, 2, 3, 4, 5])
        await t.press("y")
        await t.heard(lambda: t.service.did("cancel") == [("cancel", world[0].ref)])


async def test_an_ended_batch_is_not_canceled(started):
    async with started() as t:
        await t.press("j", "j", "X")
        assert "cannot be canceled: it has ended" in t.message()


async def test_a_running_batch_is_not_deleted(started):
    async with started() as t:
        await t.press("D")
        assert "cancel it first" in t.message()


async def test_delete_offers_a_copy_and_wants_the_id(started, world):
    async with started() as t:
        await t.press("G", "D")
        assert isinstance(t.app.screen, ChoiceDialog)
        await t.press("c")
        assert isinstance(t.app.screen, TypedDialog)
        await t.press(*"0004", "enter")
        assert "That is not it" in t.text("#prompt")
        assert t.service.did("delete") == []
        await t.press(*["backspace"] * 4, *"0005", "enter")
        await t.heard(lambda: t.service.did("delete") == [("delete", world[4].ref, True)])


async def test_delete_without_a_copy(started, world):
    async with started() as t:
        await t.press("G", "D", "w", *"0005", "enter")
        await t.heard(lambda: t.service.did("delete") == [("delete", world[4].ref, False)])


async def test_delete_is_left_by_the_default_answer(started):
    async with started() as t:
        await t.press("G", "D", "enter")
        assert t.app.screen is t.screen
        await t.press("D", "w", "escape")
        assert t.service.did("delete") == []
        assert "Nothing was deleted" in t.message()


async def test_with_a_local_copy_there_is_nothing_to_offer(started, world):
    async with started() as t:
        await t.press("G", "k", "D")
        assert isinstance(t.app.screen, TypedDialog)
        await t.press(*"0004", "enter")
        await t.heard(lambda: t.service.did("delete") == [("delete", world[3].ref, False)])


async def test_several_are_deleted_by_their_number(started, world):
    async with started() as t:
        await t.press("A")
        assert "5 marked" in t.message()
        await t.press("D")
        assert "2 of them have their results only at the provider" in t.text("#lines")
        assert [f"{n:06}" in t.text("#lines") for n in (3, 4, 5)] == [True] * 3
        await t.press("c")
        assert "delete 3" in t.text("#prompt")
        assert "Left out: it is in_progress · 2 batches" in t.text("#lines")
        await t.press(*"delete", "space", "3", "enter")
        await t.heard(lambda: len(t.service.did("delete")) == 3)
        kept = {call[1].id[-1]: call[2] for call in t.service.did("delete")}
        assert kept == {"3": True, "4": False, "5": True}


async def test_a_failure_says_what_and_how_far(started, world):
    async with started() as t:
        t.service.failing[world[1].ref] = AuthError("403 not yours", hint="ask an admin")
        await t.press("space", "space", "X", "y")
        await t.heard(lambda: "403 not yours" in t.message())
        assert "1 of 2" in t.message()
        assert "ask an admin" in t.message()


async def test_read_only_has_no_dangerous_commands(started, fake_service, world):
    async with started(service=fake_service(world, read_only=True)) as t:
        assert "Cancel" not in t.text("#keys")
        await t.press("X", "D")
        assert t.app.screen is t.screen
        await t.press("question_mark")
        assert "batches.delete" not in t.text("LinesView")


async def test_messages_that_have_gone_can_be_recalled(started, world):
    async with started() as t:
        t.service.failing[world[0].ref] = AuthError("cannot cancel it", "403 not yours")
        await t.press("X", "y")
        await t.heard(lambda: "403 not yours" in t.message())
        await t.press("S", "r", "exclamation_mark")
        said = t.text("LinesView").split("\n")
        assert "Asking the providers" in said[0]
        assert any("nightly was not canceled: 403 not yours" in line for line in said[1:])


async def test_all_that_a_server_said_is_one_key_away(started, world):
    said = '{"detail": "' + "INSERT INTO jobs \x1b[31m" * 40 + '"}'
    async with started(world, size=(80, 24)) as t:
        refused = AuthError("cannot cancel it", "INSERT …", body=said)
        t.service.failing[world[0].ref] = refused
        await t.press("X", "y")
        assert "! shows all" in t.message()
        await t.press("exclamation_mark")
        whole = t.text("LinesView")
        assert whole.count("INSERT INTO jobs") == 40
        assert "\x1b" not in whole


async def test_only_the_last_messages_are_kept(clock):
    messages = Messages()
    for number in range(30):
        messages.keep(clock.now(), f"message {number}", "")
        messages.keep(clock.now(), f"message {number}", "")
    messages.keep(clock.now(), "a hint", "muted")
    texts = [line[1].text for line in messages.lines()]
    assert texts == [f"message {number}" for number in range(29, 9, -1)]


async def test_a_refusal_begins_with_the_batch_and_shows_it_at_80(started, entry_of):
    async with started([entry_of(7)], size=(80, 24)) as t:
        await t.press("o")
        assert t.message().startswith("msgbat…0000007 has no results yet: it is in_progress")


async def test_questions_and_details_use_the_words_of_the_kind(started, fake_service, entry_of):
    able = Capabilities(
        deletes="its files", delete_leaves_batch=True, cancels_at_once=True, stalls="nobody looks"
    )
    entries = [
        entry_of(1, RUNNING, age=timedelta(hours=3)),
        entry_of(2, BatchState.FAILED, failure="the file is no JSONL", results_available=False),
    ]
    service = fake_service(entries)
    service.accounts = tuple(replace(info, capabilities=able) for info in service.accounts)
    async with started(service=service) as t:
        assert "nobody looks" in t.text("#detail")
        await t.press("X")
        assert "done at once" in t.text("#lines")
        await t.press("y")
        await t.heard(lambda: "Canceled: " in t.message())
        await t.press("j")
        assert "the file is no JSONL" in t.text("#detail")
        assert "nobody looks" not in t.text("#detail")
        await t.press("D")
        assert "Only its files can be deleted" in t.text("#lines")


async def test_a_pending_action_is_seen(started, entry_of):
    async with started() as t:
        t.service.change(entry_of(1, RUNNING, label="nightly", pending=PendingAction.CANCEL))
        await t.heard(lambda: "… canceling" in t.rows.render_line(1).text)


async def test_download_skips_what_is_here_and_says_so(started, world):
    async with started() as t:
        await t.press("d")
        assert "has no results yet" in t.message()
        await t.press("G", "k", "d")
        assert "here already" in t.message()
        await t.press("j", "d")
        await t.heard(lambda: t.service.did("fetch") == [("fetch", world[4].ref)])


async def test_refresh_and_pause(started):
    async with started() as t:
        await t.press("r", "p")
        assert t.service.did("poke")
        assert t.service.paused
        assert "Paused" in t.message()
        await t.press("p")
        assert not t.service.paused


async def test_open_without_results_shows_all_details(started):
    async with started() as t:
        await t.press("enter")
        assert isinstance(t.app.screen, LinesDialog)
        assert "nightly" in t.text("LinesView")
        await t.press("escape", "o")
        assert "has no results yet" in t.message()


async def test_the_raw_object(started):
    async with started() as t:
        await t.press("R")
        assert '"processing_status": "in_progress"' in t.text("LinesView")


async def test_copying_says_what_was_sent(started, world, monkeypatch):
    async with started() as t:
        sent = []
        monkeypatch.setattr(t.app._clipboard_sender, "_write", sent.append)
        await t.press("y", "i")
        await t.heard(lambda: "Id sent to the terminal's clipboard" in t.message())
        assert sent[0].startswith("\x1b]52;c;")
        assert sent[0].endswith("\x1b\\")


async def test_all_details_can_be_copied(started, monkeypatch):
    async with started() as t:
        texts = []

        async def send(text, what):
            texts.append(text)
            return what

        monkeypatch.setattr(t.app._clipboard_sender, "send", send)
        await t.press("y", "d")
        await t.heard(lambda: texts)
        assert "Created      2026-11-20" in texts[0]


# Keys, help, palette


async def test_other_keys_work_and_are_shown(started):
    async with started(keymap={"batches.refresh": "u", "batches.cancel": ""}) as t:
        await t.press("r", "X")
        assert not t.service.did("poke")
        assert t.app.screen is t.screen
        await t.press("u")
        assert t.service.did("poke")
        assert "X Cancel" not in t.text("#keys")


async def test_a_wrong_key_map_is_told(started):
    async with started(keymap={"batches.refersh": "u"}) as t:
        assert "did you mean batches.refresh?" in t.text("#notice")
        await t.press("j", "p")
        assert t.screen.query_one("#notice").display, "no message takes its place"
        await t.press("question_mark")
        assert "did you mean batches.refresh?" in t.text("LinesView")
        await t.press("escape", "escape")
        assert not t.screen.query_one("#notice").display


async def test_an_unknown_theme_is_told(started):
    async with started(theme="nrod") as t:
        assert "no theme 'nrod'; did you mean nord?" in t.text("#notice")


async def test_the_help_has_every_command_of_the_screen(started):
    async with started() as t:
        await t.press("question_mark")
        shown = t.text("LinesView")
        wanted = [c.id for c in BY_ID.values() if c.scope in ("batches", "list", "app")]
        assert [one for one in wanted if one not in shown] == []


async def test_the_palette_runs_commands(started):
    async with started() as t:
        await t.press("colon", *"pause", "enter")
        await t.heard(lambda: t.service.paused)


async def test_a_theme_is_chosen_and_kept(started):
    async with started() as t:
        t.app.action_app_theme()
        await t.pilot.pause()
        await t.press(*"nord", "enter")
        await t.heard(lambda: t.app.theme == "nord")
        assert t.app.remembered.theme == "nord"


async def test_every_command_has_an_action(started):
    async with started() as t:
        for command in BY_ID.values():
            if command.scope in ("batches", "app", "list"):
                owner = {"app": t.app, "batches": t.screen, "list": t.rows}[command.scope]
                assert hasattr(owner, f"action_{command.action}"), command.id


async def test_leaving_closes_the_service(started):
    async with started() as t:
        await t.press("q")
    assert t.app.return_code == 0
    assert t.service.closed


async def test_hostile_batches_are_shown_masked(started, entry_of):
    evil = "\x1b]52;c;eA==\x07[@click=app.quit]x[/y]\u202e\x9b2J"
    entry = entry_of(1, COMPLETED, label=evil, provider_status=evil, raw=evil, kind=evil)
    async with started([entry]) as t:
        t.service.ail("work", NetworkError(evil, evil, evil))
        for keys in ((), ("X",), ("D",), ("R",), ("a",), ("y",)):
            await t.press(*keys)
            for strip in t.app.screen._compositor.render_strips():
                assert strip.text.isprintable()
            await t.press("escape")


async def test_ten_thousand_batches(started, entry_of):
    entries = [entry_of(n, COMPLETED, age=timedelta(seconds=n)) for n in range(10_000)]
    async with started(entries) as t:
        await t.press("G", "k", "pageup")
        before = t.selected()
        t.service.change(entry_of(20_000, RUNNING, age=timedelta(0)))
        await t.heard(lambda: len(t.shown()) == 10_001)
        assert t.selected() == before
        assert t.service.health()[0].status is AccountStatus.LIVE
