"""Where `results` and `open` take rows from: a batch's local copy, a file, standard input."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from batchtui.cli.context import Context
from batchtui.cli.files import STANDARD_INPUT, existing_file, is_path, spool_folder
from batchtui.core.errors import BatchtuiError, UsageError
from batchtui.core.text import human_bytes, human_count
from batchtui.results.file.compression import is_plain_file
from batchtui.results.file.index_file import index_path_apart, index_path_beside
from batchtui.results.file.results_file import ResultsFile

if TYPE_CHECKING:
    from batchtui.results.fetching.sources import Spool
    from batchtui.results.query.inputs import Inputs
    from batchtui.results.query.tree import Query

_WAIT = 0.05
"""Seconds between two looks whether more has come: hardly a delay for whoever reads it."""


class OpenedRows:
    """The rows of a source; of one that is a stream, those that have come so far.

    Waiting for more tells how far it is, until some output makes that unwelcome.
    """

    def __init__(self, context: Context, file: ResultsFile, spool: "Spool | None" = None) -> None:
        self.file = file
        self._spool = spool
        self._diagnostics = context.diagnostics
        self._is_quiet = False
        self.is_arriving = spool is not None
        """More rows may come."""

    @property
    def failure(self) -> BatchtuiError | None:
        """Why not all of the source could be read."""
        return self._spool.progress().error if self._spool is not None else None

    def more(self) -> bool:
        """Wait a moment for more rows; True if there may be some that were not seen before."""
        if not self.is_arriving or self._spool is None:
            return False
        self.is_arriving = not self._spool.wait(_WAIT)
        if not self._is_quiet:
            self._tell(self._spool)
        return True

    def take_in(self) -> None:
        """Wait until all rows are there."""
        while self.more():
            pass

    def matching(self, query: "Query", inputs: "Inputs | None") -> Iterator[int]:
        """The rows that match, among those that are there."""
        from batchtui.results.search.engine import search

        for step in search(self.file, query, inputs=inputs):
            yield from step.hits

    def be_quiet(self) -> None:
        """Tell no more how far it is, for output is about to be written."""
        self._is_quiet = True
        self._diagnostics.clear_progress()

    def _tell(self, spool: "Spool") -> None:
        if not self.is_arriving:
            self._diagnostics.clear_progress()
            return
        now = spool.progress()
        percent = "" if now.portion is None else f" ({now.portion:.0%})"
        rows = f"{human_count(now.rows)} rows, {human_bytes(now.received)}"
        self._diagnostics.progress(f"reading {spool.path}{percent}: {rows}")


@contextmanager
def opened_rows(
    context: Context, source: str, *, keep: bool | None = None, effective: bool = False
) -> Iterator[OpenedRows]:
    """The rows of a batch or file.

    Only what looks like a path names a file, so that an id, which a server chose, cannot.
    `keep` says whether a batch's local copy is from now on to stay whatever its age; `effective`
    asks for the newest answers of the batch and its retries.

    Raises:
        UsageError: there is no such source, or it is no batch and cannot be kept.
        BatchtuiError: its rows cannot be had.
    """
    if not is_path(source):
        with ExitStack() as stack:
            copy = _copy_of(context, source, stack, keep=keep, effective=effective)
            index_path = index_path_beside(copy)
            file = stack.enter_context(ResultsFile.open(copy, index_path=index_path))
            yield OpenedRows(context, file)
        return
    path = existing_file(context, source)
    if effective:
        raise UsageError(f"{source} has no retries", "it is a file", "name a batch")
    if keep is not None:
        raise UsageError(f"cannot keep {source}", "it is a file of yours", "name a batch")
    spool = spool_of(context, path)
    if spool is None:
        with ResultsFile.open(path, index_path=index_path_of(context, path)) as file:
            yield OpenedRows(context, file)
        return
    spool.start()
    try:
        with spool.open_rows() as file:
            yield OpenedRows(context, file, spool)
    finally:
        spool.cancel()
        context.diagnostics.clear_progress()


def spool_of(context: Context, path: Path) -> "Spool | None":
    """What takes in a source that cannot be read in place, not started; else None."""
    from_stdin = path == Path(STANDARD_INPUT)
    if not from_stdin and is_plain_file(path):
        return None
    from batchtui.results.fetching.sources import spool_for

    stdin = context.stdin
    if from_stdin and stdin is None:
        raise UsageError("cannot read standard input", "it is closed")
    descriptor = stdin.fileno() if stdin is not None and from_stdin else 0
    return spool_for(path, spool_folder(context), stdin=descriptor, clock=context.clock)


def index_path_of(context: Context, path: Path) -> Path:
    """Where the index of somebody's file is kept: with us, and only the latest of them."""
    folder = context.paths.cache / "indexes"
    place = index_path_apart(path, folder)
    if not place.exists():
        from batchtui.results.store.budget import drop_old_indexes

        drop_old_indexes(folder)
    return place


def _copy_of(
    context: Context, text: str, stack: ExitStack, *, keep: bool | None, effective: bool
) -> Path:
    from batchtui.cli.fetching import local_copy
    from batchtui.results.store.cache import mark_used, set_kept

    copy = local_copy(context, text, stack, effective=effective)
    mark_used(copy)
    if keep is not None:
        set_kept(copy, keep=keep)
    return copy
