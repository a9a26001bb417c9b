"""A configuration as lines of text, with every secret masked."""

from collections.abc import Mapping
from pathlib import Path

import tomli_w

from batchtui.config.layers import dotted
from batchtui.config.loader import Loaded, all_keys
from batchtui.config.masking import MASK, masked_command
from batchtui.config.schema import Config, SecretStr
from batchtui.config.toml_file import Key
from batchtui.config.values import without_password

NOT_SET = "(not set)"


def describe(loaded: Loaded) -> list[tuple[str, str, str]]:
    """Each key with its value as TOML text and its origin, in the order of the schema.

    Secrets are masked: keys, values of headers, what stands before the `@` of a proxy, and what
    looks like one in a command.
    """
    lines = []
    for key in all_keys(loaded.config):
        name = dotted(key)
        lines.append((name, _shown(key, _value(loaded.config, key)), loaded.origins[name]))
    return lines


def _value(config: Config, key: Key) -> object:
    if key[0] == "accounts":
        account = next(account for account in config.accounts if account.name == key[1])
        found: object = getattr(account, key[2])
        return found
    value: object = config
    for part in key:
        value = getattr(value, part)
    return value


def _shown(key: Key, value: object) -> str:
    if value is None:
        return NOT_SET
    if key[-1] == "proxy" and isinstance(value, SecretStr):
        return toml_value(without_password(value.get_secret_value()))
    if key[-1] == "api_key_command":
        return toml_value(masked_command(str(value)))
    return toml_value(value)


def toml_value(value: object) -> str:
    """A value as TOML on one line; secrets are masked, whole seconds lose their fraction."""
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_scalar_key(name)} = {toml_value(v)}" for name, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, SecretStr):
        return toml_value(MASK)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, Path):
        value = str(value)
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


def _scalar_key(name: str) -> str:
    return tomli_w.dumps({name: 0}).removesuffix(" = 0\n")
