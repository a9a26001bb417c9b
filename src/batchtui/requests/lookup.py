"""Requests by their custom_id and in their order, to stand beside the answers."""

import os
from array import array
from collections.abc import Iterator, Sequence
from typing import Self

from batchtui.core.disk import disk_words
from batchtui.core.errors import SubmitError
from batchtui.requests.findings import FaultyRequestError
from batchtui.requests.ids import IdIndex
from batchtui.requests.parse import Request
from batchtui.requests.reading import RequestFile, Stamp, open_file

_TELL_EVERY = 1000


class RequestIndex:
    """Where each request of a file stands, in 36 bytes each. A context, which closes the file.

    Fed by `steps` to the end before it is asked; from then on, single requests are read, in any
    thread.

    Raises:
        SubmitError: the file cannot be opened.
    """

    def __init__(self, file: RequestFile) -> None:
        self._file = file
        self._ids = IdIndex()
        self._offsets = array("Q")
        self._sizes = array("I")
        self._lines = array("I")
        self._numbers = array("I")
        self._descriptor = open_file(file.path)
        self.stamp: Stamp | None = None
        """What was read, once all was."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def close(self) -> None:
        """Let go of the file; at most once."""
        os.close(self._descriptor)

    def steps(self) -> Iterator[int]:
        """Read the file; yields the bytes read so far from time to time.

        Raises:
            SubmitError: it cannot be read.
        """
        with self._file.read() as reading:
            for element in reading:
                if element.number % _TELL_EVERY == 0:
                    yield reading.taken
                if self._file.only is not None and element.number - 1 not in self._file.only:
                    continue
                try:
                    custom_id = self._file.request_of(element).custom_id
                except FaultyRequestError:
                    continue
                self._ids.add(custom_id, len(self._offsets))
                self._offsets.append(element.offset)
                self._sizes.append(element.size)
                self._lines.append(element.line)
                self._numbers.append(element.number)
            self.stamp = reading.stamp()
        self._ids.settle()
        yield reading.taken

    def find(self, custom_id: str) -> Request | None:
        """The request of that custom_id; of several the first.

        Raises:
            SubmitError: the file cannot be read, or is no longer the one that was.
        """
        for place in self._ids.find(custom_id):
            request = self[place]
            if request.custom_id == custom_id:
                return request
        return None

    def size(self, custom_id: str) -> int:
        """How many bytes of the file the request of that custom_id takes; 0 where there is none."""
        return sum(self._sizes[place] for place in self.places(custom_id)[:1])

    def places(self, custom_id: str) -> Sequence[int]:
        """Where in the order of the file the requests of that custom_id stand, from 0.

        As good as its hash: an id that is not in the file may share one of its places.
        """
        return self._ids.find(custom_id)

    def __getitem__(self, place: int) -> Request:
        """The request at a place, from 0. Raises as `find`."""
        number, line = self._numbers[place], self._lines[place]
        source = self._bytes(self._offsets[place], self._sizes[place])
        try:
            element = self._file.element_at(source, number, line, self._offsets[place])
            return self._file.request_of(element)
        except (FaultyRequestError, UnicodeDecodeError) as error:
            what = f"cannot read request {number} of {self._file.path}"
            raise SubmitError(what, "the file has changed since") from error

    def _bytes(self, offset: int, size: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, offset)
        except OSError as error:
            raise SubmitError(*disk_words(error, self._file.path, "read")) from error
