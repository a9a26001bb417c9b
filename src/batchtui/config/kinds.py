"""The kinds of accounts that can be configured. A new kind is one more entry in `KINDS`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server has by itself that speaks a kind's protocol with a difference."""

    base_url: str = ""
    """Empty where each has its own, so that it must be given."""
    auth: str = "bearer"


@dataclass(frozen=True, slots=True)
class Kind:
    """What an account of a kind has by itself: its usual server and its usual variables."""

    title: str
    """The protocol's name, for people."""
    base_url: str
    api_key_env: str
    base_url_env: str
    auth_token_env: str = ""
    """A variable whose token goes into `Authorization: Bearer`; the key's variable wins."""
    auth: str = "bearer"
    """How a key is sent, unless the account says otherwise."""
    key_optional: bool = False
    """Servers of this kind ask for no key unless they are told to."""
    url_has_version: bool = False
    """People write the base URL with /v1 at its end, as the official client wants it."""
    has_profiles: bool = False
    """The provider's own tools keep logins in files (see `config.profiles`)."""
    dialects: Mapping[str, Dialect] = field(default_factory=dict)
    """By name; the first is that of the usual server. Empty where there is but one."""

    def dialect(self, name: str) -> Dialect:
        """The dialect of that name, or what the kind has by itself."""
        return self.dialects.get(name) or Dialect(self.base_url, self.auth)


KINDS: Mapping[str, Kind] = {
    "anthropic": Kind(
        title="Message Batches",
        base_url="https://api.anthropic.com",
        api_key_env="ANTHROPIC_API_KEY",
        auth_token_env="ANTHROPIC_AUTH_TOKEN",  # noqa: S106 (a name, no token)
        base_url_env="ANTHROPIC_BASE_URL",
        auth="x-api-key",
        has_profiles=True,
    ),
    "letta": Kind(
        title="Letta's batches of agents",
        base_url="https://api.letta.com",
        api_key_env="LETTA_API_KEY",
        base_url_env="LETTA_BASE_URL",
        key_optional=True,
    ),
    "openai": Kind(
        title="OpenAI's Batch API and its like",
        base_url="https://api.openai.com",
        api_key_env="OPENAI_API_KEY",
        base_url_env="OPENAI_BASE_URL",
        url_has_version=True,
        dialects={
            "openai": Dialect("https://api.openai.com"),
            "azure": Dialect(auth="api-key"),
            "groq": Dialect("https://api.groq.com/openai"),
            "together": Dialect("https://api.together.ai"),
            "ogx": Dialect(),
            "litellm": Dialect(),
        },
    ),
}
DEFAULT_KIND = "anthropic"
