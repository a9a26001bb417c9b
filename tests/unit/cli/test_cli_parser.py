import argparse
from datetime import timedelta
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.cli.arguments import OneOf, duration, positive, speed
from batchtui.cli.parser import VERBS, parse
from batchtui.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("90s", 90), ("15m", 900), ("2h", 7200), ("1h30m", 5400),
     ("2d", 172800), ("1d2h3m4s", 93784), ("0", 0), ("0.5s", 0.5)],
)  # fmt: skip
def test_duration_units(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "h", "2 h", "-5", "5x", "1m1h", "nan", "1e3"])
def test_duration_refuses(text):
    with pytest.raises(argparse.ArgumentTypeError, match="write 90s"):
        duration(text)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_duration_adds_its_parts(hours, minutes, seconds):
    expected = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert duration(f"{hours}h{minutes}m{seconds}s") == expected


@pytest.mark.parametrize("text", ["99999999999999h", "9" * 400])
def test_a_duration_has_an_end(text):
    with pytest.raises(argparse.ArgumentTypeError, match="longer than any batch"):
        duration(text)


def test_numbers_are_checked():
    assert (positive("3"), speed("0.5")) == (3, 0.5)
    for check, text in (
        (positive, "0"),
        (positive, "-1"),
        (positive, "x"),
        (positive, "9" * 5000),
        (speed, "0"),
        (speed, "9" * 400),
    ):
        with pytest.raises(argparse.ArgumentTypeError):
            check(text)


def test_one_of_names_the_nearest_word():
    check = OneOf("state", ["running", "expired"])
    assert check("running") == "running"
    with pytest.raises(argparse.ArgumentTypeError, match="did you mean running"):
        check("runing")


def test_a_column_is_known_by_the_name_that_lists_show():
    assert OneOf("column", ["id", "type"], {"custom_id": "id"})("custom_id") == "id"


def test_a_wrong_verb_gets_the_nearest_one():
    with pytest.raises(UsageError) as caught:
        parse(["resluts", "x"])
    assert "'resluts'" in str(caught.value)
    assert "`results`" in caught.value.hint


def test_a_verb_like_nothing_gets_the_list():
    with pytest.raises(UsageError) as caught:
        parse(["qqqq"])
    assert "wait" in caught.value.hint


@pytest.mark.parametrize("argv", [["wait"], ["show"], ["ls", "--state", "done"], ["ls", "x"],
                                  ["wait", "x", "--all", "--any"], ["ls", "--json", "--jsonl"],
                                  ["ls", "--sta", "running"], ["config"], ["--bogus"]])  # fmt: skip
def test_wrong_usage_is_a_usage_error(argv):
    with pytest.raises(UsageError):
        parse(argv)


def test_global_options_before_and_after_the_verb():
    before = parse(["--read-only", "--config", "a", "--account", "x", "ls"])
    after = parse(["ls", "--read-only", "--config", "a", "--account", "x"])
    assert (before.read_only, before.config, before.accounts) == (True, "a", ["x"])
    assert (after.read_only, after.config, after.more_accounts) == (True, "a", ["x"])
    both = parse(["--account", "x", "ls", "--account", "y"])
    assert (both.accounts, both.more_accounts) == (["x"], ["y"])


def test_without_options_nothing_is_set():
    args = parse([])
    assert (args.verb, args.read_only, args.no_color, args.config) == (None, False, False, None)


def test_every_verb_has_its_function_and_nothing_else_is_there():
    assert [verb.name for verb in VERBS] == [
        "ls", "show", "watch", "wait", "status", "label", "cancel", "delete",
        "results", "cost", "open",
        "create", "submissions", "retry", "reconcile",
        "demo", "simulate", "config", "doctor", "completion",
    ]  # fmt: skip
    for verb in VERBS:
        module, function = verb.target.split(":")
        assert callable(getattr(import_module(f"batchtui.cli.{module}"), function))


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_has_help(verb, capsys):
    with pytest.raises(SystemExit) as leaving:
        parse([verb, "--help"])
    assert leaving.value.code == 0
    assert f"usage: batchtui {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["-q", "--query"])
def test_a_query_may_begin_with_a_minus(option):
    args = parse(["results", "x", option, "-type:succeeded", "--count"])
    assert (args.query, args.count) == ("-type:succeeded", True)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["results", "x", "-q--"], "-q"),
        (["results", "x", "-q", "--"], "--query"),
        (["results", "x", "--query=--"], "--query"),
        (["results", "x", "-o--"], "-o"),
        (["ls", "--account=--"], "--account"),
        (["--account=--", "ls"], "--account"),
    ],
)
def test_two_dashes_are_no_value(words, option):
    with pytest.raises(UsageError, match=f"^{option} cannot be --"):
        parse(words)


def test_two_dashes_end_the_options():
    args = parse(["results", "-q", "x", "--", "--query=--"])
    assert (args.source, args.query) == ("--query=--", "x")
