"""Reading records in the results viewer: matches, Markdown, margins, long lines, what to copy."""

import pytest

from batchtui.tui.screens.dialogs import ChoiceDialog
from batchtui.tui.screens.results import ResultsScreen
from batchtui.tui.widgets.bar import Bar
from batchtui.tui.widgets.record_pane import RecordPane
from support.results import errored, succeeded, write
from support.shapes import answered, completion, message

LONG = "needle " + "hay " * 300 + "needle"


@pytest.fixture
def opened(app_of, tmp_path):
    def make(*lines, **settings):
        path = write(tmp_path / "results.jsonl", *lines)
        return app_of(None, first=lambda: ResultsScreen(path), **settings)

    return make


def page(app):
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def head(app):
    return app.screen.query_one(RecordPane).query_one(Bar).text


def said(app):
    return app.screen.query_one("#message", Bar).text


async def search(app, pilot, until, words):
    await until(lambda: app.screen.body.row >= 0, pilot)
    await pilot.press("slash", *words, "enter", "enter")
    await until(lambda: "match" in head(app), pilot)


async def test_matches_are_gone_through_in_a_record_then_in_the_next(opened, until):
    app = opened(succeeded("a", LONG), succeeded("b", "no"), succeeded("c", LONG))
    async with app.run_test(size=(80, 24)) as pilot:
        await search(app, pilot, until, "needle")
        assert head(app) == "a  1 of 3  1 of 2 matches"
        for key, expected in (
            ("n", "a  1 of 3  2 of 2 matches"),
            ("n", "c  3 of 3  1 of 2 matches"),
            ("N", "a  1 of 3  2 of 2 matches"),
            ("N", "a  1 of 3  1 of 2 matches"),
        ):
            await pilot.press(key)
            await until(lambda expected=expected: head(app) == expected, pilot)
        assert "needle hay" in page(app)


async def test_a_match_asked_for_before_it_is_known_is_gone_to(opened, until):
    far = "needle " + "hay " * 60_000
    app = opened(succeeded("a", far + "needle"), succeeded("b", far), succeeded("c", "needle"))
    async with app.run_test(size=(80, 24)) as pilot:
        await search(app, pilot, until, "needle")
        await pilot.press("n")
        await until(lambda: head(app).startswith("a  1 of 3  2 of 2 matches"), pilot)
        await pilot.press("n", "n")
        await until(lambda: head(app).startswith("c  3 of 3"), pilot)


async def test_patterns_are_marked_in_the_record(opened, until):
    app = opened(succeeded("a", "one 12 two 345"))
    async with app.run_test(size=(80, 24)) as pilot:
        await search(app, pilot, until, ["slash", "backslash", "d", "plus", "slash"])
        await until(lambda: head(app).endswith("1 of 2 matches"), pilot)
        segments = [s for strip in app.screen._compositor.render_strips() for s in strip]
        assert {s.text for s in segments if s.style and s.style.bold} >= {"12", "345"}


async def test_markdown_is_set_or_shown_as_written(opened, until):
    app = opened(succeeded("a", "some **bold** words\n\n- item"), errored("b"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.screen.body.row >= 0, pilot)
        await pilot.press("enter")
        await until(lambda: "some bold words" in page(app), pilot)
        assert "• item" in page(app)
        await pilot.press("M")
        await until(lambda: "some **bold** words" in page(app), pilot)
        await pilot.press("right", "M")
        assert "no Markdown" in said(app)
        await pilot.press("left")
        await until(lambda: "some **bold** words" in page(app), pilot)


async def test_facts_are_in_a_margin_where_there_is_room(opened, until):
    app = opened(succeeded("a", "words"))
    async with app.run_test(size=(150, 24)) as pilot:
        await until(lambda: "tokens in 12 · out 345" in page(app), pilot)
        await pilot.press("enter")
        await until(lambda: "12  tokens in" in page(app), pilot)
        assert "tokens in 12" not in page(app)
        await pilot.resize_terminal(80, 24)
        await until(lambda: "tokens in 12 · out 345" in page(app), pilot)


async def test_a_long_line_is_read_behind(opened, until):
    app = opened(succeeded("a", "first"), succeeded("b", "word " * 100_000 + "END"))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.screen.body.row >= 0, pilot)
        await pilot.press("enter", "right")
        await until(lambda: "word word" in page(app), pilot)
        await pilot.press("G")
        await until(lambda: "END" in page(app), pilot)
        await pilot.press("R")
        await until(lambda: '"custom_id": "b"' in page(app), pilot)
        await pilot.press("left")
        await until(lambda: '"custom_id": "a"' in page(app), pilot)


async def test_the_json_path_of_a_block_is_copied(opened, until, monkeypatch):
    app = opened(succeeded("a", content=[{"type": "text", "text": t} for t in ("one", "two")]))
    sent = []

    async def send(text, what):
        sent.append((text, what))

    monkeypatch.setattr(app, "send_to_clipboard", send)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.screen.body.row >= 0, pilot)
        for keys in (("y", "p"), ("y", "b")):
            await pilot.press(*keys)
            await until(lambda: "Which block" in page(app), pilot)
            assert isinstance(app.screen, ChoiceDialog)
            await pilot.press("2")
            await until(lambda: not isinstance(app.screen, ChoiceDialog), pilot)
    assert sent == [(".result.message.content[1]", "JSON path"), ("two", "Text of the block")]


async def test_a_terminal_that_cannot_be_lent_is_said(opened, until):
    app = opened(succeeded("a"), env={"PAGER": "true", "PATH": "/bin:/usr/bin"})
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.screen.body.row >= 0, pilot)
        await pilot.press("o")
        await until(lambda: "cannot be" in said(app) or "can be started" in said(app), pilot)


CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": "tea"}'}}
ASKED = {"role": "user", "content": [{"type": "text", "text": "Where?"}]}


async def test_records_of_other_protocols_read_like_any(opened, until):
    back = {"tool_call_id": "c1", "status": "success", "func_response": "in the cup"}
    app = opened(
        answered("a", completion("Hello", tool_calls=[CALL])),
        message(
            "agent-1",
            ASKED,
            {"role": "assistant", "content": [], "tool_calls": [CALL]},
            {"role": "tool", "content": [], "tool_returns": [back]},
        ),
        message("agent-2", ASKED),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: app.screen.body.row >= 0, pilot)
        await pilot.press("enter")
        await until(lambda: "Hello" in page(app) and "find" in page(app), pilot)
        assert '"q": "tea"' in page(app)
        assert "arguments" not in page(app)
        await pilot.press("right")
        await until(lambda: "in the cup" in page(app), pilot)
        assert "Where?" in page(app)
        assert "find → result" in page(app)
        await pilot.press("right")
        await until(lambda: "gave no answer" in page(app), pilot)
        assert "Where?" in page(app)
