"""Query text made by choosing: the term for a value, and a query narrowed by one."""

import json
import re

from batchtui.core.errors import QueryError
from batchtui.results.query.language import And, Node, Or, parse
from batchtui.results.query.tree import without_place

_BARE = re.compile(r"[\w.:/@+-]+")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]|()/]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def term(field: str, value: str) -> str:
    """The term that asks for rows whose field is this value: `type:errored`, `model:"a b"`."""
    if _BARE.fullmatch(value) and not value.startswith("//"):
        return f"{field}:{value}"
    return f"{field}:{json.dumps(value, ensure_ascii=not value.isprintable())}"


def literal(text: str) -> str:
    r"""A regular expression for the text itself, that can stand between slashes.

    Lone surrogates become U+FFFD, as which they are matched.
    """
    text = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
    return _CONTROL.sub(_spelled, _SPECIAL.sub(r"\\\g<0>", text))


def _spelled(match: re.Match[str]) -> str:
    return r"\n" if match[0] == "\n" else rf"\u{ord(match[0]):04x}"


def narrow(source: str, wanted: str, *, exclude: bool = False) -> str:
    """The query `source` with the terms `wanted` asked for as well, or excluded.

    Terms that it asks for already are not added again.

    Raises:
        QueryError: one of the two cannot be understood.
    """
    before, added = parse(source).root, parse(wanted).root
    if exclude:
        wanted = f"-({wanted})" if len(added.children) > 1 else f"-{wanted}"
    asked = _meanings(parse(wanted).root)
    if asked <= _meanings(before):
        return source
    source = source.strip()
    if len(before.children) == 1 and isinstance(before.children[0], Or) and not _grouped(source):
        source = f"({source})"
    return f"{source} {wanted}".strip()


def _meanings(node: And) -> set[Node]:
    return set(map(without_place, node.children))


def _grouped(source: str) -> bool:
    """All of it is in a pair of parentheses."""
    if not source.startswith("("):
        return False
    try:
        return bool(parse(source[1:-1]))
    except QueryError:
        return False
