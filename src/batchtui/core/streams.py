"""How bytes of results come in, whoever sends them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol


class ResultStream(Protocol):
    """An open results answer. Blocking: read it in a worker thread."""

    @property
    def offset(self) -> int:
        """Where in the results the first byte lies: the asked one if the server resumed, else 0."""
        ...

    @property
    def total_bytes(self) -> int | None:
        """Size of the whole results, where the server says it."""
        ...

    @property
    def etag(self) -> str:
        """The server's name for this content, or empty."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they arrive.

        Raises:
            PartGoneError: all that the server still has came, and it is not all.
            ApiError: the connection was cut or timed out in the middle.
        """
        ...


class OpenResults(Protocol):
    """Starts a results answer at byte `offset`, if the server can and `etag` still fits."""

    def __call__(self, *, offset: int = 0, etag: str = "") -> AbstractContextManager[ResultStream]:
        """Open the stream.

        Raises:
            ApiError: the server refused or did not answer.
        """
        ...


CancelCheck = Callable[[], bool]
"""True once the work it is handed to should stop."""


def never() -> bool:
    """The check of work that nobody stops."""
    return False
