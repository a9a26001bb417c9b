"""The program in a control group with little memory, page cache included."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import CommandError, Figure, ran

LIMIT = 256 << 20
_NAME = f"batchtui-bench-{os.getpid()}"
_PLACES = (
    (Path("/sys/fs/cgroup"), "memory.max"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
)
"""Where the two generations of control groups keep their limits of memory."""


@contextmanager
def little_memory() -> Iterator[Path | None]:
    """A control group with so little memory; None where none can be made."""
    group = _made()
    try:
        yield group
    finally:
        if group is not None:
            group.rmdir()


def _made() -> Path | None:
    for root, limit in _PLACES:
        group = root / _NAME
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if (group / limit).exists():
                (group / limit).write_text(str(LIMIT))
                return group
        except OSError:
            pass
        group.rmdir()
    return None


def confined_figures(
    name: str, commands: Mapping[str, Sequence[str]], env: Mapping[str, str]
) -> Iterator[Figure]:
    """For each command, whether it fails: 0 is what is wanted."""
    with little_memory() as group:
        for what, command in commands.items():
            label = f"{name}: {what} fails in {LIMIT >> 20} MB"
            if group is None:
                yield Figure(label, 0, None, "no control group can be made here")
                continue
            with tempfile.TemporaryDirectory(dir=env["HOME"]) as cache:
                try:
                    run = ran(command, {**env, "XDG_CACHE_HOME": cache}, group=group)
                except CommandError as error:
                    yield Figure(label, 0, 1.0, str(error))
                else:
                    yield Figure(label, 0, 0.0, f"{run.seconds:.1f} s, {run.peak_mb:.0f} MB")
