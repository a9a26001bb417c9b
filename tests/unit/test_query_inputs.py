"""Queries that look into requests: what they mean, what they find, and what they read for it."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchtui.core.errors import QueryError, SubmitError
from batchtui.requests.inputs import opened_inputs
from batchtui.requests.source import open_requests
from batchtui.requests.texts import param_of, prompt_of, texts_of
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import And, Compare, Input, Not, Text, parse
from batchtui.results.search.engine import search
from support.requests import jsonl, line, params
from support.results import errored, succeeded, write


class Asked:
    """Requests that note who was asked for."""

    def __init__(self, **texts):
        self.known = texts
        self.ids = []

    def texts(self, custom_id):
        self.ids.append(custom_id)
        return self.known.get(custom_id, ())

    def prompt(self, custom_id):
        return ""


@pytest.fixture
def file(tmp_path):
    lines = (succeeded("a", "well"), errored("b"), succeeded("c", "apples"), succeeded("d", "x"))
    with ResultsFile.open(write(tmp_path / "r.jsonl", *lines)) as file:
        yield file


def found(file, source, inputs):
    return [row for step in search(file, parse(source), inputs=inputs) for row in step.hits]


@pytest.mark.parametrize(
    ("source", "node"),
    [
        ("in~word", Input("word")),
        ('in~"two words"', Input("two words")),
        ('IN~"a (b"', Input("a (b")),
        ("-in~word", Not(Input("word", 1))),
        ("in~f(x)", Input("f(x)")),
        ("home~dir", Text("home~dir")),
        ("in>5", Compare("in", ">", 5)),
    ],
)
def test_what_is_written_and_what_it_means(source, node):
    assert parse(source).root == And((node,))


@pytest.mark.parametrize(
    ("source", "at", "words"),
    [
        ("a in~", 5, "in~ looks for nothing"),
        ('in~ "a"', 3, "in~ looks for nothing"),
        ('in~""', 3, "in~ looks for nothing"),
        ("a in~(b OR c)", 5, "takes a word or a phrase"),
        ("in~/re/", 3, "takes a word or a phrase"),
        ("x model~claude", 2, "model~ asks for nothing"),
        ("prompt~word", 0, "prompt~ asks for nothing"),
        ("out~5", 0, "out~ asks for nothing"),
        ('in~"open', 3, "the quote is not closed"),
    ],
)
def test_what_makes_no_sense_is_pointed_at(source, at, words):
    with pytest.raises(QueryError, match=words) as caught:
        parse(source)
    assert caught.value.at == at


def test_rows_by_the_texts_of_their_requests(file):
    inputs = Asked(a=["one", "Apples and pears"], c=["no", "fruit"], d=["STRASSE"])
    assert found(file, "in~apples", inputs) == [0]
    assert found(file, "in~Apples", inputs) == [0]
    assert found(file, "in~APPLES", inputs) == []
    assert found(file, "in~straße", inputs) == [3]
    assert found(file, "-in~apples", inputs) == [1, 2, 3]
    assert found(file, "in~apples OR apples", inputs) == [0, 2]
    assert found(file, 'in~"and pears" in~one', inputs) == [0]
    assert found(file, 'in~"one apples"', inputs) == [], "each text by itself"


def test_only_those_requests_are_read_that_the_rest_leaves(file):
    inputs = Asked()
    assert found(file, "in~word type:errored", inputs) == []
    assert inputs.ids == ["b"]
    assert found(file, "in~word OR type:succeeded", inputs) == [0, 2, 3]
    assert inputs.ids == ["b", "b"]


def test_without_requests_it_is_an_error_that_says_so(file):
    with pytest.raises(QueryError, match="in~ needs the requests") as caught:
        found(file, "apples in~word", None)
    assert caught.value.at == 7


def test_a_cancelled_search_reads_no_more_requests(file):
    inputs, calls = Asked(), []

    def cancel():
        calls.append(1)
        return len(inputs.ids) >= 2

    assert not list(search(file, parse("in~x"), inputs=inputs, cancel=cancel))
    assert inputs.ids == ["a", "b"]


@pytest.fixture
def requests(tmp_path):
    path = tmp_path / "requests.jsonl"
    asked = [{"role": "user", "content": "Grüße from é"}]
    path.write_bytes(jsonl(line("c", messages=asked), line("a", system="Be kind."), b"broken"))
    return path


def test_in_a_file_of_requests(file, requests):
    with opened_inputs(open_requests(requests)) as inputs:
        assert found(file, "in~kind", inputs) == [0]
        assert found(file, "in~grüße", inputs) == [2]
        assert found(file, "in~user", inputs) == [], "a role is nothing that is said"
        assert inputs.prompt("c") == "Grüße from é"
        assert inputs.prompt("d") == ""


def test_a_file_that_changes_meanwhile_is_an_error(file, requests):
    with opened_inputs(open_requests(requests)) as inputs:
        requests.write_bytes(b"x" * requests.stat().st_size)
        with pytest.raises(SubmitError, match="the file has changed since"):
            found(file, "in~kind", inputs)


def test_what_a_person_reads_of_a_request():
    said = {
        "model": "claude",
        "system": [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"what": "pears"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "three"},
                {"type": "image", "source": {"type": "base64", "data": "AAAA"}},
                {"type": "text", "text": "last"},
            ]},
        ],
    }  # fmt: skip
    raw = json.dumps(said).encode()
    assert texts_of(raw) == ["Be kind.", "first", "find", "pears", "three", "last"]
    assert prompt_of(raw) == "[tool_result]\n\n[image]\n\nlast"
    assert texts_of(b"no JSON") == ["no JSON"]
    assert prompt_of(b"no JSON") == ""
    assert prompt_of(b'{"messages": [{"role": "assistant", "content": "only"}]}') == ""


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (
            "",
            '{"system":"a\\u00e9","max_tokens":5,"stop":null,"messages":[{"role":"user"},[1.50]]}',
        ),
        ("system", "aé"),
        ("max_tokens", "5"),
        ("stop", "null"),
        ("messages.0.role", "user"),
        ("messages.0", '{"role":"user"}'),
        ("messages.1.0", "1.50"),
        ("messages.2", ""),
        ("messages.role", ""),
        ("messages.-1", ""),
        ("system.x", ""),
        ("nothing", ""),
    ],
)
def test_a_param_by_its_path(path, value):
    raw = b'{"system":"a\\u00e9","max_tokens":5,"stop":null,"messages":[{"role":"user"},[1.50]]}'
    assert param_of(raw, path.split(".") if path else ()) == value


def test_params_that_are_no_json_have_no_param():
    assert param_of(b"no JSON", ("a",)) == ""
    assert param_of(b"", ()) == ""


CHARS = st.sampled_from('abAB sSßſ\N{KELVIN SIGN}kİıΣςé"\\/\n\t\x01😀') | st.characters(
    exclude_categories=["Cs"]
)
TEXTS = st.text(CHARS, min_size=1, max_size=6)
CONTENTS = TEXTS | st.lists(
    st.builds(lambda text: {"type": "text", "text": text}, TEXTS)
    | st.builds(
        lambda name, given: {"type": "tool_use", "id": "toolu_1", "name": name, "input": given},
        TEXTS,
        st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS, max_size=2), max_size=2),
    ),
    max_size=2,
)


def said_in(params):
    """What a patient reader sees of a request."""
    contents = [params.get("system", []), *(one["content"] for one in params["messages"])]
    for content in contents:
        if isinstance(content, str):
            yield content
            continue
        for block in content:
            if block["type"] == "text":
                yield block["text"]
            else:
                yield block["name"]
                for value in block["input"].values():
                    yield from (one for one in leaves_of(value) if isinstance(one, str))


def leaves_of(value):
    return (
        [one for item in value for one in leaves_of(item)] if isinstance(value, list) else [value]
    )


def spelled(value, *, ascii_only):
    return json.dumps(value, ensure_ascii=ascii_only).encode()


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_exactly_the_rows_whose_requests_say_it(file, tmp_path, data):
    draw = data.draw
    asked = {}
    for custom_id in draw(st.lists(st.sampled_from("abcdx"), unique=True, min_size=1)):
        messages = [
            {"role": role, "content": draw(CONTENTS)}
            for role in draw(st.sampled_from([["user"], ["user", "assistant", "user"]]))
        ]
        asked[custom_id] = params(messages=messages)
        if draw(st.booleans()):
            asked[custom_id]["system"] = draw(TEXTS)
    path = tmp_path / "asked.jsonl"
    lines = [{"custom_id": one, "params": asked[one]} for one in asked]
    path.write_bytes(jsonl(*(spelled(one, ascii_only=draw(st.booleans())) for one in lines)))
    texts = {one: list(said_in(asked[one])) for one in asked}
    everything = [text for one in texts.values() for text in one if text]
    needle = draw(st.sampled_from(everything) if everything else TEXTS)
    needle = draw(st.sampled_from([needle, needle[:2], needle.lower(), needle.upper()]))
    query = f"in~{json.dumps(needle)}"
    folds = parse(query).root.children[0].ignores_case

    def says(custom_id):
        if folds:
            return any(needle.casefold() in one.casefold() for one in texts.get(custom_id, ()))
        return any(needle in one for one in texts.get(custom_id, ()))

    expected = [row for row, custom_id in enumerate("abcd") if says(custom_id)]
    with opened_inputs(open_requests(path)) as inputs:
        assert found(file, query, inputs) == expected
        assert found(file, f"-{query}", inputs) == sorted({0, 1, 2, 3} - set(expected))
