"""Which of the configured accounts are meant."""

from collections.abc import Sequence

from batchtui.config.schema import AccountConfig, Config
from batchtui.core.errors import ConfigError
from batchtui.core.text import nearest


def chosen(config: Config, names: Sequence[str] | None) -> list[AccountConfig]:
    """The accounts of these names, or all.

    Raises:
        ConfigError: none is configured, or one of the names is not.
    """
    accounts = {account.name: account for account in config.accounts}
    if not accounts:
        raise ConfigError(
            "no account is configured",
            hint="set ANTHROPIC_API_KEY, or write a file with `batchtui config init`; "
            "`batchtui demo` needs neither",
        )
    for name in names or ():
        if name not in accounts:
            near = nearest(name, accounts)
            raise ConfigError(
                f"no account {name!r}",
                hint=f"did you mean {near}?" if near else f"there are: {', '.join(accounts)}",
            )
    return [accounts[name] for name in names] if names else list(accounts.values())
