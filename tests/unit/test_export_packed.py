"""Exports that are compressed while they are written, as the name of the file says."""

import gzip
import sys
from pathlib import Path

import pytest

from batchtui.core.errors import ResultsError, UsageError
from batchtui.results.export.formats import ExportFormat, check_name, format_of, names_format
from batchtui.results.export.writing import export_file
from batchtui.results.file.results_file import ResultsFile
from support.results import succeeded, write

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINES = [succeeded(f"id-{number}", "word " * number) for number in range(300)]
UNPACK = {".gz": gzip.decompress, ".zst": zstd.decompress, ".GZ": gzip.decompress}


@pytest.fixture
def file(tmp_path):
    with ResultsFile.open(write(tmp_path / "x.jsonl", *LINES)) as opened:
        yield opened


@pytest.mark.parametrize("packed", UNPACK)
@pytest.mark.parametrize("suffix", ["", ".jsonl", ".csv", ".txt"])
@pytest.mark.parametrize("rows", [None, [2, 1]])
def test_it_holds_what_would_be_there_by_itself(file, tmp_path, suffix, packed, rows):
    plain, target = tmp_path / f"out{suffix}", tmp_path / f"packed{suffix}{packed}"
    written = export_file(file, plain, rows=rows)
    assert export_file(file, target, rows=rows) == written
    assert UNPACK[packed](target.read_bytes()) == plain.read_bytes()


def test_a_given_format_is_packed_as_well(file, tmp_path):
    export_file(file, tmp_path / "out.gz", ExportFormat.CSV, fields=["custom_id"], rows=[1])
    assert gzip.decompress((tmp_path / "out.gz").read_bytes()) == b"custom_id\r\nid-1\r\n"


def test_the_same_rows_make_the_same_file(file, tmp_path):
    one, two = tmp_path / "one.gz", tmp_path / "two.gz"
    export_file(file, one)
    export_file(file, two)
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("packed", UNPACK)
def test_one_that_is_stopped_leaves_the_old_file(file, tmp_path, packed):
    target = tmp_path / f"out.csv{packed}"
    target.write_text("old")
    with pytest.raises(ResultsError, match="stopped"):
        export_file(file, target, cancel=lambda: True)
    assert target.read_text() == "old"
    assert [found.name for found in tmp_path.glob("*out*")] == [target.name]


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_full_disk_is_told(file, tmp_path, packed):
    link = tmp_path / f"full{packed}"
    link.symlink_to("/dev/full")
    with pytest.raises(ResultsError, match="full"):
        export_file(file, link)


@pytest.mark.parametrize(
    ("name", "form", "is_named"),
    [("a.csv.gz", "csv", True), ("a.txt.ZST", "text", True), ("a.gz", "jsonl", True),
     ("a.jsonl.zst", "jsonl", True), ("a.xlsx.gz", "jsonl", False)],
)  # fmt: skip
def test_the_extension_before_it_names_the_format(name, form, is_named):
    assert format_of(Path(name)) == form
    assert names_format(Path(name)) is is_named


@pytest.mark.parametrize(
    ("name", "form", "hint"),
    [("a.sqlite.gz", ExportFormat.SQLITE, "name it a.sqlite"),
     ("a.gz", ExportFormat.PARQUET, "name it a"),
     ("a.csv.xz", ExportFormat.CSV, "name it .gz or .zst")],
)  # fmt: skip
def test_names_that_would_say_what_is_not_so(file, tmp_path, name, form, hint):
    with pytest.raises(UsageError) as caught:
        check_name(Path(name), form)
    assert caught.match("cannot write")
    with pytest.raises(UsageError):
        export_file(file, tmp_path / name, form)
    assert not (tmp_path / name).exists()
    assert caught.value.hint == hint
