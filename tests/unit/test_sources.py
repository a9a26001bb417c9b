"""Sources that cannot be read in place: what is packed how, spooled, cut, cancelled, refused."""

import gzip
import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchtui.core.errors import ResultsError
from batchtui.results.export.writing import export_file
from batchtui.results.fetching.snapshot import DownloadState
from batchtui.results.fetching.sources import (
    Compression,
    compression_of,
    spool_for,
)
from batchtui.results.file.disk import SPARE_BYTES
from support.results import succeeded
from support.waiting import eventually

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PATIENCE = 20
LINES = [succeeded(f"id-{number}", "word " * (number % 50)) for number in range(2000)]
CONTENT = b"\n".join(LINES) + b"\n"
PACKED = {
    "gzip": gzip.compress(CONTENT, 1),
    "zstd": zstd.compress(CONTENT),
    "several gzips": gzip.compress(CONTENT[:5000]) + gzip.compress(CONTENT[5000:]),
    "several zstds": zstd.compress(CONTENT[:5000]) + zstd.compress(CONTENT[5000:]),
    "zstd after a skippable frame": b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc" + zstd.compress(CONTENT),
    "zeros after a gzip": gzip.compress(CONTENT) + b"\0" * 512,
}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "spool"


@pytest.fixture
def spooled(tmp_path, folder):
    """Spools content under a name that tells nothing; returns the ended spool."""

    def spool(content, **options):
        path = tmp_path / "source"
        path.write_bytes(content)
        return ended(spool_for(path, folder, **options))

    return spool


def ended(made):
    made.start()
    assert made.wait(PATIENCE)
    return made


def lines_of(made):
    with made.open_rows() as rows:
        return [rows.line(number) for number in range(len(rows))]


@pytest.mark.parametrize("packed", PACKED)
def test_what_is_packed_is_told_by_its_bytes(spooled, packed):
    made = spooled(PACKED[packed])
    assert lines_of(made) == LINES
    now = made.progress()
    assert (now.state, now.error, now.portion) == (DownloadState.DONE, None, 1.0)
    assert (now.rows, now.received) == (len(LINES), len(CONTENT))


@pytest.mark.parametrize("content", [b"", b"{", CONTENT, b"\x1f", b"\x28\xb5\x2f"])
def test_a_plain_file_needs_no_spool(tmp_path, folder, content):
    path = tmp_path / "named.gz"
    path.write_bytes(content)
    assert spool_for(path, folder) is None
    assert not folder.exists()


@given(st.binary(max_size=8))
def test_any_beginning_is_taken(head):
    assert compression_of(head[:4]) in Compression


def test_nothing_is_left_behind(spooled, folder):
    made = spooled(PACKED["gzip"])
    assert lines_of(made)
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("packed", ["gzip", "zstd"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_rows_before_a_cut_are_kept(spooled, packed, share):
    content = PACKED[packed]
    made = spooled(content[: int(len(content) * share)])
    now = made.progress()
    assert now.state is DownloadState.FAILED
    assert "ends too early" in str(now.error)
    found = lines_of(made)
    assert found[:-1] == LINES[: max(0, len(found) - 1)]
    assert len(found) > 1 or share < 0.5


@pytest.mark.parametrize("packed", ["gzip", "zstd"])
def test_damage_is_told(spooled, packed):
    content = bytearray(PACKED[packed])
    content[len(content) // 2 : len(content) // 2 + 20] = b"\xff" * 20
    now = spooled(bytes(content)).progress()
    assert now.state is DownloadState.FAILED
    assert "cannot unpack all" in str(now.error)


def test_garbage_after_a_gzip_is_told(spooled):
    made = spooled(PACKED["gzip"] + b"garbage")
    assert made.progress().state is DownloadState.FAILED
    assert lines_of(made) == LINES


def test_a_bomb_ends_where_the_disk_would_be_full(spooled):
    bomb = gzip.compress(b'{"custom_id":"a"}\n' * 4_000_000)
    made = spooled(bomb, free_bytes=lambda _: SPARE_BYTES)
    now = made.progress()
    assert now.state is DownloadState.FAILED
    assert "no room" in str(now.error)
    assert 15 << 20 < now.received < 17 << 20
    assert len(lines_of(made)) == now.rows


def test_a_small_source_asks_for_no_room(spooled):
    made = spooled(PACKED["gzip"], free_bytes=lambda _: 0)
    assert made.progress().state is DownloadState.DONE
    assert lines_of(made) == LINES


def test_a_full_disk_is_told(spooled, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("batchtui.results.fetching.sources.os.pwrite", full)
    assert "full" in str(spooled(PACKED["gzip"]).progress().error)


@pytest.fixture
def pipe():
    """Both ends of a pipe."""
    read, write = os.pipe()
    ends = [read, write]
    yield ends
    for end in ends:
        os.close(end)


def wait_for_rows(made, count):
    arrived = threading.Event()
    for _ in range(2000):
        if made.progress().rows >= count:
            return
        arrived.wait(0.005)
    raise AssertionError(made.progress())


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd.compress])
def test_rows_of_standard_input_are_usable_while_it_goes_on(tmp_path, folder, pipe, pack):
    read, write = pipe
    made = spool_for(tmp_path.__class__("-"), folder, stdin=read)
    made.start()
    os.write(write, pack(CONTENT[:20_000]))
    wait_for_rows(made, 5)
    with made.open_rows() as rows:
        assert rows.line(4) == LINES[4]
        assert made.progress().state is DownloadState.RECEIVING
        assert made.progress().portion is None
        os.close(pipe.pop())
        assert made.wait(PATIENCE)
        assert made.progress().state is DownloadState.DONE
        assert rows.line(len(rows) - 1) == CONTENT[:20_000].rsplit(b"\n", 1)[1]


def test_a_named_pipe(tmp_path, folder):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CONTENT,))
    writer.start()
    made = ended(spool_for(path, folder))
    writer.join()
    assert lines_of(made) == LINES


def test_cancel_ends_it_though_nothing_arrives(tmp_path, folder, pipe):
    made = spool_for(tmp_path.__class__("-"), folder, stdin=pipe[0])
    made.start()
    made.cancel()
    assert made.wait(PATIENCE)
    assert made.progress().state is DownloadState.CANCELED


def test_what_cannot_be_opened(tmp_path, folder):
    with pytest.raises(ResultsError, match="no such file"):
        spool_for(tmp_path / "none", folder)
    with pytest.raises(ResultsError, match="folder"):
        spool_for(tmp_path, folder)
    blocked = tmp_path / "file"
    blocked.write_bytes(PACKED["gzip"])
    with pytest.raises(ResultsError, match="cannot write"):
        spool_for(blocked, blocked / "spool")


def test_all_rows_of_what_still_arrives_end_with_its_last_whole_line(tmp_path):
    reading, writing = os.pipe()
    spool = spool_for(Path("-"), tmp_path / "spool", stdin=reading)
    try:
        os.write(writing, LINES[0] + b"\n" + LINES[1][:20])
        spool.start()
        eventually(lambda: spool.progress().received > len(LINES[0]) + 1)
        with spool.open_rows() as rows:
            assert not rows.is_whole
            assert export_file(rows, tmp_path / "some.jsonl") == 1
            os.write(writing, LINES[1][20:])
            os.close(writing)
            writing = -1
            assert spool.wait(PATIENCE)
            assert rows.is_whole
            assert export_file(rows, tmp_path / "all.jsonl") == 2
    finally:
        if writing >= 0:
            os.close(writing)
        spool.cancel()
        spool.wait(PATIENCE)
        os.close(reading)
    assert (tmp_path / "some.jsonl").read_bytes() == LINES[0] + b"\n"
    assert (tmp_path / "all.jsonl").read_bytes() == LINES[0] + b"\n" + LINES[1]
