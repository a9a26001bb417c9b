"""A saved index is as good as a new one, or is not used."""

import os
import random

import pytest

from batchtui.results.file import results_file
from batchtui.results.file.index_file import (
    Identity,
    index_path_apart,
    index_path_beside,
    load_index,
    save_index,
)
from batchtui.results.file.line_index import NUMBERS
from batchtui.results.file.results_file import ResultsFile

LINES = [
    (
        b'{"custom_id":"a","result":{"type":"succeeded","message":{"model":"m","content":'
        b'[{"type":"text","text":"h\\u00e9llo"},{"type":"tool_use","name":"n","input":{"q":"x"}}],'
        b'"usage":{"input_tokens":5000000000,"output_tokens":7}}}}'
    ),
    (
        b'{"result":{"type":"errored","error":{"type":"error","error":{"type":"api_error"}}},'
        b'"custom_id":"b"}'
    ),
    b"broken",
    b'{"custom_id":"c","result":{"type":"canceled"}}',
]


@pytest.fixture(autouse=True)
def saved_however_small(monkeypatch):
    monkeypatch.setattr(results_file, "_LEAST_SAVED", 0)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(LINES) + b"\n")
    return path


def everything(index):
    numbers = [list(getattr(index, name)) for name in NUMBERS]
    names = [[column[row] for row in range(len(index))] for column in index.word_columns()]
    blocks = [index.blocks[row] for row in range(len(index))]
    spans = index.spans
    places = [list(spans.bounds), list(spans.starts), list(spans.ends), list(spans.ids)]
    rest = [bytes(spans.kinds), bytes(index.flags), index.received, index.tail, index.tail_is_row]
    return [numbers, names, blocks, places, rest, index.type_counts(), len(index)]


@pytest.mark.parametrize("last_newline", [True, False])
def test_it_comes_back_as_it_was(path, last_newline):
    if not last_newline:
        os.truncate(path, path.stat().st_size - 1)
    place = index_path_beside(path)
    with ResultsFile.open(path, index_path=place) as first:
        assert place.stat().st_mode & 0o777 == 0o600
        with ResultsFile.open(path, lazy=True, index_path=place) as second:
            assert len(second) == 4
            assert everything(second.index) == everything(first.index)
            with path.open("ab") as more:
                more.write(b" and on\n" + LINES[0])
            for file in (first, second):
                assert file.refresh()
            assert everything(second.index) == everything(first.index)
            assert second.row(len(second) - 1).model == "m"


def test_an_index_of_other_bytes_is_not_used(path):
    place = index_path_beside(path)
    ResultsFile.open(path, index_path=place).close()
    status = path.stat()
    path.write_bytes(LINES[1] + b"\n" + LINES[0] + b"\n" + b"\n".join(LINES[2:]) + b"\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    with ResultsFile.open(path, index_path=place) as file:
        assert file.row(0).type == "errored"
    with ResultsFile.open(path, lazy=True, index_path=place) as file:
        assert len(file) == 4
        assert file.row(0).type == "errored"


def test_no_damage_goes_unnoticed(path):
    place = index_path_beside(path)
    with ResultsFile.open(path, index_path=place) as file:
        whole, chance = place.read_bytes(), random.Random(1)
        descriptor = os.open(path, os.O_RDONLY)
        assert load_index(place, descriptor) is not None
        for _ in range(300):
            at = chance.randrange(len(whole))
            harmed = whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :]
            place.write_bytes(chance.choice([harmed, whole[:at], whole + b"x", b""]))
            assert load_index(place, descriptor) is None
        place.unlink()
        assert load_index(place, descriptor) is None
        os.close(descriptor)
        assert len(file) == 4


def test_a_place_that_cannot_be_written_does_not_matter(path, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with ResultsFile.open(path, index_path=tmp_path / "file" / "x.idx") as file:
        assert len(file) == 4
        assert not save_index(file.index, Identity(1, 2, 3), tmp_path / "file" / "y.idx")
    assert not list(tmp_path.glob("**/*.idx*"))
    assert not list(tmp_path.glob("**/.*.tmp"))


def test_a_file_that_changes_meanwhile_and_a_part_are_not_saved(path):
    place = index_path_beside(path)
    with ResultsFile.open(path, lazy=True, index_path=place) as file:
        file.index_step(10)
        with path.open("ab") as more:
            more.write(LINES[0])
        while file.index_step():
            pass
        assert len(file) == 5
        assert file.index_to_save() is None
    part = path.rename(path.with_name("x.jsonl.part"))
    ResultsFile.open(part, index_path=place).close()
    assert not place.exists()


def test_a_lazy_one_is_saved_by_who_indexes_it_once_all_is_there(path):
    place = index_path_beside(path)
    with ResultsFile.open(path, lazy=True, index_path=place) as file:
        file.index_step(10)
        assert file.index_to_save() is None
        while file.index_step():
            pass
        assert not place.exists()
        save = file.index_to_save()
        assert save is not None
        save()
        assert file.index_to_save() is None
    with ResultsFile.open(path, lazy=True, index_path=place) as again:
        assert len(again) == 4


def test_places(tmp_path):
    assert index_path_beside(tmp_path / "b.jsonl") == tmp_path / "b.jsonl.idx"
    apart = index_path_apart(tmp_path / "b.jsonl", tmp_path / "indexes")
    assert apart.parent == tmp_path / "indexes"
    assert apart != index_path_apart(tmp_path / "c.jsonl", tmp_path / "indexes")
