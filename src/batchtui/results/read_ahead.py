"""Reading on in a thread while what was read is worked on."""

import threading
from queue import SimpleQueue

from batchtui.core.errors import BatchtuiError
from batchtui.results.results_file import ResultsFile


class ReadAhead:
    """Reads one stretch of a file at a time, into the caller's memory. For one thread."""

    def __init__(self, file: ResultsFile) -> None:
        self._file = file
        self._asked: SimpleQueue[tuple[memoryview, int] | None] = SimpleQueue()
        self._answers: SimpleQueue[BatchtuiError | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._waiting = False

    def ask(self, buffer: memoryview, offset: int) -> None:
        """Begin to fill a buffer; it is not to be touched until `wait` has returned."""
        self.drop()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="read-ahead", daemon=True)
            self._thread.start()
        self._asked.put((buffer, offset))
        self._waiting = True

    def wait(self) -> None:
        """Until the buffer is filled.

        Raises:
            ResultsError: the file cannot be read, or is shorter than it was.
        """
        self._waiting = False
        if failure := self._answers.get():
            raise failure

    def drop(self) -> None:
        """Let go of what was asked for."""
        if self._waiting:
            self._waiting = False
            self._answers.get()

    def close(self) -> None:
        """End the thread."""
        self.drop()
        if self._thread is not None:
            self._asked.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            buffer, offset = asked
            failure = None
            try:
                self._file.read_into(buffer, offset)
            except BatchtuiError as error:
                failure = error
            buffer.release()
            self._answers.put(failure)
            del asked, buffer
