"""Export of lines that are as long as many others together: in pieces, and in little memory."""

import csv
import io
import tracemalloc

import pytest

from batchtui.core.text import safe
from batchtui.results.export.formats import ExportFormat, fields_for
from batchtui.results.export.stream import RowStream
from batchtui.results.export.target import write_text
from batchtui.results.export.writing import export_file
from batchtui.results.file.results_file import ResultsFile
from support.results import succeeded, write

TEXT = 'a "word"\r\n' * 800_000
"""Eight million bytes: more than a window of several rows holds."""


class Nowhere:
    """Takes all, keeps nothing but the length of the longest piece."""

    def __init__(self) -> None:
        self.longest = 0

    def write(self, data: bytes) -> None:
        self.longest = max(self.longest, len(data))


@pytest.fixture
def file(tmp_path):
    lines = [succeeded("a"), succeeded("long", TEXT), succeeded("b")]
    with ResultsFile.open(write(tmp_path / "x.jsonl", *lines)) as opened:
        yield opened


@pytest.mark.parametrize("mask", [str, safe])
def test_long_texts_are_all_there(file, mask):
    out = io.BytesIO()
    RowStream(file, out, ExportFormat.TEXT, mask=mask).write([0, 1, 2])
    text = mask(TEXT.rstrip("\n"))
    usage = "usage: input_tokens 12, output_tokens 345"
    heads = [f"── {name} · succeeded · end_turn · claude-sonnet-4-5" for name in ("a", "long", "b")]
    bodies = ["fine", text, "fine"]
    parts = [f"{head}\n{body}\n{usage}\n" for head, body in zip(heads, bodies, strict=True)]
    assert out.getvalue().decode() == "\n".join(parts)


def test_long_cells_are_cells(file):
    out = io.BytesIO()
    columns = fields_for(ExportFormat.CSV, ["custom_id", "text", "type"])
    RowStream(file, out, ExportFormat.CSV, columns).write([0, 1, 2])
    csv.field_size_limit(2 * len(TEXT))
    rows = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))
    assert rows[1:] == [
        ["a", "fine", "succeeded"], ["long", TEXT, "succeeded"], ["b", "fine", "succeeded"],
    ]  # fmt: skip


@pytest.mark.parametrize("form", [ExportFormat.TEXT, ExportFormat.CSV])
def test_a_long_line_is_in_memory_only_a_few_times(file, form):
    out = Nowhere()
    tracemalloc.start()
    try:
        RowStream(file, out, form, fields_for(form)).write([1])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert out.longest < 2 << 20
    assert peak < 4.5 * len(TEXT)


def test_no_line_break_is_cut_in_two(monkeypatch):
    monkeypatch.setattr("batchtui.results.export.target._PIECE", 3)
    out = io.BytesIO()
    write_text(out, "ab\r\ncd\r\r\n", safe)
    write_text(out, "\ud800")
    assert out.getvalue().decode() == safe("ab\r\ncd\r\r\n") + "\\ud800"


def test_parquet_keeps_no_long_texts_aside(file, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    export_file(file, tmp_path / "x.parquet", fields=["row", "type", "text"])
    with parquet.ParquetFile(tmp_path / "x.parquet") as made:
        group = made.metadata.row_group(0)
        assert [group.column(n).is_stats_set for n in range(3)] == [True, True, False]
        assert made.read().column("text").to_pylist() == ["fine", TEXT, "fine"]
