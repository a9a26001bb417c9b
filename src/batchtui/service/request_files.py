"""The requests of a batch, in the file that is remembered for it. Blocking: for a thread."""

from pathlib import Path
from typing import NamedTuple

from batchtui.archive.request_files import RememberedFile
from batchtui.core.disk import is_there
from batchtui.core.errors import SubmitError
from batchtui.core.submissions import WHOLE, Part, Submission
from batchtui.core.text import counted, human_count
from batchtui.requests.reading import RequestFile, Stamp
from batchtui.requests.rule_set import RequestRules
from batchtui.requests.rules import rules_for
from batchtui.requests.shapes import ANTHROPIC, SHAPES
from batchtui.requests.source import open_requests, shape_by_look
from batchtui.requests.split import Splitter

NAME_FILE = "name the file that has them: --requests FILE"


class BatchRequests(NamedTuple):
    """The file that is taken for the requests of a batch."""

    file: RequestFile
    doubt: str = ""
    """Why it cannot be what the batch was made of; empty where nothing speaks against that."""
    remembered: RememberedFile | None = None
    """What to remember of it; None where there is a doubt."""


def named(
    path: Path, kind: str, known: RememberedFile | None, made: Submission | None, total: int
) -> BatchRequests:
    """A file that somebody names for the requests of a batch, which has `total`, if not 0.

    Where it is what the batch was made of, those of the batch alone, as they were sent.

    Raises:
        SubmitError: see `opened`.
    """
    file, stamp = opened(path, kind)
    if made is not None and stamp.sha256 == made.sha256:
        own = known if known and known.sha256 == made.sha256 else None
        copy = own.copy if own else made.copy
        remembered = RememberedFile(str(file.path), stamp.sha256, copy)
        return BatchRequests(found_again(remembered, made, kind), remembered=remembered)
    if made is not None:
        return BatchRequests(file, f"{path} is not the file that {made.batch_id} was made of")
    if total and (count := _count(file)) != total:
        here = counted(count, "request")
        return BatchRequests(file, f"{path} has {here}, and the batch has {human_count(total)}")
    return BatchRequests(file, remembered=RememberedFile(str(file.path), stamp.sha256))


def _count(file: RequestFile) -> int:
    with file.read() as reading:
        return sum(1 for _ in reading)


def opened(path: Path, kind: str = "") -> tuple[RequestFile, Stamp]:
    """A file of requests, and what tells it from others; without a kind, its look says which.

    Raises:
        SubmitError: no requests can be read from it, or they are to another kind.
    """
    look = shape_by_look(path)
    if kind and look and look.kind != kind:
        why = f"its requests are to {look.title}, and the batch is one of kind {kind}"
        raise SubmitError(f"{path} does not have the requests of this batch", why, NAME_FILE)
    file = open_requests(path.absolute(), shape=SHAPES[kind] if kind else look or ANTHROPIC)
    with file.read() as reading:
        return file, reading.stamp()


def found_again(known: RememberedFile, made: Submission | None, kind: str) -> RequestFile:
    """The requests that were sent: the copy of them, or the file itself if it is still the same.

    Of a file that was split, only those of the batch.

    Raises:
        SubmitError: they are gone, or others by now.
    """
    if known.copy and is_there(Path(known.copy)):
        return open_requests(Path(known.copy), shape=SHAPES[kind])
    if known.file == "-":
        why = "they came through standard input, and their copy is gone"
        raise SubmitError("the requests are not here any more", why, NAME_FILE)
    file, stamp = opened(Path(known.file), kind)
    if stamp.sha256 != known.sha256:
        what = f"{file.path} does not have the requests of this batch any more"
        raise SubmitError(what, "it has changed since", NAME_FILE)
    part = made.part if made and made.sha256 == known.sha256 else WHOLE
    return _part_of(file, part, rules_for(kind)) if part.of > 1 else file


def _part_of(file: RequestFile, part: Part, rules: RequestRules) -> RequestFile:
    """The requests of one batch of several: they were split by size, which can be done again."""
    splitter = Splitter(file.shape.envelope, rules.max_requests, rules.max_bytes)
    with file.read() as reading:
        for element in reading:
            splitter.add(len(element.raw))
    parts = splitter.parts()
    if len(parts) != part.of:
        why = f"it was split into {part.of} parts, and would be into {len(parts)} now"
        raise SubmitError(f"cannot tell which requests of {file.path} it has", why, NAME_FILE)
    mine = parts[part.number - 1]
    return file.part(mine.start, mine.stop)
