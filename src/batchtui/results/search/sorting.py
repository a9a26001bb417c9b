"""The rows of a results file in another order than the file's."""

import re
from array import array
from collections.abc import Iterable, Sequence

from batchtui.results.file.columns import ABSENT, together
from batchtui.results.file.line_index import LineIndex
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.query.inputs import Inputs
from batchtui.results.query.tree import FIELDS, NUMBERS
from batchtui.results.search.ids import id_of, ids_in_steps, row_ids

ORIGINAL = "row"
"""The column that is the order of the file itself."""

REQUEST = "request"
"""The column that is the order in which the requests stand in their file."""

_DIGITS = re.compile(r"\d+")
_WIDEST = 20

Keys = Sequence[int]
"""What each row of the file is sorted by; `ABSENT` where it has no such thing."""


COLUMNS = (ORIGINAL, REQUEST, *FIELDS, *NUMBERS)
"""What rows can be sorted by: the names of a query's fields, and two orders of files."""


def order(
    file: ResultsFile,
    rows: Sequence[int] | None = None,
    column: str = ORIGINAL,
    *,
    descending: bool = False,
    inputs: Inputs | None = None,
) -> "array[int]":
    """These rows of the file (all if None), sorted by one of `COLUMNS`.

    Rows that are equal keep the order in which they come; those without such a value come
    last, whatever the direction. Digits in custom_ids count as numbers. Sorting by `id` or
    `request` reads the file: do that in a thread. `request` is the order of `inputs`.

    Raises:
        KeyError: there is no such column.
        ResultsError: the file cannot be read.
    """
    if column == ORIGINAL:
        rows = range(len(file)) if rows is None else rows
        return array("Q", reversed(rows) if descending else rows)
    if column == "id":
        return _by_id(file, range(len(file)) if rows is None else rows, descending=descending)
    if column == REQUEST:
        return _by_request(file, rows, inputs, descending=descending)
    keys = _keys(file.index, column)
    rows = range(min(len(file), len(keys))) if rows is None else rows
    present = [row for row in rows if keys[row] != ABSENT]
    present.sort(key=keys.__getitem__, reverse=descending)
    absent = [] if len(present) == len(rows) else [row for row in rows if keys[row] == ABSENT]
    return array("Q", present + absent)


def count_of(index: LineIndex, column: str, row: int) -> int:
    """What a row is sorted by, in a column of numbers; `ABSENT` where it has no such count."""
    if column == "tokens":
        return together(index.input_tokens[row], index.output_tokens[row])
    return index.counts(column)[row]


def _keys(index: LineIndex, column: str) -> Keys:
    """A copy, for rows may arrive, and a last one without an end be taken back."""
    if column == "tokens":
        return list(map(together, index.input_tokens, index.output_tokens))
    if column in NUMBERS:
        return index.counts(column)[:]
    if column == "block":
        codes = index.blocks.codes[:]
        return _ranks([" ".join(names) for names in index.blocks.names], codes)
    words = index.words(column)
    codes = words.codes[:]
    return _ranks(words.names, codes)


def _ranks(names: Iterable[str], codes: "array[int]") -> Keys:
    """For each row the place of its name among all names in order; equal but for case are equal.

    The names are read after the codes: each has its name then.
    """
    folded = [name.casefold() for name in names]
    places = {name: place for place, name in enumerate(sorted(set(folded)))}
    ranks = [places[name] if name else ABSENT for name in folded]
    return [ranks[code] for code in codes]


def _by_id(file: ResultsFile, rows: Sequence[int], *, descending: bool) -> "array[int]":
    keys = {row: natural(id_of(file, row)) for row in rows}
    present = [row for row in rows if keys[row]]
    present.sort(key=keys.__getitem__, reverse=descending)
    return array("Q", present + [row for row in rows if not keys[row]])


def _by_request(
    file: ResultsFile, rows: Sequence[int] | None, inputs: Inputs | None, *, descending: bool
) -> "array[int]":
    if inputs is None:
        raise KeyError(REQUEST)
    places: dict[int, int] = {}
    absent = array("Q")
    for step in ids_in_steps(file, rows):
        for row, custom_id in step:
            if found := inputs.places(custom_id):
                places[row] = found[0]
            else:
                absent.append(row)
    present = sorted(places, key=places.__getitem__, reverse=descending)
    return array("Q", present) + absent


def unanswered(file: ResultsFile, inputs: Inputs) -> int:
    """How many of the requests have no row at all. Reads the file: do that in a thread.

    Raises:
        ResultsError: the file cannot be read.
    """
    answered = bytearray(len(inputs))
    for custom_id in row_ids(file):
        for place in inputs.places(custom_id):
            answered[place] = True
    return answered.count(False)


def natural(text: str) -> str:
    """A key in whose order `a2` comes before `a10`."""
    return _DIGITS.sub(lambda match: match[0].zfill(_WIDEST), text)
