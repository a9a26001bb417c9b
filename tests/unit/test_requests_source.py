"""Files of requests in each form, and files that are none."""

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from batchtui.core.errors import SubmitError
from batchtui.requests.findings import Rule
from batchtui.requests.framing import MAX_REQUEST_BYTES
from batchtui.requests.reading import Form
from batchtui.requests.source import open_requests
from support.requests import jsonl, line, params, report_of, request

TWO = [request("a"), request("b", system="ä\u2028\x85é")]
LINES = jsonl(*TWO)


@pytest.fixture
def write(tmp_path):
    def write(content: bytes, name: str = "requests.jsonl"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (LINES, Form.LINES),
        (LINES.rstrip(b"\n"), Form.LINES),
        (b"\n\n \r\n" + LINES.replace(b"\n", b"\r\n\r\n"), Form.LINES),
        (b"\xef\xbb\xbf" + LINES, Form.LINES),
        (json.dumps(TWO).encode(), Form.ARRAY),
        (json.dumps(TWO, indent=2, ensure_ascii=False).encode(), Form.ARRAY),
        (b"\xef\xbb\xbf\n" + json.dumps(TWO).encode() + b"\n\n", Form.ARRAY),
        (json.dumps({"requests": TWO}, indent=1).encode(), Form.ARRAY),
    ],
)
def test_all_forms_hold_the_same_requests(write, content, form):
    path = write(content)
    file = open_requests(path)
    assert file.form is form
    requests = list(file.requests())
    assert [r.custom_id for r in requests] == ["a", "b"]
    assert [json.loads(r.raw) for r in requests] == TWO
    assert [json.loads(r.params) for r in requests] == [one["params"] for one in TWO]
    assert [r.number for r in requests] == [1, 2]
    report = report_of(path)
    assert report.ok
    assert report.stamp.size == len(content)


def test_the_stamp_is_that_of_the_file(write):
    import hashlib

    path = write(LINES)
    stamp = report_of(path).stamp
    assert stamp.sha256 == hashlib.sha256(LINES).hexdigest()
    assert stamp.mtime_ns == path.stat().st_mtime_ns


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"\n \r\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"\x1f\x8b\x08\x00abc", "it is compressed with gzip"),
        (b"\x28\xb5\x2f\xfd\x00", "it is compressed with zstd"),
        (b"PK\x03\x04\x14\x00", "it is a zip archive or a spreadsheet"),
        (LINES.decode().encode("utf-16"), "it is UTF-16"),
        (LINES.decode().encode("utf-16-le"), "it is UTF-16 or the like"),
        (b"\x7fELF\x02\x01\x01\x00abc", "it is a binary file"),
        (b"custom_id,text\na,b\n", "it is no JSON"),
    ],
)
def test_what_is_no_file_of_requests_is_refused(write, content, why):
    with pytest.raises(SubmitError) as raised:
        open_requests(write(content))
    assert raised.value.why == why


def test_a_table_needs_a_template(write):
    with pytest.raises(SubmitError, match="a table alone makes no requests") as raised:
        open_requests(write(b"id,text\n1,a\n", "rows.csv"))
    assert "--template" in raised.value.hint


def test_a_folder_a_pipe_and_nothing_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, why in (
        (tmp_path, "it is a folder"),
        (tmp_path / "pipe", "it is no ordinary file"),
        (tmp_path / "missing", "there is no such file"),
        (Path("nul\0"), "embedded null byte"),
    ):
        with pytest.raises(SubmitError) as raised:
            open_requests(path)
        assert why in raised.value.why


def test_one_huge_line_is_told_and_never_held(tmp_path):
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(line("a") + b'\n{"custom_id":"' + b"x" * 100_000)
        file.truncate(4 * MAX_REQUEST_BYTES)  # The rest reads as zeros.
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + line("b") + b"\n")
    tracemalloc.start()
    report = report_of(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.2 * MAX_REQUEST_BYTES
    (problem,) = report.problems
    assert (problem.rule, problem.line) == (Rule.TOO_LONG, 2)
    assert report.requests == 3


@pytest.mark.parametrize("form", ["lines", "array", "csv"])
def test_memory_does_not_grow_with_the_file(tmp_path, form):
    text = "wort " * 400
    path, template = tmp_path / f"big.{form}", None
    with path.open("wb") as file:
        if form == "csv":
            template = tmp_path / "template.json"
            template.write_text(json.dumps(params(system="{{text}}")))
            file.write(b"custom_id,text\n")
        file.write(b"[" if form == "array" else b"")
        for number in range(8000):
            comma = b"," if number and form == "array" else b""
            one = line(f"id-{number}", system=text)
            file.write(comma + (f"id-{number},{text}".encode() if form == "csv" else one))
            file.write(b"" if form == "array" else b"\n")
        file.write(b"]" if form == "array" else b"")
    report_of(path, template=template)
    tracemalloc.start()
    report = report_of(path, template=template)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.ok
    assert report.stamp.size > 16_000_000
    assert peak < 4_000_000
