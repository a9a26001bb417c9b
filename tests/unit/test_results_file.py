"""Rows of files on disk: whole, growing, shrinking, odd."""

import json
import os

import pytest

from batchtui.core.errors import ResultsError
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.row import PREVIEW_LENGTH


def result(custom_id, text="hello", **extra):
    message = {"model": "m", "content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
    message |= {"usage": {"input_tokens": 3}} | extra
    return {"custom_id": custom_id, "result": {"type": "succeeded", "message": message}}


def errored(custom_id, message):
    error = {"type": "error", "error": {"type": "api_error", "message": message}}
    return {"custom_id": custom_id, "result": {"type": "errored", "error": error}}


def raw(*values):
    return b"\n".join(json.dumps(value, ensure_ascii=False).encode() for value in values)


@pytest.fixture
def saved(tmp_path):
    def save(data, name="x.jsonl"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return save


def test_rows_lines_and_records(saved):
    data = raw(result("a", "first\n answer"), errored("b", "Overloaded"))
    with ResultsFile.open(saved(data)) as file:
        assert len(file) == 2
        first, second = file.row(0), file.row(1)
        assert (first.custom_id, first.type, first.preview) == ("a", "succeeded", "first answer")
        assert (first.input_tokens, first.output_tokens) == (3, None)
        assert (second.type, second.error_type, second.preview) == (
            "errored",
            "api_error",
            "Overloaded",
        )
        assert file.line(1) == data.split(b"\n")[1]
        assert file.lines(0, 2) == data.split(b"\n")
        assert file.record(0).answer == "first\n answer"
        assert first.length == len(file.line(0))


def test_a_row_out_of_range_is_an_index_error(saved):
    with ResultsFile.open(saved(raw(result("a")))) as file:
        for number in (-1, 1):
            with pytest.raises(IndexError):
                file.line(number)


@pytest.mark.parametrize(
    ("message", "preview"),
    [
        ({"content": "plain string"}, "plain string"),
        ({"content": [{"type": "thinking", "thinking": "hm"}]}, "hm"),
        (
            {"content": [{"type": "tool_use", "name": "get", "input": {"city": "Łódź"}}]},
            'get {"city": "Łódź"}',
        ),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": "hm"},
                    {"type": "text", "text": "yes"},
                ],
            },
            "yes",
        ),
        ({"content": [], "stop_details": {"type": "refusal", "category": "bio"}}, "bio"),
        ({"content": [{"type": "text", "text": 5}, 7, None]}, ""),
        ({"content": 12}, ""),
        ({}, ""),
        ({"content": [{"type": "text", "text": "x" * 9000}]}, "x" * PREVIEW_LENGTH),
    ],
)
def test_previews(saved, message, preview):
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": message}}
    with ResultsFile.open(saved(raw(line))) as file:
        assert file.row(0).preview == preview


@pytest.mark.parametrize(
    ("line", "preview"),
    [
        (b"{oops \xff", "{oops \ufffd"),
        (b'{"no":"result"}', '{"no":"result"}'),
        (b'{"result":{"type":"errored","error":"text"}}', "text"),
        (b'{"result":{"type":"errored","error":{"type":"e"}}}', "e"),
        (b'{"result":{"type":"canceled"}}', ""),
    ],
)
def test_previews_of_lines_without_an_answer(saved, line, preview):
    with ResultsFile.open(saved(line)) as file:
        assert file.row(0).preview == preview


def test_lazy_indexing_goes_in_bounded_steps(saved):
    data = raw(*(result(f"id-{number}") for number in range(200)))
    with ResultsFile.open(saved(data), lazy=True) as file:
        assert len(file) == 0
        seen = []
        while file.index_step(1000):
            seen.append(len(file))
        assert len(file) == 200
        assert seen == sorted(seen)
        assert len(seen) >= len(data) // 1000 - 1
        assert file.indexed_bytes == file.data.size


def test_a_file_that_grows(saved):
    line = raw(result("a"))
    path = saved(line + b"\n" + line[:30])
    with ResultsFile.open(path) as file:
        assert file.row(1).type == "broken"
        assert not file.refresh()
        with path.open("ab") as more:
            more.write(line[30:] + b"\n" + line)
        assert file.refresh()
        assert [file.row(row).type for row in range(len(file))] == ["succeeded"] * 3


def test_a_file_that_shrinks_is_indexed_anew(saved):
    path = saved(raw(result("a"), result("b"), result("c")))
    with ResultsFile.open(path) as file:
        os.truncate(path, 10)
        with pytest.raises(ResultsError, match="shorter"):
            file.line(2)
        assert file.refresh()
        assert (len(file), file.generation, file.row(0).type) == (1, 1, "broken")


def test_the_last_line_of_a_part_is_no_row_until_the_copy_is_complete(saved):
    part = saved(raw(result("a"), result("b")), "x.jsonl.part")
    with ResultsFile.open(part) as file:
        assert len(file) == 1
        assert not file.refresh()
        part.rename(part.with_suffix(""))
        assert file.refresh()
        assert [file.row(row).custom_id for row in range(2)] == ["a", "b"]


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n"])
def test_files_without_rows(saved, data):
    with ResultsFile.open(saved(data)) as file:
        assert len(file) == 0


def test_what_cannot_be_read_says_why(tmp_path):
    with pytest.raises(ResultsError, match="no such file"):
        ResultsFile.open(tmp_path / "absent")
    with pytest.raises(ResultsError, match="folder"):
        ResultsFile.open(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ResultsError, match="no ordinary file"):
        ResultsFile.open(tmp_path / "pipe")


def test_a_huge_line_arrives_in_many_steps(saved):
    data = raw(result("a"), result("big", "long " * 2_000_000), result("z"))
    with ResultsFile.open(saved(data), lazy=True) as file:
        while file.index_step(64 << 10):
            pass
        assert [file.row(row).custom_id for row in range(3)] == ["a", "big", "z"]
        assert len(file.record(1).answer) == 10_000_000


def test_closing_twice_is_no_error(saved):
    file = ResultsFile.open(saved(b"{}"))
    file.close()
    file.close()
