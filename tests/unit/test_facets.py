"""Facets count what rows are, and know the query that narrows to each value."""

import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query import regex
from batchtui.results.query.language import Compare, parse
from batchtui.results.query.regex_translate import FLAGS
from batchtui.results.search.engine import search
from batchtui.results.search.error_groups import ErrorGroups, normalized, pattern_of
from batchtui.results.search.facets import facets, read_error
from batchtui.results.search.histogram import histogram


def succeeded(custom_id, *kinds, model="m", stop="end_turn", tokens=(1, 2)):
    content = [{"type": kind, "text": "x"} for kind in kinds]
    usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
    message = {"model": model, "stop_reason": stop, "content": content, "usage": usage}
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": message}}


def errored(custom_id, message, kind="api_error"):
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return {"custom_id": custom_id, "result": {"type": "errored", "error": error}}


def open_lines(tmp_path, values):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(json.dumps(value).encode() + b"\n" for value in values))
    return ResultsFile.open(path)


def last(steps):
    *_, step = steps
    assert step.done
    return step


def counts(step, name):
    return {value.name: value.count for value in step.facets[name].values}


LINES = [
    succeeded("a", "text", "text", "tool_use", tokens=(5, 30)),
    succeeded("b", "text", model="n", stop="max_tokens", tokens=(1200, 0)),
    errored("c", "Request req_1A failed after 12 s"),
    errored("d", "Request req_2B failed after 1,200 s"),
    errored("e", 'no such model: "x"', "not_found_error"),
    {"custom_id": "f", "result": {"type": "expired"}},
    succeeded("g", tokens=(7, 31)),
]


def test_all_rows(tmp_path):
    with open_lines(tmp_path, LINES) as file:
        step = last(facets(file))
    assert step.rows == 7
    assert list(step.facets) == ["type", "error", "message", "stop", "model", "block", "id"]
    assert counts(step, "type") == {"succeeded": 3, "errored": 3, "expired": 1}
    assert counts(step, "error") == {"api_error": 2, "not_found_error": 1}
    assert counts(step, "stop") == {"end_turn": 2, "max_tokens": 1}
    assert counts(step, "model") == {"m": 2, "n": 1}
    assert counts(step, "block") == {"text": 2, "tool_use": 1}
    [first, second] = step.facets["message"].values
    assert (first.name, first.count) == ("Request … failed after … s", 2)
    assert first.first_ids == ("c", "d")
    assert (second.name, second.first_ids) == ('no such model: "x"', ("e",))
    assert step.facets["model"].values[0].query == "model:m"
    assert step.histograms["in"].rows == 3
    assert step.histograms["out"].total == 61


def test_ids_in_several_rows_are_a_facet_that_narrows(tmp_path):
    lines = [*LINES, errored("a*", "x"), errored("c", "y"), errored("a*", "z")]
    with open_lines(tmp_path, lines) as file:
        values = last(facets(file)).facets["id"].values
        assert {value.name: value.count for value in values} == {"c": 2, "a*": 2}
        for value in values:
            hits = [row for step in search(file, parse(value.query)) for row in step.hits]
            assert len(hits) == 2
        assert not last(facets(file, [0, 1, 2])).facets["id"].values


def test_counts_are_put_in_order_a_piece_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("batchtui.results.search.facets._STEP_ROWS", 2)
    with open_lines(tmp_path, LINES) as file:
        whole = [step for step in facets(file) if len(step.facets) == 5]
        assert [len(step.histograms) for step in whole[:9]] == [0, 0, 0, 0, 0, 1, 1, 1, 1]
        assert last(facets(file)).histograms["in"].greatest == 1200
        assert last(facets(file)).histograms["in"].least == 5


def test_some_rows(tmp_path):
    with open_lines(tmp_path, LINES) as file:
        step = last(facets(file, [1, 3, 5]))
    assert step.rows == 3
    assert counts(step, "type") == {"succeeded": 1, "errored": 1, "expired": 1}
    [literal] = step.facets["message"].values
    assert (literal.name, literal.count) == ("Request req_2B failed after 1,200 s", 1)
    assert counts(step, "model") == {"n": 1}
    assert step.histograms["in"].greatest == 1200


def test_choosing_a_value_finds_as_many_rows_as_it_counts(tmp_path):
    lines = [
        *LINES,
        succeeded("Request req_9Z failed after 3 s", "text", model='odd "model" (x)*', stop="a:b"),
        errored("h", "multiple\nlines / and \\ (parens) é 5", "odd error"),
        errored("i", "multiple\nlines / and \\ (parens) é 17", "odd error"),
        errored("j", "y" * 600),
    ]
    with open_lines(tmp_path, lines) as file:
        step = last(facets(file))
        values = [value for facet in step.facets.values() for value in facet.values]
        values += [part for shape in step.histograms.values() for part in shape.bins]
        for value in values:
            rows = [row for each in search(file, parse(value.query)) for row in each.hits]
            assert len(rows) == value.count, value.query


def test_no_rows(tmp_path):
    with open_lines(tmp_path, []) as file:
        step = last(facets(file))
    assert all(not facet.values for facet in step.facets.values())
    assert not step.histograms["in"].bins


def test_messages_come_in_steps_and_can_be_cancelled(tmp_path):
    lines = [errored(f"id-{number}", "x" * 500) for number in range(2000)]
    with open_lines(tmp_path, lines) as file:
        steps = list(facets(file))
        assert len(steps) > 9
        assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
        assert counts(steps[0], "type") == {"errored": 2000}
        growing = [counts(step, "message")["x" * 500] for step in steps if "message" in step.facets]
        assert growing == sorted(growing)
        assert growing[-1] == 2000
        seen = []
        for step in facets(file, cancel=lambda: len(seen) == 8):
            seen.append(step)  # noqa: PERF402  (the check looks at it)
        assert len(seen) == 8
        assert not seen[-1].done


def test_values_beyond_the_bound_are_counted(tmp_path):
    lines = [succeeded("a", model=f"m{number}") for number in range(150)] * 2
    lines += [errored("e", f"message {'x' * number}") for number in range(150)]
    with open_lines(tmp_path, lines) as file:
        step = last(facets(file))
    for name, listed, unlisted in (("model", 200, 100), ("message", 100, 50)):
        assert sum(counts(step, name).values()) == listed
        assert step.facets[name].unlisted == unlisted


def test_very_many_different_messages_are_bounded():
    groups = ErrorGroups()
    for number in range(5000):
        groups.add("e", "x" * (number % 400) + "y" * (number // 400), "id")
    assert groups.rows == 5000
    assert sum(group.count for group in groups.largest(10_000)) == 2000


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"type": "error", "error": {"type": "a", "message": "m"}}, "m"),
        ({"type": "a", "message": "m"}, "m"),
        ({"type": "error", "message": "m", "error": {}}, "m"),
        ("m", "m"),
        ({"message": None}, ""),
        ({"message": 5}, ""),
        (None, ""),
    ],
)
def test_messages_of_all_shapes(error, message):
    line = {"custom_id": "i", "result": {"type": "errored", "error": error}}
    assert read_error(json.dumps(line).encode()) == ("i", message)


def test_a_line_that_changed_meanwhile():
    assert read_error(b"{broken") == ("", "")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("too long: 210,345 tokens > 200,000 maximum", "too long: … tokens > … maximum"),
        ("messages.0.content.12.text: required", "messages.….content.….text: required"),
        ("can't and don't", "can't and don't"),
        ("no 'abc' here", "no '…' here"),
        ("at 2025-06-01T12:30:00Z", "at …-…-…"),
        ("id 550e8400-e29b-41d4-a716-446655440000.", "id …."),
        ("msgbatch_abcDef: gone", "…: gone"),
        ("plain words", "plain words"),
        ("x" * 600, "x" * 500 + "…"),
    ],
)  # fmt: skip
def test_what_differs_is_left_out(message, shown):
    assert normalized(message) == shown


WORDS = st.sampled_from(
    [*"a ()_-/.*'`é\\\n", '"', "12", "1,5", "req_", "\ud800", "x" * 300]
) | st.text(max_size=3)  # fmt: skip


@given(st.lists(WORDS, max_size=12).map("".join))
def test_the_query_of_a_group_finds_its_messages(message):
    assume(message)
    groups = ErrorGroups()
    groups.add("api_error", message, "i")
    [group] = groups.largest(1)
    kind, pattern = parse(group.query).root.children
    assert kind.matches("api_error")
    assert pattern.pattern == pattern_of(message)
    whole = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", message)
    assert re.search(pattern.pattern, whole, FLAGS)


def test_the_query_of_a_group_finds_no_others():
    matcher = regex.compile(pattern_of("no 'x' in row 12"))
    assert matcher.search("no 'y' in row 7")
    assert not matcher.search("no 'y' in row seven")
    assert not matcher.search("no 'y' in row 7, sorry")


def test_a_message_that_all_rows_have_is_shown_as_it_is():
    groups = ErrorGroups()
    for _ in range(2):
        groups.add("not_found_error", "model: claude-sonnet-4-20250514", "i")
    groups.add("not_found_error", "row " + "7" * 600, "i")
    assert [group.message for group in groups.largest(2)] == [
        "model: claude-sonnet-4-20250514",
        "row " + "7" * 496 + "…",
    ]
    groups.add("not_found_error", "model: claude-sonnet-5-20270101", "j")
    assert groups.largest(1)[0].message == "model: claude-sonnet-…-…"


def test_an_untyped_error_is_narrowed_by_its_type():
    groups = ErrorGroups()
    groups.add("", "m", "i")
    assert groups.largest(1)[0].query == r"type:errored /\Am\Z/"


@given(st.lists(st.integers(-1, 3000) | st.integers(0, 2**62)))
def test_histograms(counts):
    shape = histogram("in", counts)
    values = sorted(value for value in counts if value >= 0)
    assert shape.rows == len(values)
    assert shape.total == sum(values)
    assert sum(part.count for part in shape.bins) == len(values)
    if values:
        assert (shape.least, shape.greatest) == (values[0], values[-1])
        assert shape.least <= shape.median <= shape.p95 <= shape.greatest
        assert shape.bins[0].count
        assert shape.bins[-1].count
    for part in shape.bins:
        terms = parse(part.query).root.children
        assert all(isinstance(each, Compare) for each in terms)
        matching = [value for value in counts if all(each.matches(value) for each in terms)]
        assert len(matching) == part.count
        assert all(part.low <= value <= part.high for value in matching)


def test_the_bins_of_a_histogram():
    bins = histogram("out", [0, 3, 3, 150]).bins
    assert [(part.low, part.high, part.count) for part in bins][:4] == [
        (0, 0, 1), (1, 1, 0), (2, 4, 2), (5, 9, 0),
    ]  # fmt: skip
    assert bins[-1].query == "out>=100 out<200"
    assert bins[0].query == "out=0"
