"""The results of a batch in two files, read as one: the answers, then the requests that failed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

from batchtui.core.errors import NotFoundError, PartGoneError
from batchtui.core.streams import ResultStream
from batchtui.providers.reading import no_results

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
    gone: Sequence[str] = ()
    """Files before the first that the server has not any more."""
    offset: int = 0
    etag: str = ""

    @property
    def total_bytes(self) -> int | None:
        """See `ResultStream.total_bytes`; known where there is one file."""
        return None if self.others else self.first.total_bytes

    def chunks(self) -> Iterator[bytes]:
        """See `ResultStream.chunks`; where a file's last line has no end, it gets one."""
        last, gone = b"\n", list(self.gone)
        for chunk in self.first.chunks():
            yield chunk
            last = chunk[-1:] or last
        for file_id in self.others:
            if last != b"\n":
                yield b"\n"
            last = b"\n"
            with ExitStack() as stack:
                try:
                    stream = stack.enter_context(self.open_file(file_id))
                except NotFoundError:
                    gone.append(file_id)
                    continue
                for chunk in stream.chunks():
                    yield chunk
                    last = chunk[-1:] or last
        if gone:
            raise _part_gone(gone)


@contextmanager
def joined(files: Sequence[str], open_file: Open) -> Iterator[JoinedStream]:
    """The files as one stream; those that the server has not any more are told at its end.

    Raises:
        NoResultsError: it has none of them.
    """
    with ExitStack() as stack:
        first, gone = _first(files, open_file, stack)
        yield JoinedStream(first, files[len(gone) + 1 :], open_file, gone)


def _first(
    files: Sequence[str], open_file: Open, stack: ExitStack
) -> tuple[ResultStream, list[str]]:
    """The first file that is there, opened on the stack, and those before it."""
    gone: list[str] = []
    while True:
        file_id = files[len(gone)]
        try:
            return stack.enter_context(open_file(file_id)), gone
        except NotFoundError as error:
            gone.append(file_id)
            if len(gone) == len(files):
                raise no_results(error) from error


def _part_gone(files: Sequence[str]) -> PartGoneError:
    verb = "is" if len(files) == 1 else "are"
    what = f"the results are not complete: {', '.join(files)} {verb} no longer there"
    return PartGoneError(what, hint="the other file of results came, and is kept")
