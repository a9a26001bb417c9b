"""The query language of the results viewer and of `-q`.

Words and `"quoted phrases"` (with JSON's escapes inside) are substrings of a record's texts;
`type:errored` asks for a result type, `*` in it stands for anything; a leading `-` negates.
All terms must hold. A word all in lower case ignores case, any other does not.

`parse` makes a tree of frozen nodes; each leaf knows its place in the query text.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from batchtui.core.errors import QueryError
from batchtui.core.text import nearest

FIELDS = ("type",)
"""Fields that can be asked for."""

_RESERVED = frozenset(
    {
        "id", "type", "error", "stop", "model", "block", "in", "out", "cache_read",
        "cache_write", "tokens", "bytes",
    }
)  # fmt: skip
"""Words that are fields before a `:` or a comparison, never plain text."""

_PHRASE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORD = re.compile(r"[^\s()\"]+")
_COMPARISON = re.compile(r"(\w+)(:|>=|<=|>|<|=)")
_QUOTE_HINT = 'put it in "quotes" to search for it as text'
_ALIKE = 0.79
"""How much a word must be like a field's name to be taken for a mistake rather than text."""


@dataclass(frozen=True, slots=True)
class Text:
    """The record has a text that contains `needle`."""

    needle: str
    at: int = 0

    @property
    def ignores_case(self) -> bool:
        """Nothing in the needle is in upper case."""
        return not any(char.isupper() or char.istitle() for char in self.needle)


@dataclass(frozen=True, slots=True)
class Field:
    """The record's `name` is `value`, in which `*` stands for anything."""

    name: str
    value: str
    at: int = 0

    def matches(self, actual: str) -> bool:
        """Whether a record's value is the one that is asked for; letter case is ignored."""
        pattern = ".*".join(map(re.escape, self.value.split("*")))
        return re.fullmatch(pattern, actual, re.DOTALL | re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not hold."""

    child: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All children hold; true where there are none."""

    children: "tuple[Node, ...]" = ()


Node = Text | Field | Not | And


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `root` without children takes every row."""

    source: str
    root: And

    def __bool__(self) -> bool:
        return bool(self.root.children)

    @property
    def highlights(self) -> tuple[Text, ...]:
        """The texts that a matching record contains, for marking them."""
        return tuple(node for node in self.root.children if isinstance(node, Text))


class _Token(NamedTuple):
    kind: str
    """`word`, `phrase`, or a single character that stands for itself."""
    text: str
    at: int
    end: int


def parse(source: str) -> Query:
    """Understand a query.

    Raises:
        QueryError: it makes no sense; `at` is the place.
    """
    return Query(source, And(tuple(_terms(list(_tokens(source))))))


def _tokens(source: str) -> Iterator[_Token]:
    at = 0
    while at < len(source):
        char = source[at]
        if char.isspace():
            at += 1
            continue
        token = _token(source, at, char)
        yield token
        at = token.end


def _token(source: str, at: int, char: str) -> _Token:
    if char == '"':
        return _phrase(source, at)
    if char in "()":
        return _Token(char, char, at, at + 1)
    if char == "-" and source[at + 1 : at + 2].strip():
        return _Token("-", "-", at, at + 1)
    if char == "/" and (end := _regex_end(source, at)):
        return _Token("/", source[at:end], at, end)
    word = _WORD.match(source, at)
    end = word.end() if word else at + 1
    return _Token("word", source[at:end], at, end)


def _phrase(source: str, at: int) -> _Token:
    match = _PHRASE.match(source, at)
    if not match:
        raise QueryError("the quote is not closed", hint='add a " at the end', at=at)
    body = match[1].replace("\n", "\\n").replace("\t", "\\t")
    try:
        text = json.loads(f'"{body}"', strict=False)
    except json.JSONDecodeError as error:
        hint = r"write \\ for a backslash"
        raise QueryError("this escape is unknown", hint=hint, at=at + error.pos) from error
    return _Token("phrase", text, at, match.end())


def _regex_end(source: str, at: int) -> int:
    """Where a `/regular expression/` that starts here ends; 0 where it is none, as in `/v1/x`."""
    match = re.compile(r"/(?:[^/\\\n]|\\.)+/i?(?=[\s)]|$)").match(source, at)
    return match.end() if match else 0


def _terms(tokens: list[_Token]) -> Iterator[Node]:
    number = 0
    while number < len(tokens):
        negations = 0
        while tokens[number].kind == "-":
            negations += 1
            number += 1
        term, number = _term(tokens, number)
        yield Not(term) if negations % 2 else term


def _term(tokens: list[_Token], number: int) -> tuple[Node, int]:
    """The term at a token, and the number of the token after it."""
    token = tokens[number]
    if token.kind in "()/":
        _refuse(token)
    if token.kind == "phrase":
        if not token.text:
            raise QueryError("the quotes are empty", hint="write a text in them", at=token.at)
        return Text(token.text, token.at), number + 1
    if token.text == "OR":
        _refuse(token)
    match = _COMPARISON.match(token.text)
    if match and match[1].lower() in _RESERVED:
        return _field(tokens, number, match)
    if match and match[2] == ":" and (likely := nearest(match[1].lower(), FIELDS, _ALIKE)):
        what, why = f"there is no field {match[1]}", f"did you mean {likely}:?"
        raise QueryError(what, why, _QUOTE_HINT, at=token.at)
    return Text(token.text, token.at), number + 1


def _refuse(token: _Token) -> None:
    names = {"word": "OR is", "/": "regular expressions are"}
    what = f"{names.get(token.kind, 'parentheses are')} not understood"
    raise QueryError(what, "all terms must hold", _QUOTE_HINT, at=token.at)


def _field(tokens: list[_Token], number: int, match: re.Match[str]) -> tuple[Node, int]:
    token, name = tokens[number], match[1].lower()
    if name not in FIELDS or match[2] != ":":
        known = " or ".join(f"{field}:" for field in FIELDS)
        why = f"a field to ask for is {known}"
        raise QueryError(f"{match[0]} is not understood", why, _QUOTE_HINT, at=token.at)
    value = token.text[match.end() :]
    after = number + 1
    if not value and after < len(tokens):
        follower = tokens[after]
        if follower.kind == "phrase" and follower.at == token.end:
            value, after = follower.text, after + 1
    if not value:
        place = token.at + match.end()
        raise QueryError(f"{name}: asks for nothing", hint=f"for example {name}:errored", at=place)
    return Field(name, value, token.at), after


def suggest_type(query: Query, known: list[str]) -> str:
    """A word on a `type:` that no row has, if one was likely meant; else empty."""
    nodes = (node.child if isinstance(node, Not) else node for node in query.root.children)
    for node in nodes:
        if isinstance(node, Field) and not any(map(node.matches, known)):
            word = nearest(node.value, known)
            return f"no row is of type {node.value}" + (f"; did you mean {word}?" if word else "")
    return ""
