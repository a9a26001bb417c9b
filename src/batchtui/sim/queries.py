"""What a request asks for: version, page, cursor, range, id; read from its headers and query."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from batchtui.sim import wire
from batchtui.sim.distort import HOSTILE_ID
from batchtui.sim.world import Cursor

VERSIONS: Final = frozenset({"2023-01-01", "2023-06-01", "2026-10-21"})


def known_id(request: Request) -> str:
    """The id in the path, as the world knows it; empty where there is none."""
    batch_id: str = request.path_params.get("batch_id", "")
    return batch_id.removesuffix(HOSTILE_ID)


def version(request: Request) -> str:
    """The `anthropic-version`. Raises a 400 `WireError` where it is missing or unknown."""
    version = request.headers.get("anthropic-version")
    if not version:
        raise wire.invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise wire.invalid(f'anthropic-version: "{version}" is not a valid version')
    return version


def limit(text: str) -> int:
    """The size of a page, 1 to 1000. Raises a 400 `WireError`."""
    try:
        limit = int(text)
    except ValueError as error:
        raise wire.invalid("limit: Input should be a valid integer") from error
    if limit < 1:
        raise wire.invalid("limit: Input should be greater than or equal to 1")
    if limit > 1000:
        raise wire.invalid("limit: Input should be less than or equal to 1000")
    return limit


def cursor(query: Mapping[str, str]) -> Cursor | None:
    """The cursor of a page. Raises a 400 `WireError` where there are two."""
    after, before = query.get("after_id"), query.get("before_id")
    if after and before:
        raise wire.invalid("Only one of `after_id` and `before_id` may be given")
    if after:
        return ("after", after.removesuffix(HOSTILE_ID))
    return ("before", before.removesuffix(HOSTILE_ID)) if before else None


def range_start(request: Request, etag: str) -> int | None:
    """The N of `Range: bytes=N-`; None where the whole is asked for, or something else."""
    wanted = request.headers.get("range", "")
    number = wanted.removeprefix("bytes=").removesuffix("-")
    if request.headers.get("if-range", etag) != etag or f"bytes={number}-" != wanted:
        return None
    return int(number) if number.isdecimal() else None
