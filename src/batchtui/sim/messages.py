"""Messages: a recipe's draft, and around it what the Messages API puts there."""

import json
from random import Random
from typing import Any

from batchtui.sim import seeds
from batchtui.sim.flavours import Flavour
from batchtui.sim.recipes import RECIPES, Draft, Style


def _pick_recipe(chance: Random, flavour: Flavour, row: int) -> str:
    if not flavour.recipes:
        return list(RECIPES)[row % len(RECIPES)]
    return chance.choices(list(flavour.recipes), list(flavour.recipes.values()))[0]


def _size(value: object) -> int:
    """Characters in all the texts of a block: the tokens are guessed from that."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list) else 1


def _usage(chance: Random, draft: Draft, model: str) -> dict[str, Any]:
    output = max(1, sum(map(_size, draft.content)) // 4)
    cached = chance.choice((0, 0, 0, 1024, 8192))
    written = chance.choice((0, 0, 0, 2048)) if not cached else 0
    kinds = [block["type"] for block in draft.content]
    searches = kinds.count("web_search_tool_result")
    fetches = kinds.count("web_fetch_tool_result")
    requests = {"web_search_requests": searches, "web_fetch_requests": fetches}
    thought = {"thinking_tokens": output // 2}
    usage: dict[str, Any] = {
        "input_tokens": chance.randint(40, 6000),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": written,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": output,
        "output_tokens_details": thought if "thinking" in kinds else None,
        "server_tool_use": requests if searches or fetches else None,
        "service_tier": "batch",
        "inference_geo": "not_available",
    }
    if "compaction" in kinds:
        usage["iterations"] = [
            _iteration("compaction", 90_000, 800),
            _iteration("message", usage["input_tokens"], output) | {"model": model},
        ]
    return usage


def _iteration(kind: str, tokens_in: int, tokens_out: int) -> dict[str, Any]:
    return {
        "type": kind,
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": None,
    }


def message(chance: Random, flavour: Flavour, model: str, row: int) -> dict[str, Any]:
    """The answer to one request, as the wire has it."""
    style = Style(chance.choice(flavour.languages), flavour.paragraphs, flavour.tool)
    draft = RECIPES[_pick_recipe(chance, flavour, row)](chance, style)
    return {
        "model": model,
        "id": f"msg_{seeds.token(chance)}",
        "type": "message",
        "role": "assistant",
        "content": draft.content,
        "stop_reason": draft.stop_reason,
        "stop_sequence": draft.stop_sequence,
        "stop_details": draft.stop_details,
        "container": None,
        "usage": _usage(chance, draft, model),
        **draft.extras,
    }


def encode(value: object) -> bytes:
    """Compact JSON in raw UTF-8: characters beyond ASCII are not escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
