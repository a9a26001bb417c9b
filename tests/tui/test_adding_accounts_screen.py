"""Adding an account in the terminal: tested, shown, written, and watched from then on."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from batchtui.config.paths import Paths
from batchtui.core.errors import AuthError, ConfigError
from batchtui.service.joining import Tried
from batchtui.tui.screens.account_form import AccountForm


@dataclass
class FakeJoining:
    """Notes what is asked of it, and fails if it is told to."""

    paths: Paths = field(default_factory=lambda: Paths.from_env({}, Path("/home/me")))
    failure: Exception | None = None
    calls: list = field(default_factory=list)

    async def test(self, account):
        self.calls.append(("test", account.name))
        if self.failure:
            raise self.failure
        return Tried(0.042, has_batches=True)

    def write(self, account):
        self.calls.append(("write", account.name, dict(account.fields)))
        return []


@pytest.fixture
def form(app_of, fake_service, entry_of, until):
    """The app with the form for a new account on top."""

    class Form:
        def __init__(self, service=None):
            self.joining = FakeJoining()
            self.service = service or fake_service([entry_of(1)])
            self.app = app_of(self.service, joining=self.joining)
            self.context = self.app.run_test(size=(80, 24))

        async def __aenter__(self):
            self.pilot = await self.context.__aenter__()
            await until(lambda: self.app.service is not None, self.pilot)
            await self.press("a", "n")
            await until(lambda: isinstance(self.app.screen, AccountForm), self.pilot)
            return self

        async def __aexit__(self, *error):
            await self.context.__aexit__(*error)

        async def press(self, *keys):
            await self.pilot.press(*keys)
            await self.pilot.pause()

        async def shows(self, text):
            await until(lambda: text in self.painted, self.pilot)

        @property
        def painted(self):
            strips = self.app.screen._compositor.render_strips()
            return "\n".join(strip.text for strip in strips)

    return Form


async def test_it_is_tested_shown_and_then_written(form, until):
    async with form() as it:
        await it.press(*"letta", "down", *"lab", "enter")
        await it.shows("It works: connected, list answered in 42 ms")
        assert "[accounts.lab]" in it.painted
        assert it.joining.calls == [("test", "lab")]
        await it.press("enter")
        await until(lambda: it.service.closed and it.app.service is not None, it.pilot)
        assert it.joining.calls[-1] == ("write", "lab", {"kind": "letta"})


async def test_what_was_changed_after_the_test_is_tested_again(form):
    async with form() as it:
        await it.press(*"letta", "enter")
        await it.shows("It works")
        await it.press("down", *"lab", "enter")
        await it.pilot.pause()
        assert it.joining.calls == [("test", "letta"), ("test", "lab")]


async def test_what_fails_is_told_in_full_and_can_be_written_all_the_same(form, until):
    async with form() as it:
        it.joining.failure = AuthError("could not list batches", "the key is wrong", "check it")
        await it.press("enter")
        await it.shows("the key is wrong")
        assert "check it" in it.painted
        assert isinstance(it.app.screen, AccountForm)
        await it.press("ctrl+s")
        await until(lambda: not isinstance(it.app.screen, AccountForm), it.pilot)
        assert it.joining.calls[-1][0] == "write"


async def test_a_key_in_the_wrong_place_is_refused_and_not_told(form):
    async with form() as it:
        await it.press("up", *"sk-secret", "enter")
        await it.shows("this says of no key where it is")
        assert it.joining.calls == []


async def test_a_file_that_cannot_be_written_is_told(form):
    async with form() as it:
        it.joining.write = lambda _: (_ for _ in ()).throw(ConfigError("no room", "disk full"))
        await it.press("ctrl+s")
        await it.shows("disk full")
        assert isinstance(it.app.screen, AccountForm)
