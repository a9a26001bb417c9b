"""The index against every state a line can be in, and every way of cutting the bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.results.file import line_index
from batchtui.results.file.line_index import ABSENT, LineIndex
from batchtui.results.reading.row_types import BROKEN, UNKNOWN


def ok(custom_id="a", text="hello", **message):
    body = {"type": "message", "model": "m", "stop_reason": "end_turn"}
    body |= {"content": [{"type": "text", "text": text}]}
    body |= {"usage": {"input_tokens": 3, "output_tokens": 5}} | message
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": body}}


def raw(value, **options):
    return json.dumps(value, ensure_ascii=False, **options).encode("utf-8", "surrogatepass")


def indexed(data, *, finish=True):
    index = LineIndex()
    index.feed(data)
    if finish:
        index.finish()
    return index


def rows(index):
    return [
        (
            index.offsets[row],
            index.lengths[row],
            index.types[row],
            index.error_types[row],
            index.stop_reasons[row],
            index.models[row],
            index.input_tokens[row],
            index.output_tokens[row],
            index.cache_read[row],
            index.cache_creation[row],
        )
        for row in range(len(index))
    ]


def test_columns_of_a_succeeded_row():
    usage = {"input_tokens": 1, "output_tokens": 2}
    usage |= {"cache_read_input_tokens": 3, "cache_creation_input_tokens": 4}
    line = raw(ok(usage=usage))
    assert rows(indexed(line)) == [
        (0, len(line), "succeeded", "", "end_turn", "m", 1, 2, 3, 4),
    ]


@pytest.mark.parametrize(
    "error",
    [
        {"type": "error", "error": {"type": "api_error", "message": "x"}, "request_id": None},
        {"type": "api_error", "message": "x"},
        {"type": "api_error", "error": None},
        {"type": "api_error", "error": {}},
        {"type": "error", "error": {"type": "api_error", "message": 5}},
    ],
)
def test_error_types_nested_and_flat(error):
    line = raw({"custom_id": "a", "result": {"type": "errored", "error": error}})
    index = indexed(line)
    assert (index.types[0], index.error_types[0]) == ("errored", "api_error")


@pytest.mark.parametrize("kind", ["canceled", "expired", "from_the_future"])
def test_other_result_types_keep_their_word(kind):
    index = indexed(raw({"custom_id": "a", "result": {"type": kind}}))
    assert index.types[0] == kind
    assert index.input_tokens[0] == ABSENT


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[1,2]",
        b"null",
        b"12",
        b'"text"',
        b'{"result":null}',
        b'{"result":"x"}',
        b'{"result":{}}',
        b'{"result":{"type":""}}',
        b'{"result":{"type":7}}',
        b'{"id":"x","response":{"body":{}}}',
    ],
)
def test_json_that_is_no_result_is_unknown(line):
    assert indexed(line).types[0] == UNKNOWN


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"nonsense",
        b'{"a":1}{"b":2}',
        b"\x00",
        b'{"a":\x00}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"\xef\xbb\xbf",
        b'{"custom_id":"a","result":{"type":"succe',
    ],
)
def test_what_is_no_json_is_a_row_of_its_own_kind(line):
    index = indexed(raw(ok()) + b"\n" + line + b"\n" + raw(ok()))
    assert [index.types[row] for row in range(3)] == ["succeeded", BROKEN, "succeeded"]
    assert index.broken_rows == 1


@pytest.mark.parametrize("long", [raw(ok("long" * 100)), b"{broken" * 100, b" " * 500])
@pytest.mark.parametrize("size", [7, 400, 4000])
def test_a_long_line_is_taken_in_by_itself(monkeypatch, long, size):
    monkeypatch.setattr(line_index, "_LONG_LINE", 100)
    block = b"\n".join([raw(ok()), long, raw(ok()), b"", raw(ok()) + b"\n"])
    index, expected = LineIndex(), indexed(block)
    for start in range(0, len(block), size):
        index.feed(block[start : start + size])
    index.finish()
    assert list(index.offsets) == list(expected.offsets)
    assert list(index.lengths) == list(expected.lengths)
    assert [index.types[row] for row in range(len(index))] == [
        expected.types[row] for row in range(len(expected))
    ]
    assert index.received == len(block)


@pytest.mark.parametrize(
    "line",
    [
        b'{"result":{"type":"succeeded","message":{"model":"m","content":"\\ud800"}}}',
        b'{"result":{"type":"succeeded","message":{"model":"m","content":"\xff"}}}',
        b'{"custom_id":"\xff","result":{"type":"succeeded","message":{"model":"m"}}}',
        b'{"result":{"type":"succeeded","message":{"model":"m","content":"\xed\xa0\x80"}}}',
        b'{"result":{"type":"succeeded","message":{"model":"m","content":"a\tb"}}}',
        b'{"result":{"type":"succeeded","message":{"model":"m","content":NaN}}}',
        b'{"result":{"type":"succeeded","message":{"model":"m","n":' + b"1" * 5000 + b"}}}",
        b'{"result":{"type":"succeeded","message":{"model":"m","usage":[]}}}',
        b'{"result":{"type":"succeeded","message":{"model":"m","stop_reason":3}}}',
        b'\xef\xbb\xbf{"result":{"type":"succeeded","message":{"model":"m"}}}',
    ],
)
def test_odd_encodings_and_types_are_read_all_the_same(line):
    index = indexed(line)
    assert (index.types[0], index.models[0]) == ("succeeded", "m")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (0, 0),
        (2**32, 2**32),
        (2**40, 2**40),
        (2**63, 2**63 - 1),
        (10**30, 2**63 - 1),
        (-4, ABSENT),
        (None, ABSENT),
        (12.0, 12),
        (1.5, ABSENT),
        (True, ABSENT),
        ("7", ABSENT),
    ],
)
def test_token_counts_of_any_kind_fit(value, stored):
    index = indexed(raw(ok(usage={"input_tokens": value, "output_tokens": 9})))
    assert (index.input_tokens[0], index.output_tokens[0]) == (stored, 9)


def test_more_than_256_models_and_error_types():
    lines = [raw(ok(model=f"model-{number}", stop_reason=f"s{number}")) for number in range(700)]
    index = indexed(b"\n".join(lines))
    assert [index.models[row] for row in (0, 255, 256, 699)] == [
        "model-0",
        "model-255",
        "model-256",
        "model-699",
    ]
    assert len(set(index.stop_reasons.names)) == 700


def test_counts_and_rows_by_type():
    errored = {"custom_id": "b", "result": {"type": "errored", "error": {}}}
    data = b"\n".join([raw(ok()), raw(errored), b"oops", raw(ok()), raw(errored)])
    index = indexed(data)
    assert index.type_counts() == {"succeeded": 2, "errored": 2, BROKEN: 1}
    assert index.rows_of({"errored", BROKEN}) == [1, 2, 4]
    assert index.rows_of({"errored"}, start=2) == [4]


def test_blank_lines_are_no_rows_and_carriage_returns_belong_to_lines():
    line = raw(ok())
    index = indexed(b"\r\n\n  \n" + line + b"\r\n\n" + line)
    assert [index.lengths[row] for row in range(len(index))] == [len(line) + 1, len(line)]


def test_line_separators_of_unicode_end_no_line():
    assert len(indexed(raw(ok(text="a\u2028b\u2029c\x85d\x0be\x0cf")))) == 1


def test_an_empty_file_has_no_rows():
    assert len(indexed(b"")) == 0
    assert len(indexed(b"\n\n")) == 0


def test_a_tail_is_a_row_only_once_the_file_is_finished():
    index = indexed(raw(ok()), finish=False)
    assert len(index) == 0
    index.finish()
    index.finish()
    assert len(index) == 1
    assert index.tail_is_row


def test_feeding_after_finish_goes_on_with_the_tail():
    line = raw(ok())
    index = LineIndex()
    index.feed(line[:20])
    index.finish()
    assert index.types[0] == BROKEN
    index.feed(line[20:] + b"\n" + line)
    index.finish()
    assert rows(index) == rows(indexed(line + b"\n" + line))
    assert index.type_counts() == {"succeeded": 2}


LINES = st.sampled_from(
    [
        raw(ok(text="ünïcode \u2028 " * 3)),
        raw(ok()) + b"\r",
        raw({"custom_id": "e", "result": {"type": "errored", "error": {"type": "x"}}}),
        b"",
        b"  ",
        b" " * 9 + b"\t\r",
        b"{broken",
        b"\xef\xbb\xbf{}",
    ]
)


@given(st.lists(LINES, max_size=8), st.booleans(), st.data())
def test_however_the_bytes_are_cut_the_index_is_the_same(lines, last_newline, data):
    whole = b"\n".join(lines) + (b"\n" if last_newline else b"")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    index = LineIndex()
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        index.feed(whole[start:end])
        if data.draw(st.booleans()):
            index.finish()
    index.finish()
    assert rows(index) == rows(indexed(whole))
    assert index.received == len(whole)
    spans = zip(index.offsets, index.lengths, strict=True)
    expected = [line for line in whole.split(b"\n") if line.strip()]
    assert [whole[offset : offset + length] for offset, length in spans] == expected


@pytest.mark.parametrize("size", [10, 300, 70_000])
def test_columns_widen_when_a_row_asks_for_it(size):
    """They begin with a byte a row; what was there before stays what it was."""
    tokens = {"input_tokens": size, "output_tokens": size * size}
    small, large = raw(ok("small")), raw(ok("large", "x" * size, usage=tokens))
    lines = [small, small, large, *[small] * 300]
    index = LineIndex()
    for line in lines:
        index.feed(line + b"\n")
    offsets = [sum(map(len, lines[:row])) + row for row in range(len(lines))]
    assert list(index.offsets) == offsets
    assert list(index.lengths) == list(map(len, lines))
    assert list(index.input_tokens[:4]) == [3, 3, size, 3]
    assert list(index.output_tokens[:4]) == [5, 5, size * size, 5]
    spans = index.spans
    for row, line in enumerate(lines):
        texts = [
            line[spans.starts[span] : spans.ends[span]].decode()
            for span in range(spans.bounds[row], spans.bounds[row + 1])
        ]
        assert texts == (["large", "x" * size] if line is large else ["small", "hello"])
