"""A service with batches of our making, and the app on top of it."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchtui.core.errors import ResultsError, SubmitError
from batchtui.core.events import BatchEnded, BatchesChanged, DownloadProgress, HealthChanged
from batchtui.core.models import (
    AccountHealth,
    AccountInfo,
    AccountStatus,
    Batch,
    BatchEntry,
    BatchesDiff,
    BatchRef,
    BatchState,
    Capabilities,
    RequestCounts,
)
from batchtui.core.progress import progress
from batchtui.requests.source import open_requests
from batchtui.service.request_files import BatchRequests
from batchtui.tui.app import BatchtuiApp

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def make_entry(number=1, state=BatchState.RUNNING, *, counts=None, age=timedelta(hours=1), **more):
    """An entry that looks like the real thing; `more` are fields of the entry or the batch."""
    own = {k: more.pop(k) for k in ("label", "local_results", "presence", "pending") if k in more}
    account = more.pop("account", "work")
    ended = state.is_final
    created = NOW - age
    fields = {
        "kind": "anthropic",
        "provider_status": "ended" if ended else "in_progress",
        "created_at": created,
        "expires_at": created + timedelta(days=1),
        "ended_at": created + timedelta(minutes=40) if ended else None,
        "results_available": ended,
        "request_counts": counts
        or (RequestCounts(succeeded=1000) if ended else RequestCounts(processing=1000)),
        "raw": f'{{"id":"msgbatch_{number:024d}","processing_status":"in_progress"}}',
    }
    fields.update(more)
    ref = BatchRef(account, f"msgbatch_{number:024d}")
    return BatchEntry(Batch(ref=ref, state=state, **fields), **own)


class Events:
    """A subscription that a test feeds."""

    def __init__(self):
        self.queue = asyncio.Queue()

    def __aiter__(self):
        return self

    async def __anext__(self):
        event = await self.queue.get()
        if event is None:
            raise StopAsyncIteration
        if isinstance(event, Exception):
            raise event
        return event


class FakeDownload:
    """A download that can be stopped, which makes the call that waits for it fail."""

    def __init__(self, service, ref):
        self.service = service
        self.ref = ref

    def cancel(self):
        self.service.calls.append(("stop", self.ref))
        self.service.failing[self.ref] = ResultsError("the download was stopped")
        self.service.held.set()


class FakeLineage:
    """Nobody is anybody's retry, unless a test says so."""

    def __init__(self):
        self.parents = {}
        self.file = None
        """The requests of every batch."""

    def parent(self, ref):
        return self.parents.get(ref)

    def children(self, ref):
        return [child for child, parent in self.parents.items() if parent == ref]

    def members(self, ref):
        return [ref]

    def under_way(self, ref):
        return []

    def submission(self, ref):
        return None

    async def requests(self, ref):
        if self.file is None:
            raise SubmitError("the requests are not known", "it was not created from here")
        return open_requests(self.file)

    async def name_requests(self, ref, path):
        self.file = path
        return BatchRequests(open_requests(path))


class FakeService:
    """The facade of `BatchService`, without accounts, archive or network behind it."""

    def __init__(self, entries=(), *, read_only=False, accounts=("work",)):
        self.store = {entry.ref: entry for entry in entries}
        self.accounts = tuple(
            AccountInfo(name, "anthropic", "https://api.example", read_only, Capabilities())
            for name in accounts
        )
        self.healths = {
            name: AccountHealth(name, AccountStatus.LIVE, NOW, NOW, interval=30.0)
            for name in accounts
        }
        self.paused = False
        self.archive_error = None
        self.lineage = FakeLineage()
        self.calls = []
        self.failing = {}
        self.held = None
        """Where it is an event, calls wait for it."""
        self.stream = None
        self.closed = False

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.closed = True

    def start(self):
        self.calls.append(("start",))

    def events(self):
        self.stream = Events()
        return self.stream

    def entries(self):
        return tuple(self.store.values())

    def entry(self, ref):
        return self.store.get(ref)

    def acting(self, ref, deed=None):
        return self.account(ref.account)

    def account(self, name):
        return next((info for info in self.accounts if info.name == name), None)

    def health(self):
        return tuple(self.healths.values())

    def progress(self, ref):
        return progress(self.store[ref].batch, NOW) if ref in self.store else None

    def poke(self, account=None):
        self.calls.append(("poke",))

    def pause(self, *, paused):
        self.paused = paused
        self.calls.append(("pause", paused))

    def set_attention(self, focus, *, attended=True):
        self.calls.append(("attention", focus, attended))

    def local_results(self, ref):
        return None

    async def cancel(self, ref):
        return await self._act("cancel", ref)

    async def delete(self, ref, *, keep_results=False):
        return await self._act("delete", ref, keep_results)

    async def fetch_results(self, ref):
        return await self._act("fetch", ref)

    async def start_download(self, ref):
        return FakeDownload(self, ref)

    async def _act(self, verb, ref, *more):
        self.calls.append((verb, ref, *more))
        if self.held is not None:
            await self.held.wait()
        if ref in self.failing:
            raise self.failing[ref]
        return self.store.get(ref)

    def did(self, verb):
        """The calls of that name."""
        return [call for call in self.calls if call[0] == verb]

    # What a test makes happen

    def change(self, *entries):
        """The store changes, and says so."""
        added = tuple(entry for entry in entries if entry.ref not in self.store)
        updated = tuple(entry for entry in entries if entry.ref in self.store)
        self.store.update({entry.ref: entry for entry in entries})
        self.tell(BatchesChanged(BatchesDiff(added, updated)))

    def ail(self, account, error, **more):
        """An account's poll failed."""
        health = replace(
            self.healths[account], status=AccountStatus.STALE, error=error,
            error_text=str(error), failures=1, next_poll=NOW + timedelta(minutes=3), **more,
        )  # fmt: skip
        self.healths[account] = health
        self.tell(HealthChanged(health))

    def end(self, entry):
        """A batch ended."""
        self.change(entry)
        self.tell(BatchEnded(entry))

    def progress_event(self, ref, **more):
        """A download moved."""
        values = {"received": 1, "total_bytes": None, "rows": 1, "expected_rows": 2, "rate": 1.0}
        self.tell(DownloadProgress(ref, **(values | more)))

    def tell(self, event):
        self.stream.queue.put_nowait(event)


@dataclass
class Settings:
    """What `UiConfig` is to the app."""

    theme: str | None = None
    mouse: bool | None = None
    ascii: bool = False
    wide: bool = False
    keymap: dict = field(default_factory=dict)


@dataclass
class Files:
    """What `Paths` is to the app."""

    state: Path

    @property
    def ui_state_file(self):
        return self.state / "ui.toml"

    @property
    def requests_dir(self):
        return self.state / "requests"


@pytest.fixture
def entry_of():
    return make_entry


@pytest.fixture
def fake_service():
    return FakeService


@pytest.fixture
def ui_settings():
    return Settings


@pytest.fixture
def app_of(tmp_path, clock):
    """Makes an app on a service; settings of the `[ui]` section by name."""

    def make(service, *, env=None, first=None, joining=None, **settings):
        opener = None if service is None else lambda: service
        files = Files(tmp_path / "state")
        return BatchtuiApp(
            opener,
            Settings(**settings),
            files,
            env=env or {},
            clock=clock,
            first=first,
            open_joining=joining and (lambda: joining),
        )

    return make


@pytest.fixture
def until():
    """Waits for a state that must come, giving the app its turns."""

    async def wait(condition, pilot):
        for _ in range(200):
            if condition():
                return
            await pilot.pause()
        pytest.fail("the awaited state did not come")

    return wait
