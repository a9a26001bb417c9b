"""What each node of a query takes out of the rows of a window."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Final

from batchtui.core.errors import QueryError
from batchtui.core.streams import CancelCheck
from batchtui.results.file.columns import together
from batchtui.results.file.window import Window
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.tree import (
    And,
    Compare,
    Field,
    Input,
    Leaf,
    Node,
    Not,
    Or,
    Regex,
    Text,
    without_place,
)
from batchtui.results.search.needle import Needle

Rows = Sequence[int]
"""Numbers of rows, ascending."""

Finder = Callable[[Window, Rows], Rows]
"""Those among some rows of a window that it is about."""


_ID_COST: Final = 2
"""That of reading a custom_id."""


def cost(node: Node) -> int:
    """How dear a node is, roughly; 0 where columns tell, and no line is read."""
    if isinstance(node, Not):
        return cost(node.child)
    if isinstance(node, And | Or):
        return max(map(cost, node.children), default=0)
    if isinstance(node, Text):
        return 1
    if isinstance(node, Field):
        return _ID_COST if node.name == "id" else 0
    if isinstance(node, Input):
        return 4
    return 3 if isinstance(node, Regex) else 0


def finder(node: Node, cancel: CancelCheck, inputs: Inputs | None = None) -> Finder:
    """The finder of a node.

    Raises:
        QueryError: a regular expression in it is none, or it looks into requests, and there are
            no `inputs`.
    """
    if isinstance(node, Not):
        return _none_of(finder(node.child, cancel, inputs))
    if isinstance(node, And):
        cheap_first = sorted(_different(node.children), key=cost)
        return _all_of([finder(child, cancel, inputs) for child in cheap_first], cancel)
    if isinstance(node, Or):
        return _any_of(_choices(_different(node.children), cancel, inputs), cancel)
    return _leaf_finder(node, cancel, inputs)


def _different(nodes: Iterable[Node]) -> Sequence[Node]:
    """Those that ask for different things."""
    by_meaning: dict[Node, Node] = {}
    for node in nodes:
        by_meaning.setdefault(without_place(node), node)
    return list(by_meaning.values())


def _choices(nodes: Iterable[Node], cancel: CancelCheck, inputs: Inputs | None) -> list[Finder]:
    """The finders of what an `Or` takes, cheap ones first; all custom_ids are one of them."""
    ids: list[Field] = []
    ranked: list[tuple[int, Finder]] = []
    for node in nodes:
        if isinstance(node, Field) and node.name == "id":
            ids.append(node)
        else:
            ranked.append((cost(node), finder(node, cancel, inputs)))
    if ids:
        ranked.append((_ID_COST, _custom_id(ids)))
    return [find for _, find in sorted(ranked, key=itemgetter(0))]


def _leaf_finder(node: Leaf, cancel: CancelCheck, inputs: Inputs | None) -> Finder:
    if isinstance(node, Input):
        return _input(node, cancel, inputs)
    if isinstance(node, Text):
        return Needle(node.needle, ignores_case=node.ignores_case).rows
    if isinstance(node, Regex):
        return _Pattern(node, cancel).rows
    if isinstance(node, Compare):
        return _Count(node).rows
    return _custom_id([node]) if node.name == "id" else _Name(node).rows


def _all_of(finders: Iterable[Finder], cancel: CancelCheck) -> Finder:
    finders = tuple(finders)

    def find(window: Window, rows: Rows) -> Rows:
        for each in finders:
            if not rows or cancel():
                break
            rows = each(window, rows)
        return rows

    return find


def _any_of(finders: Iterable[Finder], cancel: CancelCheck) -> Finder:
    finders = tuple(finders)

    def find(window: Window, rows: Rows) -> Rows:
        found: set[int] = set()
        left = rows
        for each in finders:
            if not left or cancel():
                break
            if more := each(window, left):
                found.update(more)
                left = [row for row in left if row not in found]
        return sorted(found)

    return find


def _none_of(each: Finder) -> Finder:
    def find(window: Window, rows: Rows) -> Rows:
        found = set(each(window, rows))
        return [row for row in rows if row not in found]

    return find


def _custom_id(fields: Sequence[Field]) -> Finder:
    """Rows whose custom_id is that of one of the fields, however many these are."""
    wanted = {field.value for field in fields if "*" not in field.value or field.verbatim}
    patterns = [field.pattern for field in fields if "*" in field.value and not field.verbatim]

    def is_wanted(custom_id: str) -> bool:
        return custom_id in wanted or any(each.fullmatch(custom_id) for each in patterns)

    def find(window: Window, rows: Rows) -> Rows:
        return [row for row in rows if is_wanted(window.custom_id(row))]

    return find


def _input(leaf: Input, cancel: CancelCheck, inputs: Inputs | None) -> Finder:
    """Rows by the texts of their requests, which are read one by one."""
    if inputs is None:
        raise QueryError("in~ needs the requests", at=leaf.at)
    known = inputs

    def find(window: Window, rows: Rows) -> Rows:
        found: list[int] = []
        for row in rows:
            if cancel():
                break
            if leaf.matches(known.texts(window.custom_id(row))):
                found.append(row)
        return found

    return find


class _Name:
    """Rows by a column of names."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._judged: dict[str | tuple[str, ...], bool] = {}

    def rows(self, window: Window, rows: Rows) -> Rows:
        index = window.index
        if self._field.name == "block":
            names: Sequence[str | tuple[str, ...]] = index.blocks.names
            codes = index.blocks.codes
        else:
            column = index.words(self._field.name)
            names, codes = column.names, column.codes
        wanted = {code for code, name in enumerate(names) if self._is_meant(name)}
        return [row for row in rows if codes[row] in wanted]

    def _is_meant(self, name: str | tuple[str, ...]) -> bool:
        answer = self._judged.get(name)
        if answer is None:
            answer = self._judged[name] = self._matches(name)
        return answer

    def _matches(self, name: str | tuple[str, ...]) -> bool:
        if isinstance(name, str):
            return self._field.matches(name)
        return any(map(self._field.matches, name)) or (not name and not self._field.value)


class _Count:
    """Rows by a column of numbers."""

    def __init__(self, compare: Compare) -> None:
        self._least, self._greatest = compare.bounds
        self._name = compare.name

    def rows(self, window: Window, rows: Rows) -> Rows:
        index, least, greatest = window.index, self._least, self._greatest
        if self._name == "tokens":
            read, written = index.input_tokens, index.output_tokens
            return [row for row in rows if least <= together(read[row], written[row]) <= greatest]
        column = index.counts(self._name)
        return [row for row in rows if least <= column[row] <= greatest]


_AT_ONCE = 256 << 10
"""Characters of decoded text that are matched in one go: they are held three times over."""


class _Pattern:
    """Rows one of whose texts matches a regular expression."""

    def __init__(self, leaf: Regex, cancel: CancelCheck) -> None:
        from batchtui.results.query import regex  # noqa: PLC0415  (most queries have none)

        self._matcher = regex.compile(leaf.pattern, leaf.ignores_case)
        literal = self._matcher.literal
        self._literal = Needle(literal, ignores_case=False) if literal else None
        self._cancel = cancel

    def rows(self, window: Window, rows: Rows) -> Rows:
        if self._literal is not None:
            rows = self._literal.rows(window, rows)
        found: set[int] = set()
        owners: list[int] = []
        texts: list[str] = []
        size = 0
        for row in rows:
            of_row = window.texts(row)
            owners += [row] * len(of_row)
            texts += of_row
            size += sum(map(len, of_row))
            if size > _AT_ONCE:
                found |= self._found(owners, texts)
                owners, texts, size = [], [], 0
        return sorted(found | self._found(owners, texts))

    def _found(self, owners: list[int], texts: list[str]) -> set[int]:
        answers = self._matcher.search_many(texts, self._cancel) if texts else []
        return {row for row, answer in zip(owners, answers, strict=True) if answer}
