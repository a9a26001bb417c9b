"""Files that are there whole or not at all, and what killed processes left of such ones."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from batchtui.core.disk import disk_words, private_file, temporary_beside
from batchtui.requests.copies import take_in
from batchtui.results.compare.effective import write_effective
from batchtui.results.export.target import atomic_file
from support.batches import NOON


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_file_is_private_and_takes_its_place_when_whole(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    with private_file(path) as out:
        out.write(b"new")
        out.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".x*"))


def test_a_failure_leaves_all_as_it_was(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")

    def fail():
        with private_file(path) as out:
            out.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert not list(tmp_path.glob(".x*"))


def test_a_link_that_lies_in_wait_is_not_written_through(tmp_path, monkeypatch):
    monkeypatch.setattr("os.urandom", bytes)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path = tmp_path / "x"
    temporary_beside(path).symlink_to(victim)
    with pytest.raises(FileExistsError), private_file(path):
        pass
    assert victim.read_text() == "precious"


def test_what_a_process_of_the_same_number_left_is_in_nobodys_way(tmp_path):
    path = tmp_path / "x"
    temporary_beside(path).touch()
    with private_file(path) as out:
        out.write(b"new")
    assert path.read_text() == "new"


def test_leftovers_of_the_dead_are_removed_before_writing_there(tmp_path, dead):
    left = tmp_path / f".x.csv.{dead}.0011aabb.tmp"
    others = [
        tmp_path / f".y.csv.{dead}.tmp",
        tmp_path / f".x.csv.{os.getppid()}.tmp",
        tmp_path / ".x.csv.notes.tmp",
        tmp_path / ".x.csv..tmp",
    ]
    for path in (left, *others):
        path.touch()
    with atomic_file(tmp_path / "x.csv") as out:
        out.write(b"new")
    assert not left.exists()
    assert all(path.exists() for path in others)


def test_so_are_those_of_copies_of_requests_and_of_effective_results(tmp_path, dead):
    left = [tmp_path / f".{name}.{dead}.tmp" for name in ("x", "y")]
    for path in left:
        path.touch()
    with Path(os.devnull).open("rb") as nothing:
        take_in(nothing.fileno(), tmp_path / "x")
    write_effective(tmp_path / "y", [], NOON)
    assert not any(path.exists() for path in left)


def test_the_cause_of_a_failure_is_told_as_it_is(tmp_path):
    gone = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    assert "no folder" in disk_words(gone, tmp_path / "no" / "x").why
    assert "takes no new files" in disk_words(gone, tmp_path / "x").why
    assert "no such file" in disk_words(gone, tmp_path / "x", "read").why
    overlong = disk_words(OSError(errno.ENAMETOOLONG, ""), tmp_path / ("x" * 300))
    assert "too long" in overlong.why
    assert len(overlong.what) < 80
