"""The rules of each provider kind. A further kind is a further entry."""

from collections.abc import Callable, Mapping

from batchtui.requests.rule_set import RequestRules
from batchtui.requests.rules_anthropic import anthropic_rules
from batchtui.requests.rules_letta import LETTA_RULES
from batchtui.requests.rules_openai import openai_rules


def rules_for(kind: str, *, version: str = "", dialect: str = "") -> RequestRules:
    """The rules of a provider kind, under a version or in a dialect of its API, if it has such.

    Raises:
        KeyError: batches of this kind cannot be created from a file.
    """
    return _RULES[kind](version, dialect)


_RULES: Mapping[str, Callable[[str, str], RequestRules]] = {
    "anthropic": lambda version, _dialect: anthropic_rules(version),
    "letta": lambda _version, _dialect: LETTA_RULES,
    "openai": lambda _version, dialect: openai_rules(dialect),
}
