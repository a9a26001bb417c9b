"""Where the viewer's rows come from, without a screen."""

import asyncio
import threading
from dataclasses import replace

import pytest

from batchtui.core.errors import StateError
from batchtui.core.models import BatchRef
from batchtui.results.fetching.snapshot import DownloadSnapshot, DownloadState
from batchtui.results.file import line_index
from batchtui.results.file.results_file import ResultsFile
from batchtui.tui.result_feed import PROGRESS_EVERY, ResultsFeed
from support.results import succeeded, write
from support.waiting import PATIENCE

REF = BatchRef("work", "msgbatch_1")


class Coming:
    """A download whose progress the test decides; its rows are those of `path`."""

    def __init__(self, path):
        self.path = path
        self.target = path.with_suffix("")
        self.snapshot = DownloadSnapshot(DownloadState.RECEIVING, generation=1)
        self.opened = 0

    def progress(self):
        return self.snapshot

    def open_rows(self):
        if not self.path.exists():
            return None
        self.opened += 1
        return ResultsFile.open(self.path, lazy=True)

    def cancel(self):
        self.snapshot = replace(self.snapshot, state=DownloadState.CANCELED)


class Service:
    """Has at most one batch's results."""

    def __init__(self, download):
        self.download = download
        self.copy = None

    def entry(self, ref):
        return None

    def local_results(self, ref):
        return self.copy

    async def start_download(self, ref):
        if self.download is None:
            raise StateError("there are no results yet")
        return self.download


@pytest.fixture
def coming(tmp_path):
    return Coming(tmp_path / "batch.jsonl.part")


@pytest.fixture
async def feed(coming, clock):
    made = ResultsFeed(REF, Service(coming), clock, lambda: None)
    made.service = made._service
    running = asyncio.ensure_future(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    made.close()


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


def ids(feed):
    return [feed.file.row(number).custom_id for number in range(len(feed.file))]


async def test_rows_of_a_part_that_was_put_in_place_of_another(feed, coming, clock, tmp_path):
    write(coming.path, succeeded("a"), succeeded("b"), b"")
    coming.snapshot = DownloadSnapshot(DownloadState.WAITING)
    await settle()
    await clock.advance(PROGRESS_EVERY)
    await settle()
    assert ids(feed) == ["a", "b"]
    write(tmp_path / "new", succeeded("c"), b"").replace(coming.path)
    await clock.advance(PROGRESS_EVERY)
    await settle()
    assert ids(feed) == ["c"]
    await clock.advance(PROGRESS_EVERY)
    await settle()
    assert coming.opened == 2


async def test_a_file_that_becomes_the_copy_is_not_opened_again(feed, coming, clock, tmp_path):
    write(coming.path, succeeded("a"), b"")
    await settle()
    await clock.advance(PROGRESS_EVERY)
    await settle()
    feed.service.copy = coming.path = coming.path.rename(tmp_path / "batch.jsonl")
    coming.snapshot = replace(coming.snapshot, state=DownloadState.DONE)
    await clock.advance(PROGRESS_EVERY)
    await settle()
    assert ids(feed) == ["a"]
    assert coming.opened == 1
    assert feed.arriving is None


async def test_a_copy_that_is_another_file_takes_the_place_of_its_rows(
    feed, coming, clock, tmp_path
):
    write(coming.path, succeeded("a"), succeeded("b"), b"")
    await settle()
    await clock.advance(PROGRESS_EVERY)
    await settle()
    feed.service.copy = coming.path = write(tmp_path / "batch.jsonl", succeeded("c"))
    coming.snapshot = replace(coming.snapshot, state=DownloadState.DONE)
    await clock.advance(PROGRESS_EVERY)
    await settle()
    assert ids(feed) == ["c"]


async def test_what_stops_it_is_kept_as_its_error(feed, coming, clock):
    await settle()
    assert feed.arriving is not None
    feed.stop_download()
    await clock.advance(PROGRESS_EVERY)
    await settle()
    assert "r fetches again" in feed.error.hint
    assert feed.arriving is None


async def test_results_that_are_not_there_are_an_error(clock):
    feed = ResultsFeed(REF, Service(None), clock, lambda: None)
    await feed.run()
    assert isinstance(feed.error, StateError)


async def test_ids_in_several_rows_are_counted_once_the_rows_rest(clock, tmp_path):
    path = write(
        tmp_path / "x.jsonl", *(succeeded(name, "x") for name in "abab"), succeeded("c", "x")
    )
    made = ResultsFeed(path, None, clock, lambda: None)
    made.begin()
    running = asyncio.ensure_future(made.run())
    async with asyncio.timeout(10):
        while made.shared_ids != 2:
            await clock.advance(1.0)
        with path.open("ab") as end:
            end.write(b"\n" + succeeded("c", "y"))
        while made.shared_ids != 3:
            await clock.advance(1.0)
        write(path, succeeded("d"))
        while made.shared_ids:
            await clock.advance(1.0)
    running.cancel()
    made.close()


async def test_where_a_long_line_ends_it_is_read_in_a_thread(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(line_index, "_LONG_LINE", 100)
    threads = set()
    more = ResultsFile.index_more

    def index_more(file, *budget):
        threads.add(threading.current_thread())
        return more(file, *budget)

    monkeypatch.setattr(ResultsFile, "index_more", index_more)
    path = write(tmp_path / "x.jsonl", succeeded("a"), succeeded("b", "long" * 200_000), b"")
    whole = asyncio.Event()
    feed = ResultsFeed(path, None, clock, lambda: feed.file.is_whole and whole.set())
    feed.begin()
    running = asyncio.ensure_future(feed.run())
    await asyncio.wait_for(whole.wait(), PATIENCE)
    assert ids(feed) == ["a", "b"]
    assert len(threads) > 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    feed.close()


async def test_first_rows_are_seen_soon_and_nothing_is_painted_before(coming, clock):
    changes = []
    feed = ResultsFeed(REF, Service(coming), clock, lambda: changes.append(1))
    running = asyncio.ensure_future(feed.run())
    await settle()
    before = len(changes)
    for _ in range(5):
        await clock.advance(PROGRESS_EVERY / 10)
        await settle()
    assert len(changes) == before
    write(coming.path, succeeded("a"), b"")
    coming.snapshot = replace(coming.snapshot, rows=1)
    await clock.advance(PROGRESS_EVERY / 10)
    await settle()
    assert ids(feed) == ["a"]
    assert len(changes) > before
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    feed.close()
