"""Requests as what results were asked with: texts by custom_id."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from batchtui.requests.lookup import RequestIndex
from batchtui.requests.reading import RequestFile
from batchtui.requests.texts import param_of, prompt_of, texts_of


class RequestInputs:
    """The texts of the requests of an index, which has been fed: what queries and tables take.

    One request at a time is read; none is kept.
    """

    def __init__(self, index: RequestIndex) -> None:
        self._index = index

    def __len__(self) -> int:
        """How many requests there are."""
        return len(self._index)

    def places(self, custom_id: str) -> Sequence[int]:
        """Where the requests of that custom_id stand in the order of the file, from 0."""
        return self._index.places(custom_id)

    def texts(self, custom_id: str) -> Sequence[str]:
        """The texts of a request that a person reads; none where there is no such request.

        Raises:
            SubmitError: the file cannot be read, or is no longer the one that was.
        """
        request = self._index.find(custom_id)
        return () if request is None else texts_of(request.params)

    def prompt(self, custom_id: str) -> str:
        """The last message of the user; empty where there is none. Raises as `texts`."""
        request = self._index.find(custom_id)
        return "" if request is None else prompt_of(request.params)

    def param(self, custom_id: str, path: Sequence[str]) -> str:
        """A param by its path below all of them: a text as it is, else JSON; empty where it is not.

        Without a path, all params. Raises as `texts`.
        """
        request = self._index.find(custom_id)
        return "" if request is None else param_of(request.params, path)


@contextmanager
def opened_inputs(
    file: RequestFile, progress: Callable[[int], object] = lambda _: None
) -> Iterator[RequestInputs]:
    """The requests of a file, once all of it was read; `progress` is told the bytes so far.

    Raises:
        SubmitError: it cannot be read.
    """
    with RequestIndex(file) as index:
        for taken in index.steps():
            progress(taken)
        yield RequestInputs(index)
