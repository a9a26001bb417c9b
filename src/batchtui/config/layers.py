"""Where values come from: one layer each for the file, the environment and the flags.

A layer is flat: the path of a key (`("polling", "active")`, `("accounts", NAME, "kind")`) with
its value and its origin. A later layer wins key by key.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from batchtui.config.kinds import DEFAULT_KIND, KINDS, Kind
from batchtui.config.profiles import active_profile, read_profile
from batchtui.config.schema import KEY_FIELDS, SECTIONS, Config
from batchtui.config.toml_file import Key, TomlFile
from batchtui.config.variables import OTHER_VARIABLES, PREFIX
from batchtui.core.errors import ConfigError
from batchtui.core.text import nearest

_BARE = re.compile(r"[\w-]+")

_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True}
_BOOLEANS |= {"0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Given:
    """A value as somebody gave it, and where."""

    value: object
    origin: str


Layer = Mapping[Key, Given]


def dotted(key: Key) -> str:
    """A key as people write it: `polling.active`, `accounts.main.kind`, `accounts."a.b".kind`."""
    return ".".join(part if _BARE.fullmatch(part) else _quoted(part) for part in key)


def _quoted(part: str) -> str:
    """A part of a key as a TOML string; what no terminal should get is escaped."""
    return json.dumps(part, ensure_ascii=not part.isprintable())


def from_file(file: TomlFile) -> Layer:
    """What the file says; an account that is only a heading is there all the same."""

    def origin(key: Key) -> str:
        line = next(
            (file.lines[key[:n]] for n in range(len(key), 0, -1) if key[:n] in file.lines), 0
        )
        return f"file {file.path}:{line}" if line else f"file {file.path}"

    return {key: Given(value, origin(key)) for key, value in _leaves(file.data)}


def _leaves(data: Mapping[str, Any]) -> Iterable[tuple[Key, object]]:
    for name, value in data.items():
        if name == "accounts" and isinstance(value, dict):
            for account, fields in value.items():
                yield from _table((name, account), fields)
        elif name in SECTIONS:
            yield from _table((name,), value)
        else:
            yield (name,), value


def _table(base: Key, value: object) -> Iterable[tuple[Key, object]]:
    if not isinstance(value, dict) or not value:
        yield base, value
        return
    for name, inner in value.items():
        yield (*base, name), inner


def settings() -> dict[str, Key]:
    """The environment variable of each setting that is a single value."""
    keys: list[Key] = [("read_only",)]
    for section, model in SECTIONS.items():
        keys += [(section, name) for name in model.model_fields if name != "keymap"]
    return {PREFIX + "_".join(key).upper(): key for key in keys}


def from_environment(env: Mapping[str, str]) -> Layer:
    """What `BATCHTUI_<SECTION>_<KEY>` variables say. Empty ones count as not set."""
    return {
        key: Given(_from_text(key, env[variable]), f"environment {variable}")
        for variable, key in settings().items()
        if env.get(variable)
    }


def _from_text(key: Key, text: str) -> object:
    model = SECTIONS[key[0]] if len(key) > 1 else Config
    if model.model_fields[key[-1]].annotation in (bool, bool | None):
        return _BOOLEANS.get(text.lower(), text)
    return text


def unknown_variables(env: Mapping[str, str]) -> list[str]:
    """A warning for each `BATCHTUI_` variable that means nothing."""
    known = (*settings(), *OTHER_VARIABLES)
    return [
        f"environment {name}: no such setting" + did_you_mean(name, known)
        for name in sorted(env)
        if name.startswith(PREFIX) and name not in known
    ]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message on a wrong word: the nearest right one, or nothing."""
    guess = nearest(word, known)
    return f"; did you mean {guess}?" if guess else ""


def from_flags(flags: Mapping[str, object]) -> Layer:
    """What flags say, by dotted key; None is a flag that was not given."""
    return {
        tuple(name.split(".")): Given(value, f"flag --{name.split('.')[-1].replace('_', '-')}")
        for name, value in flags.items()
        if value is not None
    }


def from_provider_variables(env: Mapping[str, str], file: Layer) -> Layer:
    """What `ANTHROPIC_API_KEY` and its like say, each kind having its own.

    They fill up what accounts of the file that have no key of their own leave open. Where the
    file has no account, each kind with a key makes one that bears the kind's name.
    """
    if not any(key[0] == "accounts" for key in file):
        return _accounts_of_environment(env)
    layer: dict[Key, Given] = {}
    for account in dict.fromkeys(key[1] for key in file if key[0] == "accounts" and key[1:]):
        kind_name = _said(account, "kind", file) or DEFAULT_KIND
        found = KINDS.get(kind_name) if isinstance(kind_name, str) else None
        variable = _variable_for(account, found, env, file) if found else ""
        if found and variable:
            layer |= _variables_of(account, found, variable, env)
        elif found and found.has_profiles:
            layer |= _login_of(account, found, env, file)
    return {key: given for key, given in layer.items() if key not in file}


def _accounts_of_environment(env: Mapping[str, str]) -> Layer:
    layer: dict[Key, Given] = {}
    for name, kind in KINDS.items():
        variable = _first_set(kind, env)
        maker = variable or (kind.base_url_env if kind.key_optional else "")
        if env.get(maker):
            layer["accounts", name, "kind"] = Given(name, f"environment {maker}")
            layer |= _variables_of(name, kind, variable, env)
        elif kind.has_profiles and (login := _login_of(name, kind, env, {})):
            layer["accounts", name, "kind"] = Given(name, login["accounts", name, "profile"].origin)
            layer |= login
    return layer


def _first_set(kind: Kind, env: Mapping[str, str]) -> str:
    names = filter(None, (kind.api_key_env, kind.auth_token_env))
    return next((name for name in names if env.get(name)), "")


def _said(account: str, name: str, file: Layer) -> object:
    given = file.get(("accounts", account, name))
    return given.value if given else None


def _variable_for(account: str, kind: Kind, env: Mapping[str, str], file: Layer) -> str:
    """The variable of its kind that an account of the file takes its key from, or empty."""
    named = _said(account, "api_key_env", file)
    if named and named in (kind.api_key_env, kind.auth_token_env):
        return str(named)
    return "" if _has_key(account, file) else _first_set(kind, env)


def _variables_of(account: str, kind: Kind, variable: str, env: Mapping[str, str]) -> Layer:
    """The key's variable, and what goes with it: how it is sent, and the server it is for."""
    origin = f"environment {variable}"
    fields = {"api_key_env": Given(variable, origin)} if variable else {}
    if variable and variable == kind.auth_token_env:
        fields["auth"] = Given("bearer", origin)
    if env.get(kind.base_url_env):
        fields["base_url"] = Given(env[kind.base_url_env], f"environment {kind.base_url_env}")
    return {("accounts", account, name): given for name, given in fields.items()}


def _login_of(account: str, kind: Kind, env: Mapping[str, str], file: Layer) -> Layer:
    """The profile that an account without a key uses, and the server and workspace it is for."""
    named = file.get(("accounts", account, "profile"))
    if named is None and _has_key(account, file):
        return {}
    active = (str(named.value), named.origin) if named else active_profile(env)
    if active is None:
        return {}
    name, origin = active
    fields = {"profile": Given(name, origin)}
    try:
        profile = read_profile(name, env)
    except ConfigError:  # told when the key is asked for: other accounts may be good
        return {("accounts", account, "profile"): fields["profile"]}
    if profile.workspace_id:
        fields["workspace_id"] = Given(profile.workspace_id, f"profile {name}")
    if env.get(kind.base_url_env):
        fields["base_url"] = Given(env[kind.base_url_env], f"environment {kind.base_url_env}")
    elif profile.base_url:
        fields["base_url"] = Given(profile.base_url, f"profile {name}")
    return {("accounts", account, field): given for field, given in fields.items()}


def _has_key(account: str, file: Layer) -> bool:
    """Whether the file says where an account's key comes from, or that it needs none."""
    said = any(("accounts", account, name) in file for name in KEY_FIELDS)
    return said or _said(account, "auth", file) == "none"


def merged(layers: Iterable[Layer]) -> dict[Key, Given]:
    """All layers as one; of two that have a key the later wins."""
    result: dict[Key, Given] = {}
    for layer in layers:
        result |= layer
    return result


def nested(layer: Layer) -> dict[str, Any]:
    """The values as the schema takes them; `accounts` is still a table by name."""
    data: dict[str, Any] = {}
    for key, given in layer.items():
        table = data
        for part in key[:-1]:
            table = table.setdefault(part, {})
            if not isinstance(table, dict):
                break
        else:
            table[key[-1]] = dict(given.value) if isinstance(given.value, dict) else given.value
    return data
