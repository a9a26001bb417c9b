"""Copies of requests: whole, private, or not there."""

import json
import os
import stat
import threading

import pytest

from batchtui.core.errors import SubmitError
from batchtui.requests.copies import take_in, write_requests
from batchtui.requests.edits import parse_edits
from batchtui.requests.source import open_requests
from batchtui.requests.split import Part
from support.requests import jsonl, line, request


def test_a_pipe_is_taken_in(tmp_path):
    reading, writing = os.pipe()
    content = jsonl(*[line(f"id-{number}") for number in range(20_000)])

    def feed():
        with os.fdopen(writing, "wb") as out:
            out.write(content)

    feeder = threading.Thread(target=feed)
    feeder.start()
    told = []
    path = tmp_path / "new" / "taken"
    take_in(reading, path, told.append)
    feeder.join()
    os.close(reading)
    assert path.read_bytes() == content
    assert told == sorted(told)
    assert told[-1] == len(content)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["taken"]


def test_the_copy_is_what_is_sent(tmp_path):
    source, copy = tmp_path / "source.json", tmp_path / "copy.jsonl"
    source.write_text(json.dumps([request(name) for name in "abcd"], indent=2))
    file = open_requests(source).changed(edits=parse_edits(["max_tokens=7"]))
    write_requests(file, copy, Part(1, 3, 0))
    assert [json.loads(one) for one in copy.read_bytes().splitlines()] == [
        request("b", max_tokens=7),
        request("c", max_tokens=7),
    ]
    assert [r.custom_id for r in open_requests(copy).requests()] == ["b", "c"]


def test_without_room_nothing_is_left(tmp_path):
    source = tmp_path / "source.jsonl"
    source.write_bytes(jsonl(line("a")))
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(SubmitError, match="cannot write"):
        write_requests(open_requests(source), tmp_path / "folder" / "copy")
    taken = tmp_path / "taken"
    with pytest.raises(SubmitError):
        take_in(-1, taken)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "home", "source.jsonl"]
