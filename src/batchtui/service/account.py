"""An account at work: its settings, and its provider once somebody needs it."""

import asyncio
from collections.abc import Mapping

from batchtui.config.keys import key_mark, resolve_key
from batchtui.config.kinds import KINDS
from batchtui.config.schema import AccountConfig, SecretStr
from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.models import AccountInfo
from batchtui.providers.base import Provider
from batchtui.providers.registry import capabilities_of, open_provider
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
            version=config.anthropic_version if config.kind == "anthropic" else "",
            dialect=config.dialect,
        )
        self.kept_as = kept_name(config.name, config.base_url, KINDS[config.kind].base_url)
        """The name under which the archive keeps it."""
        self.key_mark = key_mark(config, env)
        """Changes with the key, which may open another workspace; tells nothing of it."""
        self._config = config
        self._env = env
        self._clock = clock
        self._key: SecretStr | None = None
        self._provider: Provider | None = None
        self._former: Provider | None = None
        self._opening = asyncio.Lock()

    async def provider(self) -> Provider:
        """The account's provider, opened once, and again where a file holds another key now.

        Raises:
            ConfigError: the key or a setting cannot be used; the next call tries again.
        """
        async with self._opening:
            if self._provider is None or self._key_may_change:
                key = await in_daemon_thread(self._read_key)
                if self._provider is None or key != self._key:
                    await self._replace(await in_daemon_thread(lambda: self._open(key)))
                    self._key = key
            assert self._provider is not None, "it is open by now"
            return self._provider

    @property
    def _key_may_change(self) -> bool:
        """Others renew it in a file. A command is not run again: it may ask somebody."""
        return self._config.profile is not None or self._config.api_key_file is not None

    def _read_key(self) -> SecretStr | None:
        return resolve_key(self._config, self._env, now=self._clock.now())

    def _open(self, key: SecretStr | None) -> Provider:
        return open_provider(self._config, key, clock=self._clock)

    async def _replace(self, provider: Provider) -> None:
        """Use another provider; what still reads through the former may end."""
        if self._former is not None:
            await self._former.aclose()
        self._provider, self._former = provider, self._provider

    async def aclose(self) -> None:
        """Close the connections, as far as there are any."""
        for provider in (self._provider, self._former):
            if provider is not None:
                await provider.aclose()
