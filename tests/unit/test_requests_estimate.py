"""What a file may take and cost: estimated, and honest about it."""

import base64
import json
from decimal import Decimal

import pytest

from batchtui.core.prices import Cost
from batchtui.requests.estimate import (
    OTHER_MODELS,
    TOKENS_PER_MEDIUM,
    TokenTally,
    priced,
    tokens_of_text,
)
from batchtui.requests.parse import parse
from batchtui.requests.rule_set import max_tokens_of
from batchtui.requests.shapes import ANTHROPIC
from batchtui.service.prices import GenaiPrices
from support.requests import MODEL, line


def estimate_of(*lines):
    tally = TokenTally()
    for raw in lines:
        params = parse(raw, ANTHROPIC).by_name
        tally.add(params, max_tokens_of(params))
    return tally.estimate()


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The quick brown fox jumps over the lazy dog.", 9, 13),
        ("敏捷的棕色狐狸跳过了懒狗。", 10, 20),
        ("Быстрая лисица прыгает через ленивую собаку.", 10, 35),
        ("", 0, 0),
    ],
)
def test_tokens_are_of_the_right_order_however_text_is_escaped(text, least, most):
    raw = json.dumps(text, ensure_ascii=False).encode()[1:-1]
    escaped = json.dumps(text).encode()[1:-1]
    assert least <= tokens_of_text(raw) <= most
    assert least <= tokens_of_text(escaped) <= most


def test_requests_add_up_by_model():
    estimate = estimate_of(
        line("a", max_tokens=10), line("b", max_tokens=20), line("c", model="other")
    )
    first, second = estimate.models
    assert (first.model, first.requests, first.max_output_tokens) == (MODEL, 2, 30)
    assert (second.model, second.requests) == ("other", 1)
    assert first.input_tokens == pytest.approx(2 * second.input_tokens, abs=2)


def test_system_and_tools_count():
    plain, rich = (
        estimate_of(line("a", **more)).models[0].input_tokens
        for more in ({}, {"system": "x" * 400, "tools": [{"name": "y" * 400}]})
    )
    assert rich - plain >= 200


def test_pictures_count_as_such_not_as_text():
    data = base64.b64encode(bytes(300_000)).decode()
    source = {"type": "base64", "media_type": "image/png", "data": data}
    content = [{"type": "image", "source": source}, {"type": "text", "text": "x" * 400}]
    estimate = estimate_of(line("a", messages=[{"role": "user", "content": content}]))
    assert estimate.media == 1
    assert TOKENS_PER_MEDIUM + 100 <= estimate.models[0].input_tokens <= TOKENS_PER_MEDIUM + 120
    text = [{"type": "document", "source": {"type": "text", "data": "x" * 4000}}]
    estimate = estimate_of(line("a", messages=[{"role": "user", "content": text}]))
    assert estimate.media == 0
    assert estimate.models[0].input_tokens >= 1000


def test_models_without_end_are_not_kept():
    estimate = estimate_of(*[line(f"id-{n}", model=f"m-{n}") for n in range(500)])
    assert len(estimate.models) < 250
    assert sum(use.requests for use in estimate.models) == 500
    assert estimate.models[0].model == OTHER_MODELS


class Prices:
    """A dollar a token in, two out; long requests cost ten times as much."""

    def cost(self, kind, model, *, input_tokens, output_tokens):
        if model != MODEL:
            return None
        factor = 10 if input_tokens > 1000 else 1
        return Cost(Decimal(input_tokens * factor), Decimal(output_tokens * 2), True)


def test_costs_are_those_of_the_average_request():
    estimate = estimate_of(*[line(f"id-{n}", system="x" * 40, max_tokens=10) for n in range(300)])
    (use,) = priced(estimate, Prices(), "anthropic").models
    assert use.input_tokens > 1000
    assert use.cost.input == use.input_tokens // 300 * 300
    assert use.cost.output == 6000
    assert priced(estimate, Prices(), "anthropic").max_cost == use.cost.input + 6000


def test_a_price_that_is_missing_makes_the_sum_unknown():
    estimate = priced(estimate_of(line("a"), line("b", model="x")), Prices(), "anthropic")
    assert estimate.models[1].cost is None
    assert estimate.max_cost is None


def test_batch_prices_are_half_of_the_full_ones_and_full_ones_are_told():
    cost = GenaiPrices().cost("anthropic", MODEL, input_tokens=10**6, output_tokens=0)
    assert cost == Cost(Decimal("0.5"), Decimal(0), at_batch_price=True)
    retired = GenaiPrices().cost(
        "anthropic", "claude-3-opus-20240229", input_tokens=9, output_tokens=9
    )
    assert not retired.at_batch_price


@pytest.mark.parametrize(("kind", "model"), [("anthropic", "nonsense"), ("letta", MODEL)])
def test_unknown_prices_are_none(kind, model):
    assert GenaiPrices().cost(kind, model, input_tokens=1, output_tokens=1) is None
