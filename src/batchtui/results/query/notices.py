"""What somebody should be told of a query that can be understood, but maybe was not meant so."""

import re
from collections.abc import Iterator

from batchtui.results.query.tree import Query, Text, leaves

_LIKE_A_FIELD = re.compile(r"([A-Za-z_]+):(?!//)\S")
_AND = re.compile(r"AND(?=[\s)]|$)")
_UNCLOSED = re.compile(r"/[^\s/)]*(?=[\s)]|$)")


def notices(query: Query) -> tuple[str, ...]:
    """A line on each word that is searched for as text, but looks like something else."""
    return tuple(dict.fromkeys(_notices(query)))


def _notices(query: Query) -> Iterator[str]:
    for term, _ in leaves(query.root):
        if not isinstance(term, Text):
            continue
        if match := _LIKE_A_FIELD.match(query.source, term.at):
            yield f"{match[1]}: is no field, and searched for as text; a field is type:"
        elif _AND.match(query.source, term.at):
            yield "AND is searched for as text: a space alone means and"
        elif match := _UNCLOSED.match(query.source, term.at):
            yield f"{match[0]} has no closing /, and is searched for as text"
