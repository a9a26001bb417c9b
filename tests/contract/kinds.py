"""What differs between the kinds for a test that is the same for all of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from batchtui.core.models import BatchState
from batchtui.sim import letta_shapes, openai_shapes
from batchtui.sim.lives import Life
from batchtui.sim.server import Simulator

_PARAMS = {"model": "claude-x", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}


def _anthropic_body(count: int) -> bytes:
    requests = [{"custom_id": f"r{n}", "params": _PARAMS} for n in range(count)]
    return json.dumps({"requests": requests}).encode()


def _letta_body(count: int) -> bytes:
    messages = [{"role": "user", "content": "hi"}]
    requests = [{"agent_id": f"agent-{n}", "messages": messages} for n in range(count)]
    return json.dumps({"requests": requests}).encode()


def _openai_body(count: int) -> bytes:
    url = "/v1/chat/completions"
    lines = [
        {"custom_id": f"r{n}", "method": "POST", "url": url, "body": _PARAMS} for n in range(count)
    ]
    return b"\n".join(json.dumps(line).encode() for line in lines)


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
    ),
    Kind(
        "letta",
        lambda sim: sim.letta_url,
        letta_shapes.job_id,
        _letta_body,
        {"authorization": f"Bearer {KEY}"},
        "agent_id",
        canceling=BatchState.CANCELED,
    ),
    Kind(
        "openai",
        lambda sim: sim.openai_url,
        openai_shapes.batch_id,
        _openai_body,
        {"authorization": f"Bearer {KEY}"},
        "custom_id",
    ),
)
LETTA, OPENAI = KINDS[1], KINDS[2]
