"""Rows that share a custom_id."""

import json
import zlib

from batchtui.results.file.id_sums import sum_of_id
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
        *steps, last = find_duplicates(file)
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


def test_ids_of_equal_checksums_are_compared(tmp_path):
    alike = ["plumless", "buckeroo"]
    assert len({sum_of_id(one) for one in alike}) == 1
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(map(line, [*alike, "other", alike[1]])))
    with ResultsFile.open(path) as file:
        *_, last = find_duplicates(file)
        assert last.rows == {"buckeroo": [1, 3]}


def test_an_id_whose_checksum_would_be_that_of_none_counts(tmp_path):
    assert zlib.crc32(b"ZKjafYM") == 0
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join([line("ZKjafYM")] * 2))
    with ResultsFile.open(path) as file:
        *_, last = find_duplicates(file)
        assert last.rows == {"ZKjafYM": [0, 1]}


def test_rows_stay_in_order_where_only_some_ids_take_decoding(tmp_path):
    path = tmp_path / "x.jsonl"
    escaped = line("a").replace(b'"a"', b'"\\u0061"')
    lines = [escaped, line("a"), b'\xef\xbb\xbf{"custom_id":"a"}', line("a"), escaped]
    path.write_bytes(b"\n".join(lines))
    with ResultsFile.open(path) as file:
        *_, last = find_duplicates(file)
        assert last.rows == {"a": [0, 1, 2, 3, 4]}


def test_ids_whose_checksums_are_known_are_not_read(tmp_path):
    path = tmp_path / "x.jsonl"
    answer = {"response": {"status_code": 200, "body": {"choices": []}}, "error": None}
    openai = json.dumps({"id": "r", "custom_id": "n", **answer}).encode()
    path.write_bytes(b"\n".join([line("a"), line("é", ensure_ascii=False), openai]))
    with ResultsFile.open(path) as file:
        assert list(file.index.id_sums) == [sum_of_id(one) for one in ("a", "é", "n")]
        file.data.close()
        *_, last = find_duplicates(file)
        assert (last.done, last.rows) == (True, {})
