"""The shapes of a Letta server: jobs, messages, errors; as one of version 0.16.8 was observed."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final
from uuid import UUID

from batchtui.sim import seeds, texts
from batchtui.sim.lives import Life
from batchtui.sim.results import custom_id, line
from batchtui.sim.wire import Json, WireError

MOST_AGENTS: Final = 150
"""Agents of a job; a batch that has more requests in other protocols has so many in this one."""

_USER: Final = "user-00000000-0000-4000-8000-000000000000"


def error_body(error: WireError, request_id: str) -> Json:
    """Four shapes there are; `error.kind` says which."""
    del request_id
    if error.kind.startswith("llm_"):
        return {"error": {"type": error.kind, "message": error.message, "detail": error.message}}
    if error.kind == "validation":
        return {"trace_id": "", "detail": error.message}
    return {"detail": error.message}


def refused(status: int, detail: str, kind: str = "detail") -> WireError:
    """An error with its `detail`."""
    return WireError(status, kind, detail)


@lru_cache(maxsize=4096)
def uuid(*parts: object) -> str:
    """A random-looking UUID that depends on the parts."""
    high, low = seeds.number("letta", *parts), seeds.number("letta2", *parts)
    return str(UUID(int=(high << 64) | low, version=4))


def job_id(life: Life) -> str:
    """The id that a batch has in this protocol."""
    return f"job-{uuid(life.id)}"


def agent_id(life: Life, row: int) -> str:
    """The agent that a request is for."""
    if life.requests is not None:
        return life.requests[row].custom_id
    return f"agent-{uuid(life.key, row)}"


def job(life: Life, status: str, ended_at: datetime | None) -> Json:
    """A BatchJob. `completed_at` has no zone, and a callback that is not set is a word."""
    completed = ended_at.replace(tzinfo=None).isoformat() if ended_at else None
    return {
        "id": job_id(life),
        "created_by_id": _USER,
        "last_updated_by_id": _USER,
        "created_at": _zulu(life.created_at),
        "updated_at": _zulu(ended_at or life.canceled_at or life.created_at),
        "status": status,
        "completed_at": completed,
        "stop_reason": None,
        "metadata": {"job_type": "batch_messages"},
        "job_type": "batch",
        "background": None,
        "agent_id": None,
        "callback_url": "None",
        "callback_sent_at": completed,
        "callback_status_code": None,
        "callback_error": "Request URL is missing a protocol: POST None" if completed else None,
        "ttft_ns": None,
        "total_duration_ns": None,
        "user_id": _USER,
    }


def _zulu(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def messages(life: Life, *, ended: bool) -> Iterator[Json]:
    """All messages of a job, oldest first: the prompts, and the answers once it has ended."""
    size = min(life.size, MOST_AGENTS)
    ranks = [life.order.place_of(row) for row in range(size)]
    for row in range(size):
        yield _prompt(life, row)
    for row in range(size) if ended else ():
        result = line(life, ranks[row])["result"]
        if result["type"] == "succeeded":
            yield from _answer(life, row, result["message"])


def _message(life: Life, row: int, number: int, role: str, **fields: Any) -> Json:  # noqa: ANN401
    at = life.created_at + timedelta(seconds=row + 60 * number)
    return {
        "id": f"message-{uuid(life.id, row, number)}",
        "role": role,
        "agent_id": agent_id(life, row),
        "batch_item_id": f"batch_item-{uuid(life.id, row)}",
        "created_at": _zulu(at),
        "model": None,
        "name": None,
        "tool_calls": None,
        "tool_call_id": None,
        "tool_returns": [],
        "step_id": None,
        **fields,
    }


def _prompt(life: Life, row: int) -> Json:
    asked = texts.sentences(seeds.rng("prompt", life.key, row), "en", 2)
    text = f"{custom_id(life, row)}: {asked}"
    return _message(life, row, 0, "user", content=[{"type": "text", "text": text}])


def _answer(life: Life, row: int, message: Json) -> Iterator[Json]:
    """The agent's message, and what became of its tool calls: in a batch, each of them fails."""
    blocks = message["content"]
    calls = [block for block in blocks if block["type"] == "tool_use"]
    parts = [part for block in blocks for part in _part(block)]
    shape = [_call(call) for call in calls] or None
    model = message["model"]
    yield _message(life, row, 1, "assistant", content=parts, tool_calls=shape, model=model)
    failed = "ToolExecutionManager.__init__() missing 1 required positional argument"
    for call in calls:
        body = json.dumps({"status": "Failed", "message": failed})
        content = [{"type": "text", "text": body}]
        returned = [{"tool_call_id": call["id"], "status": "error", "func_response": failed}]
        more: Json = {"tool_call_id": call["id"], "name": call["name"], "tool_returns": returned}
        yield _message(life, row, 2, "tool", content=content, **more)


def _part(block: Json) -> Iterator[Json]:
    match block["type"]:
        case "text":
            yield {"type": "text", "text": block["text"], "signature": None}
        case "thinking":
            signature = block.get("signature")
            thought = {"reasoning": block["thinking"], "is_native": True}
            yield {"type": "reasoning", **thought, "signature": signature}
        case "redacted_thinking":
            yield {"type": "redacted_reasoning", "data": block["data"]}


def _call(block: Json) -> Json:
    function = {"name": block["name"], "arguments": json.dumps(block["input"])}
    return {"id": block["id"], "type": "function", "function": function}


def sql_of(agent: str, chance: Random) -> str:
    """The kilobytes that a server writes into `detail` when an agent comes twice."""
    row = ", ".join(f"'batch_item-{UUID(int=chance.getrandbits(128))}'" for _ in range(40))
    return (
        "(sqlalchemy.dialects.postgresql.asyncpg.IntegrityError) duplicate key value violates"
        f' unique constraint "uq_job_agent": Key (agent_id)=({agent}) already exists.\n'
        f"[SQL: into llm_batch_items (id, agent_id, request_status): ({row})]\n"
        f"[parameters: ({row})]"
    )
