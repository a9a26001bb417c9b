"""Taking in a file right behind its writer."""

import os
import threading

import pytest

from batchtui.core.errors import ResultsError
from batchtui.results.fetching.follower import BLOCK, MOST_BEHIND, Follower

PATIENCE = 20.0


@pytest.fixture
def descriptor(tmp_path):
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def follow_to_the_end(follower, written):
    follower.follow(written)
    follower.end()


def test_all_that_is_written_is_taken_in_order(descriptor):
    content, taken = os.urandom(3 * BLOCK + 7), []
    follower = Follower(descriptor, 0, taken.append)
    written = 0
    for size in (1, 100, BLOCK, 2 * BLOCK, len(content)):
        written += os.pwrite(descriptor, content[written : written + size], written)
        follower.follow(written)
    follower.end()
    assert b"".join(taken) == content
    assert max(map(len, taken)) <= BLOCK


def test_it_begins_where_it_is_told(descriptor):
    os.pwrite(descriptor, b"known, new", 0)
    taken = []
    follower = Follower(descriptor, 7, taken.append)
    follower.follow(10)
    follower.end()
    assert taken == [b"new"]


def test_a_failure_is_raised_where_it_is_written(descriptor):
    def refuse(_):
        raise ValueError("not this")

    follower = Follower(descriptor, 0, refuse)
    os.pwrite(descriptor, b"bytes", 0)
    with pytest.raises(ValueError, match="not this"):
        follow_to_the_end(follower, 5)


def test_a_file_that_was_cut_is_noticed(descriptor):
    follower = Follower(descriptor, 0, lambda _: None)
    with pytest.raises(ResultsError, match="read back"):
        follow_to_the_end(follower, 5)


def test_the_writer_waits_where_it_is_too_far_ahead(descriptor):
    may_take, ahead = threading.Event(), threading.Event()
    follower = Follower(descriptor, 0, lambda _: may_take.wait(PATIENCE))
    os.ftruncate(descriptor, 2 * MOST_BEHIND)

    def write():
        follower.follow(MOST_BEHIND)
        ahead.set()
        follower.follow(2 * MOST_BEHIND)

    writer = threading.Thread(target=write)
    writer.start()
    assert ahead.wait(PATIENCE)
    assert writer.is_alive()
    may_take.set()
    writer.join(PATIENCE)
    assert not writer.is_alive()
    follower.end()
