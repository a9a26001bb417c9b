"""The row list: the cursor and the view stay, and only what changed is painted."""

import pytest
from textual.app import App

from batchtui.tui.cells import Cell, Column, fit_columns
from batchtui.tui.widgets.row_paint import highlighted
from batchtui.tui.widgets.rows import RowList


class Numbers:
    """Rows by number, whose texts can change."""

    def __init__(self, count):
        self.ids = list(range(count))
        self.texts = {}
        self.asked = set()

    def __len__(self):
        return len(self.ids)

    def row_id(self, index):
        return self.ids[index]

    def index_of(self, row_id):
        return self.ids.index(row_id) if row_id in self.ids else None

    def cells(self, index):
        self.asked.add(index)
        row_id = self.ids[index]
        return {"name": Cell(self.texts.get(row_id, f"row {row_id}")), "x": Cell("x", "ok")}


COLUMNS = (Column("name", "NAME", 10, grow=1), Column("x", "X", 3, right=True))


class ListApp(App):
    def __init__(self, count, **more):
        super().__init__()
        self.numbers = Numbers(count)
        self.rows = RowList(COLUMNS, self.numbers, **more)
        self.said = []

    def compose(self):
        yield self.rows

    def on_row_list_highlighted(self, message):
        self.said.append(("highlighted", message.row_id))

    def on_row_list_activated(self, message):
        self.said.append(("activated", message.row_list.cursor_id))

    def on_row_list_header_clicked(self, message):
        self.said.append(("header", message.key))

    def on_row_list_marks_changed(self, message):
        self.said.append(("marks", message.row_list.marks))

    def painted(self):
        """Lines refreshed since the last call."""
        regions = list(self.repaints)
        self.repaints.clear()
        return regions

    def watch_repaints(self):
        self.repaints = []
        real = self.rows.refresh

        def refresh(*regions, **more):
            self.repaints.extend(regions)
            return real(*regions, **more)

        self.rows.refresh = refresh


def text_at(rows, y):
    return rows.render_line(y).text


async def test_keys_move_and_stop_at_the_ends():
    app = ListApp(100)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("j", "j", "k", "down")
        assert app.rows.cursor == 2
        await pilot.press("pagedown")
        assert app.rows.cursor == 11
        await pilot.press("G", "j")
        assert app.rows.cursor == 99
        assert app.rows.visible_rows == range(90, 100)
        await pilot.press("g", "k")
        assert (app.rows.cursor, app.rows.scroll_offset.y) == (0, 0)


async def test_only_visible_rows_are_asked_for():
    app = ListApp(100_000)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("G")
        assert app.rows.cursor == 99_999
        assert len(app.numbers.asked) < 30


async def test_the_cursor_and_its_line_stay_whatever_arrives():
    app = ListApp(100)
    async with app.run_test(size=(40, 11)) as pilot:
        app.rows.move_to(50)
        await pilot.press("k", "k")
        row, line = app.rows.cursor_id, app.rows.cursor - app.rows.scroll_offset.y
        app.numbers.ids[0:0] = [200, 201, 202]
        app.numbers.ids.remove(60)
        app.rows.sync()
        await pilot.pause()
        assert app.rows.cursor_id == row == 48
        assert app.rows.cursor - app.rows.scroll_offset.y == line
        assert f"row {row}" in text_at(app.rows, line + 1)


async def test_a_view_away_from_the_cursor_stays_too():
    app = ListApp(100)
    async with app.run_test(size=(40, 11)) as pilot:
        app.rows.scroll_to(y=40, animate=False)
        await pilot.pause()
        app.numbers.ids[0:0] = [200, 201]
        app.rows.sync()
        await pilot.pause()
        assert app.rows.cursor_id == 0
        assert app.rows.scroll_offset.y == 42


async def test_at_the_top_what_is_new_is_seen():
    app = ListApp(100)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("j", "k")
        app.numbers.ids.insert(0, 200)
        app.rows.sync()
        await pilot.pause()
        assert app.rows.cursor_id == 0
        assert app.rows.scroll_offset.y == 0
        assert "row 200" in text_at(app.rows, 1)


async def test_a_cursor_nobody_moved_stays_in_sight():
    app = ListApp(100)
    async with app.run_test(size=(40, 11)):
        app.numbers.ids.remove(0)
        app.numbers.ids.append(0)
        app.rows.sync()
        assert (app.rows.cursor, app.rows.cursor_id) == (0, 1)


async def test_when_its_row_goes_the_cursor_stays_near():
    app = ListApp(5)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.press("G")
        app.numbers.ids.remove(4)
        app.rows.sync()
        assert app.rows.cursor_id == 3
        app.numbers.ids.clear()
        app.rows.sync()
        assert (app.rows.cursor, app.rows.cursor_id) == (-1, None)
        await pilot.press("j", "k", "G", "g", "pagedown")
        app.numbers.ids.append(7)
        app.rows.sync()
        assert app.rows.cursor_id == 7


async def test_only_lines_that_look_different_are_painted():
    app = ListApp(100)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.pause()
        app.watch_repaints()
        app.rows.sync()
        assert app.painted() == []
        app.numbers.texts[90] = "far away"
        app.rows.sync()
        assert app.painted() == []
        app.numbers.texts[3] = "changed"
        app.rows.sync()
        assert [region.y for region in app.painted()] == [4]
        await pilot.pause()
        app.numbers.ids.append(500)
        app.rows.sync()
        assert app.painted() == []
        await pilot.press("j")
        assert sorted(region.y for region in app.painted()) == [1, 2]


async def test_the_scrollbar_is_painted_where_it_looks_different_and_is_where_it_belongs():
    app = ListApp(100_000)
    async with app.run_test(size=(40, 11)) as pilot:
        bar, painted = app.rows.vertical_scrollbar, []
        await pilot.pause()
        refresh = bar.refresh
        bar.refresh = lambda *regions, **more: (painted.append(1), refresh(*regions, **more))
        await pilot.press("pagedown", "pagedown", "pagedown")
        assert app.rows.scroll_offset.y == bar.position > 0
        assert not painted
        app.rows.move_to(50_000)
        assert painted
        assert bar.position == app.rows.scroll_offset.y


async def test_rows_that_were_painted_before_take_the_colours_of_another_theme():
    app = ListApp(10)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.pause()
        before = list(app.rows.render_line(3))
        assert list(app.rows.render_line(3)) == before
        app.theme = "textual-light"
        await pilot.pause()
        after = list(app.rows.render_line(3))
        assert [segment.text for segment in after] == [segment.text for segment in before]
        assert all(one.style != other.style for one, other in zip(before, after, strict=True))


async def test_marks_follow_their_rows_and_stay_on_those_out_of_the_list():
    app = ListApp(10)
    async with app.run_test(size=(40, 11)) as pilot:
        app.rows.toggle_mark(3)
        app.rows.toggle_mark(5)
        app.numbers.ids.remove(5)
        app.numbers.ids.reverse()
        app.rows.sync()
        await pilot.pause()
        assert app.rows.marks == {3, 5}
        assert [y for y in range(1, 11) if "●" in text_at(app.rows, y)] == [6]


async def test_the_mouse_chooses_rows_and_columns():
    app = ListApp(100)
    async with app.run_test(size=(40, 11)) as pilot:
        await pilot.click(RowList, offset=(5, 4))
        assert app.rows.cursor == 3
        await pilot.click(RowList, offset=(5, 0))
        await pilot.click(RowList, offset=(5, 6), times=2)
        assert ("header", "name") in app.said
        assert app.said[-1] == ("activated", 5)


async def test_hostile_cells_reach_no_strip():
    app = ListApp(3)
    app.numbers.texts[1] = "\x1b]52;c;eA==\x07\x9b2J\u202e[red]x[/y]\u2028end"
    async with app.run_test(size=(60, 5)):
        line = text_at(app.rows, 2)
        assert line.isprintable()
        assert "[red]x[/y]" in line
        assert "\u202e" not in line


async def test_plain_lists_are_ascii():
    app = ListApp(3, plain=True)
    app.numbers.texts[0] = "a" * 100
    async with app.run_test(size=(40, 5)):
        app.rows.toggle_mark(0)
        app.rows.show_sort("name", descending=True)
        lines = [text_at(app.rows, y) for y in range(5)]
        assert all(line.isascii() for line in lines)
        assert lines[0].startswith("   NAMEv")
        assert lines[1].startswith(">* aaa")


async def test_every_line_has_the_width_and_every_cell_a_style():
    app = ListApp(3)
    app.numbers.texts[1] = "漢字" * 30
    async with app.run_test(size=(41, 8)):
        for y in range(8):
            strip = app.rows.render_line(y)
            assert strip.cell_length == 41
            assert all(segment.style and segment.style.bgcolor for segment in strip)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (10, 2)])
async def test_tiny_terminals_do_not_break_it(size):
    app = ListApp(30)
    async with app.run_test(size=size) as pilot:
        await pilot.press("j", "G", "pageup", "k")
        assert app.rows.cursor >= 0


def test_columns_share_spare_room_and_drop_when_there_is_none():
    columns = [
        Column("a", "A", 5, grow=1), Column("b", "B", 5, drop=1), Column("c", "C", 5, drop=2),
    ]  # fmt: skip
    assert [(c.key, w) for c, w in fit_columns(columns, 29)] == [("a", 15), ("b", 5), ("c", 5)]
    assert [(c.key, w) for c, w in fit_columns(columns, 18)] == [("a", 11), ("b", 5)]
    assert [(c.key, w) for c, w in fit_columns(columns, 4)] == [("a", 5)]


@pytest.mark.parametrize(
    ("spans", "parts"),
    [
        ((), ["abcdef"]),
        (((1, 3),), ["a", "bc", "def"]),
        (((0, 2), (4, 6)), ["", "ab", "cd", "ef", ""]),
        (((4, 99), (5, 7)), ["abcd", "ef", ""]),
    ],
)
def test_highlights_keep_the_text(spans, parts):
    from rich.style import Style

    segments = highlighted("abcdef", spans, Style(), Style(bold=True))
    assert [segment.text for segment in segments] == parts
