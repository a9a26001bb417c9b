"""Requests as passages to read."""

import json
from dataclasses import replace

import pytest

from batchtui.results.query.language import parse
from batchtui.results.query.marking import Marker
from batchtui.tui.prompt_presenters import above, prompt_passages, read_prompt
from batchtui.tui.record_presenters import Manner

LONG = "Never promise a refund. " * 40


def shown(params, manner=Manner(), marker=None):  # noqa: B008  (frozen)
    raw = params if isinstance(params, bytes) else json.dumps(params).encode()
    return "\n".join(
        one.lead + str(one.text) for one in prompt_passages(read_prompt(raw), manner, marker)
    )


def said(role, content):
    return {"role": role, "content": content}


def test_params_and_who_says_what():
    params = {
        "max_tokens": 9, "model": "claude", "system": "Be kind.", "tools": [{"name": "a"}],
        "messages": [said("user", "One?"), said("assistant", "Two."), said("user", "Three?")],
    }  # fmt: skip
    assert shown(params).split("\n") == [
        "claude · max_tokens 9 · 1 tool", "", "system", "Be kind.", "", "user", "One?", "",
        "assistant", "Two.", "", "user", "Three?",
    ]  # fmt: skip


def test_a_long_system_prompt_is_folded_until_it_is_wanted():
    params = {"system": [{"type": "text", "text": LONG}], "messages": [said("user", "So?")]}
    assert "▸ system · 960 characters · T unfolds" in shown(params)
    assert "refund" not in shown(params)
    assert "refund" in shown(params, Manner(unfolded=True))
    assert "refund" in shown(params, marker=Marker(parse("in~refund").of_inputs))
    assert "refund" not in shown(params, marker=Marker(parse("in~so").of_inputs))
    assert read_prompt(json.dumps(params).encode()).has_folds


def test_tools_that_were_called_and_what_they_gave_back():
    params = {
        "messages": [
            said("assistant", [{"type": "tool_use", "id": "t1", "name": "find", "input": {}}]),
            said("user", [{"type": "tool_result", "tool_use_id": "t1", "content": "three pears"}]),
        ]
    }  # fmt: skip
    text = shown(params)
    assert "◆ find" in text
    assert "└ find → result" in text
    assert "three pears" in text


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png",
                                         "data": "A" * 4000}},
            "image/png 3 kB",
        ),
        ({"type": "image", "source": {"type": "url", "url": "https://x/y.png"}}, "https://x/y.png"),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 4000}},
            "image/png 3 kB",
        ),
        (
            {"type": "document", "title": "Plums", "source": {"type": "text", "data": "Blue."}},
            "◆ document Plums",
        ),
        ({"type": "novelty", "text": 5}, '"text": 5'),
        ("odd", "odd"),
    ],
)  # fmt: skip
def test_what_is_no_text(block, words):
    text = shown({"messages": [said("user", [block])]})
    assert words in text
    assert "AAAA" not in text


def test_requests_of_other_apis():
    call = {"id": "c1", "function": {"name": "find", "arguments": '{"what": "figs"}'}}
    completion = {
        "messages": [
            said("system", "Be kind."), said("user", [{"type": "text", "text": "Figs?"}]),
            {"role": "assistant", "content": None, "tool_calls": [call]}, said("tool", "none left"),
        ]
    }  # fmt: skip
    text = shown(completion)
    assert all(
        one in text for one in ("Be kind.", "Figs?", "◆ find", '"what": "figs"', "none left")
    )
    response = {
        "instructions": "Be kind.",
        "input": [said("user", [{"type": "input_text", "text": "Figs?"}])],
    }
    assert shown(response).split("\n") == ["instructions", "Be kind.", "", "user", "Figs?"]
    assert shown({"input": "Figs?"}).split("\n") == ["user", "Figs?"]


@pytest.mark.parametrize(
    "params", [b"no JSON", b"[1]", b'{"messages": 5}', b'{"messages": [null, 3, {"role": 1}]}',
               b'{"system": {"a": 1}}', b'{"messages": [{"content": "x"}], "tools": "y"}'],
)  # fmt: skip
def test_whatever_it_is_it_is_shown(params):
    shown(params)
    shown(params, Manner(raw=True))


def test_hostile_params_are_safe():
    text = shown({"model": "\x1b[2J\u202e", "a\x1b]0;x\x07": "\n\x9b31m", "messages": []})
    assert not {"\x1b", "\u202e", "\x07", "\x9b"} & set(text)


def test_above_an_answer_it_is_set_apart_and_not_searched():
    prompt = read_prompt(json.dumps({"messages": [said("user", "So?")]}).encode())
    passages = above(prompt_passages(prompt, Manner()), plain=False)
    assert [one.lead for one in passages] == ["│ ", "│ ", ""]
    assert all(one.is_ours for one in passages[:-1])
    assert above(prompt_passages(prompt, replace(Manner(), plain=True)), plain=True)[0].lead == "| "
