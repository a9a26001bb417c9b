"""Markdown set for reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from batchtui.tui.markdown import markdown
from batchtui.tui.markdown_inline import inline
from batchtui.tui.reflow import STEP, Passage, Reflow
from support.results import CONTROLS, EVIL


def flow_of(text, width=60, *, plain=False):
    flow = Reflow([Passage(text, "prose", layout=markdown(plain=plain))], width)
    while flow.step():
        pass
    return flow


def rows(text, width=60, *, plain=False):
    return [(row.lead + row.text).rstrip() for row in flow_of(text, width, plain=plain).rows]


def parts(text):
    """The parts of a line that look special: their words and styles."""
    shown, spans = inline(text)
    return shown, [(shown[start:end], style) for start, end, style in spans]


@pytest.mark.parametrize(
    ("text", "shown", "special"),
    [
        ("**a b** c", "a b c", [("a b", "strong")]),
        ("*a* _b_ __c__", "a b c", [("a", "emphasis"), ("b", "emphasis"), ("c", "strong")]),
        ("`**a**`", "**a**", [("**a**", "code-span")]),
        ("**a *b***", "a b", [("a b", "strong"), ("b", "emphasis")]),
        ("~~x~~", "x", [("x", "gone")]),
        ("[a](https://e/x)", "a (https://e/x)", [("a", "link"), (" (https://e/x)", "muted")]),
        ("[https://e](https://e)", "https://e", [("https://e", "link")]),
        ("so[1]", "so[1]", [("[1]", "link")]),
        (r"\*a\*", "*a*", []),
        ("2*3*4 a_b_c x * y * z **", "2*3*4 a_b_c x * y * z **", []),
        ("plain", "plain", []),
    ],
)
def test_marks_within_a_line(text, shown, special):
    assert parts(text) == (shown, special)


def test_blocks():
    text = "# Head\ntext\n- one\n  * two\n3. three\n- [x] done\n> quoted\n---\nend"
    assert rows(text, 20) == [
        "Head", "text", "• one", "  • two", "3. three", "• ☑ done", "▌ quoted", "─" * 20, "end",
    ]  # fmt: skip
    assert rows(text, 20, plain=True)[2:7] == [
        "* one", "  * two", "3. three", "* [x] done", "> quoted",
    ]  # fmt: skip


def test_an_item_hangs_under_itself():
    assert rows("- aaa bbb ccc", 10) == ["• aaa bbb", "  ccc"]


def test_code_is_as_it_is_written():
    text = "```python\n# no *head*\n| a | b |\n~~~\n```\n# head"
    assert rows(text) == ["│ python", "│ # no *head*", "│ | a | b |", "│ ~~~", "head"]


def test_a_fence_that_never_ends():
    assert rows("~~~\n- a") == ["│ - a"]


def test_tables_have_columns():
    table = "| name | n |\n|---|--:|\n| **a** | 1 |\n| bcd | 20 |\nafter"
    assert rows(table) == ["name │  n", "─────────", "a    │  1", "bcd  │ 20", "after"]
    assert rows(table, plain=True)[:2] == ["name |  n", "---------"]


def test_a_table_wider_than_the_view_wraps_in_its_cells():
    shown = rows("| a | b |\n|---|---|\n| x | one two three |", 12)
    assert shown[2:] == ["x │ one two", "  │ three"]


def test_what_looks_like_a_table_and_is_none_stays():
    assert rows("a | b\nc | d\n\n| x |") == ["a | b", "c | d", "", "| x |"]


def test_a_line_parted_by_steps_is_one_line():
    flow = flow_of("word | " * STEP, 50)
    assert sum(flow.rows.starts) == 1
    assert "".join(flow.rows.texts) == "word | " * STEP


PIECES = [
    "# ", "**", "*", "_", "`", "```", "~~~", "|", "---", "- ", "> ", "[a](b)", "\n", " ", "\\",
    "1. ", "[x] ", "word", "日本", "e\u0301", "\t", "\x1b", "\ud800", EVIL,
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(1, 40))
def test_no_text_fails_or_is_too_wide_or_hostile(text, width):
    flow = flow_of(text, width)
    for row in flow.rows:
        assert not CONTROLS & set(row.lead + row.text)
        assert cell_len(row.text.rstrip()) <= max(width, 60)
        assert all(0 <= start <= end <= len(row.text) for start, end, _ in row.spans)


@given(st.text(st.sampled_from("abc \n"), max_size=200))
def test_text_without_marks_is_as_it_was(text):
    lines = []
    for row in flow_of(text, 20).rows:
        if row.starts_line:
            lines.append("")
        lines[-1] += (row.lead if row.starts_line else "") + row.text
    assert "\n".join(lines) == text
