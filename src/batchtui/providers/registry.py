"""From an account to its provider. A protocol's module is loaded when an account needs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from batchtui.core.clock import Clock
from batchtui.core.errors import ConfigError
from batchtui.core.models import Capabilities
from batchtui.core.text import nearest
from batchtui.providers import capabilities
from batchtui.providers.base import Provider

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig


@dataclass(frozen=True, slots=True)
class _Protocol:
    """A kind of account: what it can do by dialect, and how one is opened."""

    capabilities: Mapping[str, Capabilities]
    open: Callable[["AccountConfig", "SecretStr | None", Clock], Provider]


def open_provider(account: "AccountConfig", key: "SecretStr | None", *, clock: Clock) -> Provider:
    """The provider of an account. Nothing is sent yet.

    Raises:
        ConfigError: no provider has that kind, or the account's CA bundle or proxy is unusable.
    """
    return _protocol(account.kind).open(account, key, clock)


def capabilities_of(kind: str, dialect: str = "") -> Capabilities:
    """What accounts of a kind can do, if its servers speak this dialect.

    Raises:
        ConfigError: no provider has that kind.
    """
    by_dialect = _protocol(kind).capabilities
    return by_dialect.get(dialect) or next(iter(by_dialect.values()))


def _open_anthropic(account: "AccountConfig", key: "SecretStr | None", clock: Clock) -> Provider:
    from batchtui.providers.anthropic import AnthropicProvider

    return AnthropicProvider(account, key, clock=clock)


def _open_letta(account: "AccountConfig", key: "SecretStr | None", clock: Clock) -> Provider:
    from batchtui.providers.letta import LettaProvider

    return LettaProvider(account, key, clock=clock)


def _open_openai(account: "AccountConfig", key: "SecretStr | None", clock: Clock) -> Provider:
    from batchtui.providers.openai import OpenAIProvider

    return OpenAIProvider(account, key, clock=clock)


_PROTOCOLS: Mapping[str, _Protocol] = {
    "anthropic": _Protocol({"": capabilities.ANTHROPIC}, _open_anthropic),
    "letta": _Protocol({"": capabilities.LETTA}, _open_letta),
    "openai": _Protocol(capabilities.OPENAI, _open_openai),
}


def _protocol(kind: str) -> _Protocol:
    return _PROTOCOLS.get(kind) or _unknown(kind)


def _unknown(kind: str) -> NoReturn:
    guess = nearest(kind, _PROTOCOLS)
    known = ", ".join(_PROTOCOLS)
    raise ConfigError(
        f'unknown kind of account "{kind}"',
        hint=f'did you mean "{guess}"?' if guess else f"known kinds: {known}",
    )
