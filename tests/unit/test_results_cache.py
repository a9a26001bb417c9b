"""Names of local copies: never out of their folder, never two for one."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.errors import ResultsError
from batchtui.core.models import BatchRef
from batchtui.results.file.index_file import index_path_beside
from batchtui.results.store.budget import drop_old_indexes, make_room, stored_copies
from batchtui.results.store.cache import (
    ResultsMeta,
    escaped,
    is_kept,
    local_copy,
    lock_path,
    mark_used,
    meta_path,
    part_path,
    read_meta,
    results_path,
    set_kept,
    write_note,
)
from batchtui.results.store.lock import FileLock

NAMES = st.text(st.characters(exclude_categories=()), max_size=300)


@given(NAMES)
def test_a_name_is_one_safe_component(name):
    result = escaped(name)
    assert result.isascii()
    assert not set(result) & set("/\\\0 \n:")
    assert 0 < len(result) <= 160
    assert not result.startswith(".")


@given(NAMES, NAMES)
def test_different_names_stay_different(one, other):
    assert (escaped(one) == escaped(other)) == (one == other)


def test_long_names_differ_in_their_digest():
    assert escaped("a" * 500) != escaped("a" * 501)


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../../etc/passwd", "/etc/passwd", "a/b", "~", "-"]
)
def test_no_traversal(tmp_path, name):
    path = results_path(tmp_path, BatchRef(name, name))
    assert path.resolve().parent.parent == tmp_path.resolve()
    assert path.name.endswith(".jsonl")


def test_usual_ids_stay_readable(tmp_path):
    path = results_path(tmp_path, BatchRef("work", "msgbatch_01AbC"))
    assert path == tmp_path / "work" / "msgbatch_01AbC.jsonl"


def test_local_copy_is_the_complete_one_only(tmp_path):
    ref = BatchRef("a", "b.c")
    path = results_path(tmp_path, ref)
    path.parent.mkdir()
    path.with_suffix(".jsonl.part").touch()
    assert local_copy(tmp_path, ref) is None
    path.write_bytes(b"12345")
    assert local_copy(tmp_path, ref) is None, "nobody noted that it is complete"
    write_note(meta_path(path), ResultsMeta(1, 1, 0, 5, "00", "2026-11-20T12:00:00Z"))
    assert local_copy(tmp_path, ref) == path
    path.write_bytes(b"123")
    assert local_copy(tmp_path, ref) is None, "it was cut since"


def test_meta_of_another_or_damaged_copy_is_none(tmp_path):
    target = tmp_path / "x.jsonl"
    target.write_bytes(b"12345")
    meta = ResultsMeta(1, 1, 0, 5, "00", "2026-11-20T12:00:00Z", source={"account": "a"})
    assert read_meta(target) is None
    write_note(meta_path(target), meta)
    assert read_meta(target) == meta
    assert meta_path(target).stat().st_mode & 0o777 == 0o600
    target.write_bytes(b"123456")
    assert read_meta(target) is None
    meta_path(target).write_bytes(b"{")
    assert read_meta(target) is None


def test_keeping_a_copy_is_marked_beside_it(tmp_path):
    target = tmp_path / "b.c.jsonl"
    assert not is_kept(target)
    set_kept(target, keep=True)
    set_kept(target, keep=True)
    assert is_kept(target)
    assert not is_kept(tmp_path / "b.jsonl")
    set_kept(target, keep=False)
    assert not is_kept(target)
    with pytest.raises(ResultsError):
        set_kept(tmp_path / "no" / "x.jsonl", keep=True)


@pytest.fixture
def stored(tmp_path):
    """Makes a copy of 1000 bytes and a note of 24, last used at a time; returns its path."""

    def store(name, used, *, suffix=".jsonl", account="a"):
        target = results_path(tmp_path, BatchRef(account, name))
        target.parent.mkdir(exist_ok=True)
        target.with_suffix(suffix).write_bytes(b"x" * 1000)
        meta_path(target).write_bytes(b"x" * 14)
        index_path_beside(target).write_bytes(b"x" * 10)
        for path in (target.with_suffix(suffix), meta_path(target), index_path_beside(target)):
            os.utime(path, (used, used))
        return target

    return store


def dropped(folder, budget, can_fetch_again=lambda _: True, **options):
    return [ref.id for ref in make_room(folder, budget, can_fetch_again, **options)]


def test_the_least_recently_used_go_first_and_no_more_than_needed(tmp_path, stored):
    targets = {name: stored(name, used) for name, used in [("b", 30), ("a", 10), ("c", 20)]}
    assert dropped(tmp_path, 3072) == []
    assert dropped(tmp_path, 3071) == ["a"]
    assert [name for name, target in targets.items() if target.exists()] == ["b", "c"]
    assert not meta_path(targets["a"]).exists()
    assert not index_path_beside(targets["a"]).exists()
    mark_used(targets["c"])
    assert dropped(tmp_path, 0) == ["b", "c"]
    assert stored_copies(tmp_path) == []


def test_what_is_kept_fresh_or_gone_elsewhere_stays(tmp_path, stored):
    kept, fresh = stored("kept", 1), stored("fresh", 2)
    stored("archived", 3)
    stored("free", 4)
    set_kept(kept, keep=True)
    found = dropped(tmp_path, 0, lambda ref: ref.id != "archived", fresh=fresh)
    assert found == ["free"]
    assert [copy.target.stem for copy in stored_copies(tmp_path)] == ["kept", "fresh", "archived"]


def test_left_over_parts_count_and_go_too(tmp_path, stored):
    target = stored("part", 1, suffix=".jsonl.part")
    stored("whole", 2)
    assert dropped(tmp_path, 2000) == ["part"]
    assert not part_path(target).exists()


def test_names_that_look_alike_are_apart(tmp_path, stored):
    other = stored("b.c", 2)
    stored("b", 1)
    assert dropped(tmp_path, 1024) == ["b"]
    assert other.exists()
    assert meta_path(other).exists()


def test_refs_are_read_from_paths(tmp_path, stored):
    stored("a/b é", 1, account="x:y")
    stored("z" * 300, 2)
    assert [copy.ref for copy in stored_copies(tmp_path)] == [BatchRef("x:y", "a/b é"), None]
    assert dropped(tmp_path, 0) == ["a/b é"]


def test_a_copy_that_is_being_fetched_stays(tmp_path, stored):
    target = stored("busy", 1)
    lock = FileLock(lock_path(target))
    assert lock.acquire()
    assert dropped(tmp_path, 0) == []
    lock.release()
    assert dropped(tmp_path, 0) == ["busy"]


def test_a_copy_that_is_used_meanwhile_stays(tmp_path, stored):
    first, second = stored("first", 1), stored("second", 2)

    def use_the_other(ref):
        mark_used(second if ref.id == "first" else first)
        return True

    assert dropped(tmp_path, 0, use_the_other) == ["first"]
    assert second.exists()


def test_one_program_makes_room_at_a_time(tmp_path, stored):
    stored("a", 1)
    found = []

    def meanwhile(_):
        found.append(dropped(tmp_path, 0))
        return True

    assert dropped(tmp_path, 0, meanwhile) == ["a"]
    assert found == [[]]


def test_no_folder_is_no_error(tmp_path):
    assert dropped(tmp_path / "none", 0) == []


def test_only_the_latest_indexes_of_other_files_stay(tmp_path):
    for number in range(5):
        path = tmp_path / f"{number}.idx"
        path.touch()
        os.utime(path, (100 - number, 100 - number))
    drop_old_indexes(tmp_path, keep=2)
    assert {path.name for path in tmp_path.glob("*.idx")} == {"0.idx", "1.idx"}
    drop_old_indexes(tmp_path / "none")
