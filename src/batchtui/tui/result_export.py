"""Writing rows of the results viewer to a file: what, where to, and how far it is."""

import asyncio
import os
import threading
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from batchtui.core.background import in_daemon_thread
from batchtui.core.clock import Clock
from batchtui.core.disk import is_there
from batchtui.core.errors import UsageError
from batchtui.core.text import counted, human_bytes, human_count, one_line
from batchtui.results.file.results_file import ResultsFile

if TYPE_CHECKING:
    from batchtui.core.models import BatchRef
    from batchtui.results.query.inputs import Inputs

TELL_EVERY: Final = 0.2
"""Seconds between two looks at how far it is."""

_PATIENCE: Final = 5.0
"""Seconds to wait at most for an export to take its unfinished file away."""

SUFFIXES: Final = (".jsonl", ".csv", ".txt", ".sqlite", ".parquet")
"""An extension for each format, in the order in which they are offered."""


class Selection(StrEnum):
    """Which rows are written."""

    ALL = "all"
    SHOWN = "shown"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What is to be written, and where to; the extension says in which format."""

    selection: Selection
    path: Path
    joined: tuple[str, ...] = ()
    """Columns of the requests, to stand in the table as well."""


def default_name(
    source: "BatchRef | Path", selection: Selection, *, is_partial: bool = False
) -> str:
    """A name for a file with those rows, in the folder where the program runs.

    It tells that the rows `is_partial`: that they are not all of the source.
    """
    from batchtui.results.compare.effective import plain_stem  # noqa: PLC0415  (not to start)
    from batchtui.results.store.cache import escaped  # noqa: PLC0415  (as above)

    stem = plain_stem(source) if isinstance(source, Path) else source.id
    which = [str(selection)] if selection is not Selection.ALL or not is_partial else []
    parts = ["stdin" if stem == "-" else escaped(stem), *which, *["partial"] * is_partial]
    return f"{'-'.join(parts)}.jsonl"


def offered_suffixes(*, has_parquet: bool | None = None) -> tuple[str, ...]:
    """The extensions of what can be written here: Parquet needs an extra."""
    if has_parquet is None:
        has_parquet = find_spec("pyarrow") is not None
    return tuple(suffix for suffix in SUFFIXES if has_parquet or suffix != ".parquet")


def with_next_suffix(text: str, suffixes: Sequence[str] = SUFFIXES) -> str:
    """A path with the extension of the next format; it stays compressed if that can be."""
    from batchtui.results.export.formats import compression_for, format_of  # noqa: PLC0415  (not needed to open a file)

    packed = Path(text).suffix if compression_for(Path(text)) else ""
    text = text[: len(text) - len(packed)]
    path = Path(text)
    known = path.suffix.lower()
    place = suffixes.index(known) + 1 if known in suffixes else 0
    following = text[: len(text) - len(path.suffix)] + suffixes[place % len(suffixes)]
    return following if format_of(Path(following)).needs_file else following + packed


def completed(text: str, expand: Callable[[str], Path]) -> tuple[str, list[str]]:
    """A path with as much added as all that begin like it have in common, and their names.

    `expand` makes a path of what was typed.
    """
    cut = text.rfind("/") + 1
    folder, begun = expand(text[:cut] or "."), text[cut:]
    try:
        names = sorted(
            entry.name + "/" * entry.is_dir()
            for entry in os.scandir(folder)
            if entry.name.startswith(begun) and (begun or not entry.name.startswith("."))
        )
    except OSError:
        return text, []
    return text[:cut] + (_common(names) or begun), names


def _common(names: list[str]) -> str:
    """What all names, in order, begin with."""
    if not names:
        return ""
    first, last = names[0], names[-1]
    differ = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(differ, len(first))]


def refusal(plan: ExportPlan, source: Path | None) -> str:
    """Why that cannot be written, or empty. `source` is the file that is read."""
    try:
        return _refusal(plan, source)
    except OSError as error:
        return error.strerror or str(error)


def _refusal(plan: ExportPlan, source: Path | None) -> str:
    path = plan.path
    if path.is_dir():
        return "this is a folder: add a file name"
    if not path.parent.is_dir():
        return f"there is no folder {one_line(str(path.parent))}"
    if source is not None and is_there(path) and is_there(source) and path.samefile(source):
        return "this is the file that is read: choose another name"
    from batchtui.results.export.formats import check_name, format_of  # noqa: PLC0415  (as above)

    try:
        check_name(path, format_of(path))
        if plan.joined and not format_of(path).has_fields:
            return "requests go into csv, sqlite and parquet only: ctrl+t"
    except UsageError as error:
        return f"{error.why}: {error.hint}"
    return ""


def rows_of(
    selection: Selection, shown: Sequence[int], marks: Iterable[int]
) -> Sequence[int] | None:
    """The rows to write, as they are in the list; None for all that there are."""
    if selection is Selection.ALL:
        return None
    if selection is Selection.SHOWN:
        return array("Q", shown)
    marked = set(marks)
    listed = array("Q", filter(marked.__contains__, shown))
    listed.extend(sorted(marked.difference(listed)))
    return listed


class Exporting:
    """One export at a time. `changed` is called while it goes on."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self.words = ""
        """How far it is; empty while there is none."""
        self._clock = clock
        self._changed = changed
        self._written = 0
        self._stop = False
        self.was_stopped = False
        """Somebody has stopped it; no failure ended it."""
        self.under_way = False
        """Rows are being written."""
        self._ended = threading.Event()
        self._ended.set()

    def stop(self) -> None:
        """Write no more; what was at that place before stays."""
        self._stop = self.was_stopped = True

    def close(self) -> None:
        """Stop, and wait until nothing unfinished lies about."""
        self.stop()
        self._ended.wait(_PATIENCE)

    async def run(
        self,
        file: ResultsFile,
        plan: ExportPlan,
        rows: Sequence[int] | None,
        inputs: "Inputs | None" = None,
    ) -> str:
        """Write; says what was written. `inputs` are the requests, if they are joined.

        Raises:
            ResultsError, UsageError, SubmitError: it was not, and why.
        """
        total = len(file) if rows is None else len(rows)
        reader = file.another()
        self._stop = self.was_stopped = False
        self._written, self.under_way = 0, True
        write = partial(self._write, reader, plan, rows, inputs)
        job = asyncio.ensure_future(in_daemon_thread(write))
        try:
            while not job.done():
                self._tell(plan.path, total)
                await self._until(job)
            return f"{counted(job.result(), 'row')} in {_name_and_size(plan.path)}"
        finally:
            job.cancel()
            self._stop, self.words, self.under_way = True, "", False

    async def _until(self, job: "asyncio.Future[int]") -> None:
        """Until it is done, or time to tell how far it is."""
        pause = asyncio.ensure_future(self._clock.sleep(TELL_EVERY))
        try:
            both: set[asyncio.Future[Any]] = {job, pause}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()

    def _tell(self, path: Path, total: int) -> None:
        percent = self._written * 100 // max(1, total)
        of = f"{human_count(self._written)} of {counted(total, 'row')}"
        self.words = f"writing {one_line(path.name)}: {of} ({percent} %)"
        self._changed()

    def _write(
        self,
        reader: ResultsFile,
        plan: ExportPlan,
        rows: Sequence[int] | None,
        inputs: "Inputs | None",
    ) -> int:
        from batchtui.results.export.formats import format_of, usual_fields  # noqa: PLC0415  (as below)
        from batchtui.results.export.writing import export_file  # noqa: PLC0415  (not needed to open a file)

        self._ended.clear()
        try:
            with reader:
                return export_file(
                    reader,
                    plan.path,
                    rows=rows,
                    fields=usual_fields(format_of(plan.path), plan.joined) if plan.joined else None,
                    inputs=inputs,
                    cancel=lambda: self._stop,
                    progress=self._note,
                )
        finally:
            self._ended.set()

    def _note(self, written: int) -> None:
        self._written = written


def _name_and_size(path: Path) -> str:
    try:
        return f"{one_line(str(path))} ({human_bytes(path.stat().st_size)})"
    except OSError:
        return one_line(str(path))
