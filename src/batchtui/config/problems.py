"""Says in words of people what is wrong with a configuration, and where.

Values are never repeated here: a mistyped key may be a secret in the wrong place.
"""

from collections.abc import Sequence

from batchtui.config.layers import Layer, did_you_mean, dotted
from batchtui.config.schema import SECTIONS, AccountConfig, Config, Problem
from batchtui.config.toml_file import Key, TomlFile
from batchtui.core.errors import ConfigError

_WORDS = {
    "bool_type": "must be true or false",
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "secret_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "tuple_type": 'must be a list such as ["a", "b"]',
    "dict_type": 'must be a table such as { name = "text" }',
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
}


def name_accounts(problem: Problem, names: Sequence[str]) -> Key:
    """The key that a problem speaks of, with an account's name in place of its index."""
    path = [part for part in problem.path if part != "[key]"]
    if path[:1] == ["accounts"] and len(path) > 1 and isinstance(path[1], int):
        path[1] = names[path[1]]
    return tuple(str(part) for part in path)


def words(problem: Problem, key: Key) -> str:
    """What is wrong, without the place."""
    if problem.type == "extra_forbidden":
        return "no such key" + _instead(key)
    if problem.type == "value_error":
        return str(problem.context["error"])
    if problem.type == "literal_error":
        return f"must be {problem.context['expected']}"
    if problem.type == "greater_than_equal":
        return f"must be at least {problem.context['ge']:g}"
    if problem.type == "less_than_equal":
        return f"must be at most {problem.context['le']:g}"
    return _WORDS.get(problem.type, problem.message[:1].lower() + problem.message[1:])


def _instead(key: Key) -> str:
    """What may have been meant by a key that is not there."""
    section, word = key[:-1], key[-1]
    if section[:1] == ("accounts",):
        return _nearest_or_all(
            word, [name for name in AccountConfig.model_fields if name != "name"]
        )
    elsewhere = [(table, name) for table, model in SECTIONS.items() for name in model.model_fields]
    at = next((dotted(found) for found in elsewhere if found[1] == word), "")
    if at:
        return f"; did you mean {at}?"
    model = SECTIONS[section[0]] if section else Config
    return _nearest_or_all(word, list(model.model_fields))


def _nearest_or_all(word: str, known: list[str]) -> str:
    return did_you_mean(word, known) or f"; there are {', '.join(known)}"


def place(key: Key, layer: Layer, file: TomlFile) -> str:
    """Where a key was given, as closely as can be said: `PATH:LINE`, a variable or a flag."""
    for length in range(len(key), 0, -1):
        start = key[:length]
        if start in layer and not layer[start].origin.startswith("file "):
            return layer[start].origin
        if start in file.lines:
            return f"{file.path}:{file.lines[start]}"
    return str(file.path)


def as_error(found: Sequence[tuple[str, str]]) -> ConfigError:
    """One error that tells of all problems, each given as its place and its text."""
    if len(found) == 1:
        return ConfigError(*found[0])
    lines = "".join(f"\n  {where}: {text}" for where, text in found)
    return ConfigError(f"{len(found)} problems in the configuration", lines)
