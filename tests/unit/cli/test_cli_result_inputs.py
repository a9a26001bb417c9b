"""`results` with the requests of the rows: in queries, and as a column."""

import csv
import io
import json
import sqlite3
from contextlib import closing

import pytest

from batchtui.cli import result_inputs
from batchtui.cli.verbs import results as verbs
from batchtui.core.errors import SubmitError, UsageError
from batchtui.results.search.sorting import COLUMNS, REQUEST
from support.requests import jsonl, line
from support.results import errored, succeeded, write

LINES = [succeeded("a", "Hello"), errored("b"), succeeded("c", "Bye")]


@pytest.fixture
def path(tmp_path):
    return str(write(tmp_path / "x.jsonl", *LINES))


@pytest.fixture
def requests(tmp_path):
    def said(text):
        return [{"role": "user", "content": text}]

    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl(line("c", messages=said("=pears")), line("a", messages=said("apples"))))
    return str(path)


def test_a_query_looks_into_the_requests_of_a_file(cli, path, requests):
    assert cli.run("results", path, "-q", "in~pears", "--requests", requests) == 0
    assert cli.out.raw == LINES[2] + b"\n"


def test_how_many(cli, path, requests):
    assert cli.run("results", path, "--count", "-q", "-in~pears", "--requests", requests) == 0
    assert cli.out.shown == "2\n"


def test_without_requests_it_says_what_to_name(cli, path):
    with pytest.raises(SubmitError, match="are not known") as caught:
        cli.run("results", path, "-q", "in~pears")
    assert "--requests FILE" in caught.value.hint


def test_requests_that_are_not_there(cli, path, tmp_path):
    missing = str(tmp_path / "missing.jsonl")
    with pytest.raises(SubmitError, match=r"missing\.jsonl"):
        cli.run("results", path, "-q", "in~pears", "--requests", missing)
    assert cli.out.raw == b""


def test_requests_that_nothing_looks_into(cli, path, requests):
    with pytest.raises(UsageError, match="nothing looks into them"):
        cli.run("results", path, "-q", "pears", "--requests", requests)


def test_prompts_as_a_column(cli, path, requests):
    form = ("--format", "csv", "--fields", "custom_id,input")
    assert cli.run("results", path, *form, "--requests", requests) == 3
    rows = list(csv.reader(io.StringIO(cli.out.shown, newline="")))
    assert rows == [["custom_id", "input"], ["a", "apples"], ["b", ""], ["c", "'=pears"]]


def test_prompts_need_the_requests(cli, path):
    with pytest.raises(SubmitError, match="are not known"):
        cli.run("results", path, "--format", "csv", "--fields", "input")


def test_the_order_of_the_requests(cli, path, requests):
    assert cli.run("results", path, "--sort", "request", "--requests", requests) == 3
    assert cli.out.raw == b"\n".join([LINES[2], LINES[0], LINES[1], b""])
    assert "have no result" not in cli.err.shown


def test_requests_without_a_row_are_counted(cli, path, tmp_path):
    asked = tmp_path / "asked.jsonl"
    asked.write_bytes(jsonl(line("x"), line("c"), line("y")))
    form = ("--sort", "request", "--reverse", "-q", "-id:b")
    assert cli.run("results", path, *form, "--requests", str(asked)) == 0
    assert cli.out.raw == LINES[2] + b"\n" + LINES[0] + b"\n"
    assert "2 requests have no result here" in cli.err.shown


def test_other_orders(cli, path, tmp_path):
    assert (
        cli.run("results", path, "--sort", "id", "--reverse", "-o", str(tmp_path / "o.jsonl")) == 3
    )
    assert (tmp_path / "o.jsonl").read_bytes() == b"\n".join([*LINES[::-1], b""])


def test_an_order_of_requests_needs_them(cli, path):
    with pytest.raises(SubmitError, match="are not known"):
        cli.run("results", path, "--sort", "request")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--reverse",), "--reverse goes with --sort only"),
        (("--sort", "id", "--count"), "--count does not go with --sort"),
    ],
)
def test_options_without_effect(cli, path, options, words):
    with pytest.raises(UsageError, match=words):
        cli.run("results", path, *options)


def test_the_columns_that_can_be_sorted_by_are_those_of_the_viewer():
    assert verbs.SORT_COLUMNS == COLUMNS
    assert result_inputs.REQUEST == REQUEST


def test_params_as_columns(cli, path, requests):
    fields = "custom_id,input.max_tokens,input.messages.0.content,input.messages.0,input.nothing"
    form = ("--format", "csv", "--fields", fields, "-q", "id:c")
    assert cli.run("results", path, *form, "--requests", requests) == 0
    [_, row] = csv.reader(io.StringIO(cli.out.shown, newline=""))
    assert row == ["c", "1024", "'=pears", '{"role": "user", "content": "=pears"}', ""]


def test_columns_of_a_database(cli, path, requests, tmp_path):
    out = str(tmp_path / "o.sqlite")
    form = ("-o", out, "--fields", 'custom_id,request,input."a')
    assert cli.run("results", path, *form, "--requests", requests) == 3
    with closing(sqlite3.connect(out)) as database:
        found = database.execute("SELECT * FROM results").fetchall()
    assert [row[0] for row in found] == ["a", "b", "c"]
    assert json.loads(found[0][1])["max_tokens"] == 1024
    assert [row[1:] for row in found[1:2]] == [("", "")]


@pytest.mark.parametrize("name", ["input.", "input..a", "inputs", "request.a"])
def test_columns_that_there_are_not(cli, path, requests, name):
    with pytest.raises(UsageError, match="there is no field"):
        cli.run("results", path, "--format", "csv", "--fields", name)
