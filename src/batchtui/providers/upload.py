"""A body on its way out: counted, so that it is known whether all of it has left."""

from collections.abc import AsyncIterable, AsyncIterator, Mapping

from batchtui.core.errors import SubmitError
from batchtui.providers.exchange import Call

SECOND_FOR = 1_000_000
"""A server gets one more second to answer for each so many bytes of a body: it checks them."""


class Upload:
    """The body of one try of a call."""

    def __init__(self, call: Call) -> None:
        self._body = call.body
        self._length = call.length
        self._handed = 0

    @property
    def headers(self) -> Mapping[str, str]:
        """Those that tell a server how long it is."""
        return {} if self._length is None else {"content-length": str(self._length)}

    @property
    def extra_time(self) -> float:
        """Seconds that a server may take longer to answer."""
        return (self._length or 0) / SECOND_FOR

    @property
    def is_incomplete(self) -> bool:
        """Its last byte has not left, so that no server can have acted on it."""
        return self._length is not None and self._handed < self._length

    @property
    def content(self) -> bytes | AsyncIterable[bytes] | None:
        """What to send."""
        if self._body is None or isinstance(self._body, bytes):
            return self._body
        return self._counted(self._body)

    async def _counted(self, body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async for chunk in body:
            self._handed += len(chunk)
            self._require(self._length is None or self._handed <= self._length)
            yield chunk
        self._require(not self.is_incomplete)

    def _require(self, holds: bool) -> None:
        if not holds:
            raise SubmitError(
                "cannot send the requests",
                f"they have another length than announced: {self._handed} bytes instead of"
                f" {self._length}",
                "the file may have changed: check it again",
            )
