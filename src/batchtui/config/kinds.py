"""The kinds of accounts that can be configured. A new kind is one more line in `KINDS`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What an account of a kind has by itself: its usual server and its usual variables."""

    base_url: str
    api_key_env: str
    auth_token_env: str
    """A variable whose token goes into `Authorization: Bearer`; the key's variable wins."""
    base_url_env: str


KINDS: Mapping[str, Kind] = {
    "anthropic": Kind(
        base_url="https://api.anthropic.com",
        api_key_env="ANTHROPIC_API_KEY",
        auth_token_env="ANTHROPIC_AUTH_TOKEN",  # noqa: S106 (a name, no token)
        base_url_env="ANTHROPIC_BASE_URL",
    ),
}
DEFAULT_KIND = "anthropic"
