"""Names of local copies: never out of their folder, never two for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.models import BatchRef
from batchtui.results.cache import (
    ResultsMeta,
    escaped,
    local_copy,
    meta_path,
    read_meta,
    results_path,
    write_note,
)

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
