"""Lines of other protocols, each in the one form that the viewer, searches and exports read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.results.compare.reconcile import reconcile
from batchtui.results.export.fields import FIELDS
from batchtui.results.export.rows import Answer, row_groups
from batchtui.results.file.line_index import LineIndex
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import parse
from batchtui.results.reading.records import parse_record
from batchtui.results.reading.shapes.choice import outcome_of
from batchtui.results.reading.summary import summarize
from batchtui.results.reading.texts import texts_of_line
from batchtui.results.search.engine import search
from batchtui.results.search.facets import facets
from support.shapes import answered, completion, failed, message, part, response

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": "a\\"b"}'}}
USAGE = {
    "prompt_tokens": 50,
    "completion_tokens": 7,
    "prompt_tokens_details": {"cached_tokens": 20},
}


def shown(line):
    return [
        (block.kind, block.title, block.body, block.path) for block in parse_record(line).blocks
    ]


@pytest.fixture
def opened(tmp_path):
    def open_lines(*lines):
        path = tmp_path / "x.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in lines))
        return ResultsFile.open(path)

    return open_lines


def found(file, query):
    return [row for step in search(file, parse(query)) for row in step.hits]


def test_a_chat_completion():
    record = parse_record(
        answered("a", completion("Hello", tool_calls=[CALL], reasoning_content="Hm", usage=USAGE))
    )
    assert (record.custom_id, record.type, record.answer) == ("a", "succeeded", "Hello")
    assert (record.model, record.stop_reason) == ("gpt-5", "stop")
    place = ".response.body.choices[0].message"
    assert [(one.kind, one.title, one.body, one.path) for one in record.blocks] == [
        ("thinking", "thinking", "Hm", f"{place}.reasoning_content"),
        ("text", "", "Hello", f"{place}.content"),
        ("tool_use", "find", '{\n  "q": "a\\"b"\n}', f"{place}.tool_calls[0]"),
    ]
    assert ("prompt_tokens_details.cached_tokens", "20") in record.usage


def test_a_refusal_and_parts_of_a_content():
    parts = [{"type": "text", "text": "one"}, {"type": "refusal", "refusal": "No."}, {"type": "x"}]
    line = answered("a", completion(parts, refusal="Never."))
    assert [(kind, body) for kind, _, body, _ in shown(line)] == [
        ("text", "one"), ("refusal", "No."), ("x", '{\n  "type": "x"\n}'), ("refusal", "Never."),
    ]  # fmt: skip


def test_a_body_that_is_a_json_text_says_where_its_parts_are():
    line = answered("a", json.dumps(completion("Hello")))
    place = "(.response.body | fromjson).choices[0].message.content"
    assert shown(line) == [("text", "", "Hello", place)]


def test_a_response():
    items = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
        {"type": "message", "content": [part("Hello", "https://a.example")]},
        {"type": "function_call", "call_id": "c1", "name": "find", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
    ]
    line = answered("a", response(*items, status="incomplete", reason="max_output_tokens"))
    record = parse_record(line)
    assert [block.kind for block in record.blocks[:4]] == [
        "thinking", "text", "tool_use", "tool_result",
    ]  # fmt: skip
    assert record.blocks[1].footnotes[0].source == "https://a.example"
    assert (record.blocks[3].body, record.blocks[3].answers) == ("42", 2)
    assert record.stop_reason == "max_output_tokens"


def test_an_embedding_is_counted_and_not_searched():
    body = {"object": "list", "model": "e", "data": [{"embedding": [0.25] * 9, "index": 0}]}
    [(kind, title, numbers, path), *_] = shown(answered("a", body))
    assert (kind, title) == ("embedding", "embedding · 9 numbers")
    assert numbers.endswith("0.25, …")
    assert path == ".response.body.data[0].embedding"
    coded = answered("a", {"data": [{"embedding": "AAAA"}]})
    assert list(texts_of_line(coded)) == ["a"]


@pytest.mark.parametrize(
    ("line", "kind", "error_type", "words"),
    [
        (failed("a", 400, {"error": {"type": "bad", "message": "no"}}), "errored", "bad", "no"),
        (failed("a", 429, {"error": {"code": "slow", "message": "no"}}), "errored", "slow", "no"),
        (failed("a", 500, "<html>oops"), "errored", "http_500", "<html>oops"),
        (failed("a", 422, '{"detail": "long"}'), "errored", "http_422", "long"),
        (failed("a", 200, {"error": {"code": 7}}), "errored", "7", ""),
        (failed("a", None, None, code="batch_expired"), "expired", "batch_expired", "why"),
        (failed("a", None, None, code="batch_cancelled"), "canceled", "batch_cancelled", "why"),
        (failed("a", None, None), "errored", "no_response", ""),
    ],
)
def test_requests_that_failed(line, kind, error_type, words):
    record = parse_record(line)
    assert (record.type, record.error_type, record.error_message) == (kind, error_type, words)
    assert record.custom_id == "a"


def test_an_agents_messages():
    back = {"tool_call_id": "c1", "status": "error", "func_response": "broke"}
    again = {"type": "text", "text": '{"status": "Failed"}'}
    inner = {"type": "tool_call", "id": "c1", "name": "find", "input": {"q": 1}}
    line = message(
        "agent-1",
        {"role": "user", "content": [{"type": "text", "text": "Where?"}]},
        {
            "role": "assistant",
            "model": "claude",
            "content": [{"type": "reasoning", "reasoning": "Hm"}, inner],
            "tool_calls": [CALL],
        },
        {"role": "tool", "content": [again], "tool_returns": [back], "tool_call_id": "c1"},
        {"role": "assistant", "content": [{"type": "text", "text": "There."}]},
    )
    record = parse_record(line)
    assert (record.custom_id, record.type, record.model) == ("agent-1", "succeeded", "claude")
    assert [(block.kind, block.body) for block in record.blocks] == [
        ("user", "Where?"),
        ("thinking", "Hm"),
        ("tool_use", '{\n  "q": 1\n}'),
        ("tool_result", "broke"),
        ("text", "There."),
    ]
    assert record.blocks[3].answers == 2
    assert record.blocks[3].title == "find → error"
    assert record.answer == "There."
    assert record.blocks[0].path == ".messages[0].content[0]"


def test_an_agent_without_an_answer_is_an_error_that_says_so():
    asked = {"role": "user", "content": [{"type": "text", "text": "Where?"}]}
    record = parse_record(message("agent-1", asked))
    assert (record.type, record.error_type) == ("errored", "no_answer")
    assert [block.body for block in record.blocks] == ["Where?", record.error_message]
    assert "gave no answer" in record.error_message


@pytest.mark.parametrize("value", [None, [], {}, {"custom_id": "a"}, {"agent_id": "a"}])
def test_what_is_no_result_has_no_outcome(value):
    assert outcome_of(value) is None


def test_a_file_of_all_kinds_is_indexed_row_by_row(opened):
    native = {"type": "message", "model": "m", "content": [{"type": "text", "text": "x"}]}
    anthropic = {"custom_id": "n", "result": {"type": "succeeded", "message": native}}
    with opened(
        answered("a", completion("Hello", tool_calls=[CALL], usage=USAGE)),
        json.dumps(anthropic).encode(),
        failed("b", 400, {"error": {"type": "bad", "message": "no 1"}}),
        message("agent-1", {"role": "user", "content": "?"}),
        b'{"custom_id": "\xff", "response": null, "error": {"code": "batch_expired"}}',
    ) as file:
        index = file.index
        kinds = ["succeeded", "succeeded", "errored", "errored", "expired"]
        assert [index.types[row] for row in range(5)] == kinds
        assert [index.error_types[row] for row in (2, 3)] == ["bad", "no_answer"]
        assert index.blocks[0] == ("text", "tool_use")
        assert (index.input_tokens[0], index.cache_read[0], index.output_tokens[0]) == (30, 20, 7)
        assert [file.row(row).custom_id for row in range(4)] == ["a", "n", "b", "agent-1"]
        assert [file.custom_id(row) for row in range(4)] == ["a", "n", "b", "agent-1"]
        assert found(file, "id:agent*") == [3]
        assert found(file, "stop:stop block:tool_use") == [0]
        *_, counted = facets(file)
        assert [value.name for value in counted.facets["message"].values] == ["no 1"]
        assert found(file, counted.facets["message"].values[0].query) == [2]
        checked = reconcile(file, requests=["a", "n", "b", "agent-1", "gone"])
    assert checked.missing == ("gone",)


def test_a_long_line_has_its_id_in_the_list(opened, monkeypatch):
    monkeypatch.setattr("batchtui.results.file.row._SUMMED_UP", 1000)
    monkeypatch.setattr("batchtui.results.file.row._HEAD", 500)
    said = {"role": "user", "content": [{"type": "text", "text": "x" * 5000}]}
    inner = b'{"a":{"custom_id":"inner"},"custom_id":"late","x":"' + b"y" * 5000 + b'"}'
    lines = (answered('a"b', completion("x" * 5000)), message("agent-1", said), inner)
    with opened(*lines) as file:
        monkeypatch.setattr(file, "line", None)
        assert [file.row(row).custom_id for row in range(3)] == ['a"b', "agent-1", ""]
        assert file.row(0).preview.startswith("xxx")


@pytest.mark.parametrize("needle", [r'"a\"b"', r'"x\ny"', r'"c\\d"', "é", "k/l"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_what_is_escaped_twice_is_found(opened, needle, ascii_only):
    arguments = json.dumps({"q": ['a"b', "x\ny", "c\\d", "é", "k/l"]}, ensure_ascii=ascii_only)
    call = CALL | {"function": {"name": "f", "arguments": arguments}}
    body = json.dumps(completion(None, tool_calls=[call]), ensure_ascii=ascii_only)
    with opened(answered("a", completion("no")), answered("b", body)) as file:
        assert found(file, needle) == [1]


def test_columns_of_a_table(opened):
    body = completion("Hello", tool_calls=[CALL], usage=USAGE)
    with opened(answered("a", body), failed("b", 400, {"error": {"message": "no"}})) as file:
        [group] = row_groups(file, None)
        table = {name: list(FIELDS[name].read(group)) for name in FIELDS}
    assert table["custom_id"] == ["a", "b"]
    assert table["text"] == ["Hello", ""]
    assert table["error_message"] == ["", "no"]
    assert table["request_id"] == ["req_1", "req_1"]
    assert json.loads(table["tool_calls"][0]) == [
        {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 'a"b'}}
    ]
    assert table["blocks"] == ["text,tool_use", ""]
    assert table["input_tokens"] == [30, None]


KEYS = st.sampled_from(
    [
        "id",
        "error",
        "body",
        "choices",
        "message",
        "content",
        "type",
        "text",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "output",
        "data",
        "embedding",
        "usage",
        "prompt_tokens",
        "prompt_tokens_details",
        "cached_tokens",
        "role",
        "tool_returns",
        "func_response",
        "summary",
        "annotations",
        "reasoning",
        "refusal",
        "audio",
        "code",
        "finish_reason",
        "stdout",
        "status",
        "incomplete_details",
        "input",
        "call_id",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
KINDS = st.sampled_from(["text", "assistant", "tool", "reasoning", "tool_call", "function_call"])
ODD = st.recursive(
    LEAVES | KINDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries({"agent_id": LEAVES, "messages": st.lists(ODD, max_size=3)})
    | st.builds(
        lambda custom_id, body, status, error: {
            "custom_id": custom_id,
            "response": {"status_code": status, "body": body},
            "error": error,
        },
        LEAVES, ODD, st.sampled_from([200, 400, None, "200"]), st.none() | ODD,
    )
)  # fmt: skip
def test_whatever_a_line_holds_all_faces_agree_on_it(value):
    line = json.dumps(value).encode()
    record, index = parse_record(line), LineIndex()
    index.feed(line + b"\n")
    assert index.types[0] == record.type
    assert index.error_types[0] == record.error_type
    assert Answer(line).custom_id == summarize(line, 100).custom_id == record.custom_id
    assert all(isinstance(text, str) for text in texts_of_line(line))


def test_a_role_that_is_no_text_is_no_answer():
    assert parse_record(message("agent-1", {"role": ["tool"]}, {})).error_type == "no_answer"
