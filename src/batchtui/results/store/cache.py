"""Where local copies of results lie, and what is noted beside them.

A batch's results are `<account>/<id>.jsonl` below the results folder, both names escaped.
Beside it: `.meta.json` (what the copy is), `.jsonl.part` (a copy still arriving, or left by a
download that stopped), `.part.json` (where that part came from), `.lock`, and `.keep` (nothing
of it is ever dropped to make room).
"""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from batchtui.core.disk import private_file
from batchtui.results.file.disk import disk_error

if TYPE_CHECKING:
    from batchtui.core.models import BatchRef

_MAX_NAME = 160
_HEAD = 96

Note = TypeVar("Note", "ResultsMeta", "PartMeta")


def results_path(results_dir: Path, ref: "BatchRef") -> Path:
    """Where the complete copy of a batch's results belongs."""
    return results_dir / escaped(ref.account) / f"{escaped(ref.id)}.jsonl"


def local_copy(results_dir: Path, ref: "BatchRef") -> Path | None:
    """The complete copy of a batch's results, if there is one.

    One whose size is not the one that was noted when it was complete does not count.
    """
    path = results_path(results_dir, ref)
    return path if read_meta(path) else None


def is_intact(path: Path) -> bool:
    """Read a complete copy whole, and compare it with the checksum noted when it arrived."""
    import hashlib  # noqa: PLC0415  (slow to load)

    meta = read_meta(path)
    if meta is None:
        return False
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == meta.sha256
    except OSError:
        return False


def escaped(name: str) -> str:
    """A name as a safe file name, different for different names.

    Percent escapes; no leading dot, never empty, at most `_MAX_NAME` long: a longer one keeps
    its head and ends in a digest.
    """
    result = quote(name.encode("utf-8", "surrogatepass"), safe="") or "%"
    if result.startswith("."):
        result = "%2E" + result[1:]
    if len(result) > _MAX_NAME:
        import hashlib  # noqa: PLC0415  (slow to load)

        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        result = f"{result[:_HEAD]}%~{digest[:32]}"
    return result


@dataclass(frozen=True, slots=True)
class ResultsMeta:
    """What a complete local copy is.

    `rows` are the non-blank lines, broken ones included; `expected_rows` what the batch's
    counts promised (None where they did not); `finished_at` is RFC 3339, in UTC.
    """

    rows: int
    expected_rows: int | None
    broken_rows: int
    bytes: int
    sha256: str
    finished_at: str
    etag: str = ""
    note: str = ""
    """What is odd about the copy, in words; empty where nothing is."""
    is_partial: bool = False
    """It is all that the provider still had, and not all that there was."""
    source: Mapping[str, str] = field(default_factory=dict)
    """Where it came from: account, batch id, whatever the caller gave."""


@dataclass(frozen=True, slots=True)
class PartMeta:
    """Where an unfinished copy came from: what a server must still say to resume it."""

    etag: str
    total_bytes: int | None = None


def meta_path(target: Path) -> Path:
    """The note beside a complete copy."""
    return target.with_suffix(".meta.json")


def part_path(target: Path) -> Path:
    """The copy that is still arriving."""
    return target.with_suffix(".jsonl.part")


def part_meta_path(target: Path) -> Path:
    """The note beside a copy that is still arriving."""
    return target.with_suffix(".part.json")


def lock_path(target: Path) -> Path:
    """The file whose lock a download holds."""
    return target.with_suffix(".lock")


def keep_path(target: Path) -> Path:
    """The empty file that says: keep this copy."""
    return target.with_suffix(".keep")


def is_kept(target: Path) -> bool:
    """The copy is never dropped to make room."""
    return keep_path(target).exists()


def set_kept(target: Path, *, keep: bool) -> None:
    """Say whether a copy is to be kept whatever its age.

    Raises:
        ResultsError: the folder cannot be written.
    """
    path = keep_path(target)
    try:
        if keep:
            path.touch(mode=0o600)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error, path) from error


def mark_used(target: Path) -> None:
    """Note that a complete copy is used now: it is the last to be dropped to make room."""
    with contextlib.suppress(OSError):  # a cache that cannot be written is still good to read
        os.utime(meta_path(target))


def read_meta(target: Path) -> ResultsMeta | None:
    """The note beside a complete copy; None where it is missing, damaged or of another copy."""
    try:
        meta = _read_note(meta_path(target), ResultsMeta)
        return meta if meta.bytes == target.stat().st_size else None
    except (OSError, ValueError):
        return None


def read_part_meta(target: Path) -> PartMeta | None:
    """The note beside an unfinished copy; None where it is missing or damaged."""
    try:
        return _read_note(part_meta_path(target), PartMeta)
    except (OSError, ValueError):
        return None


def _read_note(path: Path, kind: type[Note]) -> Note:
    data = path.read_bytes()
    import msgspec  # noqa: PLC0415  (slow to load; beside most files there is no note)

    return msgspec.json.decode(data, type=kind)


def write_note(path: Path, note: ResultsMeta | PartMeta) -> None:
    """Write a note atomically, readable by the owner only.

    Raises:
        OSError: the disk is full, the folder is not writable, ...
    """
    import msgspec  # noqa: PLC0415  (as above)

    data = msgspec.json.format(msgspec.json.encode(asdict(note)), indent=2) + b"\n"
    with private_file(path) as out:
        out.write(data)
