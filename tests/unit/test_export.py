"""Export: bytes exactly, text for reading, files whole or not at all."""

import io
import json

import pytest

from batchtui.core.errors import ResultsError
from batchtui.core.text import safe
from batchtui.results.export import atomic_file, export_jsonl, export_text
from batchtui.results.results_file import ResultsFile

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
    assert export_jsonl(file, None, out) == 3
    assert out.getvalue() == WHOLE


def test_some_rows_are_their_lines_byte_for_byte(file):
    out = io.BytesIO()
    assert export_jsonl(file, [2, 1], out) == 2
    assert out.getvalue() == LINES[2] + b"\n" + LINES[1] + b"\n"


def test_text_of_rows(file):
    out = io.BytesIO()
    assert export_text(file, None, out) == 3
    first, second, third = out.getvalue().decode().split("\n\n")
    assert first == (
        "── a · succeeded · end_turn · m\nZwölf\u2028\\ud800 \x1b[31m\nusage: input_tokens 1"
    )
    assert second.startswith("── row 2 · broken\n[not JSON")
    assert third.startswith("── c · canceled\n[canceled]\n")


def test_text_for_a_terminal_is_masked(file):
    out = io.BytesIO()
    export_text(file, [0], out, mask=safe)
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
        export_text(opened, [0], out)
    assert out.getvalue().decode().splitlines() == [
        "── a · succeeded",
        "cited[1]",
        "[1]  T  https://x",
        "[get]",
        "{}",
    ]


@pytest.mark.parametrize("export", [export_jsonl, export_text])
def test_cancel(file, export):
    out = io.BytesIO()
    assert export(file, [0, 1], out, cancel=lambda: bool(out.getvalue())) == 1


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
    with pytest.raises(ResultsError, match="no such file"), atomic_file(tmp_path / "no" / "x"):
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
