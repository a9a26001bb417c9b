"""Masks what looks like a secret in text of the configuration that is shown."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePath

MASK = "**********"

_TOKEN = re.compile(r"(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}")
"""A long word with a digit: keys have them, names rarely."""

_SHORT_TOKEN = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{6,}|\d{4,}")
"""In the arguments of a command, shorter ones may be passwords."""

_NAMED = re.compile(
    r"(?i)((?:key|token|pass(?:word|wd|phrase)?|pwd|secret|credentials?|authorization|auth|bearer"
    r"|basic)s?[\"']?\s*[=:]\s*[\"']?|\b(?:bearer|basic)\s+)(?!//)\S.*"
)
"""What stands after a secret's name, in the same word."""

_USER_INFO = re.compile(r"(://)[^/@\s]*@")
_SECRET_OPTION = re.compile(
    r"(?i)--?[\w-]*(?:key|token|pass(?:word|wd|phrase)?|pwd|secret|auth|user)|-[up]"
)
_SPEAKERS = frozenset({"echo", "printf", "print"})
"""Commands that put out their arguments: here these are the key itself."""


def masked_words(text: str) -> str:
    """Text without long words that have a digit, and without what follows a secret's name."""
    return _TOKEN.sub(MASK, _NAMED.sub(rf"\1{MASK}", _USER_INFO.sub(rf"\1{MASK}@", text)))


def masked_command(command: str) -> str:
    """A command, checked to be one, with every argument masked that may hold a secret."""
    words = shlex.split(command)
    shown = (masked_words(words[0]), *_masked_arguments(words))
    return " ".join(f"'{word}'" if " " in word else word for word in shown)


def _masked_arguments(words: list[str]) -> Iterator[str]:
    speaks = PurePath(words[0]).name in _SPEAKERS
    for before, word in pairwise(words):
        if speaks or _SECRET_OPTION.fullmatch(before):
            yield MASK
        else:
            yield _SHORT_TOKEN.sub(MASK, masked_words(word))
