"""A row of a results file as a list shows it."""

from typing import TYPE_CHECKING, NamedTuple

from batchtui.results.file.line_index import ABSENT
from batchtui.results.reading.summary import Summary, id_of_head, preview_of, summarize

if TYPE_CHECKING:
    from batchtui.results.file.results_file import ResultsFile

PREVIEW_LENGTH = 300
"""Characters of a preview, at most: more than any terminal's line shows."""

_SUMMED_UP = 1 << 20
"""Bytes of a line up to which all of it is decoded for a list: some milliseconds' work."""

_HEAD = 64 << 10
"""Bytes of a longer one that are looked at."""


class Row(NamedTuple):
    """One row as a list shows it. Texts are the wire's own: mask them before a terminal.

    `number` counts from 0. Token counts are None, and texts empty, where the row has none.
    """

    number: int
    custom_id: str
    type: str
    error_type: str
    stop_reason: str
    model: str
    input_tokens: int | None
    output_tokens: int | None
    preview: str
    """The head of the answer, or of the error's message, on one line."""
    length: int
    """Bytes of the line, without its newline."""


def load_row(file: "ResultsFile", number: int) -> Row:
    """Read a row.

    Raises:
        IndexError: there is no such row.
        ResultsError: the file cannot be read, or was cut since.
    """
    summary, index = _summary(file, number), file.index
    return Row(
        number=number,
        custom_id=summary.custom_id,
        type=index.types[number],
        error_type=index.error_types[number],
        stop_reason=index.stop_reasons[number],
        model=index.models[number],
        input_tokens=_present(index.input_tokens[number]),
        output_tokens=_present(index.output_tokens[number]),
        preview=summary.preview,
        length=index.lengths[number],
    )


def _summary(file: "ResultsFile", number: int) -> Summary:
    offset, length = file.span(number)
    if length <= _SUMMED_UP:
        return summarize(file.line(number), PREVIEW_LENGTH)
    head = file.data.read_exactly(offset, _HEAD, f"row {number + 1} of {file.path}")
    custom_id = file.id_by_place(number)
    if not custom_id and file.index.is_readable(number):
        custom_id = id_of_head(head)
    return Summary(custom_id, preview_of(head, PREVIEW_LENGTH))


def _present(tokens: int) -> int | None:
    return None if tokens == ABSENT else tokens
