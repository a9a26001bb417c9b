"""An account at work: its settings, and its provider once somebody needs it."""

import asyncio
from collections.abc import Mapping

from batchtui.config.keys import key_mark, resolve_key
from batchtui.config.kinds import KINDS
from batchtui.config.schema import AccountConfig
from batchtui.core.clock import Clock
from batchtui.core.models import AccountInfo
from batchtui.providers.base import Provider
from batchtui.providers.registry import capabilities_of, open_provider
from batchtui.service.background import in_daemon_thread
from batchtui.service.naming import kept_name


class Account:
    """Opens the provider at the first call, in a thread: keys may come from a slow command."""

    def __init__(
        self, config: AccountConfig, *, read_only: bool, env: Mapping[str, str], clock: Clock
    ) -> None:
        self.name = config.name
        self.info = AccountInfo(
            name=config.name,
            kind=config.kind,
            base_url=config.base_url,
            read_only=read_only or config.read_only,
            capabilities=capabilities_of(config.kind, config.dialect),
        )
        self.kept_as = kept_name(config.name, config.base_url, KINDS[config.kind].base_url)
        """The name under which the archive keeps it."""
        self.key_mark = key_mark(config, env)
        """Changes with the key, which may open another workspace; tells nothing of it."""
        self._config = config
        self._env = env
        self._clock = clock
        self._provider: Provider | None = None
        self._opening = asyncio.Lock()

    async def provider(self) -> Provider:
        """The account's provider, opened once.

        Raises:
            ConfigError: the key or a setting cannot be used; the next call tries again.
        """
        async with self._opening:
            if self._provider is None:
                self._provider = await in_daemon_thread(self._open)
            return self._provider

    def _open(self) -> Provider:
        key = resolve_key(self._config, self._env)
        return open_provider(self._config, key, clock=self._clock)

    async def aclose(self) -> None:
        """Close the provider's connections, if it was opened."""
        if self._provider is not None:
            await self._provider.aclose()
