"""A query's text cut into tokens, each with its place."""

import json
import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from batchtui.core.errors import QueryError

_SPACES = re.compile(r"\s*")
_PHRASE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/(i?)(?=[\s)]|$)")
_WORD_PIECE = re.compile(r'[^\s()"]+')
_COMPARISON = re.compile(r"(\w+)\s*(>=|<=|>|<|=)\s*")


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    PHRASE = "phrase"
    REGEX = "regex"
    OPEN = "("
    CLOSE = ")"
    MINUS = "-"
    OR = "OR"


class Token(NamedTuple):
    """A piece of the query, `source[at:end]`."""

    kind: Kind
    text: str
    """The word as written; a phrase without its quotes and escapes; a regex without slashes."""
    at: int
    end: int
    ignores_case: bool = False
    """A regex that ends in `/i`."""


def tokens(source: str, numbers: frozenset[str]) -> Iterator[Token]:
    """The tokens in order. Around the sign of a comparison with one of `numbers` may be spaces.

    Raises:
        QueryError: a quote is not closed, or holds an unknown escape.
    """
    at = _after_spaces(source, 0)
    while at < len(source):
        token = _token(source, at, numbers)
        yield token
        at = _after_spaces(source, token.end)


def _after_spaces(source: str, at: int) -> int:
    match = _SPACES.match(source, at)
    return match.end() if match else at


def _token(source: str, at: int, numbers: frozenset[str]) -> Token:
    char = source[at]
    if char == '"':
        return _phrase(source, at)
    if char in "()":
        return Token(Kind(char), char, at, at + 1)
    if char == "-" and source[at + 1 : at + 2].strip():
        return Token(Kind.MINUS, char, at, at + 1)
    if char == "/" and (match := _REGEX.match(source, at)):
        return Token(Kind.REGEX, match[1], at, match.end(), bool(match[2]))
    if (match := _COMPARISON.match(source, at)) and match[1].lower() in numbers:
        end = _word_end(source, match.end())
        return Token(Kind.WORD, match[1] + match[2] + source[match.end() : end], at, end)
    end = at + 2 if source.startswith("OR(", at) else max(at + 1, _word_end(source, at))
    word = source[at:end]
    return Token(Kind.OR if word == "OR" else Kind.WORD, word, at, end)


def _word_end(source: str, at: int) -> int:
    """Where a word ends; parentheses that open inside it belong to it, as in `print(x)`."""
    start, depth = at, 0
    while at < len(source):
        if match := _WORD_PIECE.match(source, at):
            at = match.end()
        elif source[at] == "(" and at > start:
            depth += 1
            at += 1
        elif source[at] == ")" and depth:
            depth -= 1
            at += 1
        else:
            break
    return at


def _phrase(source: str, at: int) -> Token:
    match = _PHRASE.match(source, at)
    if not match:
        raise QueryError("the quote is not closed", hint='add a " at the end', at=at)
    body = match[1].replace("\n", "\\n").replace("\t", "\\t")
    try:
        text = json.loads(f'"{body}"', strict=False)
    except json.JSONDecodeError as error:
        hint = r"write \\ for a backslash"
        raise QueryError("this escape is unknown", hint=hint, at=at + error.pos) from error
    return Token(Kind.PHRASE, text, at, match.end())
