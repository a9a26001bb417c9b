"""Rows that share a custom_id."""

import json

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.duplicates import find_duplicates


def line(custom_id, **spelling):
    record = {"custom_id": custom_id, "result": {"type": "errored", "error": {"type": "x"}}}
    return json.dumps(record, **spelling).encode()


def test_all_rows_of_an_id_are_named_however_it_is_written(tmp_path):
    path = tmp_path / "x.jsonl"
    lines = [line("a"), line("é"), line("b"), line("a", separators=(",", ":")), b"broken", b"{}"]
    lines += [
        line("é", ensure_ascii=False),
        b"{}",
        b'{"custom_id":7}',
        b'\xef\xbb\xbf{"custom_id":"b"}',
    ]
    path.write_bytes(b"\n".join(lines))
    with ResultsFile.open(path) as file:
        for window_bytes in (1, 1 << 20):
            *steps, last = find_duplicates(file, window_bytes=window_bytes)
            assert last.done
            assert last.rows == (0, 1, 2, 3, 6, 9)
            assert not any(step.rows for step in steps)
        assert [file.custom_id(row) for row in (0, 1, 4, 5, 6, 8, 9)] == [
            "a",
            "é",
            "",
            "",
            "é",
            "",
            "b",
        ]
        assert list(find_duplicates(file, cancel=lambda: True)) == []


def test_no_rows(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"")
    with ResultsFile.open(path) as file:
        assert [step.rows for step in find_duplicates(file)] == [()]
