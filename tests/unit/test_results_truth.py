"""What is told of a generated file agrees with `json.loads` on each of its lines."""

import json
import re
import sys
from collections import Counter

import pytest
from benchmarks.corpus import ABSENT, COMMON, RARE, RARE_FOLDED, corpus

from batchtui.results.export.formats import ExportFormat
from batchtui.results.export.writing import export_file
from batchtui.results.file import stringsearch
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import parse
from batchtui.results.query.narrowing import narrow
from batchtui.results.search.engine import search
from batchtui.results.search.facets import facets
from batchtui.results.search.sorting import natural, order

ROWS = 2000


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """A corpus with rarities in it: its path, its truth, its records."""
    path, truth = corpus(tmp_path_factory.mktemp("corpus"), "small", 600 * ROWS, ROWS)
    return path, truth, [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def file(generated):
    with ResultsFile.open(generated[0]) as file:
        yield file


@pytest.fixture
def slow(monkeypatch):
    """Neither of the libraries that make searches fast."""
    monkeypatch.setattr(stringsearch, "stringzilla", None)
    monkeypatch.setitem(sys.modules, "re2", None)


def texts(record):
    """What a person reads of a record of the corpus."""
    result = record["result"]
    inner = result.get("error", {}).get("error", {})
    found = [record["custom_id"], *inner.values()]
    for block in result.get("message", {}).get("content", []):
        found += [block.get("text", ""), block.get("thinking", ""), block.get("name", "")]
        found.append(block.get("input", {}).get("type", ""))
    return found


def has(pattern, flags=re.IGNORECASE | re.MULTILINE):
    """A judge of records: one of the texts has the pattern."""
    return lambda record: any(re.search(pattern, text, flags) for text in texts(record))


def message(record):
    return record["result"].get("message", {})


def usage(record):
    return message(record).get("usage", {})


QUERIES = {
    RARE: has(RARE),
    RARE_FOLDED: has(RARE_FOLDED),
    COMMON: has(COMMON),
    ABSENT: lambda _: False,
    "type": has("type"),
    "Weather": has("Weather", 0),
    "get_weather": has("get_weather"),
    r'".\n"': has(r"\.\n"),
    r'" \""': has(' "'),
    "ü": has("ü"),
    "— ": has("—"),
    rf"/{RARE[:4]}.*e{{2}}dle/": has(rf"{RARE[:4]}.*e{{2}}dle", re.MULTILINE),
    "/^The/i": has("^The"),
    r"/(?<=get_)w\w+/": has("get_w"),
    r"/\bqui\b/": has(r"\bqui\b"),
    r"/(ka|lo)\1\b/": has(r"(ka|lo)\1\b", re.MULTILINE),
    "type:errored": lambda record: record["result"]["type"] == "errored",
    "error:invalid_request_error too": lambda record: "error" in record["result"],
    "stop:max_tokens": lambda record: message(record).get("stop_reason") == "max_tokens",
    "model:*opus*": lambda record: "opus" in message(record).get("model", ""),
    "id:*77": lambda record: record["custom_id"].endswith("77"),
    "in>=5000": lambda record: usage(record).get("input_tokens", -1) >= 5000,
    "out<100": lambda record: 0 <= usage(record).get("output_tokens", -1) < 100,
    "-the": lambda record: not has("the")(record),
    "block:tool_use kalo OR block:thinking": lambda record: (
        (has("get_weather")(record) and has("kalo")(record))
        or any(block["type"] == "thinking" for block in message(record).get("content", []))
    ),
    "(brenost OR minave) -(quina OR type:errored)": lambda record: (
        has("brenost|minave")(record)
        and not has("quina")(record)
        and "error" not in record["result"]
    ),
}


@pytest.fixture(scope="module")
def expected(generated):
    """The rows that each query finds."""
    records = list(enumerate(generated[2]))
    return {query: [row for row, one in records if judge(one)] for query, judge in QUERIES.items()}


def found(file, source, **options):
    return [row for step in search(file, parse(source), **options) for row in step.hits]


@pytest.mark.parametrize("query", QUERIES)
def test_searches(file, generated, expected, query):
    rows = expected[query]
    assert found(file, query) == rows
    assert found(file, query, window_bytes=700) == rows
    if query in generated[1].records_with:
        assert len(rows) == generated[1].records_with[query]


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("query", QUERIES)
def test_searches_without_fast_libraries(generated, expected, query):
    with ResultsFile.open(generated[0]) as file:
        assert found(file, query, window_bytes=30_000) == expected[query]


def test_facets_and_the_queries_they_narrow_to(file, generated):
    *_, told = facets(file)
    records = generated[2]
    counted = {
        "type": Counter(record["result"]["type"] for record in records),
        "model": Counter(message(record).get("model") for record in records),
        "stop": Counter(message(record).get("stop_reason") for record in records),
        "block": Counter(
            kind
            for record in records
            for kind in {block["type"] for block in message(record).get("content", [])}
        ),
    }
    for name, counts in counted.items():
        del counts[None]
        listed = told.facets[name].values
        assert {value.name: value.count for value in listed} == counts
        for value in listed:
            assert len(found(file, narrow(COMMON, value.query))) <= value.count
            assert len(found(file, value.query)) == value.count
    assert told.histograms["in"].total == generated[1].input_tokens
    for part in told.histograms["out"].bins:
        assert len(found(file, part.query)) == part.count


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("id", lambda record: natural(record["custom_id"])),
        ("in", lambda record: usage(record).get("input_tokens")),
        ("tokens", lambda record: sum(list(usage(record).values())[:2]) or None),
        ("model", lambda record: message(record).get("model")),
        ("error", lambda record: record["result"].get("error", {}).get("error", {}).get("type")),
    ],
)
def test_orders(file, generated, column, key, descending):
    keys = [key(record) for record in generated[2]]
    present = [row for row, of_row in enumerate(keys) if of_row is not None]
    absent = [row for row, of_row in enumerate(keys) if of_row is None]
    expected = sorted(present, key=keys.__getitem__, reverse=descending) + absent
    assert order(file, None, column, descending=descending).tolist() == expected


def test_what_is_exported_of_a_search_is_what_was_found(file, generated, tmp_path):
    lines = generated[0].read_bytes().splitlines(keepends=True)
    rows = found(file, "quina -brenost")
    export_file(file, tmp_path / "x", ExportFormat.JSONL, rows=rows)
    assert (tmp_path / "x").read_bytes() == b"".join(lines[row] for row in rows)
