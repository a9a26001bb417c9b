"""A command line without a process: captured streams, a service that does as it is told."""

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from batchtui.cli.context import Context
from batchtui.cli.diagnostics import Diagnostics
from batchtui.cli.output import Output
from batchtui.cli.parser import parse
from batchtui.core.clock import SystemClock
from batchtui.core.errors import NotFoundError, UnknownBatchError
from batchtui.core.events import BatchesChanged
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
from support.waiting import PATIENCE

CREATED = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Stream(io.TextIOWrapper):
    """A text stream in memory that may claim to be a terminal."""

    def __init__(self, text: str = "", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    @property
    def raw(self) -> bytes:
        self.flush()
        return self.buffer.getvalue()

    @property
    def shown(self) -> str:
        return self.raw.decode()


class StandingClock(SystemClock):
    """Noon for ever; `sleep` takes no real time, but passes on the monotonic clock."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.slept

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        await asyncio.sleep(0)


class FakeService:
    """Does what the facade promises, from a table of batches and a script of events."""

    def __init__(self, entries: Sequence[BatchEntry] = (), accounts: Sequence[str] = ("main",)):
        self.table = {entry.ref: entry for entry in entries}
        self.accounts = tuple(
            AccountInfo(name, "anthropic", "http://127.0.0.1", False, Capabilities())
            for name in accounts
        )
        self.told: dict[str, AccountHealth] = {
            name: AccountHealth(name, AccountStatus.LIVE, complete=True) for name in accounts
        }
        self.failures: dict[tuple[str, str], Exception] = {}
        self.finding: dict[str, list[Exception]] = {}
        self.script: list[Callable[[], object]] = []
        self.calls: list[tuple[str, object]] = []
        self.started = self.closed = False
        self.archive_error = None

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.closed = True

    def entries(self):
        return tuple(sorted(self.table.values(), key=lambda e: e.batch.created_at, reverse=True))

    def entry(self, ref):
        return self.table.get(ref)

    def account(self, name):
        return next((account for account in self.accounts if account.name == name), None)

    def acting(self, ref, deed=None, *, through=""):
        return self.account(through or ref.account)

    def health(self):
        return tuple(self.told.values())

    async def refresh_once(self, *, everything=False):
        self.calls.append(("refresh_once", everything))

    def start(self):
        self.started = True

    async def events(self):
        """Each step of the script changes something and gives the event that tells of it."""
        for step in self.script:
            await asyncio.sleep(0)
            yield step()
        async with asyncio.timeout(PATIENCE):  # a command that listens on fails, and ends
            await asyncio.Event().wait()

    def set_attention(self, focus, *, attended=True):
        self.calls.append(("set_attention", focus))

    async def find(self, text, *, certain=False):
        self.calls.append(("find", (text, certain)))
        if errors := self.finding.get(text):
            raise errors.pop(0)
        for ref in self.table:
            if text in (ref.id, str(ref)):
                return self.table[ref]
        raise UnknownBatchError(f"no batch {text!r}")

    def _fail(self, verb, ref):
        if error := self.failures.get((verb, ref.id)):
            raise error

    async def retrieve(self, ref):
        self.calls.append(("retrieve", ref))
        self._fail("retrieve", ref)
        return self.table[ref]

    async def cancel(self, ref, *, through=""):
        self._fail("cancel", ref)
        self.calls.append(("cancel", ref))
        return self.set(ref, state=BatchState.CANCELING)

    async def delete(self, ref, *, keep_results=False, through=""):
        self._fail("delete", ref)
        self.calls.append(("delete", (ref, keep_results)))

    def progress(self, ref):
        return None

    @property
    def lineage(self):
        return SimpleNamespace(parent=lambda _: None, children=lambda _: [])

    def local_results(self, ref):
        path = self.table[ref].local_results
        return Path(path) if path else None

    def set(self, ref, **changes):
        """Change a batch; returns its entry."""
        entry = self.table[ref]
        self.table[ref] = replace(entry, batch=replace(entry.batch, **changes))
        return self.table[ref]

    def changed(self, ref, **changes):
        """A script step: a batch changes."""
        return lambda: BatchesChanged(BatchesDiff(updated=(self.set(ref, **changes),)))


@dataclass(frozen=True)
class FakeContext(Context):
    """A context whose service is given."""

    service: FakeService = field(default_factory=FakeService)

    def open_service(self):
        return self.service


def make_entry(
    batch_id: str = "msgbatch_aaaa1111",
    state: BatchState = BatchState.RUNNING,
    counts: RequestCounts | None = None,
    *,
    account: str = "main",
    age: timedelta = timedelta(0),
    **more,
) -> BatchEntry:
    final = state.is_final
    batch = Batch(
        ref=BatchRef(account, batch_id),
        kind="anthropic",
        state=state,
        provider_status="ended" if final else "in_progress",
        created_at=CREATED - age,
        request_counts=counts or RequestCounts(*((0, 10) if final else (10,))),
        ended_at=CREATED + timedelta(hours=1) if final else None,
        expires_at=CREATED + timedelta(hours=24),
        results_available=final,
        raw='{"id": "raw"}',
    )
    return BatchEntry(batch, **more)


@dataclass
class Terminal:
    """Runs verbs on a fake service and keeps what they write."""

    tmp_path: Path
    service: FakeService = field(default_factory=FakeService)
    env: dict[str, str] = field(default_factory=dict)
    out: Stream = field(default_factory=Stream)
    err: Stream = field(default_factory=Stream)
    stdin: Stream = field(default_factory=Stream)
    clock: StandingClock = field(default_factory=StandingClock)

    def terminal(self) -> "Terminal":
        """All three streams are a terminal's from now on."""
        self.out.terminal = self.err.terminal = self.stdin.terminal = True
        return self

    def context(self, args) -> FakeContext:
        return FakeContext(
            env={"HOME": str(self.tmp_path)} | self.env,
            stdin=self.stdin,
            out=Output(self.out, width=80),
            diagnostics=Diagnostics(self.err),
            flags={},
            config_file=args.config or "",
            accounts=tuple(getattr(args, "more_accounts", ())),
            service=self.service,
            given_clock=self.clock,
        )

    def run(self, *argv: str) -> int:
        """Run one verb; errors come as they are raised."""
        from importlib import import_module

        args = parse(argv)
        module, function = args.verb.target.split(":")
        context = self.context(args)
        code = getattr(import_module(f"batchtui.cli.{module}"), function)(context, args)
        context.out.flush()
        return code


@pytest.fixture
def cli(tmp_path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture
def make():
    """Makes entries: `make(id, state, counts, ...)`."""
    return make_entry


@pytest.fixture
def not_found():
    return NotFoundError("no such batch", status=404)
