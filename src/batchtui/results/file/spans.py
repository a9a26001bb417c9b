r"""Where in a line the texts lie that a search looks at, without decoding them.

A span is a range of bytes of a line, relative to its start. In a `TEXT` span every hit is a
hit in a text of `reading.texts`; a hit in a `NESTED` one only says that the line is worth
decoding; outside of all spans there is nothing to be found. Flags say which lines spell
their texts so that the bytes of a needle may be missing though the needle is there; one too
many costs time, one too few a hit.
"""

from array import array
from typing import TYPE_CHECKING

from batchtui.results.file.columns import NATURALS, extended

if TYPE_CHECKING:
    from batchtui.results.file.span_finding import BlockSpans

TEXT, NESTED = 0, 1

NO_ID = 255


ESCAPES = 1
r"""Flag: some character is written as `\uXXXX`."""
ESCAPES_ASCII = 2
"""Flag: among them is one of printable ASCII."""
ESCAPES_FOLDING = 4
"""Flag: among them is one beyond ASCII that folds to something with ASCII in it."""
ESCAPES_SLASH = 8
r"""Flag: some `/` is written as `\/`."""
TWICE = 32
"""Flag: some text is JSON inside a string of the JSON, so that its escapes are escaped again."""
ODD = 16
"""Flag: strict decoders refuse the line; its bytes tell nothing about its texts."""
NO_JSON = 64
"""Flag: tolerant decoders refuse it as well; all of it is one text."""


FOLDING = (
    "\u00df\u0130\u0149\u017f\u01f0\u1e96\u1e97\u1e98\u1e99\u1e9a\u1e9e\u212a"
    "\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06"
)
"""Characters beyond ASCII that fold to something with ASCII in it."""


class SpanColumn:
    """The spans of all rows, in the order of their places in the file."""

    def __init__(self) -> None:
        self.bounds = array(NATURALS, [0])
        """The spans of row `n` are those from `bounds[n]` to before `bounds[n + 1]`."""
        self.starts = array(NATURALS)
        self.ends = array(NATURALS)
        self.kinds = bytearray()
        self.ids = array(NATURALS)
        """Which of a row's spans is its custom_id; `NO_ID` where none is."""

    def extend(self, fresh: "BlockSpans") -> None:
        """Add the next rows'."""
        self.starts = extended(self.starts, fresh.starts)
        self.ends = extended(self.ends, fresh.ends)
        self.kinds += fresh.kinds
        self.ids.extend(fresh.ids)
        base = self.bounds[-1]
        self.bounds = extended(self.bounds, [base + bound for bound in fresh.bounds])

    def pop(self) -> None:
        """Forget the last row's."""
        self.bounds.pop()
        self.ids.pop()
        del self.starts[self.bounds[-1] :]
        del self.ends[self.bounds[-1] :]
        del self.kinds[self.bounds[-1] :]
