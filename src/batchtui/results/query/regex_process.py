"""A regular expression of Python's `re` that cannot hang the program: it matches in a process
that dies of a match that takes too long.
"""

import contextlib
import os
import selectors
import signal
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence

from batchtui.core.errors import QueryError
from batchtui.core.streams import CancelCheck, never
from batchtui.results.query import regex_worker

_CANCEL_INTERVAL = 0.05
_BATCH_BYTES = 4 << 20
_BATCH_TEXTS = 10_000


class RegexProcess:
    """Matches texts, given as UTF-8. The process is started when it is first needed.

    `limit` is how many seconds of processor time a single text may take. Safe from several
    threads, which wait for one another.
    """

    def __init__(self, pattern: str, flags: int, limit: float) -> None:
        encoded = pattern.encode("utf-8", "surrogatepass")
        self._greeting = struct.pack("=dQQ", limit, flags, len(encoded)) + encoded
        self._child: _Child | None = None
        self._lock = threading.Lock()

    def matches(self, texts: Sequence[bytes], cancel: CancelCheck) -> list[bool]:
        """Whether each text has a match; fewer answers than texts if cancelled.

        Raises:
            QueryError: a text takes longer than the limit, or the process cannot be started.
        """
        answers: list[bool] = []
        for batch in _batches(texts):
            with self._asked(b"m", batch) as child:
                told = child.read(len(batch), cancel)
            answers += map(bool, told)
            if len(told) < len(batch):
                break
        return answers

    def places(self, text: bytes) -> list[tuple[int, int]]:
        """Where in the decoded text the matches are that are not empty. Raises as `matches`."""
        with self._asked(b"s", [text]) as child:
            (count,) = struct.unpack("=Q", child.read(8))
            return list(struct.iter_unpack("=QQ", child.read(16 * count)))

    @contextlib.contextmanager
    def _asked(self, what: bytes, texts: list[bytes]) -> "Iterator[_Child]":
        """The process, with a request sent; it is kept only if all of the answer was read."""
        with self._lock:
            child = self._child or _Child(self._greeting)
            self._child = None
            try:
                child.ask(what, texts)
                yield child
                if not child.owes:
                    self._child = child
            finally:
                if self._child is None:
                    child.end()


def _batches(texts: Sequence[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for text in texts:
        if batch and (size + len(text) > _BATCH_BYTES or len(batch) == _BATCH_TEXTS):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


class _Child:
    """The process and its pipes. `owes` while a read was given up before its end."""

    def __init__(self, greeting: bytes) -> None:
        command = [sys.executable, "-I", "-S", regex_worker.__file__]
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        except OSError as error:
            raise QueryError("the regular expression cannot be run", str(error)) from error
        self.owes = False
        self._process = process
        self.end = weakref.finalize(self, _end, process)
        self._write(greeting)

    def ask(self, what: bytes, texts: list[bytes]) -> None:
        lengths = struct.pack(f"={1 + len(texts)}Q", len(texts), *map(len, texts))
        self._write(b"".join([what, lengths, *texts]))

    def _write(self, data: bytes) -> None:
        pipe = self._process.stdin
        try:
            if pipe:
                pipe.write(data)
                pipe.flush()
        except BrokenPipeError as error:
            raise self._failure() from error

    def read(self, size: int, cancel: CancelCheck = never) -> bytes:
        """So many bytes of the answer; fewer if cancelled."""
        pipe = self._process.stdout
        pieces: list[bytes] = []
        self.owes = True
        with selectors.DefaultSelector() as selector:
            selector.register(pipe or -1, selectors.EVENT_READ)
            while size:
                if cancel():
                    return b"".join(pieces)
                for key, _ in selector.select(_CANCEL_INTERVAL):
                    pieces.append(os.read(key.fd, size))
                    size -= len(pieces[-1])
                    if not pieces[-1]:
                        raise self._failure()
        self.owes = False
        return b"".join(pieces)

    def _failure(self) -> QueryError:
        if self._process.wait() == -signal.SIGVTALRM:
            why = "it tries too many ways to match"
            hint = "say it more simply, without repetitions inside repetitions"
            return QueryError("the regular expression takes too long", why, hint)
        why = f"its process ended with code {self._process.returncode}"
        return QueryError("the regular expression cannot be run", why)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    process.wait()
