"""Export: bytes exactly, text for reading, files whole or not at all."""

import errno
import io
import json
from pathlib import Path

import pytest

from batchtui.core.errors import ResultsError, UsageError
from batchtui.core.text import safe
from batchtui.results.export.formats import ExportFormat, fields_for, format_of
from batchtui.results.export.rows import GROUP_ROWS, row_groups
from batchtui.results.export.stream import RowStream
from batchtui.results.export.target import WriteBehind, atomic_file
from batchtui.results.export.writing import export_file
from batchtui.results.file.results_file import ResultsFile
from support.results import succeeded, write

LINES = [
    '{"custom_id":"a","result":{"type":"succeeded","message":{"model":"m","stop_reason":"end_turn",'
    '"content":[{"type":"text","text":"Zwölf\\u2028\\ud800 \\u001b[31m"}],'
    '"usage":{"input_tokens":1}}}}'.encode(),
    b'{"broken \xff',
    b'{"custom_id":"c","result":{"type":"canceled"}}\r',
]
WHOLE = b"\n" + LINES[0] + b"\n\n" + LINES[1] + b"\n" + LINES[2]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(WHOLE)
    with ResultsFile.open(path) as opened:
        yield opened


def test_all_rows_are_the_file_byte_for_byte(file):
    out = io.BytesIO()
    stream = RowStream(file, out, ExportFormat.JSONL)
    stream.write_new()
    assert stream.written == 3
    assert out.getvalue() == WHOLE


def test_some_rows_are_their_lines_byte_for_byte(file):
    out = io.BytesIO()
    stream = RowStream(file, out, ExportFormat.JSONL)
    stream.write([2, 1])
    assert stream.written == 2
    assert out.getvalue() == LINES[2] + b"\n" + LINES[1] + b"\n"


def test_text_of_rows(file):
    out = io.BytesIO()
    stream = RowStream(file, out, ExportFormat.TEXT)
    stream.write_new()
    assert stream.written == 3
    first, second, third = out.getvalue().decode().split("\n\n")
    assert first == (
        "── a · succeeded · end_turn · m\nZwölf\u2028\\ud800 \x1b[31m\nusage: input_tokens 1"
    )
    assert second.startswith("── row 2 · broken\n[not JSON")
    assert third.startswith("── c · canceled\n[canceled]\n")


def test_text_for_a_terminal_is_masked(file):
    out = io.BytesIO()
    RowStream(file, out, ExportFormat.TEXT, mask=safe).write([0])
    assert b"\x1b" not in out.getvalue()
    assert "\u2028" not in out.getvalue().decode()


def test_footnotes_and_titles(tmp_path):
    citation = {"title": "T", "url": "https://x", "cited_text": "q"}
    blocks = [
        {"type": "text", "text": "cited", "citations": [citation]},
        {"type": "tool_use", "id": "t", "name": "get", "input": {}},
    ]
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": {"content": blocks}}}
    path = tmp_path / "y.jsonl"
    path.write_text(json.dumps(line))
    out = io.BytesIO()
    with ResultsFile.open(path) as opened:
        RowStream(opened, out, ExportFormat.TEXT).write([0])
    assert out.getvalue().decode().splitlines() == [
        "── a · succeeded",
        "cited[1]",
        "[1]  T  https://x",
        "[get]",
        "{}",
    ]


@pytest.fixture
def many(tmp_path):
    """A file of several groups."""
    path = tmp_path / "many.jsonl"
    path.write_bytes(b'{"custom_id":"a"}\n' * (GROUP_ROWS + 5))
    with ResultsFile.open(path) as opened:
        yield opened


@pytest.mark.parametrize("form", [ExportFormat.JSONL, ExportFormat.TEXT, ExportFormat.CSV])
def test_a_stream_that_is_cancelled_has_the_rows_so_far(many, form):
    out, told = io.BytesIO(), []
    stream = RowStream(many, out, form, fields_for(form))
    stream.write(range(len(many)), cancel=lambda: bool(told), progress=told.append)
    assert told == [stream.written] == [GROUP_ROWS]


@pytest.mark.parametrize("form", list(ExportFormat))
def test_a_file_that_is_cancelled_is_as_it_was(many, tmp_path, form):
    path = tmp_path / "out"
    path.write_text("old")
    told = []
    with pytest.raises(ResultsError, match="stopped"):
        export_file(
            many, path, form, rows=range(len(many)), cancel=lambda: bool(told),
            progress=told.append,
        )  # fmt: skip
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.glob("*out*")] == ["out"]


@pytest.mark.parametrize("form", list(ExportFormat))
def test_progress_ends_with_what_is_returned(many, tmp_path, form):
    told = []
    rows = iter(range(0, len(many), 2))
    written = export_file(many, tmp_path / "out", form, rows=rows, progress=told.append)
    assert written == (len(many) + 1) // 2 == told[-1]


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.csv", "csv"), ("a.CSV", "csv"), ("a.txt", "text"), ("a.db", "sqlite"),
     ("a.sqlite", "sqlite"), ("a.parquet", "parquet"), ("a.jsonl", "jsonl"), ("a", "jsonl")],
)  # fmt: skip
def test_the_extension_names_the_format(name, form):
    assert format_of(Path(name)) == form


def test_the_extension_decides_unless_a_format_is_given(file, tmp_path):
    export_file(file, tmp_path / "a.csv", rows=[2])
    assert (tmp_path / "a.csv").read_bytes().startswith(b"custom_id,type,")
    export_file(file, tmp_path / "b.csv", ExportFormat.JSONL, rows=[2])
    assert (tmp_path / "b.csv").read_bytes() == LINES[2] + b"\n"


@pytest.mark.parametrize(
    ("form", "names", "words"),
    [("csv", ["custum_id"], "did you mean custom_id"), ("csv", ["xyzzy"], "there are: row"),
     ("csv", ["text", "text"], "named twice"), ("csv", [], "no field"),
     ("jsonl", ["text"], "cannot be chosen")],
)  # fmt: skip
def test_fields_that_cannot_be(form, names, words):
    with pytest.raises(UsageError) as caught:
        fields_for(ExportFormat(form), names)
    assert words in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("form", [ExportFormat.SQLITE, ExportFormat.PARQUET])
def test_databases_are_not_streamed(file, form):
    with pytest.raises(UsageError, match="stream"):
        RowStream(file, io.BytesIO(), form)


def test_rows_may_come_in_any_order_and_far_apart(tmp_path):
    lines = [succeeded(f"id-{number}", "x" * (number % 7 * 100)) for number in range(500)]
    path = write(tmp_path / "x.jsonl", *lines)
    with ResultsFile.open(path) as opened:
        for rows in ([499, 0, 250, 250], [3], list(range(0, 500, 50)), list(range(100, 110))):
            out = io.BytesIO()
            RowStream(opened, out, ExportFormat.JSONL).write(iter(rows))
            assert out.getvalue() == b"".join(lines[row] + b"\n" for row in rows)


def test_row_groups_are_bounded(many):
    sizes = [len(group.rows) for group in row_groups(many, None, group_bytes=170)]
    assert max(sizes) == 10
    assert sum(sizes) == len(many)


def test_a_file_cut_meanwhile_is_told(many):
    with many.path.open("r+b") as cut:
        cut.truncate(100)
    with pytest.raises(ResultsError, match="shorter"):
        RowStream(many, io.BytesIO(), ExportFormat.JSONL).write(range(20))


class FullDisk(io.BytesIO):
    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_errors_of_the_writing_thread_arrive():
    behind = WriteBehind(FullDisk())
    with pytest.raises(OSError, match="space"), behind:
        behind.write(b"x")


def test_atomic_file_takes_its_place_when_whole(tmp_path):
    path = tmp_path / "out"
    path.write_text("old")
    with atomic_file(path) as out:
        out.write(b"new")
        out.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt()])
def test_atomic_file_leaves_the_old_one_on_failure(tmp_path, error):
    path = tmp_path / "out"
    path.write_text("old")

    def fail():
        with atomic_file(path) as out:
            out.write(b"half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.glob("*out*")] == ["out"]
    assert list(tmp_path.glob(".*")) == []


def test_atomic_file_in_words_when_the_disk_is_full(tmp_path):
    path = tmp_path / "out"
    full = OSError(28, "No space left on device")
    with pytest.raises(ResultsError, match="full"), atomic_file(path):
        raise full
    with pytest.raises(ResultsError, match="no folder"), atomic_file(tmp_path / "no" / "x"):
        pass


def test_links_are_followed_and_devices_written(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    with atomic_file(link) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    device = tmp_path / "null"
    device.symlink_to("/dev/null")
    with atomic_file(device) as out:
        out.write(b"gone")
    assert device.resolve().is_char_device()
