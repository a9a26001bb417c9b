"""JSON indented from its bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.results.reading import json_text
from batchtui.results.reading.json_text import BytesText, IndentedJson

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


def indented(line):
    return "".join(IndentedJson(line))


@given(VALUES, st.booleans(), st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_it_is_the_same_json(value, ascii_only, separators):
    line = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
    text = indented(line.encode("utf-8", "surrogatepass"))
    if line.isascii() or not any("\ud800" <= char <= "\udfff" for char in line):
        assert json.loads(text) == value


@given(VALUES, st.integers(1, 30))
def test_pieces_may_part_it_anywhere(value, size):
    line = json.dumps(value).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "PIECE", size)
        pieces = list(IndentedJson(line))
    assert "".join(pieces) == indented(line)


def test_it_looks_as_json_does():
    value = {"a": [], "b": {}, "c": [1, {"d": None}], "é": '\n\t"\\/'}
    assert indented(json.dumps(value).encode()) == json.dumps(value, indent=2, ensure_ascii=False)


@pytest.mark.parametrize(
    ("escaped", "shown"),
    [
        (r"\u00e9", "é"),
        (r"\ud83d\ude00", "😀"),
        (r"\/", "/"),
        (r"\u0000\u001b\u202e", r"\u0000\u001b\u202e"),
        (r"\ud800x", r"\ud800x"),
        (r"\u0022\u005c", r"\u0022\u005c"),
        (r"\n\t", r"\n\t"),
    ],
)
def test_escapes_become_characters_that_can_be_seen(escaped, shown):
    assert indented(f'"{escaped}"'.encode()) == f'"{shown}"'


def test_doubled_keys_and_spellings_of_numbers_stay():
    assert indented(b'{"a":1.0,"a":1e400}') == '{\n  "a": 1.0,\n  "a": 1e400\n}'


def test_any_depth():
    text = indented(b"[" * 10_000 + b"1" + b"]" * 10_000)
    assert text.split() == ["["] * 10_000 + ["1"] + ["]"] * 10_000
    assert len(text) < 2_000_000


@given(st.binary(max_size=60))
def test_no_bytes_fail(line):
    assert isinstance(indented(line), str)


@given(st.binary(max_size=60), st.integers(1, 9))
def test_bytes_that_are_no_text_are_escapes_wherever_pieces_end(line, size):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "PIECE", size)
        assert "".join(BytesText(line)) == line.decode("utf-8", "backslashreplace")
