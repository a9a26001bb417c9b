"""Each rule of the preflight, with the line that it names."""

import json

import pytest

from batchtui.requests.findings import Rule, Severity
from batchtui.requests.problems import MAX_GROUPS, SHOWN_PLACES
from support.requests import STRICT, jsonl, line, params, report_of, request

GOOD = line("good-1"), line("good-2")


@pytest.fixture
def write(tmp_path):
    def write(content: bytes, name: str = "requests.jsonl"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_a_good_file_has_no_problems(write):
    report = report_of(write(jsonl(*GOOD)))
    assert report.ok
    assert report.problems == ()
    assert report.requests == 2
    assert report.body_bytes == len(b'{"requests":[' + b",".join(GOOD) + b"]}")
    assert [sample.custom_id for sample in report.samples] == ["good-1", "good-2"]
    assert report.samples[0].prompt == "How are you?"


SURROGATE = b'{"custom_id":"a","params":{"messages":[{"content":"\\ud800"}]}}'
WRONG_LINES = [
    (b"{", Rule.JSON, "is not JSON"),
    (b'{"custom_id":"a","params":{"top_p":NaN}}', Rule.JSON, "is not JSON"),
    (b'{"custom_id":"a","params":{}} {}', Rule.JSON, "is not JSON"),
    (b'{"custom_id":"a","params":{"a":[1,]}}', Rule.JSON, "is not JSON"),
    (b'{"custom_id":"a","params":' + b"[" * 99_999, Rule.JSON, "is not JSON"),
    (SURROGATE, Rule.JSON, "has text that servers refuse"),
    (b'{"custom_id":"a","params":{"x":"\xff"}}', Rule.ENCODING, "is not UTF-8"),
    (b"[1]", Rule.NOT_AN_OBJECT, "is no JSON object"),
    (b"7", Rule.NOT_AN_OBJECT, "is no JSON object"),
    (b'{"params":{}}', Rule.MISSING_FIELD, "has no custom_id"),
    (b'{"custom_id":"a"}', Rule.MISSING_FIELD, "has no params"),
    (b'{"custom_id":"a","params":[]}', Rule.PARAMS, "has params that are no object"),
    (b'{"custom_id":"a","params":null}', Rule.PARAMS, "has params that are no object"),
    (b'{"custom_id":7,"params":{}}', Rule.CUSTOM_ID, "has a custom_id that is no string"),
    (b'{"custom_id":null,"params":{}}', Rule.CUSTOM_ID, "has a custom_id that is no string"),
    (line(""), Rule.CUSTOM_ID, "has an empty custom_id"),
    (line("x" * 65), Rule.CUSTOM_ID, "has a custom_id of more than 64 characters"),
    (line("a b"), Rule.CUSTOM_ID, "has a custom_id with characters that are not allowed"),
    (line("a\n"), Rule.CUSTOM_ID, "has a custom_id with characters that are not allowed"),
    (line("ä"), Rule.CUSTOM_ID, "has a custom_id with characters that are not allowed"),
    (line("good-1"), Rule.DUPLICATE_CUSTOM_ID, "has the custom_id of another"),
    (
        json.dumps(request("a") | {"model": "x"}).encode(),
        Rule.UNKNOWN_FIELD,
        "has a field model, which there is not",
    ),
    (line("a", stream=True), Rule.FORBIDDEN_PARAM, "asks for stream"),
    (line("a", max_tokens=0), Rule.FORBIDDEN_PARAM, "has max_tokens 0"),
    (line("a", max_tokens=-1), Rule.INVALID_PARAM, "has max_tokens below zero"),
    (line("a", max_tokens=10**18), Rule.INVALID_PARAM, "has max_tokens beyond all bounds"),
    (line("a", max_tokens="9"), Rule.INVALID_PARAM, "has max_tokens that are no whole number"),
    (line("a", max_tokens=1.5), Rule.INVALID_PARAM, "has max_tokens that are no whole number"),
    (line("a", messages=[]), Rule.INVALID_PARAM, "has no messages"),
    (line("a", messages="hi"), Rule.INVALID_PARAM, "has messages that are no array"),
    (line("a", model=7), Rule.INVALID_PARAM, "has a model that is no name"),
    *[
        (line("a", **{name: 1}), Rule.FORBIDDEN_PARAM, f"has {name}")
        for name in (
            "speed",
            "store",
            "previous_thread_event_id",
            "cache_hint",
            "context_hint",
            "research_preview_2026_02",
            "fallbacks",
        )
    ],
    *[
        (
            json.dumps(
                {"custom_id": "a", "params": {k: v for k, v in params().items() if k != name}}
            ).encode(),
            Rule.MISSING_PARAM,
            f"has no {name} in its params",
        )
        for name in ("model", "max_tokens", "messages")
    ],
    (
        line("a").replace(b'"custom_id": "a"', b'"custom_id": "a", "custom_id": "b"'),
        Rule.DUPLICATE_KEY,
        "has custom_id twice",
    ),
]


@pytest.mark.parametrize(("wrong", "rule", "message"), WRONG_LINES)
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_a_wrong_line_is_named(write, wrong, rule, message, ends):
    content = ends.join([GOOD[0], b"", GOOD[1], wrong, line("last")])
    report = report_of(write(content))
    (problem,) = [p for p in report.problems if p.severity is Severity.ERROR and p.rule is rule]
    assert (problem.message, problem.line, problem.count) == (message, 4, 1)
    assert not report.ok
    assert report.requests == 4


def test_all_that_is_wrong_with_a_line_is_told_at_once(write):
    report = report_of(write(jsonl(b'{"custom_id":1,"parms":{},"model":"x"}')))
    assert {(p.rule, p.message) for p in report.problems} == {
        (Rule.MISSING_FIELD, "has no params"),
        (Rule.UNKNOWN_FIELD, "has a field parms, which there is not"),
        (Rule.UNKNOWN_FIELD, "has a field model, which there is not"),
        (Rule.CUSTOM_ID, "has a custom_id that is no string"),
    }
    assert "did you mean params?" in [p.hint for p in report.problems]


def test_half_of_a_pair_is_called_so(write):
    report = report_of(write(jsonl(line("a", system="x").replace(b'"x"', b'"\\ud83d"'))))
    (problem,) = report.problems
    assert problem.places[0].detail == "half of a surrogate pair"


COMPACT = json.dumps(request("a"), separators=(",", ":")).encode()


@pytest.mark.parametrize("before", [b'"model":', b'"messages":', b'"max_tokens":'])
@pytest.mark.parametrize("twice", [b'"k":1,"k":2,', b'"ab":1,"ab":1,', b'"k": 1, "k": 2, '])
@pytest.mark.parametrize("raw", [COMPACT, line("a")], ids=["compact", "spaced"])
def test_a_key_that_stands_twice_in_the_params_is_a_warning(write, before, twice, raw):
    raw = raw.replace(b": ", b":", 0).replace(before, twice + before)
    report = report_of(write(jsonl(*GOOD, raw)))
    (problem,) = [p for p in report.problems if p.rule is Rule.DUPLICATE_KEY]
    assert (problem.line, problem.severity) == (3, Severity.WARNING)
    assert report.ok


def test_what_only_looks_like_a_repeated_key_is_none(write):
    text = '"model": "x", "custom_id": "y", "params": {}'
    spaced = line("b").replace(b'"model"', b'\t "model"').replace(b", ", b" ,   ")
    lines = [line("a", system=text), spaced, json.dumps(request("c"), indent=None).encode()]
    assert report_of(write(jsonl(*lines))).problems == ()


def test_an_unknown_param_is_a_warning_with_the_nearest_one(write):
    report = report_of(write(jsonl(*GOOD, line("a", stop_sequence=["x"]))))
    (problem,) = report.problems
    assert (problem.rule, problem.severity) == (Rule.UNKNOWN_PARAM, Severity.WARNING)
    assert (problem.line, problem.custom_id) == (3, "a")
    assert problem.hint == "did you mean stop_sequences?"
    assert report.ok


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_depends_on_the_version(write, name):
    path = write(jsonl(*GOOD, line("a", **{name: 1})))
    assert report_of(path, version="2023-06-01").ok
    (problem,) = report_of(path, version=STRICT).problems
    assert (problem.rule, problem.line) == (Rule.VERSION_PARAM, 3)
    assert name in problem.message


TEXT = {"type": "text", "text": "x"}


@pytest.mark.parametrize(
    ("role", "block", "fails"),
    [
        ("assistant", {"type": "document", "source": {}}, True),
        ("user", {"type": "document", "source": {}}, False),
        ("user", TEXT | {"citations": [{"type": "char_location"}]}, True),
        ("user", TEXT | {"citations": []}, False),
        ("user", TEXT | {"citations": None}, False),
        ("assistant", TEXT | {"citations": [{"type": "char_location"}]}, False),
    ],
)
def test_blocks_that_a_version_rejects(write, role, block, fails):
    path = write(jsonl(*GOOD, line("a", messages=[{"role": role, "content": [block]}])))
    assert report_of(path, version="2023-06-01").ok
    report = report_of(path, version=STRICT)
    assert [(p.rule, p.line) for p in report.problems] == [(Rule.VERSION_PARAM, 3)] * fails


def test_models_that_the_account_does_not_list_are_warned_of(write):
    path = write(jsonl(*GOOD, line("a", model="claude-haiku-45")))
    report = report_of(path, models=["claude-haiku-4-5", "claude-opus-5"])
    (problem,) = report.problems
    assert (problem.rule, problem.line, problem.count) == (Rule.UNKNOWN_MODEL, 3, 1)
    assert problem.hint == "did you mean claude-haiku-4-5?"
    assert report.ok
    assert report_of(path).problems == ()


@pytest.mark.parametrize("model", ["claude-x-1-20260102", "claude-x-1", "claude-x-1-latest"])
def test_an_alias_of_a_listed_model_is_no_stranger(write, model):
    path = write(jsonl(line("a", model=model)))
    assert report_of(path, models=["claude-x-1-20260102"]).problems == ()


def openai(custom_id, **body):
    usual = {"model": "gpt-x", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
    return {
        "custom_id": custom_id,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": usual | body,
    }


def test_requests_to_openai_are_recognised_and_convertible_ones_counted(write):
    report = report_of(write(jsonl(openai("a"), openai("b", seed=7), openai("c"))))
    (problem,) = report.problems
    assert (problem.rule, problem.count, problem.line) == (Rule.OPENAI_FORMAT, 3, 1)
    assert report.convertible == 2


def test_converting_names_what_is_in_the_way(write):
    path = write(jsonl(openai("a"), openai("b", seed=7, logprobs=True), openai("c")))
    report = report_of(path, changes={"converts": True})
    found = {(p.rule, p.message, p.line, p.custom_id) for p in report.problems}
    assert found == {
        (Rule.NOT_CONVERTIBLE, "has seed, which Anthropic has nothing for", 2, "b"),
        (Rule.NOT_CONVERTIBLE, "has logprobs, which Anthropic has nothing for", 2, "b"),
    }


def test_too_many_requests_are_an_error_unless_split(write, monkeypatch):
    lines = [line(f"id-{number}") for number in range(25)]
    path = write(jsonl(*lines))
    small_batches(monkeypatch, max_requests=10)
    report = report_of(path)
    (problem,) = report.problems
    assert (problem.rule, problem.line) == (Rule.TOO_MANY_REQUESTS, 0)
    assert problem.message == "has 25 requests; a batch takes 10"
    assert problem.hint == "--split makes 3 batches of it"
    split = report_of(path, split=True)
    assert split.ok
    assert [(part.start, part.stop) for part in split.parts] == [(0, 10), (10, 20), (20, 25)]


def test_too_many_bytes_are_an_error_unless_split(write, monkeypatch):
    lines = [line(f"id-{number}") for number in range(10)]
    two = len(b'{"requests":[]}') + 2 * len(lines[0]) + 1
    small_batches(monkeypatch, max_bytes=two)
    path = write(jsonl(*lines))
    report = report_of(path)
    (problem,) = report.problems
    assert problem.rule is Rule.TOO_MANY_BYTES
    split = report_of(path, split=True)
    assert [part.requests for part in split.parts] == [2] * 5
    assert {part.body_bytes for part in split.parts} == {two}


def test_a_file_at_the_limit_is_one_batch(write, monkeypatch):
    small_batches(monkeypatch, max_requests=3)
    report = report_of(write(jsonl(*[line(f"id-{number}") for number in range(3)])))
    assert report.ok
    assert len(report.parts) == 1


def small_batches(monkeypatch, **limits):
    from dataclasses import replace

    import support.requests as support
    from batchtui.requests.rules import rules_for

    monkeypatch.setattr(support, "rules_for", lambda kind, **_: replace(rules_for(kind), **limits))


def test_each_duplicate_is_named_with_the_line_of_the_first(write):
    lines = [line("a"), line("b"), line("a"), line("c"), line("b"), line("a")]
    (problem,) = report_of(write(jsonl(*lines))).problems
    assert problem.count == 3
    assert [(p.line, p.custom_id, p.detail) for p in problem.places] == [
        (3, "a", "as line 1"),
        (5, "b", "as line 2"),
    ]


def test_a_million_findings_are_one_problem(write):
    lines = [line(f"id-{n}", stream=True, **{f"odd_{n}": 1}) for n in range(MAX_GROUPS + 50)]
    report = report_of(write(jsonl(*lines)))
    by_rule = {p.rule: p for p in report.problems if p.rule is not Rule.UNKNOWN_PARAM}
    forbidden = by_rule[Rule.FORBIDDEN_PARAM]
    assert forbidden.count == MAX_GROUPS + 50
    assert [place.line for place in forbidden.places] == list(range(1, SHOWN_PLACES + 1))
    assert len(report.problems) <= MAX_GROUPS + 1
    unknown = [p.count for p in report.problems if p.rule is Rule.UNKNOWN_PARAM]
    assert sum(unknown) == MAX_GROUPS + 50


def test_lines_of_an_array_are_those_of_its_elements(write):
    content = json.dumps([request("a"), request("b", stream=True)], indent=1).encode()
    report = report_of(write(content, "requests.json"))
    (problem,) = report.problems
    place = problem.places[0]
    assert content.split(b"\n")[place.line - 1].strip() == b"{"
    assert (place.number, place.custom_id) == (2, "b")
    assert place.line > 2


def test_progress_is_told(write):
    from batchtui.requests.preflight import check
    from batchtui.requests.rules import rules_for
    from batchtui.requests.source import open_requests

    path = write(jsonl(*[line(f"id-{number}") for number in range(2500)]))
    steps = list(check(open_requests(path), rules_for("anthropic")))
    assert [step.requests for step in steps] == [1000, 2000, 2500]
    assert all(step.taken <= step.size == path.stat().st_size for step in steps)
    assert [step.report is None for step in steps] == [True, True, False]
