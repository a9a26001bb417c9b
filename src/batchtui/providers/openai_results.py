"""The results of a batch in two files, read as one: the answers, then the requests that failed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from batchtui.core.streams import ResultStream

Open = Callable[[str], AbstractContextManager[ResultStream]]
"""Opens the content of a file by its id."""


@dataclass(frozen=True, slots=True)
class JoinedStream:
    """A `ResultStream` over several files.

    The first is open already, so that a refusal comes when it can still be told as one; each of
    the others is opened when the one before is at its end. There is no etag for the whole, so it
    always begins at 0.
    """

    first: ResultStream
    others: Sequence[str]
    open_file: Open
    offset: int = 0
    etag: str = ""

    @property
    def total_bytes(self) -> int | None:
        """See `ResultStream.total_bytes`; known where there is one file."""
        return None if self.others else self.first.total_bytes

    def chunks(self) -> Iterator[bytes]:
        """See `ResultStream.chunks`; where a file's last line has no end, it gets one."""
        last = b"\n"
        for chunk in self.first.chunks():
            yield chunk
            last = chunk[-1:] or last
        for file_id in self.others:
            if last != b"\n":
                yield b"\n"
            last = b"\n"
            with self.open_file(file_id) as stream:
                for chunk in stream.chunks():
                    yield chunk
                    last = chunk[-1:] or last
