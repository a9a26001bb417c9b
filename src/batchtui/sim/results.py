"""The lines of a batch's results: made one by one, on demand, the same at each reading."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from batchtui.sim import seeds
from batchtui.sim.flavours import FLAVOURS
from batchtui.sim.lives import Life
from batchtui.sim.messages import message

Line = dict[str, Any]

FAILURES: Final = (
    ("invalid_request_error", "prompt is too long: {n} tokens > 200000 maximum"),
    ("overloaded_error", "Overloaded"),
    ("api_error", "Internal server error"),
    ("not_found_error", "model: claude-sonnet-4-20240229"),
    ("invalid_request_error", "max_tokens: {n} > 64000, which is the maximum allowed number"),
    ("timeout_error", "Request timed out"),
    ("rate_limit_error", "Number of request tokens has exceeded your per-minute rate limit"),
    ("permission_error", "Your API key does not have permission to use the specified resource"),
    ("billing_error", "Your credit balance is too low to access the API"),
    (
        "invalid_request_error",
        "messages.0.content.1.image.source.base64: Could not process image",
    ),
)
"""Error types and messages of requests that failed."""


def custom_id(life: Life, row: int) -> str:
    """The name of a request, by its place in the batch."""
    if life.requests is not None:
        return life.requests[row].custom_id
    return FLAVOURS[life.flavour].names(life.key, row)


def _failure(life: Life, row: int, chance: Random) -> tuple[str, str]:
    problem = life.requests[row].problem if life.requests is not None else None
    if problem is not None:
        return problem
    # Where everything fails, it fails for one reason.
    one = life.error_rate >= 1
    which = life.key % len(FAILURES) if one else chance.randrange(len(FAILURES))
    kind, words = FAILURES[which]
    return kind, words.format(n=chance.randint(200_001, 900_000))


def _error(life: Life, row: int, chance: Random, *, flat: bool) -> Line:
    kind, words = _failure(life, row, chance)
    error = {"type": kind, "message": words}
    if flat:
        return error
    request_id = f"req_{seeds.token(chance)}" if chance.random() < 0.8 else None
    return {"type": "error", "error": error, "request_id": request_id}


def _model(life: Life, row: int) -> str:
    if life.requests is not None:
        return life.requests[row].model
    models = FLAVOURS[life.flavour].models
    return models[life.key % len(models)]


def line(life: Life, rank: int, *, flat_errors: bool = False) -> Line:
    """The result of the request that was worked on as the `rank`-th."""
    row = life.order[rank]
    chance = seeds.rng(life.key, row)
    outcome = life.outcome(rank)
    result: Line = {"type": outcome}
    if outcome == "succeeded":
        flavour = FLAVOURS[life.flavour]
        result["message"] = message(chance, flavour, _model(life, row), row)
    elif outcome == "errored":
        result["error"] = _error(life, row, chance, flat=flat_errors)
    return {"custom_id": custom_id(life, row), "result": result}


def lines(life: Life, *, flat_errors: bool = False) -> Iterator[Line]:
    """All results of an ended batch, in no useful order, but always in the same."""
    mixed = seeds.Shuffle(life.size, life.key // 7 + 1)
    for place in range(life.size):
        yield line(life, mixed[place], flat_errors=flat_errors)
