"""What rows of a window say, decoded."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from batchtui.results.file.spans import NO_ID, NO_JSON, ODD, TEXT
from batchtui.results.reading.shapes.choice import id_of_line
from batchtui.results.reading.texts import texts_of_line
from batchtui.results.reading.wire import line_text

if TYPE_CHECKING:
    from batchtui.results.file.window import Window

_decode_text: Callable[[memoryview], str] = msgspec.json.Decoder(str).decode


class RowReader:
    """Decodes rows of a window, wherever that has moved to."""

    def __init__(self, window: "Window") -> None:
        self._window = window

    def texts(self, row: int) -> list[str]:
        """What is read of a row, as `reading.texts` has it, in any order."""
        window = self._window
        index, spans = window.index, window.index.spans
        if index.flags[row] & NO_JSON or not index.is_readable(row):
            return [line_text(window.line(row))]
        first, last = spans.bounds[row], spans.bounds[row + 1]
        if index.flags[row] & ODD or spans.kinds.count(TEXT, first, last) < last - first:
            return list(texts_of_line(window.line(row)))
        view, (begin, _) = memoryview(window.data), window.place(row)
        try:
            return [
                _decode_text(view[begin + spans.starts[span] - 1 : begin + spans.ends[span] + 1])
                for span in range(first, last)
            ]
        except ValueError:  # The file has other bytes by now.
            return list(texts_of_line(window.line(row)))

    def custom_id(self, row: int) -> str:
        """A row's custom_id; empty where it has none."""
        window, spans = self._window, self._window.index.spans
        number = spans.ids[row]
        if number == NO_ID:
            return id_of_line(window.line(row)) if window.index.may_have_id(row) else ""
        span, begin = spans.bounds[row] + number, window.place(row)[0]
        quoted = memoryview(window.data)[
            begin + spans.starts[span] - 1 : begin + spans.ends[span] + 1
        ]
        try:
            return _decode_text(quoted)
        except ValueError:  # The file has other bytes by now.
            return id_of_line(window.line(row))
