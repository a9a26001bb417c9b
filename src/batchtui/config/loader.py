"""Loads the configuration: flags over environment over file over defaults, with each origin."""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from batchtui.config import layers
from batchtui.config.layers import Given, dotted
from batchtui.config.paths import Paths, home_folder
from batchtui.config.problems import as_error, name_accounts, place, words
from batchtui.config.schema import SECTIONS, AccountConfig, Config, check
from batchtui.config.toml_file import Key, TomlFile, read_toml
from batchtui.config.values import is_clear_text
from batchtui.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and how it came about.

    `origins` has each dotted key (`polling.active`, `accounts.main.kind`) with one of
    `flag --x`, `environment X`, `file PATH:LINE`, `default`. `warnings` are whole sentences
    for people. `path` is the file that was read, or None where there was none.
    """

    config: Config
    origins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    path: Path | None = None


def load(
    *,
    env: Mapping[str, str],
    paths: Paths,
    flags: Mapping[str, object] = MappingProxyType({}),
    without_file: bool = False,
) -> Loaded:
    """Load the configuration that `paths`, `env` and `flags` (by dotted key) make together.

    `without_file` gives what would hold if there were no file.

    Raises:
        ConfigError: something in it is wrong; the text has every problem with its place.
    """
    file = None if without_file else _read(paths)
    from_file = layers.from_file(file) if file else {}
    given = layers.merged(
        (
            from_file,
            layers.from_provider_variables(env, from_file),
            layers.from_environment(env),
            layers.from_flags(flags),
        )
    )
    config = _checked(given, file or TomlFile(paths.config_file), home_folder(env))
    warnings = (*layers.unknown_variables(env), *_warnings(config, given, file))
    origins = {dotted(key): origin for key, origin in _origins(config, given)}
    return Loaded(config, origins, warnings, file.path if file else None)


def _read(paths: Paths) -> TomlFile | None:
    try:
        return read_toml(paths.config_file)
    except FileNotFoundError:
        if not paths.config_named_by:
            return None
    hint = "`batchtui config init` writes one"
    raise ConfigError(f"{paths.config_named_by} {paths.config_file}", "there is no such file", hint)


def _checked(given: layers.Layer, file: TomlFile, home: Path) -> Config:
    data = layers.nested(given)
    accounts = data.get("accounts", {})
    problems = list(_misshapen(accounts))
    names = [] if problems else list(accounts)
    data["accounts"] = [{**accounts[name], "name": name} for name in names]
    result = check(data, home)
    if isinstance(result, Config):
        if not problems:
            return result
    else:
        keys = [name_accounts(problem, names) for problem in result]
        problems += [(key, words(problem, key)) for key, problem in zip(keys, result, strict=True)]
    raise as_error([(place(key, given, file), f"{dotted(key)}: {text}") for key, text in problems])


def _misshapen(accounts: object) -> Iterator[tuple[Key, str]]:
    """What is wrong with the shape of the accounts, so that their fields cannot be looked at."""
    if not isinstance(accounts, dict):
        yield ("accounts",), "an account is a table with its name in the heading: [accounts.NAME]"
        return
    for name, fields in accounts.items():
        if not isinstance(fields, dict):
            yield ("accounts", name), "must be a table: [accounts.NAME]"
        elif "name" in fields:
            yield ("accounts", name, "name"), "the name is in the heading: [accounts.NAME]"


def _warnings(config: Config, given: Mapping[Key, Given], file: TomlFile | None) -> Iterator[str]:
    for account in config.accounts:
        for name, text in _account_warnings(account, file):
            where = given.get(("accounts", account.name, name))
            yield f"{where.origin if where else 'default'}: account {account.name}: {text}"


def _account_warnings(account: AccountConfig, file: TomlFile | None) -> Iterator[tuple[str, str]]:
    if account.api_key is not None and file and readable_by_others(file.path):
        yield "api_key", f"others can read the key in this file; chmod 600 {file.path}"
    if account.api_key_file is not None and readable_by_others(account.api_key_file):
        name = account.api_key_file
        yield "api_key_file", f"others can read the key in {name}; chmod 600 {name}"
    if is_clear_text(account.base_url):
        yield "base_url", "http:// sends the key in clear text; use https://"
    if account.base_url.endswith("/v1"):
        yield "base_url", "it ends in /v1, which the program adds itself; leave it out"


def readable_by_others(path: Path) -> bool:
    """Whether more people than the owner may read a file; False where it cannot be looked at."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _origins(config: Config, given: Mapping[Key, Given]) -> Iterator[tuple[Key, str]]:
    for key in all_keys(config):
        yield key, given[key].origin if key in given else "default"


def all_keys(config: Config) -> Iterator[Key]:
    """Every key that a configuration has a value for, in the order of the schema."""
    yield ("read_only",)
    for account in config.accounts:
        for name in AccountConfig.model_fields:
            if name != "name":
                yield ("accounts", account.name, name)
    for section, model in SECTIONS.items():
        for name in model.model_fields:
            yield (section, name)
