"""Where requests begin and end: lines and array elements, cut at any byte."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.requests.findings import Rule
from batchtui.requests.framing import elements, lines, whole_lines

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"', "\\", "]},[{"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
cuts = st.lists(st.integers(0, 400), max_size=8)


def in_blocks(data: bytes, places: list[int]) -> list[bytes]:
    borders = sorted({0, len(data), *(place for place in places if place < len(data))})
    return [data[a:b] for a, b in pairwise(borders)]


@given(st.lists(values), cuts, st.sampled_from([None, 0, 2]), st.booleans())
def test_elements_are_those_of_the_array(array, places, indent, ascii_only):
    data = json.dumps(array, indent=indent, ensure_ascii=ascii_only).encode()
    found = list(elements(in_blocks(data[1:], places), offset=1))
    assert [piece.fault for piece in found] == [None] * len(array)
    assert [json.loads(piece.raw) for piece in found] == array
    for piece in found:
        assert data[piece.offset : piece.offset + piece.size] == piece.raw
        assert piece.line == 1 + data.count(b"\n", 0, piece.offset)


@given(st.binary(max_size=60) | st.text('{}[],"\\ 1a', max_size=40).map(str.encode), cuts)
def test_what_is_no_array_never_passes_for_one(inside, places):
    data = b"[" + inside
    try:
        array = json.loads(data, strict=True)
    except (ValueError, RecursionError):
        array = None
    found = list(elements(in_blocks(inside, places)))
    if array is not None:
        assert [json.loads(piece.raw) for piece in found] == array
    elif not any(piece.fault for piece in found):
        assert not all(is_json(piece.raw) for piece in found)


def is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize(
    ("inside", "message", "line"),
    [
        (b'{"a":1},\n{"b":2},\n]', "ends in a comma with nothing after it", 3),
        (b"1,\n,2]", "has nothing before a comma", 2),
        (b"1,\n2", "is cut off: its array never ends", 2),
        (b'1,\n"2', "is cut off: its array never ends", 2),
        (b"1]\n\n[2]", "goes on after the end of its array", 3),
        (b"1]}", "goes on after the end of its array", 1),
    ],
)
def test_faults_of_the_array_are_told_with_their_line(inside, message, line):
    (faulty,) = [piece for piece in elements([inside]) if piece.fault]
    assert (faulty.fault.message, faulty.line) == (message, line)


def test_what_closes_an_api_body_is_no_fault():
    assert [piece.raw for piece in elements([b"1 ]\n}"], closing=b"}")] == [b"1"]


@given(st.lists(st.binary(max_size=20)), cuts)
def test_lines_are_those_between_line_feeds(contents, places):
    data = b"\n".join(contents)
    found = list(lines(in_blocks(data, places), offset=3))
    expected = [one.strip(b" \t\r") for one in data.split(b"\n")]
    assert [piece.raw for piece in found] == [one for one in expected if one]
    for piece in found:
        start = piece.offset - 3
        assert data[start : start + piece.size] == piece.raw
        assert piece.line == 1 + data.count(b"\n", 0, start)


@given(st.binary(max_size=80), cuts)
def test_whole_lines_are_the_data(data, places):
    found = list(whole_lines(in_blocks(data, places)))
    assert b"".join(piece.raw for piece in found) == data
    assert [piece.line for piece in found] == list(range(1, len(found) + 1))
    assert all(piece.raw.find(b"\n") in (-1, piece.size - 1) for piece in found)


@pytest.mark.parametrize("split", [lines, elements])
def test_of_a_huge_request_only_the_head_is_kept(split):
    separator = b"\n" if split is lines else b","
    huge = b"x" * 5000
    blocks = [b"1", separator, *[huge] * 20, separator, b"2", b"\n" if split is lines else b"]"]
    first, second, third = split(iter(blocks), limit=10_000)
    assert (first.raw, third.raw) == (b"1", b"2")
    assert second.fault is not None
    assert second.fault.rule is Rule.TOO_LONG
    assert len(second.raw) <= 1024
    assert second.size == 100_000
    assert third.offset == 100_003
