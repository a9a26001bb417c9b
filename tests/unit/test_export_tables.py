"""Tables of results: what the columns hold, and that CSV, SQLite and Parquet say the same."""

import csv
import io
import json
import sqlite3
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.errors import ResultsError
from batchtui.core.text import safe
from batchtui.results.export.fields import CSV_FIELDS, FIELDS, TABLE_FIELDS
from batchtui.results.export.formats import ExportFormat, fields_for
from batchtui.results.export.stream import RowStream
from batchtui.results.export.tables import text_cell
from batchtui.results.export.writing import export_file
from batchtui.results.file.results_file import ResultsFile
from support.results import errored, succeeded, without_answer, write

TOOLS = [
    {"type": "thinking", "thinking": "Hm.", "signature": "s"},
    {"type": "text", "text": "First."},
    {"type": "tool_use", "id": "t1", "name": "get", "input": {"city": "Köln"}},
    {"type": "text", "text": "Second."},
]
CITED = [
    {"type": "text", "text": "It is "},
    {"type": "text", "text": "blue", "citations": [{"type": "char_location", "cited_text": "b"}]},
    {"type": "text", "text": ".", "citations": None},
]
ODD = rb'{"custom_id":"odd \ud800","result":{"type":"succeeded","message":{"id":7,"model":"m","content":[{"type":"text","text":"x\ud800y"},{"type":"tool_use","name":"f","input":{"a":"\ud801"}},3],"usage":{"input_tokens":5.0}}}}'  # noqa: E501
LINES = [
    succeeded("plain", "fine"),
    succeeded("tools", content=TOOLS),
    succeeded("cited", content=CITED),
    succeeded("string", content="just text"),
    errored("bad", "Overloaded, sorry"),
    b'{"custom_id":"flat","result":{"type":"errored","error":"boom"}}',
    without_answer("late", "expired"),
    ODD,
    b'{"broken \xff',
    b'{"custom_id":"strange","result":[]}',
]


@pytest.fixture
def file(tmp_path):
    with ResultsFile.open(write(tmp_path / "x.jsonl", *LINES)) as opened:
        yield opened


def csv_rows(file, fields=None, rows=None):
    out = io.BytesIO()
    columns = fields_for(ExportFormat.CSV, fields)
    RowStream(file, out, ExportFormat.CSV, columns).write(
        range(len(file)) if rows is None else rows
    )
    return list(csv.DictReader(io.StringIO(out.getvalue().decode(), newline="")))


def test_what_the_columns_hold(file):
    rows = {row["custom_id"]: row for row in csv_rows(file, list(FIELDS))}
    plain = rows["plain"]
    assert (plain["row"], plain["type"], plain["stop_reason"], plain["message_id"]) == (
        "1", "succeeded", "end_turn", "msg_1"
    )  # fmt: skip
    assert (plain["model"], plain["text"], plain["blocks"]) == ("claude-sonnet-4-5", "fine", "text")
    assert (plain["input_tokens"], plain["output_tokens"]) == ("12", "345")
    assert (plain["cache_read_input_tokens"], plain["error_type"], plain["thinking"]) == ("",) * 3
    assert plain["raw"].encode() == LINES[0]
    assert plain["bytes"] == str(len(LINES[0]))
    tools = rows["tools"]
    assert (tools["text"], tools["thinking"]) == ("First.\n\nSecond.", "Hm.")
    assert tools["blocks"] == "thinking,text,tool_use"
    call = {"type": "tool_use", "id": "t1", "name": "get", "input": {"city": "Köln"}}
    assert json.loads(tools["tool_calls"]) == [call]
    assert rows["cited"]["text"] == "It is blue."
    assert rows["string"]["text"] == "just text"
    bad = rows["bad"]
    assert (bad["error_type"], bad["error_message"]) == ("overloaded_error", "Overloaded, sorry")
    assert bad["request_id"] == "req_1"
    assert rows["flat"]["error_message"] == "boom"
    assert (rows["late"]["type"], rows["late"]["text"]) == ("expired", "")
    odd = rows["odd \\ud800"]
    assert (odd["text"], odd["input_tokens"], odd["message_id"]) == ("x\\ud800y", "5", "")
    assert json.loads(odd["tool_calls"])[0]["name"] == "f"
    broken = next(row for row in csv_rows(file) if row["type"] == "broken")
    assert broken["text"] == '{"broken \N{REPLACEMENT CHARACTER}'
    assert rows["strange"]["type"] == "unknown"


def test_usual_columns(file):
    assert tuple(csv_rows(file)[0]) == CSV_FIELDS


def test_chosen_columns_and_rows(file):
    rows = csv_rows(file, ["text", "custom_id"], rows=[2, 0])
    assert rows == [
        {"text": "It is blue.", "custom_id": "cited"},
        {"text": "fine", "custom_id": "plain"},
    ]


def test_columns_alone_read_no_line(file, monkeypatch):
    def refuse(*_):
        raise AssertionError("a line was read")

    monkeypatch.setattr(ResultsFile, "line", refuse)
    monkeypatch.setattr(ResultsFile, "lines", refuse)
    rows = csv_rows(file, ["row", "type", "model", "input_tokens", "bytes"])
    assert len(rows) == len(LINES)


def test_csv_for_a_terminal_is_masked(tmp_path):
    path = write(tmp_path / "y.jsonl", succeeded("a", "\x1b[31mred"))
    out = io.BytesIO()
    with ResultsFile.open(path) as opened:
        columns = fields_for(ExportFormat.CSV)
        RowStream(opened, out, ExportFormat.CSV, columns, mask=safe).write_new()
    assert b"\x1b" not in out.getvalue()


def test_sqlite_says_the_same(file, tmp_path):
    path = tmp_path / "out.db"
    assert export_file(file, path, fields=[*TABLE_FIELDS, "raw"]) == len(LINES)
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    rows = [dict(row) for row in database.execute("SELECT * FROM results ORDER BY row")]
    database.close()
    expected = csv_rows(file, [*TABLE_FIELDS, "raw"])
    assert [{key: _shown(value) for key, value in row.items()} for row in rows] == expected
    assert rows[0]["input_tokens"] == 12
    assert rows[4]["input_tokens"] is None
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask(path)


def _umask(path):
    probe = path.with_name("probe")
    probe.touch()
    return 0o666 & ~probe.stat().st_mode


def _shown(value):
    return "" if value is None else str(value)


def test_parquet_says_the_same(file, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "out.parquet"
    assert export_file(file, path, fields=[*TABLE_FIELDS, "raw"]) == len(LINES)
    rows = parquet.read_table(path).to_pylist()
    expected = csv_rows(file, [*TABLE_FIELDS, "raw"])
    assert [{key: _shown(value) for key, value in row.items()} for row in rows] == expected


def test_parquet_without_pyarrow_is_told(file, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ResultsError, match="pyarrow") as caught:
        export_file(file, tmp_path / "out.parquet")
    assert "batchtui[parquet]" in caught.value.hint
    assert list(tmp_path.glob("*out*")) == []


def test_a_database_where_none_can_be(file, tmp_path):
    with pytest.raises(ResultsError):
        export_file(file, tmp_path / "no" / "out.db")
    device = tmp_path / "null.db"
    device.symlink_to("/dev/null")
    with pytest.raises(ResultsError, match="ordinary"):
        export_file(file, device)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=cmd|"/c calc"!A0']
)
def test_formulas_become_text(text):
    [row] = csv.reader(io.StringIO(text_cell(text), newline=""))
    assert row == [f"'{text}"]


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=300))
def test_any_text_comes_back_through_csv(text):
    [[cell]] = csv.reader(io.StringIO(text_cell(text) + "\r\n", newline=""), strict=True)
    assert cell.removeprefix("'") == text.removeprefix("'")


def test_rows_end_as_rfc_4180_says(file):
    out = io.BytesIO()
    columns = fields_for(ExportFormat.CSV, ["custom_id", "text"])
    RowStream(file, out, ExportFormat.CSV, columns).write([0])
    assert out.getvalue() == b"custom_id,text\r\nplain,fine\r\n"


def test_nothing_at_all_is_a_table_too(tmp_path):
    path = tmp_path / "empty.jsonl"
    path.touch()
    with ResultsFile.open(path) as opened:
        assert csv_rows(opened) == []
        for name in ("a.csv", "a.db", "a.parquet", "a.txt", "a.jsonl"):
            assert export_file(opened, tmp_path / name) == 0
    database = sqlite3.connect(tmp_path / "a.db")
    assert database.execute("SELECT count(*) FROM results").fetchone() == (0,)
    database.close()
