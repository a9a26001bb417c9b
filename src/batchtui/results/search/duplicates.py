"""Rows whose custom_id is that of another row: it should name one request of a batch only."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from batchtui.core.streams import CancelCheck
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.file.window import DECODED_BYTES
from batchtui.results.search.ids import id_of, ids_in_steps

_PARTS = 256
"""Parts that are compared one after the other, so that a step takes some milliseconds."""


@dataclass(frozen=True, slots=True)
class DuplicatesStep:
    """Progress of the look for duplicates."""

    rows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The rows of each custom_id that several share, in the order of the first; only at the end."""
    done: bool = False


def find_duplicates(
    file: ResultsFile,
    rows: Sequence[int] | None = None,
    *,
    cancel: CancelCheck = lambda: False,
    window_bytes: int = DECODED_BYTES,
) -> Iterator[DuplicatesStep]:
    """Which of these rows, all if None, share a custom_id; those without one do not count.

    Memory goes with the number of rows: 16 bytes each. Ends with a step that is `done`, unless
    cancelled.

    Raises:
        ResultsError: the file cannot be read.
    """
    parts = [(array("q"), array("Q")) for _ in range(_PARTS)]
    for step in ids_in_steps(file, rows, cancel=cancel, window_bytes=window_bytes):
        for row, custom_id in step:
            if custom_id:
                key = hash(custom_id)
                hashes, owners = parts[key % _PARTS]
                hashes.append(key)
                owners.append(row)
        yield DuplicatesStep()
    found: dict[str, list[int]] = {}
    for part in parts:
        if cancel():
            return
        found |= _shared(file, *part)
        yield DuplicatesStep()
    if not cancel():
        yield DuplicatesStep(dict(sorted(found.items(), key=lambda item: item[1][0])), done=True)


def _shared(file: ResultsFile, hashes: "array[int]", rows: "array[int]") -> dict[str, list[int]]:
    """The rows of equal hashes whose custom_ids are equal indeed."""
    by_hash: dict[int, list[int]] = {}
    if len(set(hashes)) < len(hashes):
        for key, row in zip(hashes, rows, strict=True):
            by_hash.setdefault(key, []).append(row)
    ids: dict[str, list[int]] = {}
    for alike in by_hash.values():
        for row in alike if len(alike) > 1 else ():
            ids.setdefault(id_of(file, row), []).append(row)
    return {name: same for name, same in ids.items() if name and len(same) > 1}
