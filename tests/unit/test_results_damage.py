"""Files and indexes with harm at every place: what can be read is, and nothing is made up."""

import gzip
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchtui.core.errors import ResultsError
from batchtui.results.fetching.sources import spool_for
from batchtui.results.file import line_index as index_module
from batchtui.results.file import results_file
from batchtui.results.file.index_file import Identity, load_index, save_index
from batchtui.results.file.line_index import LineIndex
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.language import parse
from batchtui.results.reading.row_types import BROKEN, UNKNOWN
from batchtui.results.search.engine import search
from support.results import errored, succeeded, without_answer

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINES = [
    succeeded("a", "héllo \N{GRINNING FACE}"),
    errored("b", "Overloaded"),
    without_answer("c", "expired") + b"\r",
    succeeded("d", content=[{"type": "tool_use", "id": "t", "name": "f", "input": {"x": "y"}}]),
]
CONTENT = b"\n".join(LINES) + b"\n"


def type_of(line):
    try:
        return json.loads(line)["result"]["type"]
    except (TypeError, KeyError):
        return UNKNOWN
    except ValueError:
        return BROKEN


def test_a_file_cut_at_any_byte_has_the_lines_before_and_the_rest(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(CONTENT)
    for cut in reversed(range(len(CONTENT))):
        os.truncate(path, cut)
        expected = [line for line in CONTENT[:cut].split(b"\n") if line]
        with ResultsFile.open(path) as file:
            assert [file.line(row) for row in range(len(file))] == expected
            types = [file.index.types[row] for row in range(len(file))]
            assert types == [type_of(line.decode("utf-8", "replace")) for line in expected]


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A file with a saved index: its path, the index's, and the index."""
    monkeypatch.setattr(results_file, "_LEAST_SAVED", 0)
    path, place = tmp_path / "x.jsonl", tmp_path / "x.idx"
    path.write_bytes(CONTENT)
    with ResultsFile.open(path, index_path=place) as file:
        yield path, place, file.index


def test_no_byte_of_a_saved_index_can_be_harmed_unnoticed(saved):
    path, place, _ = saved
    whole = place.read_bytes()
    with path.open("rb") as file, place.open("r+b") as harmed:
        assert load_index(place, file.fileno()) is not None
        for at, byte in enumerate(whole):
            for harm in {byte ^ 1, byte ^ 0x80, ord('"'), 0} - {byte}:
                os.pwrite(harmed.fileno(), bytes([harm]), at)
                assert load_index(place, file.fileno()) is None, (at, harm)
            os.pwrite(harmed.fileno(), bytes([byte]), at)
        for length in reversed(range(len(whole))):
            harmed.truncate(length)
            assert load_index(place, file.fileno()) is None, length


@pytest.mark.parametrize(
    "content", [b"", b"batchtui index 0 little\n" + b"\0" * 99, b"\xff" * 5000, b"{}"]
)
def test_what_is_no_index_is_made_one(saved, content):
    path, place, index = saved
    place.write_bytes(content)
    with ResultsFile.open(path, index_path=place) as file:
        assert file.index.type_counts() == index.type_counts()
        assert load_index(place, os.open(path, os.O_RDONLY)) is not None


def test_two_programs_that_save_an_index_leave_a_whole_one(saved):
    path, place, index = saved
    script = (
        "import sys; from pathlib import Path\n"
        "from batchtui.results.file.results_file import ResultsFile\n"
        "from batchtui.results.file.index_file import Identity, save_index\n"
        "with ResultsFile.open(Path(sys.argv[1])) as file:\n"
        "    identity = Identity.of(file.data.descriptor)\n"
        "    print([save_index(file.index, identity, Path(sys.argv[2])) for _ in range(200)])"
    )
    command = [sys.executable, "-c", script, str(path), str(place)]
    pair = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    with path.open("rb") as file:
        while any(process.poll() is None for process in pair):
            loaded = load_index(place, file.fileno())
            assert loaded is not None
            assert loaded.type_counts() == index.type_counts()
    for process in pair:
        told, _ = process.communicate()
        assert b"False" not in told
        assert process.returncode == 0
    assert not list(path.parent.glob(".*"))


def test_an_index_that_cannot_be_read_is_made_anew(saved):
    path, place, index = saved
    place.unlink()
    place.mkdir()
    with ResultsFile.open(path, index_path=place) as file:
        assert file.index.type_counts() == index.type_counts()
        assert not save_index(index, Identity(1, 2, 3), place)


PIECES = st.lists(st.sampled_from([b"a" * 7, b"{}", b"\n", b" ", b"12345", b"\r\n"]), max_size=30)


@settings(max_examples=200)
@given(PIECES, st.booleans(), st.integers(1, 10))
def test_a_line_of_any_length_is_one_row(pieces, whole_lines, step):
    data = b"".join(pieces)
    index, index_module.LONGEST_LINE = LineIndex(), 10
    try:
        for start in range(0, len(data), step):
            index.feed(data[start : start + step])
            if whole_lines:
                index.finish()
        index.finish()
    finally:
        index_module.LONGEST_LINE = 64 << 20
    expected = [line for line in data.split(b"\n") if line.strip() or len(line) > 10]
    places = zip(index.offsets, index.lengths, strict=True)
    assert [data[offset : offset + length] for offset, length in places] == expected
    assert index.received == len(data)


def test_a_line_too_long_is_broken_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(index_module, "LONGEST_LINE", 200_000)
    monkeypatch.setattr("batchtui.results.file.row._SUMMED_UP", 100_000)
    long = b'{"custom_id":"long","result":{"type":"errored","error":{"message":"%s"}}}' % (
        b"x" * 300_000
    )
    path, place = tmp_path / "x.jsonl", tmp_path / "x.idx"
    path.write_bytes(CONTENT + long[:100])
    with ResultsFile.open(path, index_path=place) as file:
        rows = len(file) - 1
        with path.open("ab") as more:
            more.write(long[100:-5])
        assert file.refresh()
        while file.refresh():
            pass
        assert (len(file), file.index.types[rows], file.index.tail_start) == (
            rows + 1,
            BROKEN,
            len(CONTENT),
        )
        with path.open("ab") as more:
            more.write(long[-5:] + b"\n" + CONTENT)
        while file.refresh():
            pass
        assert len(file) == 2 * rows + 1
        row = file.row(rows)
        assert (row.type, row.length, row.custom_id) == (BROKEN, len(long), "")
        assert row.preview == "x" * 300
        assert file.custom_id(rows) == ""
        for read in (file.line, file.record, lambda row: file.lines(row - 1, row + 1)):
            with pytest.raises(ResultsError, match="longer than 64 MiB, not read") as caught:
                read(rows)
        assert "bytes<" in caught.value.hint
        hits = [row for step in search(file, parse("/xxx$/ OR xxxx")) for row in step.hits]
        assert rows in hits


def test_a_long_line_is_summed_up_by_its_head(tmp_path, monkeypatch):
    monkeypatch.setattr("batchtui.results.file.row._SUMMED_UP", 1000)
    monkeypatch.setattr("batchtui.results.file.row._HEAD", 500)
    lines = [
        succeeded("a", "Say \u00e9 \\ \n" + "x" * 5000),
        errored("b", "m" * 5000),
        b'{"custom_id":"c","result":5,"x":"' + b"y" * 5000 + b'"}',
        b"z" * 5000,
    ]
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(lines))
    with ResultsFile.open(path) as file:
        monkeypatch.setattr(file, "line", None)
        previews = [file.row(row).preview for row in range(4)]
        assert [file.row(row).custom_id for row in range(2)] == ["a", "b"]
    assert previews[0].startswith("Say \u00e9 \\ xxx")
    assert previews[1] == "m" * 300
    assert previews[2].startswith('{"custom_id":"c"')
    assert previews[3] == "z" * 300


PACKED = {"gzip": gzip.compress(CONTENT), "zstd": zstd.compress(CONTENT)}
PACKED["two gzips"] = gzip.compress(CONTENT[:70]) + gzip.compress(CONTENT[70:])


@pytest.mark.parametrize("packed", PACKED)
def test_a_packed_file_cut_at_any_byte_is_told_and_tells_what_it_has(tmp_path, packed):
    path, whole = tmp_path / "x", PACKED[packed]
    ends = {0, len(gzip.compress(CONTENT[:70]))} if packed == "two gzips" else {0}
    for cut in range(0, len(whole), 3):
        path.write_bytes(whole[:cut])
        spool = spool_for(path, tmp_path / "spool")
        if spool is None:  # Nothing tells that it is packed.
            assert cut < 4
            continue
        spool.start()
        assert spool.wait(60)
        assert (spool.progress().error is None) == (cut in ends)
        with spool.open_rows() as rows:
            data = b"\n".join(rows.line(row) for row in range(len(rows)))
            assert CONTENT.startswith(data)


def test_a_bomb_without_line_ends_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(index_module, "LONGEST_LINE", 1 << 20)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\0" * (64 << 20), 1) + gzip.compress(b"\nnot a zero"))
    tracemalloc.start()
    try:
        spool = spool_for(path, tmp_path / "spool")
        spool.start()
        assert spool.wait(60)
        with spool.open_rows() as rows:
            hits = [row for step in search(rows, parse("zero")) for row in step.hits]
            assert (len(rows), hits) == (2, [1])
            assert rows.row(0).length == 64 << 20
            with pytest.raises(ResultsError, match="not read"):
                rows.line(0)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()


ODD_LINES = {
    "invalid UTF-8": (b'{"custom_id":"\xff","result":{"type":"errored"}}', "errored"),
    "a lone surrogate": (rb'{"custom_id":"\ud800","result":{"type":"errored"}}', "errored"),
    "a NUL": (b'{"custom_id":"\0","result":{"type":"errored"}}', "errored"),
    "a hole of NULs": (b"\0" * 4096, BROKEN),
    "UTF-16": ('{"result":1}'.encode("utf-16"), BROKEN),
    "a doubled key": (b'{"result":{"type":"errored"},"result":{"type":"expired"}}', "expired"),
    "two values": (b"{}{}", BROKEN),
    "half a line": (LINES[0][:40], BROKEN),
    "HTML": (b"<html><body>502 Bad Gateway</body></html>", BROKEN),
}


@pytest.mark.parametrize("kind", ODD_LINES)
def test_an_odd_line_in_the_middle_harms_no_other(tmp_path, kind):
    line, expected = ODD_LINES[kind]
    path = Path(tmp_path / "x.jsonl")
    path.write_bytes(CONTENT + line + b"\n" + CONTENT)
    with ResultsFile.open(path) as file:
        types = [file.index.types[row] for row in range(len(file))]
        kinds = ["succeeded", "errored", "expired", "succeeded"]
        assert types == [*kinds, expected, *kinds]
        assert file.line(4) == line
        hits = [row for step in search(file, parse("héllo OR overloaded")) for row in step.hits]
        assert hits == [0, 1, 5, 6]
