"""The effective results of a batch and its retries: for each id its newest answer.

They are a file of results like any other, made of the members' lines byte for byte, so that it is
viewed, searched and exported like one. It lies beside the copies it is made of.
"""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from batchtui.core.disk import private_file
from batchtui.core.errors import ResultsError
from batchtui.core.models import BatchRef
from batchtui.core.text import rfc3339
from batchtui.results.file.disk import disk_error
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.ids import row_ids
from batchtui.results.store.cache import ResultsMeta, escaped, meta_path, read_meta, write_note

_MARK = "%~effective"
"""What no escaped id ends in."""


def plain_stem(path: Path) -> str:
    """A file's name without its extension; of effective results, one that a person would write."""
    stem = path.stem
    return f"{stem.removesuffix(_MARK)}-effective" if stem.endswith(_MARK) else stem


Choice = tuple[int, int]
"""Which member, and which of its rows."""


def effective_path(results_dir: Path, root: BatchRef) -> Path:
    """Where the effective results of a batch and its retries lie."""
    return results_dir / escaped(root.account) / f"{escaped(root.id)}{_MARK}.jsonl"


def is_fresh(target: Path, members: Sequence[Path]) -> bool:
    """They are there, and made of these copies as these are now."""
    meta = read_meta(target)
    return meta is not None and meta.source.get("members") == _names(members)


def write_effective(target: Path, members: Sequence[Path], now: datetime) -> ResultsMeta:
    """Make them anew of complete local copies, oldest first. Blocking.

    For each id the row of the newest member that succeeded, or else the newest one; in the order
    in which the ids were first met. Rows without an id are left out.

    Raises:
        ResultsError: a copy is missing or cannot be read, or the disk cannot take them.
    """
    source = {"members": _names(members)}
    with ExitStack() as opened:
        files = [opened.enter_context(ResultsFile.open(path)) for path in members]
        chosen = _chosen(files)
        try:
            with private_file(target) as out:
                checksum = _write(out, files, chosen)
                size = out.tell()
                meta_path(target).unlink(missing_ok=True)  # it is not that of what comes now
            meta = ResultsMeta(
                rows=len(chosen),
                expected_rows=None,
                broken_rows=0,
                bytes=size,
                sha256=checksum,
                finished_at=rfc3339(now),
                source=source,
            )
            write_note(meta_path(target), meta)
        except OSError as error:
            raise disk_error(error, target) from error
    return meta


def _chosen(files: Sequence[ResultsFile]) -> dict[str, Choice]:
    """The row that counts, for each id."""
    chosen: dict[str, Choice] = {}
    for member, file in enumerate(files):
        types = file.index.types
        for row, custom_id in enumerate(row_ids(file)):
            if not custom_id:
                continue
            before = chosen.get(custom_id)
            answered = before is not None and files[before[0]].index.types[before[1]] == "succeeded"
            if not answered or types[row] == "succeeded":
                chosen[custom_id] = (member, row)
    return chosen


def _write(out: BinaryIO, files: Sequence[ResultsFile], chosen: dict[str, Choice]) -> str:
    """Write the lines; their checksum."""
    digest = hashlib.sha256()
    for member, row in chosen.values():
        line = files[member].line(row) + b"\n"
        digest.update(line)
        out.write(line)
    return digest.hexdigest()


def _names(members: Sequence[Path]) -> str:
    """What tells these copies, as they are now, from others."""
    names = []
    for path in members:
        meta = read_meta(path)
        if meta is None:
            what = f"the results in {path} are not complete"
            raise ResultsError(what, hint="download them first")
        names.append(f"{path.stem}:{meta.sha256}")
    return " ".join(names)
