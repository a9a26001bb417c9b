"""Rows in another order: stable, and those without a value last."""

import json
from itertools import permutations

import pytest

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.sorting import COLUMNS, natural, order, unanswered


def line(custom_id, tokens=None, model="m", kind="succeeded", stop="end_turn", block="text"):
    message = {"model": model, "stop_reason": stop, "content": [{"type": block, "text": "x"}]}
    if tokens:
        message["usage"] = dict(zip(("input_tokens", "output_tokens"), tokens, strict=False))
    result = {"type": kind, "message": message} if kind == "succeeded" else {"type": kind}
    return {"custom_id": custom_id, "result": result}


LINES = [
    line("row-10", (5, 9), model="b"),
    line("row-9", (7,), model="C", stop="max_tokens"),
    line("row-2", kind="expired"),
    line("Row-1", (5, 1), model="a", block="tool_use"),
    line("row-10", (0, 0), model="B" + "x" * 99),
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(json.dumps(value).encode() for value in LINES))
    with ResultsFile.open(path) as file:
        yield file


@pytest.mark.parametrize(
    ("column", "ascending", "descending"),
    [
        ("row", [0, 1, 2, 3, 4], [4, 3, 2, 1, 0]),
        ("id", [3, 2, 1, 0, 4], [0, 4, 1, 2, 3]),
        ("type", [2, 0, 1, 3, 4], [0, 1, 3, 4, 2]),
        ("error", [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]),
        ("stop", [0, 3, 4, 1, 2], [1, 0, 3, 4, 2]),
        ("model", [3, 0, 4, 1, 2], [1, 4, 0, 3, 2]),
        ("block", [0, 1, 4, 3, 2], [3, 0, 1, 4, 2]),
        ("in", [4, 0, 3, 1, 2], [1, 0, 3, 4, 2]),
        ("out", [4, 3, 0, 1, 2], [0, 3, 4, 1, 2]),
        ("tokens", [4, 3, 1, 0, 2], [0, 1, 3, 4, 2]),
        ("cache_read", [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]),
    ],
)
def test_orders(file, column, ascending, descending):
    assert order(file, None, column).tolist() == ascending
    assert order(file, None, column, descending=True).tolist() == descending


def test_by_size(file):
    sizes = [len(json.dumps(value)) for value in LINES]
    assert [sizes[row] for row in order(file, column="bytes")] == sorted(sizes)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_choice_of_rows_keeps_to_itself(file, column):
    for rows in permutations([4, 1, 2], 2):
        assert sorted(order(file, rows, column, inputs=Asked("row-2"))) == sorted(rows)


def test_the_original_order_is_that_of_the_rows_given(file):
    assert order(file, [3, 1, 2]).tolist() == [3, 1, 2]


def test_an_unknown_column(file):
    with pytest.raises(KeyError):
        order(file, None, "size")


def test_natural_order():
    ids = ["b", "a10", "a2b3", "a2b", "a1", "a"]
    assert sorted(ids, key=natural) == ids[::-1]


class Asked:
    """Requests by their ids."""

    def __init__(self, *ids):
        self.ids = ids

    def __len__(self):
        return len(self.ids)

    def places(self, custom_id):
        return [place for place, one in enumerate(self.ids) if one == custom_id]


def test_in_the_order_of_the_requests(file):
    asked = Asked("row-2", "new", "row-9", "row-10", "Row-1", "row-2")
    assert order(file, None, "request", inputs=asked).tolist() == [2, 1, 0, 4, 3]
    assert order(file, None, "request", inputs=asked, descending=True).tolist() == [3, 0, 4, 1, 2]
    assert order(file, [4, 3, 2], "request", inputs=asked).tolist() == [2, 4, 3]
    assert unanswered(file, asked) == 1


def test_rows_that_nobody_asked_for_come_last(file):
    asked = Asked("row-9", "new", "new")
    assert order(file, None, "request", inputs=asked).tolist() == [1, 0, 2, 3, 4]
    assert order(file, None, "request", inputs=asked, descending=True).tolist() == [1, 0, 2, 3, 4]
    assert unanswered(file, asked) == 2


def test_without_requests_there_is_no_such_order(file):
    with pytest.raises(KeyError):
        order(file, None, "request")
