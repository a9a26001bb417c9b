"""Reading a JSON document piece by piece, so that a long array takes no more than one element."""

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any, Final

_BLOCK: Final = 1 << 20
_SPACE: Final = " \t\n\r"

_decode = json.JSONDecoder().raw_decode


class DocumentReader:
    """A cursor in a document. Every method raises `ValueError` where it is no JSON."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._ended = False

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _SPACE:
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def take(self, *wanted: str) -> str:
        """Step over the next character that is no space: one of these."""
        found = self.peek()
        if not found or found not in wanted:
            raise ValueError(f"expecting {' or '.join(wanted)}, found {found or 'the end'}")
        self._at += 1
        return found

    def value(self) -> Any:  # noqa: ANN401  (any JSON)
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except ValueError:
                if not self._more():
                    raise
                continue
            except RecursionError:
                raise ValueError("nested too deeply") from None
            if end < len(self._text) or not self._more():
                break
        self._at += end - self._at
        return value

    def elements(self) -> Iterator[Any]:
        """The values of the array that comes next, one by one."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            if self.take(",", "]") == "]":
                return

    def _more(self) -> bool:
        """Forget what lies behind, and read on: a block, or as much again as is there."""
        if self._ended:
            return False
        self._text = self._text[self._at :]
        self._at = 0
        block = self._file.read(max(_BLOCK, len(self._text)))
        self._ended = not block
        self._text += self._utf8.decode(block, final=self._ended)
        return True
