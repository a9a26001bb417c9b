"""The body of a batch: exact, in parts, and never made of a file that changed."""

import hashlib
import json
import os
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from batchtui.core.errors import SubmitError
from batchtui.requests.body import BLOCK_BYTES, bodies
from batchtui.requests.edits import parse_edits
from batchtui.requests.preflight import check
from batchtui.requests.rules import rules_for
from batchtui.requests.source import open_requests
from support.requests import jsonl, line, params, report_of, request

REQUESTS = [request(f"id-{number}", system="ä" * (number * 50 % 700)) for number in range(900)]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl(*REQUESTS))
    return path


async def sent(body) -> bytes:
    return b"".join([chunk async for chunk in body.chunks()])


async def test_the_body_is_the_requests(path):
    (body,) = bodies(report_of(path))
    content = await sent(body)
    assert json.loads(content) == {"requests": REQUESTS}
    assert len(content) == body.size > BLOCK_BYTES
    assert body.count == 900
    assert body.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert await sent(body) == content, "a second time is the same"


async def test_requests_stand_in_it_byte_for_byte(tmp_path):
    odd = b'{ "params" :' + json.dumps(params()).encode() + b' ,\t"custom_id": "\\u0061" }'
    path = tmp_path / "requests.jsonl"
    path.write_bytes(b"\r\n" + odd + b"\r\n" + line("b"))
    (body,) = bodies(report_of(path))
    assert await sent(body) == b'{"requests":[' + odd + b"," + line("b") + b"]}"


async def test_parts_hold_each_request_once(path):
    rules = replace(rules_for("anthropic"), max_requests=250, max_bytes=200_000)
    *_, last = check(open_requests(path), rules, split=True)
    found = []
    for body in bodies(last.report):
        content = await sent(body)
        assert len(content) == body.size <= 200_000
        part = json.loads(content)["requests"]
        assert len(part) == body.count <= 250
        found += part
    assert found == REQUESTS


async def test_edits_and_templates_are_in_the_body(tmp_path):
    path, template = tmp_path / "rows.csv", tmp_path / "template.json"
    path.write_text('custom_id,text\na,"x\ny"\nb,z\n')
    template.write_text(json.dumps(params(system="{{text}}")))
    edits = {"edits": parse_edits(["max_tokens=1"])}
    (body,) = bodies(report_of(path, template=template, changes=edits))
    assert json.loads(await sent(body))["requests"] == [
        request("a", system="x\ny", max_tokens=1),
        request("b", system="z", max_tokens=1),
    ]


async def first_chunks(body) -> tuple[bytes, SubmitError]:
    content = bytearray()
    with pytest.raises(SubmitError) as raised:
        await take(body.chunks(), content)
    return bytes(content), raised.value


async def take(chunks: AsyncIterator[bytes], content: bytearray) -> None:
    async for chunk in chunks:
        content += chunk


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes() + line("more")),
        lambda path: path.write_bytes(path.read_bytes()[:-500]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"are you", b"old are")),
        os.utime,
        lambda path: path.unlink(),
    ],
    ids=["longer", "shorter", "other bytes", "touched", "gone"],
)
async def test_a_file_that_changed_is_not_begun(path, change):
    (body,) = bodies(report_of(path))
    change(path)
    content, error = await first_chunks(body)
    assert content == b""
    assert "changed" in error.why or "no such file" in error.why


async def test_a_file_that_changes_on_the_way_never_makes_a_whole_body(path):
    """Same size, same time: only the sha256 tells."""
    (body,) = bodies(report_of(path))
    status = path.stat()
    changed = path.read_bytes().replace(b'"id-899"', b'"id-xxx"')
    chunks = body.chunks()
    content = bytearray(await anext(chunks))
    with path.open("r+b") as file:
        file.write(changed)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(SubmitError, match="has changed since it was checked"):
        await take(chunks, content)
    assert len(content) < body.size
    assert not content.endswith(b"]}")


def test_errors_make_no_body(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(jsonl(line("a", stream=True)))
    with pytest.raises(SubmitError, match="its check found errors"):
        bodies(report_of(path))


def test_memory_does_not_grow_with_the_body(tmp_path):
    path = tmp_path / "requests.jsonl"
    with path.open("wb") as file:
        for number in range(10_000):
            file.write(line(f"id-{number}", system="x" * 2000) + b"\n")
    (body,) = bodies(report_of(path))
    tracemalloc.start()
    size = sum(len(chunk) for chunk in body.blocks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == body.size > 20_000_000
    assert peak < 4_000_000
