"""The requests of the results in view."""

import asyncio
import os
from pathlib import Path

import pytest

from batchtui.core.errors import SubmitError
from batchtui.requests.source import open_by_look
from batchtui.tui.prompts import Prompts
from support.requests import jsonl, line
from support.waiting import eventually

DESCRIPTORS = Path("/proc/self/fd")


def is_open(path):
    return any(Path(os.path.realpath(one)) == path for one in DESCRIPTORS.iterdir())


@pytest.fixture
def path(tmp_path):
    path = (tmp_path / "requests.jsonl").resolve()
    path.write_bytes(jsonl(*(line(f"id-{number}", system="x" * 500) for number in range(20_000))))
    return path


async def test_requests_are_read_once_and_found(path):
    prompts = await Prompts.of(open_by_look(path))
    assert len(prompts.inputs) == 20_000
    assert prompts.read("id-7").turns[0].role == "system"
    assert prompts.read("none").remark == "No request has this custom_id."
    assert prompts.is_quick("id-7")
    prompts.close()


async def test_what_became_of_the_file_is_said_in_place_of_the_request(path):
    prompts = await Prompts.of(open_by_look(path))
    path.write_bytes(b"x" * path.stat().st_size)
    shown = prompts.read("id-7")
    assert "the file has changed since" in shown.remark
    assert shown.tone == "error"
    prompts.close()


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="what is open is told by /proc")
async def test_a_reading_that_is_given_up_lets_go_of_the_file(path):
    reading = asyncio.ensure_future(Prompts.of(open_by_look(path)))
    await asyncio.sleep(0)
    eventually(lambda: is_open(path))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    eventually(lambda: not is_open(path))


async def test_a_file_that_is_gone(path):
    file = open_by_look(path)
    path.unlink()
    with pytest.raises(SubmitError):
        await Prompts.of(file)
