"""Reads a TOML file together with the line of each of its keys."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from batchtui.core.errors import ConfigError

Key = tuple[str, ...]
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\s*$")
_HINTS = {
    "Invalid value": "text needs quotes; true and false are written in small letters",
    "Invalid statement": "each line is `key = value` or `[section]`",
    "Expected newline": "one `key = value` to a line; text needs quotes",
}


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed file; `lines` has the line number, from 1, of each key and table by its path."""

    path: Path
    data: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[Key, int] = field(default_factory=dict)


def read_toml(path: Path) -> TomlFile:
    """Read and parse a file.

    Raises:
        FileNotFoundError: there is no such file.
        ConfigError: it cannot be read, or it is not TOML.
    """
    text = _text(path)
    return TomlFile(path, _parsed(path, text), key_lines(text))


def read_data(path: Path) -> Mapping[str, Any]:
    """What a file says, without the lines, which take long to find. Raises as `read_toml`."""
    return _parsed(path, _text(path))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(f"cannot read {path}", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        hint = "save the file as UTF-8"
        raise ConfigError(f"{path}:{line}", "the text is not UTF-8", hint) from None


def _parsed(path: Path, text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, str(error)) from None


def _syntax_error(path: Path, text: str, message: str) -> ConfigError:
    place = _PLACE.search(message)
    line = int(place[1]) if place and place[1] else text.rstrip("\n").count("\n") + 1
    column = f", column {place[2]}" if place and place[2] else ""
    words = _PLACE.sub("", message)
    hint = next((hint for start, hint in _HINTS.items() if words.startswith(start)), "")
    return ConfigError(f"{path}:{line}", f"not TOML{column}: {words}", hint)


def key_lines(text: str) -> dict[Key, int]:
    """The line of the first statement that sets each key or opens each table of a valid text."""
    lines: dict[Key, int] = {}
    table: Key = ()
    for number, source, parsed in _statements(text):
        paths = list(_paths(parsed))
        is_header = source.lstrip().startswith("[")
        if is_header:
            table = paths[-1]
        for path in paths:
            lines.setdefault(path if is_header else table + path, number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Statements with their first line: the shortest runs of lines that parse by themselves."""
    pending: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        pending.append(line)
        source = "\n".join(pending)
        try:
            parsed = tomllib.loads(source)
        except tomllib.TOMLDecodeError:
            continue
        yield number - len(pending) + 1, source, parsed
        pending.clear()


def _paths(data: Mapping[str, Any], base: Key = ()) -> Iterator[Key]:
    """All keys of parsed TOML, also of tables in lists, outer ones first."""
    for key, value in data.items():
        path = (*base, key)
        yield path
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = value[0]  # noqa: PLW2901
        if isinstance(value, dict):
            yield from _paths(value, path)
