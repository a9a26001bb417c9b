"""Exports that must not be, that cannot be finished, and of what no format has room for."""

import gzip
import os
import sqlite3

import pytest

from batchtui.core.errors import ResultsError, UsageError
from batchtui.results.export.formats import ExportFormat
from batchtui.results.export.writing import export_file
from batchtui.results.fetching.sources import spool_for
from batchtui.results.file.results_file import ResultsFile
from support.results import succeeded, write

HOSTILE = "=1+1\t\0\r\n\N{GRINNING FACE} \x1b[2J"
LINES = [
    succeeded("=cmd|' /C calc'!A0", HOSTILE),
    succeeded("b", usage={"input_tokens": 10**30, "output_tokens": -(10**30)}),
    succeeded("c", usage={"input_tokens": 1e30, "output_tokens": 2.5}),
    succeeded("d", usage={"input_tokens": 2**63 - 1, "output_tokens": 2**31}),
    rb'{"custom_id":"\ud800","result":{"type":"\udfff"}}',
    b"\xff\0broken",
]
MOST = 2**63 - 1
TOKENS = [(12, 345), (MOST, None), (MOST, None), (MOST, 2**31), (None, None), (None, None)]


@pytest.fixture
def path(tmp_path):
    return write(tmp_path / "x.jsonl", *LINES)


@pytest.fixture
def file(path):
    with ResultsFile.open(path) as file:
        yield file


@pytest.mark.parametrize("form", ExportFormat)
@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_a_file_is_never_written_over_itself(file, path, tmp_path, form, link):
    target = path
    if link:
        target = tmp_path / "link"
        link(path, target)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="the file that is read"):
        export_file(file, target, form, rows=[0])
    assert path.read_bytes() == before


def test_a_compressed_file_is_not_either(tmp_path):
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(LINES)))
    spool = spool_for(path, tmp_path / "spool")
    spool.start()
    spool.wait()
    with spool.open_rows() as rows, pytest.raises(UsageError, match="the file that is read"):
        export_file(rows, path)
    assert gzip.decompress(path.read_bytes()) == b"\n".join(LINES)


@pytest.mark.parametrize("form", ExportFormat)
@pytest.mark.parametrize(("place", "words"), [("no/such/x", "no folder"), ("there", "")])
def test_places_where_nothing_can_be_written(file, tmp_path, form, place, words):
    (tmp_path / "there").mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ResultsError, match=words or "it is (a folder|no ordinary file)"):
        export_file(file, tmp_path / place, form)
    assert sorted(tmp_path.iterdir()) == before


def test_numbers_and_texts_of_any_kind_fit_a_database(file, tmp_path):
    fields = ["custom_id", "text", "input_tokens", "output_tokens"]
    export_file(file, tmp_path / "x.sqlite", fields=fields)
    database = sqlite3.connect(tmp_path / "x.sqlite")
    rows = database.execute("SELECT * FROM results").fetchall()
    database.close()
    assert [row[2:] for row in rows] == TOKENS
    assert rows[0][:2] == ("=cmd|' /C calc'!A0", HOSTILE)
    assert [row[0] for row in rows[1:]] == ["b", "c", "d", "\\ud800", ""]
    assert rows[-1][1] == "\ufffd\0broken"


def test_numbers_and_texts_of_any_kind_fit_parquet(file, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    export_file(file, tmp_path / "x.parquet")
    table = parquet.read_table(tmp_path / "x.parquet")
    kinds = {field.name: str(field.type) for field in table.schema}
    assert {name for name, kind in kinds.items() if kind == "int64"} == {
        "row", "input_tokens", "output_tokens", "cache_read_input_tokens",
        "cache_creation_input_tokens", "bytes",
    }  # fmt: skip
    assert set(kinds.values()) == {"int64", "string"}
    columns = table.to_pydict()
    assert list(zip(columns["input_tokens"], columns["output_tokens"], strict=True)) == TOKENS
    assert columns["text"][0] == HOSTILE
    assert columns["type"][4] == "\\udfff"


def test_lines_are_exact_whatever_they_hold(file, path, tmp_path):
    export_file(file, tmp_path / "all.jsonl")
    assert (tmp_path / "all.jsonl").read_bytes() == path.read_bytes()
    export_file(file, tmp_path / "some.jsonl", rows=range(len(LINES)))
    assert (tmp_path / "some.jsonl").read_bytes() == b"".join(line + b"\n" for line in LINES)


@pytest.mark.parametrize("rows", [[1], [0, 1]])
def test_a_last_line_that_goes_on_is_told(tmp_path, rows):
    path = tmp_path / "x.jsonl"
    path.write_bytes(succeeded("a", "one") + b"\n" + succeeded("b", "two")[:20])
    with ResultsFile.open(path) as file:
        file.index.reopen()
        with pytest.raises(ResultsError, match="goes on"):
            export_file(file, tmp_path / "y.jsonl", rows=rows)
    assert not (tmp_path / "y.jsonl").exists()
