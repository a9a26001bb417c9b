"""The text of config files: the example with everything in it, and a first one to begin with.

Both are made from the schema, so what they say is what holds. A line `#key = value` can be
uncommented as it is.
"""

import textwrap
from collections.abc import Iterator
from typing import Any

import tomli_w

from batchtui.config.describe import toml_value
from batchtui.config.kinds import DEFAULT_KIND, KINDS
from batchtui.config.schema import SECTIONS, AccountConfig, Config, Section

WIDTH = 88
_INTRODUCTION = """\
Configuration of batchtui. It belongs into ~/.config/batchtui/config.toml, or wherever
BATCHTUI_CONFIG says; `batchtui config path` tells. Lines that begin with # and a blank explain;
lines that begin with # alone show a default or an example, and can be uncommented as they are.

Flags win over environment variables, these over this file. Each setting outside of the accounts
has a variable of its own, BATCHTUI_ with its section and key: BATCHTUI_POLLING_ACTIVE=1m,
BATCHTUI_UI_ASCII=true, BATCHTUI_READ_ONLY=true. `batchtui config show --origin` says what holds
and why.
"""
_ACCOUNTS = "Accounts: a table each, with a name of your own. As many as you like."


def example_toml() -> str:
    """The text of `config.example.toml`: every key with its meaning, and its default or an example.

    As it stands it does what no file at all does: one account, with the key in its usual variable.
    """
    lines = [*_comment(_INTRODUCTION), "", *_key("read_only", Config), ""]
    lines += [*_comment(_ACCOUNTS), *_section(f"accounts.{DEFAULT_KIND}", AccountConfig)]
    for name, model in SECTIONS.items():
        lines += ["", *_comment(model.__doc__ or ""), *_section(name, model)]
    return "\n".join(lines) + "\n"


def init_toml(
    account: str = DEFAULT_KIND,
    *,
    api_key_env: str = KINDS[DEFAULT_KIND].api_key_env,
    base_url: str | None = None,
) -> str:
    """The text of a first config file: one account, and the keys that most people look for.

    Everything else is in the example; no secret is ever written.
    """
    fields = {"api_key_env": api_key_env} | ({"base_url": base_url} if base_url else {})
    introduction = (
        "Configuration of batchtui. `batchtui config show --origin` says what holds and why;"
        " `batchtui doctor` tries each account."
    )
    lines = [*_comment(introduction), ""]
    lines += [tomli_w.dumps({"accounts": {account: fields}}).rstrip("\n")]
    for name in ("api_key_command", "api_key_file", "read_only"):
        lines += ["", *_key(name, AccountConfig)]
    for name, key in (("polling", "active"), ("ui", "theme")):
        lines += ["", f"[{name}]", *_key(key, SECTIONS[name])]
    return "\n".join(lines) + "\n"


def _section(heading: str, model: type[Section]) -> Iterator[str]:
    yield f"[{heading}]"
    for number, name in enumerate(name for name in model.model_fields if name != "name"):
        if number:
            yield ""
        yield from _key(name, model)


def _key(name: str, model: type[Section]) -> Iterator[str]:
    """A key's explanation and its commented line."""
    field = model.model_fields[name]
    yield from _comment(field.description or "")
    value: Any = field.examples[0] if field.examples else field.default
    yield f"#{name} = {toml_value(value)}"


def _comment(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        if number:
            yield "#"
        for line in textwrap.wrap(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False):
            yield f"# {line}"
