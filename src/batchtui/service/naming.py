"""How accounts are named in the archive."""

SERVER_MARK = "@"
"""In the archive, the name of an account with a server of its own goes on with this and its URL."""


def kept_name(account: str, base_url: str, usual: str) -> str:
    """The name under which an account is kept: another server has other batches."""
    return account if base_url == usual else f"{account}{SERVER_MARK}{base_url}"


def configured_name(kept: str) -> str:
    """The account's name in the configuration."""
    return kept.partition(SERVER_MARK)[0]
