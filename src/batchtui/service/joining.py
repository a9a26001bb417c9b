"""A new account: asked once whether it works, then written to the config file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from batchtui.config import adding
from batchtui.config.adding import Wanted
from batchtui.config.loader import Loaded, load
from batchtui.config.paths import Paths, home_folder
from batchtui.config.schema import AccountConfig
from batchtui.core.clock import Clock
from batchtui.service.account import Account
from batchtui.service.patience import COULD_NOT_LIST, within_patience

INTRODUCTION = """\
# Configuration of batchtui. `batchtui config show --origin` says what holds and why;
# `batchtui doctor` tries each account.
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """An account has answered: after how many seconds, and whether it has any batch."""

    seconds: float
    has_batches: bool

    @property
    def words(self) -> str:
        """The same, for people."""
        some = "" if self.has_batches else ", no batch in it"
        return f"connected, list answered in {self.seconds * 1000:.0f} ms{some}"


async def tried(config: AccountConfig, *, env: Mapping[str, str], clock: Clock) -> Tried:
    """Open an account and ask its server for the newest batch.

    Raises:
        ConfigError: its key cannot be had, or a setting cannot be used.
        ApiError: what the server, or the way there, has against it.
    """
    opened = Account(config, read_only=True, env=env, clock=clock)
    begin = clock.monotonic()
    try:
        question = (await opened.provider()).list_batches(limit=1)
        page = await within_patience(question, clock, COULD_NOT_LIST)
    finally:
        await opened.aclose()
    return Tried(clock.monotonic() - begin, bool(page.batches))


@dataclass(frozen=True, slots=True)
class Joining:
    """Adds accounts to the config file of `paths`; `anew` has the first one overwrite it."""

    paths: Paths
    env: Mapping[str, str]
    clock: Clock
    anew: bool = False

    async def test(self, account: Wanted) -> Tried:
        """Ask the account's server for its newest batch.

        Raises:
            ConfigError: its settings are wrong, or its key cannot be had.
            ApiError: what the server, or the way there, has against it.
        """
        config = adding.checked(account, self._names(), home_folder(self.env))
        return await tried(config, env=self.env, clock=self.clock)

    def write(self, account: Wanted) -> dict[str, bool]:
        """Write the account, and those that were there by variables alone and would end with it.

        Returns the names of the latter, and whether they are written: one with the key of the
        new account is not, since that key is another server's now.

        Raises:
            ConfigError: its settings are wrong, or the file cannot take it.
        """
        adding.checked(account, self._names(), home_folder(self.env))
        others = adding.from_elsewhere(self._loaded())
        kept = [other for other in others if not other.shares_key(account)]
        file = self.paths.config_file
        adding.append(file, [*kept, account], introduction=INTRODUCTION, anew=self.anew)
        return {other.name: other in kept for other in others}

    def _names(self) -> list[str]:
        return [account.name for account in self._loaded().config.accounts]

    def _loaded(self) -> Loaded:
        """The configuration as it is now; a file that was named need not be there yet."""
        paths = replace(self.paths, config_named_by="")
        return load(env=self.env, paths=paths, without_file=self.anew)
