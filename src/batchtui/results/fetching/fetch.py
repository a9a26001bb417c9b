"""Getting all of a batch's results to disk, over streams that may be cut anywhere."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from batchtui.core.clock import Clock
from batchtui.core.errors import ApiError, BatchtuiError, PartGoneError, ResultsError
from batchtui.core.streams import OpenResults, ResultStream
from batchtui.core.text import counted, human_bytes, human_count, rfc3339
from batchtui.results.fetching.part import Part
from batchtui.results.fetching.snapshot import DownloadState, ProgressBoard
from batchtui.results.file.disk import SPARE_BYTES
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.store.cache import PartMeta, ResultsMeta, part_path

MAX_TRIES = 5
"""Streams in a row that may be cut before the fetch gives up."""

MAX_DELAY = 30.0
"""Seconds between two tries, at most, unless the server asks for more."""

_CANNOT_RESUME = (412, 416)
"""Statuses of a server that has no such range of this content."""


class Fetch:
    """Streams into a part file until it is a complete copy.

    A cut stream is resumed if the server answers from the asked offset with the same strong
    etag. Otherwise it begins again; the rows of the former try stay readable until the new one
    has as many, or is complete. `rest` sleeps, and it and `check` raise whatever ends the fetch,
    which may `run` again later.
    """

    def __init__(
        self,
        open_results: OpenResults,
        target: Path,
        *,
        expected_rows: int | None,
        source: Mapping[str, str],
        clock: Clock,
        board: ProgressBoard,
        check: Callable[[], None],
        rest: Callable[[float], None],
        free_bytes: Callable[[Path], int],
    ) -> None:
        self._open_results = open_results
        self._target = target
        self._expected_rows = expected_rows
        self._source = source
        self._clock = clock
        self._board = board
        self._check = check
        self._rest = rest
        self._free_bytes = free_bytes
        self._may_resume = True
        self._part: Part | None = None
        self._shown: Part | None = None
        self._generation = 0
        self._gone = ""
        self._swap = threading.Lock()

    def open_rows(self) -> ResultsFile | None:
        """The rows so far; from any thread."""
        with self._swap:
            return self._shown.open_rows() if self._shown else None

    def let_go(self) -> int:
        """Show no rows any more: somebody else has them all. Returns the new generation."""
        with self._swap:
            if self._shown is not None:
                self._generation += 1
            self._shown = None
        return self._generation

    def run(self) -> ResultsMeta:
        """Fetch.

        Raises:
            ApiError: the server refuses, or the connection was cut too often.
            ResultsError: the disk is full, or what arrives is never complete.
        """
        if self._part is None or not self._part.is_in_place:
            self._adopt(Part.left_over(self._target))
        tries = 0
        while True:
            before = self._part.received if self._part and self._may_resume else 0
            failure = self._try_once()
            if failure is None:
                return self._publish()
            resumed = bool(before and self._part and self._part.received > before)
            tries = 1 if resumed else tries + 1
            if tries >= MAX_TRIES:
                raise failure
            self._wait_to_retry(tries, failure)

    def _wait_to_retry(self, tries: int, failure: BatchtuiError) -> None:
        wish = failure.retry_after if isinstance(failure, ApiError) else None
        self._board.enter(DownloadState.RETRYING, failure)
        self._rest(max(min(MAX_DELAY, 2.0 ** (tries - 1)), wish or 0.0))

    def _try_once(self) -> BatchtuiError | None:
        """Receive one answer; returns why what there is then is not all, or None if it is.

        Raises:
            ApiError: of a kind that trying again does not help.
            ResultsError: the disk is full, or failed.
        """
        part = self._part
        if part and part.meta.total_bytes == part.received and not self._shortfall(part):
            return None
        offset = part.received if part and part.can_resume and self._may_resume else 0
        try:
            part = self._receive(offset, part.meta.etag if part and offset else "")
        except PartGoneError as error:
            if error.retryable:
                return error
            self._gone = str(error)
            return None
        except ApiError as error:
            refused = bool(offset) and error.status in _CANNOT_RESUME
            self._may_resume = self._may_resume and not refused
            if not (error.retryable or refused):
                raise
            return error
        return self._shortfall(part)

    def _receive(self, offset: int, etag: str) -> Part:
        self._check()
        self._board.enter(DownloadState.CONNECTING)
        with self._open_results(offset=offset, etag=etag) as stream:
            part = self._part_for(stream, offset, etag)
            with part.followed(lambda: self._show(part)):
                for chunk in stream.chunks():
                    self._check()
                    part.append(chunk)
        return part

    def _part_for(self, stream: ResultStream, offset: int, etag: str) -> Part:
        """The part that the stream's bytes go to: the former one if it goes on with that."""
        former = self._part
        if former and offset and stream.offset == offset and stream.etag == etag:
            self._check_room(stream.total_bytes, offset)
            return former
        if stream.offset:
            self._may_resume = False
            why = "they are fetched from the beginning"
            raise ApiError("the server goes on with other results", why, retryable=True)
        self._check_room(stream.total_bytes, 0)
        part = Part.create(self._target, PartMeta(stream.etag, stream.total_bytes))
        self._adopt(part)
        return part

    def _check_room(self, total_bytes: int | None, received: int) -> None:
        folder = self._target.parent
        needed = 0 if total_bytes is None else total_bytes - received
        free = self._free_bytes(folder)
        if needed + SPARE_BYTES > free:
            raise ResultsError(
                f"there is no room for the results in {folder}",
                f"{_to_come(total_bytes, received)}, the disk has {human_bytes(free)} free",
                "make room there, or choose another cache folder (XDG_CACHE_HOME)",
            )

    def _adopt(self, part: Part | None) -> None:
        """Write to this part from now on."""
        self._part = part
        if part is not None:
            self._show(part)

    def _show(self, part: Part, *, complete: bool = False) -> None:
        """Tell of progress; show the part's rows, unless a former try had more so far."""
        shown = self._shown
        enough = complete or shown is None or len(part.index) >= len(shown.index)
        if part is not shown and enough:
            with self._swap:
                self._shown = part
            self._generation += 1
        self._board.progress(
            DownloadState.RECEIVING,
            received=part.index.received,
            rows=len(part.index),
            total_bytes=part.meta.total_bytes,
            generation=self._generation,
        )

    def _shortfall(self, part: Part) -> ResultsError | None:
        """How one can tell that what arrived is not all; None if it is all, for all one knows."""
        total, expected = part.meta.total_bytes, self._expected_rows
        if total is not None and part.received < total:
            why = f"{human_bytes(part.received)} of {human_bytes(total)} arrived"
        elif expected is not None and part.rows < expected:
            why = f"{human_count(part.rows)} of {human_count(expected)} rows arrived"
        elif total is None and part.tail_is_cut:
            why = "the last line is incomplete"
        else:
            return None
        kept = part_path(self._target)
        hint = f"download again later; `batchtui results {kept}` reads what arrived"
        return ResultsError("the results are not complete", why, hint)

    def _publish(self) -> ResultsMeta:
        part, expected = self._part, self._expected_rows
        if part is None:
            raise ResultsError("there are no results")
        part.index.finish()
        rows, note = len(part.index), ""
        if expected is None:
            note = "the batch's counts were not known"
        elif rows > expected:
            note = f"{counted(rows - expected, 'row')} more than the batch's counts"
        note = self._gone or note
        meta = ResultsMeta(
            rows=rows,
            expected_rows=expected,
            broken_rows=part.index.broken_rows,
            bytes=part.received,
            sha256=part.sha256,
            finished_at=rfc3339(self._clock.now()),
            etag=part.meta.etag,
            note=note,
            is_partial=bool(self._gone),
            source=self._source,
        )
        part.publish(meta)
        self._show(part, complete=True)
        return meta


def _to_come(total_bytes: int | None, received: int) -> str:
    kept = f"{human_bytes(SPARE_BYTES)} are kept free"
    if total_bytes is None:
        return f"their size is unknown and {kept}"
    return f"{human_bytes(total_bytes - received)} are to come and {kept}"
