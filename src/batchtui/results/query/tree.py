"""What a query means: a tree of frozen nodes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

FIELDS = ("id", "type", "error", "stop", "model", "block")
"""Fields asked for by name: `type:errored`."""

NUMBERS = ("in", "out", "cache_read", "cache_write", "tokens", "bytes")
"""Fields to compare: `out>500`. `tokens` are those of input and output together."""


@dataclass(frozen=True, slots=True)
class Text:
    """The record has a text that contains `needle`."""

    needle: str
    at: int = 0

    @property
    def ignores_case(self) -> bool:
        """Nothing in the needle is in upper case."""
        return _is_lower(self.needle)


@dataclass(frozen=True, slots=True)
class Input:
    """The record's request has a text that contains `needle`."""

    needle: str
    at: int = 0

    @property
    def ignores_case(self) -> bool:
        """Nothing in the needle is in upper case."""
        return _is_lower(self.needle)

    def matches(self, texts: Iterable[str]) -> bool:
        """Whether one of the texts of a request contains it."""
        if not self.ignores_case:
            return any(self.needle in text for text in texts)
        folded = self.needle.casefold()
        return any(folded in text.casefold() for text in texts)


def _is_lower(needle: str) -> bool:
    return not any(char.isupper() or char.istitle() for char in needle)


@dataclass(frozen=True, slots=True)
class Regex:
    """The record has a text in which the pattern matches somewhere."""

    pattern: str
    ignores_case: bool = False
    at: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """The record's `name` is `value`, in which `*` stands for anything unless `verbatim`.

    Of `block`, one of the record's content blocks is of such a type. An empty value asks for
    records that have no such thing, and `*` alone for those that have one.
    """

    name: str
    value: str
    at: int = 0
    verbatim: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """For `fullmatch`. Letter case counts in custom_ids only."""
        return _field_pattern(self.value, self.name == "id", self.verbatim)

    def matches(self, actual: str) -> bool:
        """Whether a record's value is the one that is asked for."""
        return self.pattern.fullmatch(actual) is not None


@lru_cache(256)
def _field_pattern(value: str, minds_case: bool, verbatim: bool) -> re.Pattern[str]:
    if value and not verbatim and not value.strip("*"):
        return re.compile(".+", re.DOTALL)
    head, *rest = map(re.escape, [value] if verbatim else value.split("*"))
    if rest:
        # Each piece is taken where it first is, for good: the time stays linear.
        head += "".join(f"(?>.*?{piece})" for piece in rest[:-1]) + f".*{rest[-1]}"
    return re.compile(head, re.DOTALL | (0 if minds_case else re.IGNORECASE))


_MOST = 2**64
"""More than any count of a row, sums included."""


@dataclass(frozen=True, slots=True)
class Compare:
    """The record's count `name` compares with `number` as `op` says (`>`, `>=`, `<`, `<=`, `=`)."""

    name: str
    op: str
    number: int
    at: int = 0

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest count that is meant; none where the first is greater."""
        number = self.number
        return {
            ">": (number + 1, _MOST),
            ">=": (number, _MOST),
            "<": (0, number - 1),
            "<=": (0, number),
            "=": (number, number),
        }[self.op]

    def matches(self, actual: int) -> bool:
        """Whether a record's count is meant; one below 0 stands for none, and never is."""
        least, greatest = self.bounds
        return least <= actual <= greatest


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not hold."""

    child: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """All children hold; true where there are none."""

    children: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Or:
    """One of the children holds, two at least."""

    children: "tuple[Node, ...]"


Leaf = Text | Regex | Input | Field | Compare
Node = Leaf | Not | And | Or


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `root` without children takes every row."""

    source: str
    root: And

    def __bool__(self) -> bool:
        return bool(self.root.children)

    @property
    def reads_inputs(self) -> bool:
        """It looks into requests, too, which have to be there."""
        return any(isinstance(leaf, Input) for leaf, _ in leaves(self.root))

    @property
    def of_inputs(self) -> "Query":
        """What it looks for in requests, as a query for their texts: to mark them."""
        wanted = (leaf for leaf, negated in leaves(self.root) if not negated)
        texts = (Text(leaf.needle, leaf.at) for leaf in wanted if isinstance(leaf, Input))
        return Query(self.source, And(tuple(texts)))

    @property
    def highlights(self) -> tuple[Text | Regex, ...]:
        """What may be there to be seen in a matching record, for marking it."""
        wanted = (leaf for leaf, negated in leaves(self.root) if not negated)
        return tuple(leaf for leaf in wanted if isinstance(leaf, Text | Regex))


def leaves(node: Node, *, negated: bool = False) -> Iterator[tuple[Leaf, bool]]:
    """The leaves in order, and whether each is negated."""
    if isinstance(node, Not):
        yield from leaves(node.child, negated=not negated)
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from leaves(child, negated=negated)
    else:
        yield node, negated


def without_place(node: Node) -> Node:
    """What it asks for, wherever that stands in a query."""
    if isinstance(node, Not):
        return Not(without_place(node.child))
    if isinstance(node, And | Or):
        return replace(node, children=tuple(map(without_place, node.children)))
    return replace(node, at=0)
