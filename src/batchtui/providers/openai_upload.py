"""The file of requests on its way to the server: wrapped as a form, and looked at as it passes."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping

import msgspec

from batchtui.core.errors import SubmitError

FILE_NAME = "requests.jsonl"
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; a longer line is no request, and nobody should hold it in memory."""


class EndpointWatch:
    """Finds the endpoint of a batch: the `url` that all its requests name.

    `usual` is that of requests that name none; empty where each has to.
    """

    def __init__(self, usual: str) -> None:
        self._usual = usual
        self._found = ""
        self._line = 0
        self._tail: list[bytes] = []
        self._tail_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes of the file.

        Raises:
            SubmitError: a line is no request, or names another endpoint than the ones before.
        """
        first, *more = chunk.split(b"\n")
        self._keep(first)
        for part in more:
            self._end_line()
            self._keep(part)

    def finish(self) -> str:
        """The endpoint, once the whole file has passed.

        Raises:
            SubmitError: the last line is wrong, or there is no endpoint.
        """
        self._end_line()
        if not self._found:
            raise SubmitError("cannot send the requests", "there are none in the file")
        return self._found

    def _keep(self, part: bytes) -> None:
        """What there is of a line so far; it is put together once, at its end."""
        self._tail.append(part)
        self._tail_bytes += len(part)
        if self._tail_bytes > LONGEST_LINE:
            self._line += 1
            raise self._refusal("it has no end")

    def _end_line(self) -> None:
        line = b"".join(self._tail)
        self._tail, self._tail_bytes = [], 0
        self._look(line)

    def _look(self, line: bytes) -> None:
        self._line += 1
        if not line.strip():
            return
        try:
            url = _decode(line).url or self._usual
        except (msgspec.MsgspecError, RecursionError) as error:
            raise self._refusal(f"it is no request: {error}") from None
        if not url:
            raise self._refusal('it has no "url", which says what endpoint it is for')
        self._found = self._found or url
        if url != self._found:
            raise self._refusal(
                f"it is for {url}, those before are for {self._found}; a batch has one endpoint"
            )

    def _refusal(self, why: str) -> SubmitError:
        hint = "nothing was created; correct the file, or send the endpoints' requests apart"
        return SubmitError("cannot send the requests", f"line {self._line}: {why}", hint)


class _Line(msgspec.Struct):
    url: str = ""


_decode = msgspec.json.Decoder(_Line).decode


class Form:
    """A multipart form with one file at its end, streamed, of known length if the file's is."""

    def __init__(self, fields: Mapping[str, str], boundary: str) -> None:
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        parts.append(
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{FILE_NAME}"\r\n'
            "Content-Type: application/jsonl\r\n\r\n"
        )
        self._head = "".join(parts).encode()
        self._end = f"\r\n--{boundary}--\r\n".encode()
        self.content_type = f"multipart/form-data; boundary={boundary}"

    def length(self, file: int) -> int:
        """Bytes of the whole form around a file of so many."""
        return len(self._head) + file + len(self._end)

    async def chunks(
        self, file: bytes | AsyncIterable[bytes], watch: EndpointWatch
    ) -> AsyncIterator[bytes]:
        """The form's bytes. The end is withheld until `watch` has seen all and is content.

        Raises:
            SubmitError: it is not; the server has got no complete form.
        """
        yield self._head
        async for chunk in _pieces(file):
            watch.feed(chunk)
            yield chunk
        watch.finish()
        yield self._end


async def _pieces(file: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(file, bytes):
        yield file
        return
    async for chunk in file:
        yield chunk
