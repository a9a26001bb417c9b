"""The body that creates a batch, streamed from the file that was checked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice

from batchtui.core.disk import disk_words
from batchtui.core.errors import RequestsChangedError, SubmitError
from batchtui.requests.framing import on_one_line
from batchtui.requests.preflight import Report
from batchtui.requests.reading import Reading, RequestFile, Stamp
from batchtui.requests.split import Part

BLOCK_BYTES = 256 << 10


class RequestsBody:
    """The bytes that create a batch of one part of a file, the same each time.

    They are what the requests' shape wants: `{"requests":[...]}`, or a line for each request.

    They are made while they are read, so that none are held. The last block is only given
    away once all of the file has been read again and found to be what was checked: a file that
    changed meanwhile never makes a whole body.
    """

    def __init__(self, file: RequestFile, stamp: Stamp, part: Part) -> None:
        self._file = file
        self.part = part
        self._stamp = stamp

    @property
    def size(self) -> int:
        """Its exact bytes."""
        return self.part.body_bytes

    @property
    def count(self) -> int:
        """How many requests it holds."""
        return self.part.requests

    @property
    def sha256(self) -> str:
        """Of the file that it is made of."""
        return self._stamp.sha256

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body; the disk is read in worker threads.

        Raises:
            SubmitError: the file cannot be read, or is not the one that was checked.
        """
        blocks = self.blocks()  # Closes the file when it goes, wherever it was left.
        while block := await asyncio.to_thread(next, blocks, b""):
            yield block

    def blocks(self) -> Iterator[bytes]:
        """The body. Blocking. Raises as `chunks`."""
        self._check_status()
        with self._file.read() as reading:
            held = bytearray(self._file.shape.envelope.head)
            sent = 0
            for piece in self._pieces(reading):
                held += piece
                if len(held) >= BLOCK_BYTES:
                    sent += len(held)
                    yield bytes(held)
                    held.clear()
            held += self._file.shape.envelope.tail
            if reading.stamp() != self._stamp or sent + len(held) != self.size:
                raise self._changed()
            yield bytes(held)

    def _pieces(self, reading: Reading) -> Iterator[bytes]:
        """The requests and what parts them, in pieces no longer than a block."""
        part, envelope = self.part, self._file.shape.envelope
        for element in islice(reading, part.start, part.stop):
            if element.findings:
                raise self._changed()
            if element.number > part.start + 1:
                yield envelope.between
            raw = on_one_line(element.raw) if envelope.is_lines else element.raw
            for at in range(0, len(raw), BLOCK_BYTES):
                yield raw[at : at + BLOCK_BYTES]

    def _check_status(self) -> None:
        try:
            status = self._file.path.stat()
        except OSError as error:
            raise SubmitError(*disk_words(error, self._file.path, "read")) from error
        if (status.st_size, status.st_mtime_ns) != self._stamp[:2]:
            raise self._changed()

    def _changed(self) -> SubmitError:
        return RequestsChangedError(
            f"{self._file.path} is not sent",
            "it has changed since it was checked",
            "check it again",
        )


def bodies(report: Report) -> tuple[RequestsBody, ...]:
    """The bodies of a checked file, one for each batch.

    Raises:
        SubmitError: the check found errors.
    """
    if not report.ok:
        raise SubmitError(f"{report.file.path} is not sent", "its check found errors")
    return tuple(RequestsBody(report.file, report.stamp, part) for part in report.parts)
