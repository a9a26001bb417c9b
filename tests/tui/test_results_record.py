"""The record view: long texts, places, marks."""

import pytest
from textual.app import App

from batchtui.core.text import safe
from batchtui.results.query.language import parse
from batchtui.results.query.marking import Marker
from batchtui.tui.reflow import Passage
from batchtui.tui.widgets.record_view import RecordView


def marker(words):
    return Marker(parse(f'"{words}"'), safe)


class Host(App):
    def compose(self):
        yield RecordView()


@pytest.fixture
async def view():
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        shown = app.query_one(RecordView)
        shown.focus()
        await pilot.pause()
        yield shown, pilot


def rows(view):
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def lines(number):
    return Passage("\n".join(f"line {n}" for n in range(number)))


async def test_keys_scroll_and_stop_at_both_ends(view):
    record, pilot = view
    record.show([lines(30)])
    await pilot.press("k", "j", "j")
    assert rows(record)[0] == "line 2"
    await pilot.press("pagedown")
    assert rows(record)[0] == "line 11"
    await pilot.press("G")
    assert rows(record)[-1] == "line 29"
    await pilot.press("g", "pageup")
    assert rows(record)[0] == "line 0"


async def test_a_megabyte_on_one_line_is_wrapped_behind_and_the_end_is_reached(view, until):
    record, pilot = view
    record.show([Passage("word " * 200_000 + "END")])
    assert not record.wrapped
    assert rows(record)[0].startswith("word word")
    await pilot.press("G")
    await until(lambda: record.wrapped, pilot)
    await until(lambda: rows(record)[-1].endswith("END"), pilot)


async def test_another_record_stops_the_wrapping_of_the_former(view, until):
    record, pilot = view
    record.show([Passage("word " * 200_000)])
    record.show([lines(3)])
    await until(lambda: record.wrapped, pilot)
    assert rows(record)[:4] == ["line 0", "line 1", "line 2", ""]
    assert record.virtual_size.height == 3


async def test_the_first_match_comes_into_view(view):
    record, pilot = view
    record.show([lines(100)], marker=marker("line 70"))
    await pilot.pause()
    assert "line 70" in rows(record)
    marked = [s.text for y in range(10) for s in record.render_line(y) if "70" in s.text]
    assert marked == ["line 70"]


async def test_a_match_across_a_wrap_is_marked_on_both_rows(view):
    record, pilot = view
    text = "x" * 30 + " needle hay"
    record.show([Passage(text)], marker=marker("needle hay"))
    await pilot.pause()
    plain = record._look("text")
    marked = [s.text for y in range(3) for s in record.render_line(y) if s.style != plain]
    assert "".join(marked).split() == ["needle", "hay"]


async def test_another_width_keeps_the_words_at_the_top(view):
    record, pilot = view
    record.show([lines(50), Passage("prose " * 400), Passage("goal " * 200)])
    for _ in range(12):
        await pilot.press("pagedown")
    top = rows(record)[0]
    assert "prose" in top or "goal" in top
    await pilot.resize_terminal(60, 10)
    await pilot.pause()
    assert top.split()[0] in rows(record)[0]


async def test_the_same_record_shown_otherwise_keeps_its_place(view):
    record, pilot = view
    record.show([lines(50)])
    await pilot.press("pagedown", "pagedown")
    top = rows(record)[0]
    record.show([lines(50), Passage("more")], keep_place=True)
    await pilot.pause()
    assert rows(record)[0] == top


async def test_every_cell_of_the_view_is_styled(view):
    record, pilot = view
    record.show([Passage("short"), Passage("日本語 wide", "json")])
    await pilot.pause()
    for y in range(record.size.height):
        strip = record.render_line(y)
        assert strip.cell_length == record.scrollable_content_region.width
        assert all(segment.style and segment.style.bgcolor for segment in strip)


async def test_json_and_prose_have_light_colours(view):
    record, pilot = view
    record.show([Passage('{"key": "value", "n": -1.5, "t": true}', "json")])
    await pilot.pause()
    looks = {s.text: s.style for s in record.render_line(0)}
    assert looks['"key"'] != looks['"value"'] != looks["-1.5"] != looks["true"]
    record.show([Passage("# Title\nsome **bold** words", "prose")])
    assert record.render_line(0).text.startswith("# Title")
    assert any(s.text == "**bold**" and s.style.bold for s in record.render_line(1))
