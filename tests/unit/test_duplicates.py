"""Rows that share a custom_id."""

import json

from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.window import Window
from batchtui.results.search.duplicates import find_duplicates
from batchtui.results.search.ids import row_ids


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
            assert last.rows == {"a": [0, 3], "é": [1, 6], "b": [2, 9]}
            assert not any(step.rows or step.done for step in steps)
        *_, last = find_duplicates(file, [3, 1, 0, 9])
        assert last.rows == {"a": [3, 0]}
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
        *_, last = find_duplicates(file)
        assert (last.done, last.rows) == (True, {})


def test_a_last_row_that_is_taken_back_meanwhile_is_read_again(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join([line("a"), line("b"), line("a")[:-9]]))
    with ResultsFile.open(path) as file, path.open("ab") as end:
        place = Window.place

        def taken_back(self, row):
            if row == 2 and file.index.tail_is_row:
                file.index.reopen()
            return place(self, row)

        Window.place = taken_back
        try:
            ids = row_ids(file)
            assert list(ids) == ["a", "b"]
        finally:
            Window.place = place
        end.write(line("a")[-9:])
        end.flush()
        file.refresh()
        *_, last = find_duplicates(file)
        assert last.rows == {"a": [0, 2]}
