from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.text import (
    cell_width,
    human_age,
    human_bytes,
    human_count,
    human_duration,
    nearest,
    one_line,
    pad,
    rfc3339,
    safe,
    truncate,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain é 漢字 🙂", "plain é 漢字 🙂"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x9b31m", "\ufffd31m"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("\x7f\x00", "␡␀"),
        ("tab\there", "tab    here"),
        ("one\r\ntwo\u2028three\x85four", "one\ntwo\nthree\nfour"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("zero\u200bwidth\ufeff", "zero\ufffdwidth\ufffd"),
        ("joined \U0001f468\u200d\U0001f469", "joined \U0001f468\U0001f469"),
        ("[red]no markup[/]", "[red]no markup[/]"),
        ("a\xa0b\u3000c", "a b\u3000c"),
    ],
)
def test_safe(hostile, shown):
    assert safe(hostile) == shown


def test_one_line_has_no_line_breaks():
    assert one_line("one\r\ntwo\nthree\u2029four\tx") == "one⏎two⏎three⏎four x"


@given(ANY_TEXT)
def test_nothing_that_a_terminal_acts_on_is_left(text):
    for char in safe(text):
        assert char == "\n" or char == "\u3000" or char.isprintable()
    assert "\n" not in one_line(text)
    assert all(char == "\u3000" or char.isprintable() for char in one_line(text))


@given(ANY_TEXT, st.integers(0, 30), st.booleans())
def test_padded_text_is_exactly_that_wide(text, width, right):
    assert cell_width(pad(one_line(text), width, right=right)) == width


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("漢字漢字", 5, "漢字…"),
        ("漢字", 2, "…"),
        ("a", 0, ""),
    ],
)
def test_truncate(text, width, shown):
    assert truncate(text, width) == shown


def test_widths_of_wide_and_combining_characters():
    assert cell_width("漢") == 2
    assert cell_width("e\u0301") == 1
    assert pad("1", 3, right=True) == "  1"


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1118e6, "1.12 GB"), (255_000_000, "255 MB"), (999_999, "1 MB"),
     (5e12, "5 TB")],
)  # fmt: skip
def test_bytes(size, shown):
    assert human_bytes(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (42.9, "42s"), (60, "1m"), (3 * 3600 + 300, "3h 05m"), (100_000, "1d 03h"),
     (11 * 86400, "11d"), (-90, "-1m"), (-0.5, "0s")],
)  # fmt: skip
def test_duration(seconds, shown):
    assert human_duration(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "now"), (59, "now"), (60, "1m"), (7199, "1h"), (200_000, "2d")]
)
def test_age(seconds, shown):
    assert human_age(NOW - timedelta(seconds=seconds), NOW) == shown


def test_count_and_time():
    assert human_count(100_000) == "100,000"
    assert rfc3339(NOW) == "2026-11-20T12:00:00Z"
    there = NOW.astimezone(timezone(timedelta(hours=5)))
    assert rfc3339(there + timedelta(microseconds=7)) == "2026-11-20T12:00:00.000007Z"


def test_nearest():
    assert nearest("anthropc", ["letta", "anthropic"]) == "anthropic"
    assert nearest("zzz", ["letta", "anthropic"]) == ""
