"""Fixtures for all tests: no settings leak in, time is given, nothing leaves loopback."""

import asyncio
import heapq
import os
import signal
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings

from support.waiting import settle

# A busy machine makes no test wrong.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

# Textual reads these when it is imported, so they must be gone before any test imports it.
_LEAKS = ("TEXTUAL", "ANTHROPIC_", "LETTA_", "OPENAI_", "BATCHTUI_")
for _name in [n for n in os.environ if n.startswith(_LEAKS) and "SNAPSHOT" not in n]:
    del os.environ[_name]
for _name in ("NO_COLOR", "COLORTERM", "TMUX", "SSH_TTY", "SSH_CONNECTION"):
    os.environ.pop(_name, None)


# A job in the background may be started with signals ignored, and programs of ours inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


class FakeClock:
    """A clock that stands until `advance` is called; sleepers wake in order of their deadlines."""

    def __init__(self) -> None:
        self.start = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        self.elapsed = 0.0
        self.sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._serial = 0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        self._serial += 1
        woken = asyncio.Event()
        heapq.heappush(self.sleepers, (self.elapsed + seconds, self._serial, woken))
        await woken.wait()

    async def advance(self, seconds: float) -> None:
        """Move time on, waking each sleeper at its own moment and letting it run."""
        target = self.elapsed + seconds
        await settle()
        while self.sleepers and self.sleepers[0][0] <= target:
            deadline, _, woken = heapq.heappop(self.sleepers)
            self.elapsed = max(self.elapsed, deadline)
            woken.set()
            await settle()
        self.elapsed = target
        await settle()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _own_home(tmp_path, monkeypatch):
    """Each test has an empty HOME, so no file of the developer's is read or written."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "CACHE", "STATE", "DATA"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch):
    """A connection to anything but this machine is a bug of the test."""
    real_connect = socket.socket.connect

    def connect(self, address):
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(("127.", "::1")):
            pytest.fail(f"a test tried to reach {address}")
        return real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
