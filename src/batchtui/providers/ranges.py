"""Going on with an answer that was cut: asking for the rest, and reading what came instead."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d*/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the head of a successful answer says of its body.

    `offset` and `total_bytes` count bytes of the content as it is stored; `etag` is empty where
    the content cannot be asked for in parts.
    """

    offset: int
    total_bytes: int | None
    etag: str
    is_encoded: bool


def range_headers(offset: int, etag: str) -> dict[str, str]:
    """Headers that ask for the rest from `offset`, or none to ask for everything.

    Two answers may hold the same lines in another order (Message Batches API reference), so the
    rest is asked for only where a strong ETag says that the content is the same.
    """
    if offset <= 0 or not etag.startswith('"'):
        return {}
    return {"range": f"bytes={offset}-", "if-range": etag}


def must_restart(status: int, headers: Mapping[str, str], offset: int, etag: str) -> bool:
    """Whether an answer to `range_headers` is of no use, and everything has to be asked for."""
    if status == 416:
        return True
    if status != 206:
        return False
    reply = read_reply(status, headers)
    return reply is None or reply.is_encoded or reply.offset != offset or reply.etag != etag


def read_reply(status: int, headers: Mapping[str, str]) -> Reply | None:
    """What a successful answer holds; None for a part that does not say which it is."""
    is_encoded = headers.get("content-encoding", "identity").strip().lower() != "identity"
    etag = "" if is_encoded else headers.get("etag", "")
    if status != 206:
        return Reply(0, None if is_encoded else _length(headers), etag, is_encoded)
    match = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if match is None:
        return None
    total = None if match[2] == "*" else int(match[2])
    return Reply(int(match[1]), total, etag, is_encoded)


def _length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None
