"""The settings of the terminal UI by themselves, for somebody who waits for its first painting.

Checking a whole configuration takes as long as painting a screen. Settings that are plainly
right are taken as they are; whatever else there is, is left to the loader, which can tell what is
wrong with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from batchtui.config.paths import Paths
from batchtui.config.toml_file import read_data
from batchtui.config.variables import is_setting
from batchtui.core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class PlainUi:
    """What `schema.UiConfig` is, unchecked; see there for what the settings mean."""

    theme: str | None = None
    mouse: bool | None = None
    ascii: bool = False
    wide: bool = False
    keymap: Mapping[str, str] = field(default_factory=dict)


_TYPES = {"theme": str, "mouse": bool, "ascii": bool, "wide": bool, "keymap": dict}


def plain_ui(env: Mapping[str, str], paths: Paths) -> PlainUi | None:
    """The settings, or None where only the loader can tell what they are.

    That is so where the environment has settings, where the file is not TOML, or not there
    although somebody named it, and where a value is not of its type.
    """
    if any(map(is_setting, env)):
        return None
    given = _table(paths.config_file, named=bool(paths.config_named_by))
    return PlainUi(**given) if isinstance(given, dict) and _is_plain(given) else None


def _table(file: Path, *, named: bool) -> object:
    try:
        return read_data(file).get("ui", {})
    except FileNotFoundError:
        return None if named else {}
    except ConfigError:
        return None


def _is_plain(given: dict[str, object]) -> bool:
    keymap = given.get("keymap", {})
    return (
        all(type(value) is _TYPES.get(name) for name, value in given.items())
        and given.get("theme") != ""
        and isinstance(keymap, dict)
        and all(isinstance(keys, str) for keys in keymap.values())
    )
