"""The shapes of OpenAI's Batch API, and how some of its like differ: batches, lines, errors."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from batchtui.sim import seeds
from batchtui.sim.lives import Life
from batchtui.sim.results import Line, lines
from batchtui.sim.wire import Json, WireError

VALIDATES_FOR: Final = timedelta(seconds=5)
FINALIZES_FROM: Final = 0.97
"""The share of its time from which on a batch writes its files."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a batch that came over this protocol; each other has the usual.

    `faults` are what was wrong with its file, as the wire's `errors.data`.
    """

    input_file: str
    endpoint: str = "/v1/chat/completions"
    faults: tuple[Json, ...] = ()


def error_body(error: WireError, request_id: str) -> Json:
    """The envelope of OpenAI's errors."""
    del request_id
    code = {401: "invalid_api_key", 404: "not_found"}.get(error.status)
    shape = {"message": error.message, "type": error.kind, "param": None, "code": code}
    return {"error": shape | dict(error.details or {})}


def batch_id(life: Life) -> str:
    """The id that a batch has in this protocol."""
    return f"batch_{life.id.removeprefix('msgbatch_')}"


def file_id(kind: str, life: Life) -> str:
    """The id of one of a batch's files: input, output or error."""
    return f"file-{kind}{life.id.removeprefix('msgbatch_')}"


def status(life: Life, now: datetime, origin: Origin) -> str:
    """The wire's `status`."""
    if now < life.created_at + VALIDATES_FOR and life.cancel_initiated_at(now) is None:
        return "validating"
    if origin.faults:
        return "failed"
    if life.status(now) == "canceling":
        return "cancelling"
    if life.status(now) == "in_progress":
        share = (now - life.created_at) / (life.ends_at - life.created_at)
        return "finalizing" if share > FINALIZES_FROM else "in_progress"
    if life.cancel_initiated_at(now) is not None:
        return "cancelled"
    return "expired" if life.ends_at >= life.expires_at else "completed"


def batch(life: Life, now: datetime, origin: Origin) -> Json:
    """A Batch of OpenAI's, with all its keys; times in Unix seconds."""
    state = status(life, now, origin)
    counts = life.counts(now, live=True)
    is_counted = state not in {"validating", "failed"}
    is_done = state in {"completed", "cancelled", "expired"}
    failed = counts.errored + (counts.expired if state == "expired" else 0)
    canceled_at = life.cancel_initiated_at(now)
    ended = _seconds(life.ends_at)
    return {
        "id": batch_id(life),
        "object": "batch",
        "endpoint": origin.endpoint,
        "errors": {"object": "list", "data": list(origin.faults)} if state == "failed" else None,
        "input_file_id": origin.input_file,
        "completion_window": "24h",
        "status": state,
        "output_file_id": file_id("output", life) if is_done and counts.succeeded else None,
        "error_file_id": file_id("error", life) if is_done and failed else None,
        "created_at": _seconds(life.created_at),
        "in_progress_at": _seconds(life.created_at + VALIDATES_FOR) if is_counted else None,
        "expires_at": _seconds(life.expires_at),
        "finalizing_at": ended if is_done else None,
        "completed_at": ended if state == "completed" else None,
        "failed_at": _seconds(life.created_at + VALIDATES_FOR) if state == "failed" else None,
        "expired_at": ended if state == "expired" else None,
        "cancelling_at": _seconds(canceled_at) if canceled_at else None,
        "cancelled_at": ended if state == "cancelled" else None,
        "request_counts": {
            "total": life.size if is_counted else 0,
            "completed": counts.succeeded if is_counted else 0,
            "failed": counts.errored if is_counted else 0,
        },
        "usage": _usage(counts.succeeded) if is_done else None,
        "metadata": None,
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _usage(answers: int) -> Json:
    tokens_in, tokens_out = 310 * answers, 120 * answers
    return {
        "input_tokens": tokens_in,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": tokens_out,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": tokens_in + tokens_out,
    }


def like_together(shape: Json, life: Life, now: datetime) -> Json:
    """The same batch as Together has it: capitals, RFC 3339, a progress instead of counts."""
    done = life.counts(now, live=True)
    ended = shape["completed_at"] is not None
    return {
        "id": shape["id"].removeprefix("batch_"),
        "user_id": "user_01",
        "input_file_id": shape["input_file_id"],
        "file_size_bytes": 1024 * life.size,
        "status": {"cancelling": "IN_PROGRESS", "finalizing": "IN_PROGRESS"}.get(
            shape["status"], shape["status"].upper()
        ),
        "job_deadline": _rfc3339(life.expires_at),
        "created_at": _rfc3339(life.created_at),
        "endpoint": shape["endpoint"],
        "progress": round(100 * (life.size - done.processing) / life.size, 1),
        "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "output_file_id": shape["output_file_id"],
        "error_file_id": shape["error_file_id"],
        "error": shape["errors"]["data"][0]["message"] if shape["errors"] else None,
        "completed_at": _rfc3339(life.ends_at) if ended else None,
    }


def like_litellm(shape: Json, life: Life) -> Json:
    """The same batch as a LiteLLM proxy has it that stands before Anthropic.

    Whatever ended is completed, counts come then, of requests without an answer only the errored
    ones are told, and the one file of answers bears the batch's own name (LiteLLM 1.109's source).
    """
    is_over = shape["status"] in {"completed", "cancelled", "expired", "failed"}
    counts = shape["request_counts"]
    return shape | {
        "status": "completed" if is_over else shape["status"],
        "input_file_id": "None",
        "output_file_id": life.id if is_over else None,
        "error_file_id": None,
        "errors": None,
        "request_counts": counts if is_over else counts | {"completed": 0, "failed": 0},
    }


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


_EXPIRED: Final = "This request could not be executed before the completion window expired."


def output_lines(life: Life, *, body_as_text: bool) -> Iterator[Json]:
    """The file of answers."""
    for made in lines(life):
        if made["result"]["type"] == "succeeded":
            body = _completion(made)
            yield _line(made, 200, json.dumps(body) if body_as_text else body)


def error_lines(life: Life) -> Iterator[Json]:
    """The file of requests without an answer; those of a canceled batch are in none."""
    for made in lines(life):
        result = made["result"]
        if result["type"] == "errored":
            error = result["error"]["error"]
            words = {"message": error["message"], "type": error["type"]}
            yield _line(made, 400, {"error": words | {"param": None, "code": None}})
        elif result["type"] == "expired":
            yield _line(made, 0, None) | {"error": {"code": "batch_expired", "message": _EXPIRED}}


def _line(made: Line, status_code: int, body: object) -> Json:
    chance = seeds.rng("openai", made["custom_id"])
    request_id = f"req_{seeds.token(chance)}"
    response = {"status_code": status_code, "request_id": request_id, "body": body}
    return {
        "id": f"batch_req_{seeds.token(chance)}",
        "custom_id": made["custom_id"],
        "response": response if status_code else None,
        "error": None,
    }


_FINISH: Final = {"max_tokens": "length", "tool_use": "tool_calls", "refusal": "content_filter"}


def _completion(made: Line) -> Json:
    """The answer as a chat completion."""
    message = made["result"]["message"]
    blocks = message["content"]
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    calls = [_call(block) for block in blocks if block["type"] == "tool_use"]
    answer: Json = {"role": "assistant", "content": text or None, "refusal": None}
    if calls:
        answer["tool_calls"] = calls
    finish = _FINISH.get(message["stop_reason"], "stop")
    tokens_in = message["usage"]["input_tokens"]
    tokens_out = message["usage"]["output_tokens"]
    return {
        "id": f"chatcmpl-{message['id'].removeprefix('msg_')}",
        "object": "chat.completion",
        "created": 1_763_640_000,
        "model": message["model"],
        "choices": [{"index": 0, "message": answer, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }


def _call(block: Json) -> Json:
    arguments = json.dumps(block["input"], ensure_ascii=False)
    function = {"name": block["name"], "arguments": arguments}
    return {"id": block["id"], "type": "function", "function": function}
