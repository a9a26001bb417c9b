"""Keeping the local copies of results below a budget: the least recently used ones go first.

A copy goes only if it can be fetched again and is not marked to be kept. Safe with several
programs over one folder: one of them makes room at a time, and never where a download is.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from batchtui.core.models import BatchRef
from batchtui.results.file.index_file import index_path_beside
from batchtui.results.store.cache import (
    escaped,
    is_kept,
    lock_path,
    meta_path,
    part_meta_path,
    part_path,
)
from batchtui.results.store.lock import FileLock

_EVICTION_LOCK = ".eviction.lock"


_INDEXES_KEPT = 20


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """What the results folder holds of one batch, complete or not."""

    target: Path
    """Where the complete copy is, or would be."""
    bytes: int
    """Of all its files."""
    used: float
    """When it was last used, in seconds since 1970."""
    kept: bool
    """It is marked to be kept."""

    @property
    def ref(self) -> BatchRef | None:
        """The batch, where its name can be read out of the path; very long ones cannot."""
        account, batch_id = _unescaped(self.target.parent.name), _unescaped(self.target.stem)
        return None if account is None or batch_id is None else BatchRef(account, batch_id)


def stored_copies(results_dir: Path) -> list[StoredCopy]:
    """All that the folder holds, the least recently used first."""
    paths = (*results_dir.glob("*/*.jsonl"), *results_dir.glob("*/*.jsonl.part"))
    targets = {path.with_suffix("") if path.suffix == ".part" else path for path in paths}
    found = (stored_copy(target) for target in targets)
    return sorted((copy for copy in found if copy.bytes), key=lambda copy: copy.used)


def stored_copy(target: Path) -> StoredCopy:
    """What there is of one batch now."""
    size, used = 0, 0.0
    for path in _files(target):
        with contextlib.suppress(OSError):
            status = path.stat()
            size += status.st_size
            used = max(used, status.st_mtime)
    return StoredCopy(target, size, used, is_kept(target))


def _files(target: Path) -> tuple[Path, ...]:
    """The files of a copy; first the one without which the others mean nothing."""
    return (
        target,
        index_path_beside(target),
        meta_path(target),
        part_path(target),
        part_meta_path(target),
    )


def _unescaped(name: str) -> str | None:
    plain = unquote(name, errors="surrogatepass")
    return plain if escaped(plain) == name else None


def make_room(
    results_dir: Path,
    budget: int,
    can_fetch_again: Callable[[BatchRef], bool],
    *,
    fresh: Path | None = None,
) -> list[BatchRef]:
    """Drop copies until all together have at most `budget` bytes; returns whose were dropped.

    `fresh` is the copy that was just fetched: it stays. What cannot be removed is left alone.
    """
    lock = FileLock(results_dir / _EVICTION_LOCK)
    try:
        if not lock.acquire():
            return []
    except OSError:
        return []
    try:
        return list(_dropped(stored_copies(results_dir), budget, can_fetch_again, fresh))
    finally:
        lock.release()


def _dropped(
    copies: Sequence[StoredCopy],
    budget: int,
    can_fetch_again: Callable[[BatchRef], bool],
    fresh: Path | None,
) -> Iterator[BatchRef]:
    total = sum(copy.bytes for copy in copies)
    for copy in copies:
        if total <= budget:
            break
        ref = copy.ref
        if copy.target == fresh or copy.kept or ref is None or not can_fetch_again(ref):
            continue
        if _drop(copy):
            total -= copy.bytes
            yield ref


def _drop(copy: StoredCopy) -> bool:
    """Remove a copy, unless it is being fetched, or was used or marked since."""
    lock = FileLock(lock_path(copy.target))
    try:
        if not lock.acquire():
            return False
        if stored_copy(copy.target) != copy:
            return False
        for path in _files(copy.target):
            path.unlink(missing_ok=True)
    except OSError:
        return False
    finally:
        lock.release()
    return True


def drop_old_indexes(folder: Path, keep: int = _INDEXES_KEPT) -> None:
    """Remove all but the latest indexes of other people's files (see `index_file`)."""
    found = []
    for path in folder.glob("*.idx"):
        with contextlib.suppress(OSError):
            found.append((path.stat().st_mtime, path))
    for _, path in sorted(found)[: max(0, len(found) - keep)]:
        with contextlib.suppress(OSError):
            path.unlink()
