"""Requests to OpenAI as requests to Anthropic: nothing lost, or nothing converted."""

import json

import pytest

from batchtui.requests.convert import converted
from batchtui.requests.findings import FaultyRequestError, Rule
from support.requests import line

USER = {"role": "user", "content": "hi"}


def openai(messages=(USER,), **body):
    return {
        "custom_id": "a",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m", "max_tokens": 5, "messages": list(messages)} | body,
    }


def params_of(request):
    made = json.loads(converted(json.dumps(request).encode()))
    assert made["custom_id"] == "a"
    assert made.keys() == {"custom_id", "params"}
    return made["params"]


def in_the_way(request):
    with pytest.raises(FaultyRequestError) as raised:
        converted(json.dumps(request).encode())
    findings = raised.value.findings
    assert {finding.rule for finding in findings} == {Rule.NOT_CONVERTIBLE}
    assert raised.value.custom_id == "a"
    tail = ", which Anthropic has nothing for"
    return [finding.message.removeprefix("has ").removesuffix(tail) for finding in findings]


def test_a_plain_request():
    assert params_of(openai()) == {"model": "m", "max_tokens": 5, "messages": [USER]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"temperature": 0.5, "top_p": 0.9}, {"temperature": 0.5, "top_p": 0.9}),
        ({"max_completion_tokens": 7, "max_tokens": None}, {"max_tokens": 7}),
        ({"stop": "x"}, {"stop_sequences": ["x"]}),
        ({"stop": ["x", "y"]}, {"stop_sequences": ["x", "y"]}),
        ({"user": "u"}, {"metadata": {"user_id": "u"}}),
        ({"tool_choice": "auto"}, {"tool_choice": {"type": "auto"}}),
        ({"tool_choice": "required"}, {"tool_choice": {"type": "any"}}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "f"}}},
            {"tool_choice": {"type": "tool", "name": "f"}},
        ),
        (
            {"parallel_tool_calls": False},
            {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
        ),
        (
            {"parallel_tool_calls": False, "tool_choice": "required"},
            {"tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
        ),
        (
            {"n": 1, "stream": False, "seed": None, "presence_penalty": 0.0, "logit_bias": {}},
            {},
        ),
        ({"response_format": {"type": "text"}, "parallel_tool_calls": True}, {}),
    ],
)
def test_fields_with_a_counterpart(body, expected):
    plain = {"model": "m", "max_tokens": 5, "messages": [USER]}
    assert params_of(openai(**body)) == plain | expected


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"seed": 1}, "seed"),
        ({"n": 2}, "n"),
        ({"temperature": 1.2}, "a temperature above 1"),
        ({"presence_penalty": 0.1}, "presence_penalty"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"reasoning_effort": "low"}, "reasoning_effort"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"messages": "hi"}, "messages"),
        ({"tool_choice": "some"}, "tool_choice"),
        ({"tools": [{"type": "custom"}]}, "a tool that is no function"),
    ],
)
def test_fields_without_a_counterpart(body, name):
    assert in_the_way(openai(**body)) == [name]


def test_all_that_is_in_the_way_is_named():
    assert in_the_way(openai(seed=1, n=3)) == ["seed", "n"]


def test_another_endpoint_is_in_the_way():
    assert in_the_way(openai() | {"url": "/v1/embeddings"}) == ["url /v1/embeddings"]


def test_system_messages_at_the_start_become_the_system_prompt():
    system = {"role": "system", "content": "Be kind."}
    assert params_of(openai([system, USER]))["system"] == "Be kind."
    developer = {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]}
    made = params_of(openai([system, developer, USER]))
    assert [block["text"] for block in made["system"]] == ["Be kind.", "Be brief."]
    assert made["messages"] == [USER]
    assert in_the_way(openai([USER, system])) == ["a system message after others"]


def test_a_conversation_with_tools():
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
    other = {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    messages = [
        USER,
        {"role": "assistant", "content": "Let me look.", "tool_calls": [call, other]},
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "two"}]},
        {"role": "assistant", "content": "Done.", "refusal": None},
    ]
    function = {"name": "f", "description": "d", "parameters": {"type": "object"}}
    made = params_of(openai(messages, tools=[{"type": "function", "function": function}]))
    assert made["tools"] == [{"name": "f", "description": "d", "input_schema": {"type": "object"}}]
    assert made["messages"] == [
        USER,
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me look."},
                {"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}},
                {"type": "tool_use", "id": "c2", "name": "g", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "one"},
                {
                    "type": "tool_result",
                    "tool_use_id": "c2",
                    "content": [{"type": "text", "text": "two"}],
                },
            ],
        },
        {"role": "assistant", "content": "Done."},
    ]


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ({"role": "user", "content": "hi", "name": "x"}, "name in a message"),
        ({"role": "function", "content": "hi"}, "messages of role function"),
        ({"role": "user", "content": [{"type": "input_audio"}]}, "content of type input_audio"),
        ({"role": "user", "content": None}, "a message without content"),
        (
            {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "x"}}]},
            "tool_calls whose arguments are no JSON object",
        ),
    ],
)
def test_messages_without_a_counterpart(message, name):
    assert in_the_way(openai([message])) == [name]


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://x/y.png", {"type": "url", "url": "https://x/y.png"}),
        (
            "data:image/png;base64,AAAA",
            {"type": "base64", "media_type": "image/png", "data": "AAAA"},
        ),
    ],
)
def test_pictures(url, source):
    part = {"type": "image_url", "image_url": {"url": url}}
    made = params_of(openai([{"role": "user", "content": [part]}]))
    assert made["messages"][0]["content"] == [{"type": "image", "source": source}]
    part["image_url"]["detail"] = "low"
    assert in_the_way(openai([{"role": "user", "content": [part]}])) == ["the detail of an image"]


@pytest.mark.parametrize("raw", [line("a"), b"{", b"[]", b"7", b'{"body":{}}'])
def test_anything_else_stays_as_it_is(raw):
    assert converted(raw) is raw
