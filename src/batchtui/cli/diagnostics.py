"""The only writer of standard error: errors, notes, progress, questions."""

from collections.abc import Iterator
from typing import TextIO

from batchtui.cli.width import terminal_columns
from batchtui.core.errors import BatchtuiError, QueryError
from batchtui.core.text import cell_width, one_line, truncate

PROGRAM = "batchtui"
_CLEAR_LINE = "\r\x1b[K"


class Diagnostics:
    """Writes to standard error. A stream that cannot be written is given up quietly."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.is_terminal = bool(stream is not None and stream.isatty())
        self._progress_shown = False

    def error(self, error: BatchtuiError) -> None:
        """`batchtui: what: why`, and what to do on a line of its own."""
        self.note(str(error))
        self._hint(error)

    def query_error(self, error: QueryError, source: str) -> None:
        """As `error`, with the query between the two and a caret below the place in it."""
        self.note(str(error))
        self._write(f"  {one_line(source)}\n")
        self._write(f"  {' ' * cell_width(one_line(source[: error.at]))}^\n")
        self._hint(error)

    def note(self, text: str) -> None:
        """One line in the program's name."""
        self._line(f"{PROGRAM}: {one_line(text)}")

    def block(self, text: str) -> None:
        """Several lines as they are, such as a traceback; the caller has made them safe."""
        self.clear_progress()
        self._write(text.rstrip("\n") + "\n")

    def progress(self, text: str) -> None:
        """A line that the next one replaces; nothing where no terminal shows it."""
        if not self.is_terminal:
            return
        self._write(_CLEAR_LINE + truncate(one_line(text), terminal_columns() - 1))
        self._progress_shown = True

    def clear_progress(self) -> None:
        """Take the progress line away, if there is one."""
        if self._progress_shown:
            self._write(_CLEAR_LINE)
            self._progress_shown = False

    def question(self, text: str) -> None:
        """Ask; the cursor stays on the line, for the answer."""
        self.clear_progress()
        self._write(f"{one_line(text)} ")

    def _hint(self, error: BatchtuiError) -> None:
        if error.hint:
            self._line(f"  {one_line(error.hint)}")

    def _line(self, text: str) -> None:
        """One line; a terminal that is too narrow for it gets several, broken between words."""
        self.clear_progress()
        lines = _wrapped(text, terminal_columns()) if self.is_terminal else (text,)
        self._write("".join(f"{line}\n" for line in lines))

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._stream = None


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Safe one-line text in lines of that many cells, indented alike; a longer word stays whole."""
    bare = text.lstrip(" ")
    indent = " " * (len(text) - len(bare))
    line, *words = bare.split(" ")
    for word in words:
        if cell_width(indent + line) + 1 + cell_width(word) > width:
            yield indent + line
            line = word
        else:
            line += f" {word}"
    yield indent + line
