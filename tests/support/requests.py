"""Requests and files of them, as people write them."""

import json
from pathlib import Path

from batchtui.requests.preflight import Report, check
from batchtui.requests.rules import rules_for
from batchtui.requests.source import open_requests

MODEL = "claude-haiku-4-5"
STRICT = "2026-10-21"


def params(**more: object) -> dict[str, object]:
    """Params that no rule minds."""
    usual = {
        "model": MODEL,
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "How are you?"}],
    }
    return usual | more


def request(custom_id: object = "a", **more: object) -> dict[str, object]:
    return {"custom_id": custom_id, "params": params(**more)}


def line(custom_id: object = "a", **more: object) -> bytes:
    return json.dumps(request(custom_id, **more)).encode()


def jsonl(*lines: bytes | dict[str, object]) -> bytes:
    """Lines, each with its end."""
    raw = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
    return b"".join(one + b"\n" for one in raw)


def report_of(
    path: Path,
    *,
    kind: str = "anthropic",
    template: Path | None = None,
    version: str = "",
    dialect: str = "",
    changes: dict[str, object] | None = None,
    **options: object,
) -> Report:
    """The report of a check."""
    rules = rules_for(kind, version=version, dialect=dialect)
    file = open_requests(path, template, shape=rules.shape).changed(**(changes or {}))
    *_, last = check(file, rules, **options)
    assert last.report is not None
    return last.report
