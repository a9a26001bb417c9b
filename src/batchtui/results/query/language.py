"""The query language of the results viewer and of `-q`.

Words and `"quoted phrases"` (with JSON's escapes inside) are substrings of a record's texts;
all in lower case they ignore case, else not. `/re/` and `/re/i` are regular expressions over
the same texts (see `query.regex`). Fields ask for what a row is: `type:errored`, and `id:`,
`error:`, `stop:`, `model:`, `block:`, in which `*` stands for anything; `out>500` compares
one of `in out cache_read cache_write tokens bytes`. `in~word` and `in~"quoted phrase"` are
substrings of the texts of a record's request, where that is known. A leading `-` negates,
spaces mean and, `OR` means or and binds less, parentheses group.

`parse` makes a tree of frozen nodes; each leaf knows its place in the query text.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import chain

from batchtui.core.errors import QueryError
from batchtui.core.text import nearest
from batchtui.results.query.tokens import Kind, Token, tokens
from batchtui.results.query.tree import (
    FIELDS,
    NUMBERS,
    And,
    Compare,
    Field,
    Input,
    Leaf,
    Node,
    Not,
    Or,
    Query,
    Regex,
    Text,
    leaves,
)

__all__ = [
    "FIELDS",
    "NUMBERS",
    "And",
    "Compare",
    "Field",
    "Input",
    "Leaf",
    "Node",
    "Not",
    "Or",
    "Query",
    "Regex",
    "Text",
    "leaves",
    "parse",
    "suggest",
    "suggest_type",
]


def suggest(query: Query, known: Mapping[str, Iterable[str]]) -> str:
    """A word on a field's value that no row has; empty if there is none.

    `known` has the values of the rows by field; fields without an entry are not judged.
    """
    for leaf, _ in leaves(query.root):
        if not isinstance(leaf, Field) or leaf.name not in known or not leaf.value:
            continue
        values = list(known[leaf.name])
        if not any(map(leaf.matches, values)):
            word = nearest(leaf.value, values)
            what = "is of type" if leaf.name == "type" else f"has {leaf.name}"
            return f"no row {what} {leaf.value}" + (f"; did you mean {word}?" if word else "")
    return ""


def suggest_type(query: Query, known: Iterable[str]) -> str:
    """A word on a `type:` that no row has, if one was likely meant; else empty."""
    return suggest(query, {"type": known})


def parse(source: str) -> Query:
    """Understand a query.

    Raises:
        QueryError: it makes no sense; `at` is the place.
    """
    return Query(source, _Parser(source).parse())


_QUOTE_HINT = 'put it in "quotes" to search for it as text'
_DEEPEST = 100
_MOST_DIGITS = 30
_ALIKE = 0.79
"""How much a word must be like a field's name to be taken for a mistake rather than text."""

_TERM = re.compile(r"(\w+)(:|>=|<=|>|<|=|~)(?!//)")
_NUMBER = re.compile(r"([0-9][0-9_,]*(?:\.[0-9]+)?)([kmg]?)b?", re.IGNORECASE)
_SCALES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}

_OTHER_NAMES = {
    "custom_id": "id",
    "result_type": "type",
    "error_type": "error",
    "stop_reason": "stop",
    "input_tokens": "in",
    "output_tokens": "out",
    "cache_read_input_tokens": "cache_read",
    "cache_creation_input_tokens": "cache_write",
}
"""What the fields are called on the wire."""

_LOOKS_INSIDE = frozenset((*FIELDS, *NUMBERS, "input", "inputs", "prompt", "request"))
"""What somebody who writes `~` after it takes for a field."""

_EXAMPLES = {
    "id": "id:request-1*",
    "type": "type:errored",
    "error": "error:api_error",
    "stop": "stop:max_tokens",
    "model": "model:claude-*",
    "block": "block:tool_use",
}


class _Parser:
    """Descends over the tokens, one method for each rule of the grammar."""

    def __init__(self, source: str) -> None:
        self._end = len(source)
        self._tokens = list(tokens(source, frozenset(NUMBERS)))
        self._next = 0
        self._open: list[Token] = []

    def parse(self) -> And:
        if not self._tokens:
            return And()
        node = self._any()
        if token := self._peek():
            raise QueryError("no parenthesis is open here", hint=_QUOTE_HINT, at=token.at)
        return node if isinstance(node, And) else And((node,))

    def _peek(self, *kinds: Kind) -> Token | None:
        """The next token, if it is of one of these kinds, or of any where none is given."""
        if self._next == len(self._tokens):
            return None
        token = self._tokens[self._next]
        return token if not kinds or token.kind in kinds else None

    def _take(self, *kinds: Kind) -> Token | None:
        token = self._peek(*kinds)
        self._next += token is not None
        return token

    def _any(self) -> Node:
        """Terms, and others after each `OR`."""
        choices = [self._all()]
        while self._take(Kind.OR):
            choices.append(self._all())
        return choices[0] if len(choices) == 1 else Or(tuple(choices))

    def _all(self) -> Node:
        """Terms up to an `OR`, a closing parenthesis or the end: one at least."""
        terms: list[Node] = []
        while not terms or (self._peek() and not self._peek(Kind.OR, Kind.CLOSE)):
            terms.append(self._term())
        if len(terms) == 1:
            return terms[0]
        parts = (term.children if isinstance(term, And) else (term,) for term in terms)
        return And(tuple(chain.from_iterable(parts)))

    def _term(self) -> Node:
        negated = False
        while self._take(Kind.MINUS):
            negated = not negated
        node = self._positive()
        if not negated:
            return node
        return node.child if isinstance(node, Not) else Not(node)

    def _positive(self) -> Node:
        token = self._take(Kind.WORD, Kind.PHRASE, Kind.REGEX, Kind.OPEN)
        if not token:
            raise self._missing()
        if token.kind is Kind.OPEN:
            return self._group(token)
        if token.kind is Kind.REGEX:
            return _regex(token)
        if token.kind is Kind.PHRASE:
            if not token.text:
                raise QueryError("the quotes are empty", hint="write a text in them", at=token.at)
            return Text(token.text, token.at)
        return self._word(token)

    def _missing(self) -> QueryError:
        """What to say where a term should be, and is none."""
        before = self._tokens[self._next - 1] if self._next else None
        here = self._peek()
        at = here.at if here else self._end
        if before and before.kind is Kind.OR:
            hint = 'remove it, or write "OR" to search for the word'
            return QueryError("OR has nothing after it", hint=hint, at=before.at)
        if here and here.kind is Kind.OR:
            hint = 'remove it, or write "OR" to search for the word'
            return QueryError("OR has nothing before it", hint=hint, at=at)
        if before and before.kind is Kind.OPEN and here:
            return QueryError("the parentheses are empty", hint=_QUOTE_HINT, at=before.at)
        if before and before.kind is Kind.OPEN:
            return _unclosed(before)
        if before and before.kind is Kind.MINUS:
            return QueryError("- has nothing to negate", hint=_QUOTE_HINT, at=before.at)
        return QueryError("no parenthesis is open here", hint=_QUOTE_HINT, at=at)

    def _group(self, start: Token) -> Node:
        self._open.append(start)
        if len(self._open) > _DEEPEST:
            raise QueryError("parentheses are nested too deeply", hint=_QUOTE_HINT, at=start.at)
        node = self._any()
        if not self._take(Kind.CLOSE):
            raise _unclosed(start)
        self._open.pop()
        return node

    def _word(self, token: Token) -> Node:
        match = _TERM.match(token.text)
        if not match:
            return Text(token.text, token.at)
        name, sign = match[1].lower(), match[2]
        if sign == "~":
            return self._input(token, name, match.end())
        if name in NUMBERS:
            return _comparison(token, name, sign, match.end())
        if name in FIELDS:
            return self._field(token, name, sign, match.end())
        if likely := _likely_field(name, sign):
            asked = f"{likely}:" if likely in FIELDS else f"{likely}{sign}"
            why = f"did you mean {asked}?"
            raise QueryError(f"there is no field {match[1]}", why, _QUOTE_HINT, at=token.at)
        return Text(token.text, token.at)

    def _input(self, token: Token, name: str, start: int) -> Input | Text:
        value = token.text[start:]
        if name != "in":
            if name in _LOOKS_INSIDE:
                why = "in~ alone looks into texts: those of requests"
                raise QueryError(f"{name}~ asks for nothing", why, _QUOTE_HINT, at=token.at)
            return Text(token.text, token.at)
        if value.startswith(("(", "/")):
            what = "in~ takes a word or a phrase, no more"
            hint = 'put it in "quotes" to look for it as text, or write (in~a OR in~b)'
            raise QueryError(what, hint=hint, at=token.end - len(value))
        if value:
            return Input(value, token.at)
        phrase = self._peek(Kind.PHRASE)
        if phrase and phrase.at == token.end and phrase.text:
            self._next += 1
            return Input(phrase.text, token.at)
        hint = 'for example in~"a phrase"'
        raise QueryError("in~ looks for nothing", hint=hint, at=token.end)

    def _field(self, token: Token, name: str, sign: str, start: int) -> Field:
        example = f"for example {_EXAMPLES[name]}"
        if sign != ":":
            raise QueryError(f"{name} is no number", hint=example, at=token.at + len(name))
        value = token.text[start:]
        if value.startswith("("):
            hint = f"write ({name}:a OR {name}:b)"
            raise QueryError(f"{name}: takes one value", hint=hint, at=token.end - len(value))
        if value:
            return Field(name, value, token.at)
        phrase = self._peek(Kind.PHRASE)
        if phrase and phrase.at == token.end:
            self._next += 1
            return Field(name, phrase.text, token.at, verbatim="*" in phrase.text)
        raise QueryError(f"{name}: asks for nothing", hint=example, at=token.end)


def _unclosed(start: Token) -> QueryError:
    hint = f"add a ), or {_QUOTE_HINT}"
    return QueryError("this parenthesis is never closed", hint=hint, at=start.at)


def _regex(token: Token) -> Regex:
    from batchtui.results.query import regex  # noqa: PLC0415  (most queries have none)

    try:
        regex.check(token.text)
    except QueryError as error:
        error.at += token.at + 1
        raise
    return Regex(token.text, token.ignores_case, token.at)


def _comparison(token: Token, name: str, sign: str, start: int) -> Compare:
    example = f"for example {name}>500"
    value = token.text[start:]
    place = token.end - len(value)
    if sign == ":":
        raise QueryError(f"{name} is a number to compare", hint=example, at=token.at)
    if not value:
        raise QueryError(f"{name}{sign} compares with nothing", hint=example, at=place)
    match = _NUMBER.fullmatch(value)
    if match and len(match[1]) > _MOST_DIGITS:
        raise QueryError("this number is too large", hint=example, at=place)
    number = _scaled(match[1], match[2]) if match else None
    if number is None:
        hint = f"{example} or {name}>1.5k, or {_QUOTE_HINT}"
        raise QueryError(f"{value} is no whole number", hint=hint, at=place)
    return Compare(name, sign, number, token.at)


def _scaled(digits: str, unit: str) -> int | None:
    """The number where it is a whole one."""
    whole, _, part = digits.replace(",", "").replace("_", "").partition(".")
    number, rest = divmod(int(whole + part) * _SCALES[unit.lower()], 10 ** len(part))
    return None if rest else number


def _likely_field(word: str, sign: str) -> str:
    """The field that was meant by a word that is none, or empty where it is likely just text."""
    if word in _OTHER_NAMES:
        return _OTHER_NAMES[word]
    return nearest(word, FIELDS if sign == ":" else NUMBERS, _ALIKE)
