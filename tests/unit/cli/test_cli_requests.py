"""The check of a file of requests on the command line: what is read, and what is told."""

import argparse
import json
import os
import threading

import pytest

from batchtui.cli.request_files import checked, opened_requests
from batchtui.cli.request_report import show_report
from batchtui.core.errors import SubmitError, UsageError
from batchtui.requests.findings import Rule
from batchtui.requests.rules import rules_for
from batchtui.requests.shapes import ANTHROPIC
from support.requests import jsonl, line, params, request

USUAL = {"template": None, "set": None, "unset": None, "convert": False}


@pytest.fixture
def context(cli):
    return cli.context(argparse.Namespace(config=None))


@pytest.fixture
def report(context):
    """The report of the file of that name."""

    def report(name, *, split=False, **options):
        args = argparse.Namespace(file=str(name), **(USUAL | options))
        with opened_requests(context, args, rules_for("anthropic").shape) as file:
            return checked(context, file, rules_for("anthropic"), split=split)

    return report


@pytest.fixture
def write(tmp_path):
    def write(content: bytes, name: str = "requests.jsonl"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.fixture
def shown(cli, context, report):
    """What is shown of a report."""

    def shown(name, *, as_json=False, **options):
        show_report(context.out, report(name, **options), name="some name", as_json=as_json)
        context.out.flush()
        return cli.out.shown

    return shown


def test_a_good_file(shown, write):
    text = shown(write(jsonl(line("a", system="Be kind."), line("b"))))
    assert text.startswith("file        some name (JSON lines, ")
    assert "to be sent  yes\n" in text
    assert "claude-haiku-4-5         2" in text
    assert "estimated, input: a token for each 4 bytes" in text
    assert "sample   line 1 (a): claude-haiku-4-5, max_tokens 1024, 1 message\n" in text
    assert "         system: Be kind.\n         How are you?\n" in text


def test_problems_say_where_and_what_to_do(shown, write):
    lines = [line("a"), line("bad id"), *[line(f"x{n}", stream=True) for n in range(12)]]
    text = shown(write(jsonl(*lines)))
    assert "to be sent  no: 2 errors below\n" in text
    assert "error    line 2 (bad id): has a custom_id with characters" in text
    assert "(' ' in it)\n         1 to 64 of the characters" in text
    assert "error    line 3 (x0) and 11 others: asks for stream\n" in text
    assert "         lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, ...\n" in text


def test_in_an_array_requests_are_counted(shown, write):
    content = json.dumps([request("a"), request("b", stream=True)]).encode()
    assert "error    request 2 in line 1 (b): asks for stream\n" in shown(write(content))


def test_of_the_file_as_a_whole(shown, write, monkeypatch):
    text = shown(write(b"[]"))
    assert "error    the file has no requests\n" in text


@pytest.fixture
def on_terminal(cli):
    return cli.terminal()


def test_text_of_the_file_is_masked_and_fits_a_terminal(on_terminal, shown, write):
    hostile = "\x1b[31m\u202e " + "word " * 60
    bad = json.dumps({hostile: 1, "custom_id": hostile, "params": params()}).encode()
    text = shown(write(jsonl(bad, line("a", system=hostile, model=hostile))))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.split("\n"))) <= 80


def test_what_edits_change_is_shown(shown, write):
    path = write(jsonl(line("a"), line("b", max_tokens=7)))
    text = shown(path, set=["max_tokens=9"], unset=["system"])
    assert "change   max_tokens: 1024 -> 9, in 1 request\n" in text
    assert "change   max_tokens: 7 -> 9, in 1 request\n" in text


def test_as_json(shown, write):
    made = json.loads(shown(write(jsonl(line("a"), line("b", stream=True))), as_json=True))
    assert made["ok"] is False
    assert (made["file"], made["form"], made["requests"]) == ("some name", "JSON lines", 2)
    (problem,) = made["problems"]
    assert (problem["rule"], problem["severity"], problem["count"]) == (
        "forbidden_param",
        "error",
        1,
    )
    assert problem["places"] == [{"line": 2, "number": 2, "custom_id": "b", "detail": ""}]
    assert made["batches"] == [{"first": 1, "last": 2, "requests": 2, "bytes": made["body_bytes"]}]
    (model,) = made["models"]
    assert model["at_batch_price"] is True
    assert made["max_cost"] == pytest.approx(model["input_cost"] + model["max_output_cost"])


def test_unknown_prices_are_unknown(shown, write):
    assert "unknown\n" in shown(write(jsonl(line("a", model="claude-of-tomorrow"))))


def test_standard_input_and_pipes(cli, report, tmp_path, monkeypatch):
    reading, writing = os.pipe()
    os.write(writing, jsonl(line("a"), line("b")))
    os.close(writing)
    monkeypatch.setattr(cli.stdin, "fileno", lambda: reading, raising=False)
    assert report("-").requests == 2
    os.close(reading)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    feeder = threading.Thread(target=pipe.write_bytes, args=[jsonl(line("a"))])
    feeder.start()
    made = report(pipe)
    feeder.join()
    assert made.requests == 1
    assert not made.file.path.exists(), "what was spooled is gone"


def test_a_template_an_edit_and_a_home(report, write):
    write(json.dumps(params(system="{{text}}")).encode(), "t.json")
    write(b"custom_id,text\na,b\n", "rows.csv")
    made = report("~/rows.csv", template="~/t.json", set=["max_tokens=3"])
    assert made.ok
    assert made.estimate.models[0].max_output_tokens == 3


def test_openai_requests_are_converted_on_demand(report, write):
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], "max_tokens": 4}
    path = write(jsonl({"custom_id": "a", "url": "/v1/chat/completions", "body": body}))
    (problem,) = report(path).problems
    assert problem.rule is Rule.OPENAI_FORMAT
    assert problem.hint == "--convert converts all of them, without a loss"
    assert report(path, convert=True).ok


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        (".", {}, SubmitError),
        ("missing", {}, SubmitError),
        ("requests.jsonl", {"set": ["x"]}, UsageError),
        ("requests.jsonl", {"template": "missing"}, SubmitError),
    ],
)
def test_what_cannot_be_read_is_an_error(report, write, tmp_path, name, options, error):
    write(jsonl(line("a")))
    with pytest.raises(error):
        report(tmp_path / name, **options)


def test_a_closed_standard_input_is_an_error(cli):
    context = cli.context(argparse.Namespace(config=None))
    object.__setattr__(context, "stdin", None)
    with (
        pytest.raises(UsageError, match="it is closed"),
        opened_requests(context, argparse.Namespace(file="-", **USUAL), ANTHROPIC),
    ):
        pass
