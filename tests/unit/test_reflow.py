"""Wrapping text of any size."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from batchtui.core.text import safe
from batchtui.tui.line_breaking import break_line
from batchtui.tui.reflow import STEP, Passage, Reflow


def wrapped(*passages, width=20, measure=1 << 30):
    flow = Reflow(passages, width, measure)
    while flow.step():
        pass
    return flow


def texts(flow):
    return [row.text for row in flow.rows]


def test_lines_break_at_words_and_keep_every_character():
    flow = wrapped(Passage("the quick brown fox jumps over the lazy dog"), width=12)
    assert texts(flow) == ["the quick ", "brown fox ", "jumps over ", "the lazy dog"]
    assert [row.starts_line for row in flow.rows] == [True, False, False, False]


def test_code_fills_rows_to_the_edge():
    assert break_line("ab cd ef", 4, words=False) == ["ab c", "d ef"]


def test_wide_characters_take_two_cells():
    assert break_line("日本語テキスト", 6, words=True) == ["日本語", "テキス", "ト"]


def test_an_accent_stays_with_its_letter():
    assert break_line("abce\u0301x", 4, words=False) == ["abce\u0301", "x"]


def test_empty_lines_and_passages_are_rows():
    assert texts(wrapped(Passage("a\n\nb"), Passage(""))) == ["a", "", "b", ""]


def test_prose_is_no_wider_than_the_measure_and_code_is():
    text = "x " * 40
    assert max(map(len, texts(wrapped(Passage(text), width=60, measure=30)))) <= 31
    assert len(texts(wrapped(Passage(text, words=False), width=60, measure=30))[0]) == 60


def test_leads_take_their_width():
    flow = wrapped(Passage("aaaa bbbb", lead="| ", hang="  "), width=6)
    assert texts(flow) == ["aaaa ", "bbbb"]


def test_a_line_parted_by_chunks_is_one_line():
    text = "word " * STEP
    flow = wrapped(Passage(text), width=50)
    assert "".join(texts(flow)) == text
    assert sum(row.starts_line for row in flow.rows) == 1


def test_a_crlf_at_a_chunk_edge_is_one_line_end():
    text = "x" * (STEP - 1) + "\r\nend"
    assert texts(wrapped(Passage(text), width=STEP))[-1] == "end"
    assert len(wrapped(Passage(text), width=STEP).rows) == 2


def test_a_step_is_bounded():
    flow = Reflow([Passage("x" * STEP * 10)], 100)
    assert flow.step()
    assert len(flow.rows) <= STEP // 100 + 1


def test_a_text_beyond_all_measure_is_cut_off_and_says_so():
    flow = Reflow([Passage("x\n" * STEP), Passage("more")], 40, most=100)
    while flow.step():
        pass
    assert "too long to be shown" in texts(flow)[-2]
    assert flow.is_cut
    assert len(flow.rows) < 2 * STEP


def test_text_in_pieces_is_wrapped_as_one():
    pieces = ["aa", "a\nb", "", "b c", "\n"]
    assert texts(wrapped(Passage(pieces), width=5)) == ["aaa", "bb c", ""]


def test_the_line_around_a_row():
    flow = wrapped(Passage("aaaa bbbb cccc\nnext"), width=5)
    assert flow.line_around(1) == ("aaaa bbbb cccc", 5)


@given(st.text(max_size=400), st.integers(1, 30), st.booleans())
def test_nothing_is_lost_and_nothing_is_too_wide(text, width, words):
    flow = wrapped(Passage(text, words=words), width=width)
    lines = []
    for row in flow.rows:
        if row.starts_line:
            lines.append("")
        lines[-1] += row.text
    assert "\n".join(lines) == safe(text)
    for row in flow.rows:
        assert cell_len(row.text.removesuffix(" ")) <= max(width, 2)
