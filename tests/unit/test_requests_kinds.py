"""Requests of the other kinds: kept as they are, each checked by what its own API asks."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from batchtui.config.kinds import KINDS
from batchtui.core.errors import SubmitError
from batchtui.providers.openai_dialects import DIALECTS
from batchtui.requests.body import bodies
from batchtui.requests.convert import converted
from batchtui.requests.edits import parse_edits
from batchtui.requests.estimate import priced
from batchtui.requests.findings import Rule, Severity
from batchtui.requests.parse import parse
from batchtui.requests.preflight import check
from batchtui.requests.rules import rules_for
from batchtui.requests.samples import Sample
from batchtui.requests.source import open_requests
from batchtui.service.prices import GenaiPrices
from support.requests import jsonl, report_of
from support.requests import line as to_anthropic

CHAT = "/v1/chat/completions"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]


def to_openai(custom_id="a", url=CHAT, *, without=(), line=None, **body):
    """A request to OpenAI; `line` are further fields of its own."""
    usual = {"model": "gpt-4o-mini", "max_tokens": 100, "messages": MESSAGES} | body
    usual = {name: value for name, value in usual.items() if name not in without}
    whole = {"custom_id": custom_id, "method": "POST", "url": url, "body": usual} | (line or {})
    return json.dumps({k: v for k, v in whole.items() if k not in without}).encode()


def to_letta(agent_id="agent-1", **more):
    usual = {"agent_id": agent_id, "messages": [{"role": "user", "content": "Hi"}]}
    return json.dumps({k: v for k, v in (usual | more).items() if v is not ...}).encode()


@pytest.fixture
def checked(tmp_path):
    """The report of some lines, or of what else is in a file."""

    def checked(kind, *lines, name="requests.jsonl", content=None, **options):
        path = tmp_path / name
        path.write_bytes(jsonl(*lines) if content is None else content)
        return report_of(path, kind=kind, **options)

    return checked


async def document(report):
    (body,) = bodies(report)
    content = b"".join([chunk async for chunk in body.chunks()])
    assert len(content) == body.size
    return content


async def test_requests_to_openai_are_sent_as_they_stand_in_the_file(checked):
    odd = to_openai("b").replace(b": ", b" :  ")
    report = checked("openai", to_openai("a"), odd)
    assert report.problems == ()
    assert await document(report) == to_openai("a") + b"\n" + odd + b"\n"
    assert report.samples[0] == Sample(1, "a", "gpt-4o-mini", 100, 2, "Be brief.", "Hi")


async def test_requests_to_openai_in_an_array_become_lines(checked):
    spread = json.dumps([json.loads(to_openai("a")), json.loads(to_openai("b"))], indent=2)
    lines = (await document(checked("openai", content=spread.encode()))).splitlines()
    assert [json.loads(one)["custom_id"] for one in lines] == ["a", "b"]


async def test_requests_to_letta_are_sent_as_they_stand_in_the_file(checked):
    first, second = to_letta("agent-1"), to_letta("agent-2", messages=..., input="Hi")
    report = checked("letta", first, second)
    assert report.problems == ()
    assert await document(report) == b'{"requests":[' + first + b"," + second + b"]}"
    assert [sample.prompt for sample in report.samples] == ["Hi", "Hi"]


WRONG_TO_OPENAI = [
    (to_openai(without=["url"]), Rule.MISSING_FIELD, "has no url"),
    (to_openai(without=["method"]), Rule.MISSING_FIELD, "has no method"),
    (to_openai(without=["custom_id"]), Rule.MISSING_FIELD, "has no custom_id"),
    (to_openai(line={"method": "GET"}), Rule.INVALID_PARAM, "has a method that is not POST"),
    (to_openai(line={"body": 7}), Rule.PARAMS, "has a body that is no object"),
    (to_openai(7), Rule.CUSTOM_ID, "has a custom_id that is no string"),
    (to_openai(""), Rule.CUSTOM_ID, "has an empty custom_id"),
    (to_openai("good"), Rule.DUPLICATE_CUSTOM_ID, "has the custom_id of another"),
    (to_openai(without=["model"]), Rule.MISSING_PARAM, "has no model in its body"),
    (to_openai(without=["messages"]), Rule.MISSING_PARAM, "has no messages in its body"),
    (to_openai(stream=True), Rule.FORBIDDEN_PARAM, "asks for stream"),
    (
        to_openai(max_completion_tokens=-1),
        Rule.INVALID_PARAM,
        "has max_completion_tokens below zero",
    ),
    (
        to_openai(url="/v1/embeddings", input="x"),
        Rule.MIXED,
        f"has another url than line 1, which has {CHAT}",
    ),
    (to_openai(model="o3"), Rule.MIXED, "has another model than line 1, which has gpt-4o-mini"),
    (to_letta(), Rule.OTHER_KIND, "is a request to Letta; an account of kind openai takes others"),
    (
        to_anthropic("b"),
        Rule.OTHER_KIND,
        "is a request to Anthropic; an account of kind openai takes others",
    ),
    (b'{"custom_id":"b","body":{"x":NaN}}', Rule.JSON, "is not JSON"),
    (to_openai("b").replace(b'"url"', b'"url":"/v1/x","url"'), Rule.DUPLICATE_KEY, "has url twice"),
]


@pytest.mark.parametrize(("wrong", "rule", "message"), WRONG_TO_OPENAI)
def test_what_is_wrong_with_a_request_to_openai_is_named_with_its_line(
    checked, wrong, rule, message
):
    report = checked("openai", to_openai("good"), b"", wrong, to_openai("last"))
    (problem,) = [one for one in report.problems if one.rule is rule]
    assert (problem.message, problem.line, problem.count) == (message, 3, 1)
    assert problem.severity is Severity.ERROR


WRONG_TO_LETTA = [
    (to_letta(...), Rule.MISSING_FIELD, "has no agent_id"),
    (to_letta(7), Rule.CUSTOM_ID, "has an agent_id that is no string"),
    (to_letta("agent-0"), Rule.DUPLICATE_CUSTOM_ID, "has the agent_id of another"),
    (to_letta(messages=...), Rule.MISSING_PARAM, "has no messages in it"),
    (to_letta(messages=None), Rule.MISSING_PARAM, "has no messages in it"),
    (to_letta(input="x"), Rule.INVALID_PARAM, "has both messages and input"),
    (to_letta(messages=[]), Rule.INVALID_PARAM, "has no messages"),
    (to_letta(max_steps="9"), Rule.INVALID_PARAM, "has max_steps that are no whole number"),
    (
        to_anthropic(),
        Rule.OTHER_KIND,
        "is a request to Anthropic; an account of kind letta takes others",
    ),
    (to_openai(), Rule.OTHER_KIND, "is a request to OpenAI; an account of kind letta takes others"),
]


@pytest.mark.parametrize(("wrong", "rule", "message"), WRONG_TO_LETTA)
def test_what_is_wrong_with_a_request_to_letta_is_named_with_its_line(
    checked, wrong, rule, message
):
    report = checked("letta", to_letta("agent-0"), wrong)
    (problem,) = [one for one in report.problems if one.severity is Severity.ERROR]
    assert (problem.rule, problem.message, problem.line) == (rule, message, 2)


@pytest.mark.parametrize(
    ("kind", "line", "message", "hint"),
    [
        ("openai", to_openai(line={"parms": 1}), "has a field parms, which is unknown", ""),
        (
            "openai",
            to_openai(url="/v1/chat/completion"),
            "has the url /v1/chat/completion, which is unknown",
            f"did you mean {CHAT}?",
        ),
        (
            "letta",
            to_letta(max_step=3),
            "has a field max_step, which is unknown",
            "did you mean max_steps?",
        ),
    ],
)
def test_what_nobody_has_heard_of_is_a_warning(checked, kind, line, message, hint):
    report = checked(kind, line)
    (problem,) = report.problems
    assert (problem.message, problem.severity) == (message, Severity.WARNING)
    assert hint in problem.hint
    assert report.ok


def test_what_a_dialect_does_not_ask_is_not_asked(checked):
    lines = to_openai("a", without=["url", "method"]), to_openai("b", model="other")
    assert not checked("openai", *lines).ok
    assert checked("openai", *lines, dialect="together").problems == ()


def test_deployments_are_not_compared_with_the_models_that_are_listed(checked):
    line = to_openai(model="my-deployment")
    assert checked("openai", line, models=["gpt-4o"]).problems
    assert checked("openai", line, dialect="azure", models=["gpt-4o"]).problems == ()


def test_only_requests_to_openai_can_be_converted_and_only_to_anthropic(checked):
    report = checked("anthropic", to_openai("a"), to_letta())
    told = {problem.rule: problem.hint for problem in report.problems}
    assert "--convert" in told[Rule.OPENAI_FORMAT]
    assert "--convert" not in told[Rule.OTHER_KIND]
    assert json.loads(converted(to_openai("a")))["custom_id"] == "a"


def test_edits_begin_in_the_body_or_in_the_request_itself(checked):
    edits = {"edits": parse_edits(["max_tokens=7", "messages.0.content=Ho"], ["model"])}
    (sample,) = checked("openai", to_openai(), changes=edits).samples
    assert (sample.max_tokens, sample.system, sample.model) == (7, "Ho", "")
    report = checked("letta", to_letta(), changes={"edits": parse_edits(["max_steps=0"])})
    assert [problem.message for problem in report.problems] == ["has max_steps 0"]
    assert [change.name for change in report.changes] == ["max_steps"]


def test_answers_without_a_bound_have_no_price(checked):
    bounded, free = to_openai("a"), to_openai("b", without=["max_tokens"])
    many = to_openai("c", n=3)
    prices = GenaiPrices()
    (use,) = priced(checked("openai", bounded, many).estimate, prices, "openai").models
    assert use.max_output_tokens == 400
    assert use.cost.at_batch_price
    assert use.cost.output == Decimal("0.0000003") * 400
    estimate = priced(checked("openai", bounded, free).estimate, prices, "openai")
    assert estimate.models[0].max_output_tokens is None
    assert estimate.max_cost is None
    assert "sets no bound" in estimate.method


def test_embeddings_have_no_answer_to_pay_for(checked):
    line = to_openai(url="/v1/embeddings", without=["max_tokens", "messages"], input="x" * 400)
    (use,) = checked("openai", line).estimate.models
    assert use.max_output_tokens == 0
    assert use.input_tokens >= 100


def test_what_agents_take_is_not_guessed(checked):
    estimate = checked("letta", to_letta()).estimate
    assert estimate.models == ()
    assert "memory" in estimate.unknown


def test_pictures_of_chat_completions_are_counted_as_such(checked):
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 99_999}}
    line = to_openai(messages=[{"role": "user", "content": [picture]}])
    estimate = checked("openai", line).estimate
    assert estimate.media == 1
    assert estimate.models[0].input_tokens < 3000


def test_a_file_that_is_too_much_is_split_into_files_of_lines(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl(*(to_openai(f"id-{n}") for n in range(7))))
    rules = replace(rules_for("openai"), max_requests=3)
    *_, last = check(open_requests(path, shape=rules.shape), rules, split=True)
    parts = [b"".join(body.blocks()) for body in bodies(last.report)]
    assert b"".join(parts) == path.read_bytes()
    assert [part.count(b"\n") for part in parts] == [3, 3, 1]
    assert [len(part) for part in parts] == [body.size for body in bodies(last.report)]


def test_templates_fill_the_body_or_the_whole_request(checked, tmp_path):
    template = tmp_path / "template.json"
    rows = b"custom_id,agent_id,text\na,agent-1,x\n"
    template.write_text(json.dumps({"model": "m", "messages": [{"content": "{{text}}"}]}))
    (sample,) = checked("openai", content=rows, name="r.csv", template=template).samples
    assert (sample.custom_id, sample.prompt) == ("a", "x")
    template.write_text(json.dumps({"input": "{{text}}"}))
    (sample,) = checked("letta", content=rows, name="r.csv", template=template).samples
    assert (sample.custom_id, sample.prompt) == ("agent-1", "x")


def test_a_template_that_leaves_out_for_whom_it_is_is_refused(checked, tmp_path):
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"input": "{{text}}"}))
    with pytest.raises(SubmitError, match="which endpoint"):
        checked("openai", content=b"text\nx\n", name="r.csv", template=template)
    with pytest.raises(SubmitError, match="which agent_id"):
        checked("letta", content=b"text\nx\n", name="r.csv", template=template)


def test_every_dialect_has_its_rules_and_they_agree_with_how_it_is_spoken_to():
    for name in KINDS["openai"].dialects:
        rules = rules_for("openai", dialect=name)
        (url,) = [one.of for one in rules.alike if one.name == "url"]
        without = parse(to_openai(without=["url"]), rules.shape)
        assert url(without) == DIALECTS[name].endpoint
