"""Changes to all requests: what is asked for and nothing else, shown as a diff."""

import json

import pytest

from batchtui.core.errors import UsageError
from batchtui.requests.edits import Change, EditTally, edited, parse_edits
from batchtui.requests.findings import FaultyRequestError, Rule
from support.requests import jsonl, line, report_of

RAW = b'{"custom_id":"a","params":{"max_tokens":10,"x":1.50,"deep":{"a":[{"b":"\\u00e9"},2]}}}'


def made(*settings, unset=(), raw=RAW):
    return edited(raw, parse_edits(settings, unset))


@pytest.mark.parametrize(
    ("setting", "before", "after"),
    [
        ("max_tokens=4096", b'"max_tokens":10', b'"max_tokens":4096'),
        ("max_tokens=abc", b'"max_tokens":10', b'"max_tokens":"abc"'),
        ('max_tokens="7"', b'"max_tokens":10', b'"max_tokens":"7"'),
        ("max_tokens=", b'"max_tokens":10', b'"max_tokens":""'),
        ("max_tokens=a=b", b'"max_tokens":10', b'"max_tokens":"a=b"'),
        ("deep.a.0.b=ü", b'"\\u00e9"', '"ü"'.encode()),
        ("deep.a.1={}", b"},2]", b"},{}]"),
        ("new.inner=true", b"}}}", b'},"new":{"inner":true}}}'),
    ],
)
def test_only_the_value_changes(setting, before, after):
    assert made(setting) == RAW.replace(before, after)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("max_tokens", b'"max_tokens":10,', b""),
        ("deep.a.0", b'{"b":"\\u00e9"},', b""),
        ("absent", b"", b""),
        ("absent.too", b"", b""),
    ],
)
def test_values_are_taken_out(name, before, after):
    assert made(unset=[name]) == RAW.replace(before, after)


@pytest.mark.parametrize("setting", ["x.y=1", "deep.a.b=1", "deep.a.2=1", "deep.a.0.b.c=1"])
def test_a_way_through_what_has_no_inside_is_an_error_of_the_request(setting):
    with pytest.raises(FaultyRequestError) as raised:
        made(setting)
    assert [finding.rule for finding in raised.value.findings] == [Rule.EDIT]


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b'{"custom_id":"a"}', b'{"params":7}', b'{"params":{"\xff":7}}']
)
def test_what_is_no_request_is_left_to_the_check(raw):
    assert made("a=1", raw=raw) == raw


@pytest.mark.parametrize("setting", ["max_tokens", "=1", "a..b=1", ".=1"])
def test_an_edit_that_makes_no_sense_is_refused(setting):
    with pytest.raises(UsageError):
        parse_edits([setting])


def test_the_report_shows_what_changes(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(
        jsonl(line("a"), line("b"), line("c", max_tokens=7), line("d", max_tokens=4096))
    )
    edits = parse_edits(["max_tokens=4096", "system=Be brief."], ["model"])
    report = report_of(path, changes={"edits": edits})
    assert report.changes == (
        Change("system", None, '"Be brief."', 4),
        Change("model", '"claude-haiku-4-5"', None, 4),
        Change("max_tokens", "1024", "4096", 2),
        Change("max_tokens", "7", "4096", 1),
    )
    assert {problem.rule for problem in report.problems} == {Rule.MISSING_PARAM}


def test_the_diff_does_not_grow_with_the_file():
    tally, edits = EditTally(), parse_edits(["n=0"])
    for number in range(1, 1001):
        edited(json.dumps({"params": {"n": number}}).encode(), edits, tally)
    changes = tally.changes()
    assert len(changes) < 30
    assert sum(change.requests for change in changes) == 1000
    assert changes[0].before == "other values"


def test_taking_out_what_nobody_has_is_warned_of(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl(line("a", temperature=1), line("b")))
    edits = parse_edits((), ["temperature", "temprature"])
    report = report_of(path, changes={"edits": edits})
    (problem,) = [one for one in report.problems if one.rule is Rule.EDIT]
    assert problem.message == "has no request with temprature, which is to be taken out"
    assert report.ok
