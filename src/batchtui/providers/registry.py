"""From an account to its provider. A protocol's module is loaded when an account needs it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

from batchtui.core.clock import Clock
from batchtui.core.errors import ConfigError
from batchtui.core.models import Capabilities
from batchtui.core.text import nearest
from batchtui.providers.base import Provider
from batchtui.providers.capabilities import BY_KIND

if TYPE_CHECKING:
    from pydantic import SecretStr

    from batchtui.config.schema import AccountConfig


def open_provider(account: "AccountConfig", key: "SecretStr | None", *, clock: Clock) -> Provider:
    """The provider of an account. Nothing is sent yet.

    Raises:
        ConfigError: no provider has that kind, or the account's CA bundle or proxy is unusable.
    """
    opener = _OPENERS.get(account.kind)
    if opener is None:
        _unknown(account.kind)
    return opener(account, key, clock)


def capabilities_of(kind: str) -> Capabilities:
    """What accounts of a kind can do.

    Raises:
        ConfigError: no provider has that kind.
    """
    if kind not in BY_KIND:
        _unknown(kind)
    return BY_KIND[kind]


def _open_anthropic(account: "AccountConfig", key: "SecretStr | None", clock: Clock) -> Provider:
    from batchtui.providers.anthropic import AnthropicProvider

    return AnthropicProvider(account, key, clock=clock)


_OPENERS: Mapping[str, Callable[["AccountConfig", "SecretStr | None", Clock], Provider]] = {
    "anthropic": _open_anthropic
}


def _unknown(kind: str) -> NoReturn:
    guess = nearest(kind, BY_KIND)
    known = ", ".join(BY_KIND)
    raise ConfigError(
        f'unknown kind of account "{kind}"',
        hint=f'did you mean "{guess}"?' if guess else f"known kinds: {known}",
    )
