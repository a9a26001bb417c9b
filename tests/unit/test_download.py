"""Downloads over streams that are cut anywhere, disks that fill up, and company."""

import contextlib
import errno
import hashlib
import json
import os
import resource
import subprocess
import sys
import threading
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.waiting import eventually

from batchtui.core.errors import (
    AuthError,
    BadRequestError,
    NetworkError,
    PartGoneError,
    ResultsError,
)
from batchtui.results.fetching.download import Download, DownloadState
from batchtui.results.fetching.snapshot import DownloadSnapshot, ProgressBoard
from batchtui.results.store.cache import (
    lock_path,
    meta_path,
    part_meta_path,
    part_path,
    read_meta,
)
from batchtui.results.store.lock import FileLock

PATIENCE = 20.0


def line(number):
    message = {"model": "m", "content": [{"type": "text", "text": f"answer ü {number}"}]}
    result = {"type": "succeeded", "message": message}
    return json.dumps({"custom_id": f"id-{number}", "result": result}, ensure_ascii=False).encode()


def results(count):
    """As the API sends them: no newline after the last line."""
    return b"\n".join(map(line, range(count)))


CUT = NetworkError("cut", retryable=True)


@dataclass
class Stream:
    offset: int
    total_bytes: int | None
    etag: str
    body: bytes
    chunk: int
    end: BaseException | None
    before_chunk: object = None

    def chunks(self):
        for start in range(0, len(self.body), self.chunk):
            if self.before_chunk:
                self.before_chunk(self.offset + start)
            yield self.body[start : start + self.chunk]
        if self.end:
            raise self.end


@dataclass
class Server:
    """Serves `content`; each call takes the next of `cuts`: where to cut, and with what error."""

    content: bytes
    etag: str = '"v1"'
    ranges: bool = True
    says_size: bool = False
    cuts: list = field(default_factory=list)
    chunk: int = 64
    calls: list = field(default_factory=list)
    before_chunk: object = None

    @contextlib.contextmanager
    def open(self, *, offset=0, etag=""):
        self.calls.append((offset, etag))
        cut, error = self.cuts.pop(0) if self.cuts else (None, None)
        if cut == "refuse":
            raise error
        start = offset if self.ranges and etag == self.etag else 0
        total = len(self.content) if self.says_size else None
        body = self.content[start:cut]
        yield Stream(start, total, self.etag, body, self.chunk, error, self.before_chunk)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "cache" / "account" / "batch.jsonl"


def download(server, target, clock, **options):
    delays = []
    options = {"sleep": delays.append, "expected_rows": 10} | options
    made = Download(server.open, target, clock=clock, **options)
    made.delays = delays
    return made


def ended(made):
    made.start()
    assert made.wait(PATIENCE)
    return made.progress()


def all_taken_in(made, position):
    """What has arrived is indexed in another thread: wait until all before this place is."""
    eventually(lambda: made.progress().received >= position, pause=0)


def custom_ids(made):
    with made.open_rows() as rows:
        return [rows.row(number).custom_id for number in range(len(rows))]


def assert_complete(made, target, content):
    snapshot = made.progress()
    assert (snapshot.state, snapshot.error) == (DownloadState.DONE, None)
    assert target.read_bytes() == content
    assert not part_path(target).exists()
    assert not part_meta_path(target).exists()
    assert read_meta(target).sha256 == hashlib.sha256(content).hexdigest()


def test_a_whole_download(target, clock):
    server, seen = Server(results(10)), []
    made = download(
        server,
        target,
        clock,
        meta={"account": "a", "id": "b"},
        on_progress=lambda: seen.append(made.progress()),
    )
    snapshot = ended(made)
    assert_complete(made, target, server.content)
    assert (snapshot.rows, snapshot.received) == (10, len(server.content))
    meta = read_meta(target)
    assert meta == made.result
    assert (meta.rows, meta.expected_rows, meta.broken_rows, meta.note) == (10, 10, 0, "")
    assert (meta.source, meta.finished_at) == ({"account": "a", "id": "b"}, "2026-11-20T12:00:00Z")
    states = list(dict.fromkeys(shot.state for shot in seen))
    assert states == [DownloadState.CONNECTING, DownloadState.RECEIVING, DownloadState.DONE]
    assert custom_ids(made) == [f"id-{number}" for number in range(10)]


def test_files_are_private(target, clock):
    server = Server(results(10), cuts=[(100, AuthError("no"))])
    ended(download(server, target, clock))
    assert part_path(target).stat().st_mode & 0o777 == 0o600
    assert target.parent.stat().st_mode & 0o777 == 0o700
    ended(download(Server(results(10)), target, clock))
    for path in (target, meta_path(target), lock_path(target)):
        assert path.stat().st_mode & 0o777 == 0o600


CONTENT = results(10)
LINE_END = CONTENT.index(b"\n", len(CONTENT) // 2)


@pytest.mark.parametrize("error", [CUT, None], ids=["with an error", "silently"])
@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("says_size", [True, False])
@pytest.mark.parametrize("cut", [0, 1, LINE_END, LINE_END + 1, LINE_END + 9, len(CONTENT) - 1])
def test_a_cut_anywhere_is_noticed_and_made_good(target, clock, cut, says_size, ranges, error):
    server = Server(CONTENT, says_size=says_size, ranges=ranges, cuts=[(cut, error)])
    made = download(server, target, clock)
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == [(0, ""), (cut, '"v1"') if cut else (0, "")]
    assert made.delays == [1.0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, len(CONTENT) - 1), max_size=4), st.booleans(), st.integers(1, 300))
def test_whatever_is_cut_the_copy_is_right(tmp_path_factory, cuts, ranges, chunk):
    target = tmp_path_factory.mktemp("d") / "x.jsonl"
    server = Server(CONTENT, ranges=ranges, chunk=chunk, cuts=[(cut, CUT) for cut in cuts])
    made = Download(server.open, target, expected_rows=10, sleep=lambda _: None)
    ended(made)
    assert_complete(made, target, CONTENT)


def test_fewer_rows_are_never_complete(target, clock):
    server = Server(results(9))
    made = download(server, target, clock)
    snapshot = ended(made)
    assert snapshot.state is DownloadState.FAILED
    assert isinstance(snapshot.error, ResultsError)
    assert "9 of 10 rows" in str(snapshot.error)
    assert not target.exists()
    assert made.result is None
    assert len(server.calls) == 5
    assert made.delays == [1.0, 2.0, 4.0, 8.0]
    assert len(custom_ids(made)) == 8
    assert part_path(target).read_bytes() == server.content


def test_what_the_server_has_no_more_of_leaves_a_copy_that_says_so(target, clock):
    server = Server(results(4), cuts=[(None, PartGoneError("err is no longer there"))])
    made = ended(download(server, target, clock))
    assert made.state is DownloadState.DONE
    meta = read_meta(target)
    assert (meta.rows, meta.expected_rows, meta.is_partial) == (4, 10, True)
    assert "err is no longer there" in meta.note


def test_more_rows_or_unknown_counts_are_kept_and_noted(target, clock):
    ended(download(Server(results(12)), target, clock))
    assert read_meta(target).note == "2 rows more than the batch's counts"
    other = target.with_name("other.jsonl")
    ended(download(Server(results(3)), other, clock, expected_rows=None))
    assert read_meta(other).note == "the batch's counts were not known"
    assert read_meta(other).rows == 3


def test_broken_lines_count_as_rows(target, clock):
    content = results(4) + b"\n{broken\n" + results(5)
    made = download(Server(content), target, clock)
    ended(made)
    assert_complete(made, target, content)
    assert read_meta(target).broken_rows == 1


def test_a_last_line_cut_with_unknown_counts_is_noticed(target, clock):
    server = Server(CONTENT, cuts=[(len(CONTENT) - 5, None)])
    made = download(server, target, clock, expected_rows=None)
    ended(made)
    assert_complete(made, target, CONTENT)


def test_a_broken_last_line_is_kept_where_the_size_is_right(target, clock):
    content = results(9) + b"\n{broken"
    made = download(Server(content, says_size=True), target, clock)
    ended(made)
    assert_complete(made, target, content)


def test_an_empty_answer_is_complete_for_no_requests(target, clock):
    made = download(Server(b""), target, clock, expected_rows=0)
    ended(made)
    assert_complete(made, target, b"")


def test_a_refusal_is_not_tried_again(target, clock):
    server = Server(CONTENT, cuts=[("refuse", AuthError("no such key", status=401))])
    made = download(server, target, clock)
    snapshot = ended(made)
    assert isinstance(snapshot.error, AuthError)
    assert (len(server.calls), made.delays) == (1, [])
    assert made.open_rows() is None


def test_the_server_says_when_to_come_back(target, clock):
    busy = NetworkError("busy", retryable=True, retry_after=17.5)
    made = download(Server(CONTENT, cuts=[("refuse", busy)]), target, clock)
    ended(made)
    assert made.delays == [17.5]


@pytest.mark.parametrize("etag", ["", 'W/"v1"'])
def test_without_a_strong_etag_it_begins_again(target, clock, etag):
    server = Server(CONTENT, etag=etag, cuts=[(300, CUT)])
    made = download(server, target, clock)
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == [(0, ""), (0, "")]


def test_other_content_at_the_server_replaces_the_part(target, clock):
    server = Server(CONTENT, cuts=[(300, CUT)])
    made = download(server, target, clock, sleep=lambda _: vars(server).update(etag='"v2"'))
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == [(0, ""), (300, '"v1"')]
    assert read_meta(target).etag == '"v2"'


@pytest.mark.parametrize("status", [412, 416])
def test_a_refused_range_begins_again(target, clock, status):
    refusal = BadRequestError("no such range", status=status)
    server = Server(CONTENT, cuts=[(300, CUT), ("refuse", refusal)])
    made = download(server, target, clock)
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == [(0, ""), (300, '"v1"'), (0, "")]


def test_a_server_that_goes_on_elsewhere_is_not_trusted(target, clock):
    server = Server(CONTENT, cuts=[(300, CUT)])

    @contextlib.contextmanager
    def shifted(*, offset=0, etag=""):
        with server.open(offset=offset, etag=etag) as stream:
            if offset:
                stream.offset += 7
            yield stream

    made = Download(shifted, target, expected_rows=10, clock=clock, sleep=lambda _: None)
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == [(0, ""), (300, '"v1"'), (0, "")]


def test_resuming_goes_on_as_long_as_it_gets_further(target, clock):
    cuts = [(position, CUT) for position in range(100, 1000, 100)]
    made = download(Server(CONTENT, cuts=cuts), target, clock)
    ended(made)
    assert_complete(made, target, CONTENT)


def test_a_later_download_resumes_the_part_of_an_earlier_one(target, clock):
    ended(download(Server(CONTENT, cuts=[(300, AuthError("no"))]), target, clock))
    assert part_path(target).stat().st_size == 300
    server = Server(CONTENT)
    made = download(server, target, clock)
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == [(300, '"v1"')]


def test_a_part_that_was_whole_needs_no_server(target, clock):
    ended(download(Server(CONTENT, says_size=True, cuts=[(300, AuthError("no"))]), target, clock))
    part_path(target).write_bytes(CONTENT)
    server = Server(CONTENT)
    made = download(server, target, clock)
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == []


@pytest.mark.parametrize("note", [b"", b"{", b'{"etag": 5}', b'{"etag": ""}'])
def test_a_part_of_unknown_origin_is_not_used(target, clock, note):
    target.parent.mkdir(parents=True)
    part_path(target).write_bytes(b"rubbish\n")
    part_meta_path(target).write_bytes(note)
    server = Server(CONTENT)
    made = download(server, target, clock)
    ended(made)
    assert_complete(made, target, CONTENT)
    assert server.calls == [(0, "")]


def test_rows_are_there_while_they_arrive_and_while_it_begins_again(target, clock):
    """Held at chosen bytes, the download shows the rows so far; a restart takes none away."""
    seen = []

    def look(position):
        all_taken_in(made, position)
        with contextlib.closing(made.open_rows()) as rows:
            seen.append((position, len(rows), made.progress().generation))
            assert [rows.row(row).custom_id for row in range(len(rows))] == [
                f"id-{row}" for row in range(len(rows))
            ]

    content = results(10)
    server = Server(content, etag="", cuts=[(len(content) // 2, CUT)], before_chunk=look, chunk=50)
    made = download(server, target, clock)
    ended(made)
    counts = [count for _, count, _ in seen]
    assert counts == sorted(counts)
    assert max(counts) > 5
    assert {generation for _, _, generation in seen} == {1, 2}
    assert len(custom_ids(made)) == 10


def test_rows_opened_early_grow_into_the_complete_copy(target, clock):
    held = []

    def hold(position):
        if position and not held:
            held.append(made.open_rows())

    server = Server(CONTENT, before_chunk=hold)
    made = download(server, target, clock)
    ended(made)
    with held[0] as rows:
        assert len(rows) == 10
        assert rows.row(9).custom_id == "id-9"
        assert not rows.index_step()


def test_a_complete_answer_shows_its_rows_though_a_cut_one_had_more(target, clock):
    """Five rows arrive and the stream is cut; then the server has three, and that is all."""
    server = Server(results(6), etag="", cuts=[(len(results(6)) - 20, CUT)])

    def sleep(_):
        assert len(custom_ids(made)) == 5
        before.append(made.progress().generation)
        server.content = results(3)

    before = []
    made = download(server, target, clock, expected_rows=3, sleep=sleep)
    assert ended(made).complete
    assert len(custom_ids(made)) == 3
    assert made.progress().generation > before[0]


def test_cancel_keeps_the_part(target, clock):
    server = Server(CONTENT, before_chunk=lambda position: position > 300 and made.cancel())
    made = download(server, target, clock)
    snapshot = ended(made)
    assert (snapshot.state, snapshot.error) == (DownloadState.CANCELED, None)
    assert not target.exists()
    assert 300 < part_path(target).stat().st_size < len(CONTENT)
    again = download(Server(CONTENT), target, clock)
    ended(again)
    assert_complete(again, target, CONTENT)


def test_cancel_ends_the_wait_for_another_try(target, clock):
    retrying = threading.Event()

    def watch():
        if made.progress().state is DownloadState.RETRYING:
            retrying.set()

    long = NetworkError("busy", retryable=True, retry_after=3600)
    server = Server(CONTENT, cuts=[("refuse", long)])
    made = Download(server.open, target, clock=clock, on_progress=watch)
    made.start()
    assert retrying.wait(PATIENCE)
    made.cancel()
    assert made.wait(PATIENCE)
    assert made.progress().state is DownloadState.CANCELED


def test_cancel_before_the_start(target, clock):
    server = Server(CONTENT)
    made = download(server, target, clock)
    made.cancel()
    assert ended(made).state is DownloadState.CANCELED
    assert server.calls == []


@pytest.fixture
def paused(target, clock):
    """Pauses a download after 300 bytes; returns it and its server once it rests."""

    def arrange(**options):
        resting = threading.Event()

        def watch():
            if made.progress().state is DownloadState.PAUSED:
                resting.set()

        def pause_once(position):
            if position > 300 and not resting.is_set():
                made.pause()

        server = Server(CONTENT, before_chunk=pause_once, **options)
        made = download(server, target, clock, on_progress=watch)
        made.start()
        assert resting.wait(PATIENCE)
        return made, server

    return arrange


def test_a_paused_download_goes_on_where_it_was(paused, target):
    made, server = paused()
    received = made.progress().received
    assert 300 < received < len(CONTENT)
    assert made.progress().rate == 0
    with made.open_rows() as rows:
        assert len(rows) == CONTENT[:received].count(b"\n")
        made.resume()
        assert made.wait(PATIENCE)
        assert_complete(made, target, CONTENT)
        assert rows.row(9).custom_id == "id-9"
    assert server.calls == [(0, ""), (received, '"v1"')]
    assert made.delays == []


def test_a_paused_download_of_a_server_without_ranges_begins_again(paused, target):
    made, server = paused(ranges=False)
    made.resume()
    assert made.wait(PATIENCE)
    assert_complete(made, target, CONTENT)
    assert len(server.calls) == 2


def test_a_paused_download_can_be_cancelled(paused, target):
    made, _ = paused()
    made.cancel()
    assert made.wait(PATIENCE)
    assert made.progress().state is DownloadState.CANCELED
    assert part_path(target).exists()


def test_another_program_may_finish_what_is_paused_here(paused, target, clock):
    made, server = paused()
    other = download(Server(CONTENT), target, clock)
    ended(other)
    assert_complete(other, target, CONTENT)
    generation = made.progress().generation
    made.resume()
    assert made.wait(PATIENCE)
    snapshot = made.progress()
    assert (snapshot.state, snapshot.rows) == (DownloadState.DONE, 10)
    assert snapshot.generation > generation
    with made.open_rows() as rows:
        while rows.index_step():
            pass
        assert len(rows) == 10
    assert len(server.calls) == 1


def test_a_pause_ends_the_wait_for_another_try(target, clock):
    states, moved = [], threading.Condition()

    def watch():
        with moved:
            states.append(made.progress().state)
            moved.notify_all()

    def wait_for(state):
        with moved:
            assert moved.wait_for(lambda: state in states, PATIENCE)

    busy = NetworkError("busy", retryable=True, retry_after=3600)
    server = Server(CONTENT, cuts=[("refuse", busy)])
    made = Download(server.open, target, clock=clock, on_progress=watch)
    made.start()
    wait_for(DownloadState.RETRYING)
    made.pause()
    wait_for(DownloadState.PAUSED)
    made.resume()
    assert made.wait(PATIENCE)
    assert made.progress().state is DownloadState.DONE


def test_what_was_published_is_told_before_the_end(target, clock):
    told = []

    def note(path):
        told.append((path, path.exists(), made.progress().state))

    made = download(Server(CONTENT), target, clock, on_published=note)
    ended(made)
    assert told == [(target, True, DownloadState.RECEIVING)]
    ended(download(Server(CONTENT), target, clock, on_published=note))
    assert len(told) == 1


def test_progress_is_told_ten_times_a_second_at_most(target, clock):
    told = []

    def pass_time(position):
        all_taken_in(made, position)
        clock.elapsed += 0.01

    server = Server(results(200), chunk=100, before_chunk=pass_time)
    made = download(
        server, target, clock, expected_rows=200, on_progress=lambda: told.append(made.progress())
    )
    ended(made)
    progress = [shot for shot in told if shot.state is DownloadState.RECEIVING]
    chunks = len(server.content) // 100
    assert chunks // 10 - 3 <= len(progress) <= chunks // 10 + 3
    assert progress[-1].rate == pytest.approx(100 / 0.01, rel=0.05)
    assert progress[-2].remaining == pytest.approx(
        (len(server.content) - progress[-2].received) / progress[-2].rate, rel=0.1
    )


def test_room_is_checked_before_anything_is_written(target, clock):
    server = Server(CONTENT, says_size=True)
    made = download(server, target, clock, free_bytes=lambda _: 100)
    snapshot = ended(made)
    assert "no room" in str(snapshot.error)
    assert snapshot.error.hint
    assert not part_path(target).exists()
    assert made.delays == []


@pytest.mark.parametrize(
    ("says_size", "words"),
    [(True, "are to come and"), (False, "their size is unknown and 16.8 MB are kept free")],
)
def test_what_is_to_come_is_told_as_far_as_it_is_known(target, clock, says_size, words):
    made = download(Server(CONTENT, says_size=says_size), target, clock, free_bytes=lambda _: 100)
    assert words in ended(made).error.why


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_and_gets_its_room_back(target, clock, code, monkeypatch):
    written = []
    real = os.pwrite

    def pwrite(descriptor, data, offset):
        if offset >= 256:
            raise OSError(code, os.strerror(code))
        written.append(offset)
        return real(descriptor, data[:50], offset)

    monkeypatch.setattr(os, "pwrite", pwrite)
    made = download(Server(CONTENT), target, clock)
    snapshot = ended(made)
    assert snapshot.state is DownloadState.FAILED
    assert "full" in snapshot.error.why
    assert written
    assert made.delays == []
    assert not target.exists()
    assert not part_path(target).exists()


FULL_DISK = """
import contextlib, resource, signal, sys
from pathlib import Path
from batchtui.results.fetching.download import Download

class Stream:
    offset, total_bytes, etag = 0, None, ""
    def chunks(self):
        for _ in range(100):
            yield b'{"custom_id":"a"}\\n' * 1000

@contextlib.contextmanager
def opened(*, offset=0, etag=""):
    yield Stream()

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
download = Download(opened, Path(sys.argv[1]), expected_rows=100_000)
download.start()
download.wait()
print(download.progress().state.value, "|", download.progress().error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs file size limits")
def test_a_limit_of_the_system_is_a_full_disk_too(target):
    target.parent.mkdir(parents=True)
    command = [sys.executable, "-c", FULL_DISK, str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("failed | cannot write")
    assert "full" in done.stdout
    assert list(target.parent.glob("*.jsonl*")) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path, clock):
    (tmp_path / "cache").write_text("a file")
    made = download(Server(CONTENT), tmp_path / "cache" / "a" / "b.jsonl", clock)
    snapshot = ended(made)
    assert isinstance(snapshot.error, ResultsError)
    assert "cannot write" in str(snapshot.error)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_told(tmp_path, clock):
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o500)
    snapshot = ended(download(Server(CONTENT), folder / "b.jsonl", clock))
    assert "permission" in snapshot.error.hint


def test_a_complete_copy_is_not_fetched_again(target, clock):
    ended(download(Server(CONTENT), target, clock))
    server = Server(CONTENT)
    made = download(server, target, clock)
    assert ended(made).complete
    assert server.calls == []
    assert made.result == read_meta(target)


def test_two_downloads_of_the_same_results_are_one(target, clock):
    fetching, follower_waits, waited = threading.Event(), threading.Event(), []

    def hold(_):
        fetching.set()
        assert follower_waits.wait(PATIENCE)

    server = Server(CONTENT, before_chunk=hold)
    first = download(server, target, clock)
    first.start()

    def sleep(_):
        waited.append(second.progress())
        follower_waits.set()
        assert first.wait(PATIENCE)

    second_server = Server(CONTENT)
    second = download(second_server, target, clock, sleep=sleep)
    assert fetching.wait(PATIENCE)
    assert ended(second).complete
    assert waited[0].state is DownloadState.WAITING
    assert (len(server.calls), second_server.calls) == (1, [])
    assert len(custom_ids(second)) == 0  # opened lazily: the caller indexes it
    with second.open_rows() as rows:
        while rows.index_step():
            pass
        assert len(rows) == 10


HOLDER = """
import sys, time
from pathlib import Path
from batchtui.results.store.lock import FileLock
assert FileLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_that_dies_is_taken_over_from(target, clock):
    """A process holds the lock with half a part; when it is killed, the rest is fetched here."""
    ended(download(Server(CONTENT, cuts=[(300, AuthError("no"))]), target, clock))
    command = [sys.executable, "-c", HOLDER, str(lock_path(target))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        seen = []

        def sleep(_):
            seen.append(made.progress())
            with made.open_rows() as rows:
                rows.index_step()
                seen.append(len(rows))
            holder.kill()
            holder.wait()

        server = Server(CONTENT)
        made = download(server, target, clock, sleep=sleep)
        ended(made)
    assert (seen[0].state, seen[0].received) == (DownloadState.WAITING, 300)
    assert seen[1] > 0
    assert_complete(made, target, CONTENT)
    assert server.calls == [(300, '"v1"')]


def test_a_lock_is_held_once(tmp_path):
    path = tmp_path / "lock"
    one, two = FileLock(path), FileLock(path)
    assert one.acquire()
    assert not two.acquire()
    one.release()
    one.release()
    assert two.acquire()
    two.release()


def test_a_fault_of_the_program_ends_in_a_final_state(target, clock):
    caught = []
    old = threading.excepthook
    threading.excepthook = caught.append
    try:
        server = Server(CONTENT, cuts=[(100, ZeroDivisionError("bug"))])
        snapshot = ended(download(server, target, clock))
    finally:
        threading.excepthook = old
    assert snapshot.state is DownloadState.FAILED
    assert "fault of this program" in str(snapshot.error)
    assert caught


@pytest.mark.parametrize(
    ("snapshot", "seconds"),
    [
        (DownloadSnapshot(received=50, total_bytes=200, rate=10.0), 15.0),
        (DownloadSnapshot(received=50, rows=5, expected_rows=20, rate=10.0), 15.0),
        (DownloadSnapshot(received=50, rows=5, rate=10.0), None),
        (DownloadSnapshot(received=50, expected_rows=20, rate=10.0), None),
        (DownloadSnapshot(received=50, total_bytes=200), None),
        (DownloadSnapshot(received=300, total_bytes=200, rate=10.0), 0.0),
    ],
)
def test_time_left(snapshot, seconds):
    assert snapshot.remaining == seconds


def test_the_rate_is_of_the_last_seconds(clock):
    board = ProgressBoard(clock, None, lambda: None)
    for received in (0, 1000, 2000):
        board.progress(DownloadState.RECEIVING, received=received, rows=0)
        clock.elapsed += 1.0
    assert board.snapshot.rate == 1000.0
    assert board.now.rate == 1000.0
    clock.elapsed += 97.0
    assert board.now.rate == pytest.approx(2000 / 100)
    assert board.now.remaining is None
    clock.elapsed += 3.0
    board.progress(DownloadState.RECEIVING, received=2010, rows=0)
    assert board.snapshot.rate < 1.0
    board.enter(DownloadState.RETRYING)
    assert board.snapshot.rate == 0.0


@pytest.mark.parametrize("method", ["fsync", "fdopen"])
def test_a_disk_that_fails_at_the_last_moment(target, clock, method, monkeypatch):
    """The bytes are all there, but cannot be made safe, or the note beside them not written."""

    def fail(descriptor, *_mode):
        if method == "fdopen":
            os.close(descriptor)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, method, fail)
    snapshot = ended(download(Server(CONTENT), target, clock))
    assert snapshot.state is DownloadState.FAILED
    assert isinstance(snapshot.error, ResultsError)
    assert not target.exists()
    assert list(target.parent.glob("*.tmp")) == []


def test_a_copy_of_which_nothing_is_noted_still_counts(target, clock):
    ended(download(Server(CONTENT), target, clock))
    meta_path(target).unlink()
    made = download(Server(CONTENT), target, clock)
    assert ended(made).complete
    assert made.result is None
