"""What differs between the kinds for a test that is the same for all of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from batchtui.core.models import BatchState
from batchtui.sim import letta_shapes, openai_shapes
from batchtui.sim.lives import Life
from batchtui.sim.server import Simulator

_PARAMS = {"model": "claude-x", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}


def _to_anthropic(name: str, *, fails: bool = False) -> dict:
    return {"custom_id": name, "params": _PARAMS | ({"model": "gpt-5"} if fails else {})}


def _to_letta(name: str, *, fails: bool = False) -> dict:
    request = {"agent_id": name, "messages": [{"role": "user", "content": "hi"}]}
    return request | ({"override_model": "openai/gpt-5"} if fails else {})


def _to_openai(name: str, *, fails: bool = False) -> dict:
    body = _PARAMS | ({"temperature": 9} if fails else {})
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


def _anthropic_body(count: int) -> bytes:
    requests = [_to_anthropic(f"r{n}") for n in range(count)]
    return json.dumps({"requests": requests}).encode()


def _letta_body(count: int) -> bytes:
    requests = [_to_letta(f"agent-{n}") for n in range(count)]
    return json.dumps({"requests": requests}).encode()


def _openai_body(count: int) -> bytes:
    return b"\n".join(json.dumps(_to_openai(f"r{n}")).encode() for n in range(count))


@dataclass(frozen=True)
class Kind:
    """One kind of account, on the simulator."""

    name: str
    base_url: Callable[[Simulator], str]
    id_of: Callable[[Life], str]
    body_of: Callable[[int], bytes]
    auth_headers: dict[str, str]
    name_of_row: str
    """The key of a line of results that says whose it is."""
    request_of: Callable[..., dict]
    """A request of that name; with `fails`, one that gets no answer."""
    mending: str
    """The edit with which it gets one."""
    canceling: BatchState = BatchState.CANCELING
    settings: dict = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


KEY = "sk-test-0123456789"

KINDS = (
    Kind(
        "anthropic",
        lambda sim: sim.base_url,
        lambda life: life.id,
        _anthropic_body,
        {"x-api-key": KEY},
        "custom_id",
        _to_anthropic,
        "model=claude-x",
    ),
    Kind(
        "letta",
        lambda sim: sim.letta_url,
        letta_shapes.job_id,
        _letta_body,
        {"authorization": f"Bearer {KEY}"},
        "agent_id",
        _to_letta,
        "override_model=null",
        canceling=BatchState.CANCELED,
    ),
    Kind(
        "openai",
        lambda sim: sim.openai_url,
        openai_shapes.batch_id,
        _openai_body,
        {"authorization": f"Bearer {KEY}"},
        "custom_id",
        _to_openai,
        "temperature=1",
    ),
)
LETTA, OPENAI = KINDS[1], KINDS[2]
