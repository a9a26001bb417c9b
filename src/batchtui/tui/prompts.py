"""The requests of the results in view, found by custom_id."""

from contextlib import ExitStack
from threading import Event
from typing import Final

from batchtui.core.background import ANSWERS, in_daemon_thread
from batchtui.core.errors import SubmitError
from batchtui.requests.inputs import RequestInputs
from batchtui.requests.lookup import RequestIndex
from batchtui.requests.reading import RequestFile
from batchtui.tui.prompt_presenters import Prompt, read_prompt

_QUICK: Final = 128 << 10
"""Bytes of a request that is decoded within a frame."""


class Prompts:
    """The requests of a file, which was read. To be closed."""

    def __init__(self, index: RequestIndex) -> None:
        self._index = index
        self.inputs = RequestInputs(index)
        """The same, for queries, tables, and an order of rows."""

    @classmethod
    async def of(cls, file: RequestFile) -> "Prompts":
        """Those of a file, once all of it has been read.

        Raises:
            SubmitError: it cannot be read.
        """
        given_up = Event()

        def read() -> RequestIndex | None:
            with ExitStack() as stack:
                index = stack.enter_context(RequestIndex(file))
                for _ in index.steps():
                    ANSWERS.give()
                    if given_up.is_set():
                        return None
                stack.pop_all()
                return index

        try:
            index = await in_daemon_thread(read)
        finally:
            given_up.set()
        assert index is not None, "nobody has given it up"
        return cls(index)

    def close(self) -> None:
        """Let go of the file; at most once."""
        self._index.close()

    def is_quick(self, custom_id: str) -> bool:
        """The request is read within a frame."""
        return self._index.size(custom_id) <= _QUICK

    def read(self, custom_id: str) -> Prompt:
        """What was asked, or why that is not known. In any thread."""
        try:
            request = self._index.find(custom_id)
        except SubmitError as error:
            return Prompt(remark=str(error), tone="error")
        if request is None:
            return Prompt(remark="No request has this custom_id.")
        return read_prompt(request.params)
