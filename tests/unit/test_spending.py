"""What results cost: usage summed by model and priced, and what is not known never counted as 0."""

import json
from decimal import Decimal

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ConditionalPrice, TieredPrices

from batchtui.core.models import BatchState, RequestCounts
from batchtui.core.prices import LENGTH_STEPS, Usage
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.spending import ModelKey, spending
from batchtui.service.batch_usage import spent_by_batch
from batchtui.service.costing import billed, gaps, method, total_words
from batchtui.service.prices import GenaiPrices
from support.batches import a_batch
from support.results import errored, succeeded, without_answer, write
from support.shapes import answered, completion, failed, message

SONNET = "claude-sonnet-4-5"
MILLION = 10**6


def took(custom_id="a", model=SONNET, content=None, **usage):
    return succeeded(
        custom_id,
        model=model,
        content=content,
        usage={"input_tokens": 0, "output_tokens": 0} | usage,
    )


def said(prompt, output, cached=0, model="gpt-5-mini"):
    usage = {"prompt_tokens": prompt, "completion_tokens": output}
    usage |= {"prompt_tokens_details": {"cached_tokens": cached}}
    return answered("a", completion("hi", usage) | {"model": model})


@pytest.fixture
def spent(tmp_path):
    def of(*lines):
        with ResultsFile.open(write(tmp_path / "x.jsonl", *lines)) as file:
            return spending(file)

    return of


@pytest.fixture
def bill(spent):
    def of(*lines, seller=None):
        return billed(spent(*lines), GenaiPrices(), seller)

    return of


def test_usage_is_summed_by_model(spent):
    found = spent(
        took(input_tokens=3, output_tokens=5, cache_read_input_tokens=7),
        took(input_tokens=10, output_tokens=20),
        took(model="other", input_tokens=1, output_tokens=1),
        errored("e"),
        without_answer("f", "expired"),
    )
    assert found.models[ModelKey(SONNET, is_anthropic=True)].usage == Usage(
        2, 13, cache_read=7, output_tokens=25
    )
    assert found.models[ModelKey("other", is_anthropic=True)].usage.requests == 1
    assert (found.rows, found.not_billed, found.unread) == (5, 2, 0)


def test_a_batch_pays_half_and_the_cache_its_own_prices(bill):
    """Sonnet 4.5 is $3 and $15 a million; reads a tenth, writes 1.25 times, for an hour twice."""
    kept = {"ephemeral_5m_input_tokens": 40_000, "ephemeral_1h_input_tokens": 20_000}
    found = bill(
        took(input_tokens=10_000, output_tokens=2_000),
        took(cache_read_input_tokens=50_000),
        took(cache_creation_input_tokens=60_000, cache_creation=kept),
    )
    fresh = Decimal("1.5") * 10_000
    cache = Decimal("0.15") * 50_000 + Decimal("1.875") * 40_000 + Decimal(3) * 20_000
    (one,) = found.models
    assert float(one.cost.input) == pytest.approx(float(fresh + cache) / MILLION)
    assert float(one.cost.output) == pytest.approx(7.5 * 2000 / MILLION)
    assert one.cost.at_batch_price
    assert one.usage.cache_write_1h == 20_000
    assert found.is_whole


@pytest.mark.parametrize("requests", [3, 7, 11])
def test_sums_that_no_average_has_exactly_are_priced(bill, requests):
    one = {"cache_read_input_tokens": 2, "cache_creation_input_tokens": 2}
    found = bill(took(**one), *[took(input_tokens=1)] * (requests - 1))
    expected = Decimal("1.5") * (requests - 1) + Decimal("0.15") * 2 + Decimal("1.875") * 2
    assert abs(found.total * MILLION - expected) < Decimal("0.001")


def test_a_long_prompt_does_not_make_the_others_dear(bill):
    """Beyond 200,000 tokens of one prompt the price is twice as high, and only of that request."""
    short = [took(input_tokens=90_000)] * 10
    long = took(input_tokens=150_000, cache_read_input_tokens=100_000)
    assert bill(*short).total == Decimal("1.5") * 900_000 / MILLION
    expected = Decimal(3) * 150_000 + Decimal("0.3") * 100_000
    assert bill(*short, long).total - bill(*short).total == expected / MILLION


def test_prices_change_at_the_known_lengths_only():
    starts = set()
    for provider in get_snapshot().providers:
        if provider.id in ("anthropic", "openai", "azure", "groq", "together"):
            for model in provider.models:
                given = model.prices if isinstance(model.prices, list) else [model.prices]
                for one in given:
                    prices = one.prices if isinstance(one, ConditionalPrice) else one
                    tiered = [p for p in vars(prices).values() if isinstance(p, TieredPrices)]
                    starts |= {tier.start for price in tiered for tier in price.tiers}
    assert starts
    assert starts <= set(LENGTH_STEPS)


def test_searches_are_paid_in_full(bill):
    blocks = [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}]
    found = bill(took(content=blocks, server_tool_use={"web_search_requests": 3}))
    assert found.models[0].usage.web_searches == 3
    assert found.total == Decimal("0.03")


def test_compacting_is_paid_though_totals_leave_it_out(bill):
    told = [
        {"type": "compaction", "input_tokens": 5000, "output_tokens": 100},
        {"type": "message", "input_tokens": 10, "output_tokens": 1},
    ]
    found = bill(
        took(content=[{"type": "compaction"}], input_tokens=10, output_tokens=1, iterations=told)
    )
    assert found.models[0].usage[1] == 5010
    assert found.models[0].usage.output_tokens == 101
    assert found.is_whole


def test_what_another_model_did_within_is_not_known(bill):
    advice = [{"type": "advisor_message", "model": "m", "input_tokens": 5, "output_tokens": 5}]
    found = bill(
        took(content=[{"type": "advisor_tool_result"}], input_tokens=1000, iterations=advice)
    )
    assert found.models[0].uncounted == 1
    assert total_words(found) == "at least $0.0015"


def test_a_request_outside_of_the_batch_tier_pays_in_full(bill):
    lines = [took(input_tokens=1000, service_tier=tier) for tier in ("standard", "batch")]
    found = bill(*lines)
    assert {(one.tier, one.cost.total) for one in found.models} == {
        ("standard", Decimal("0.003")),
        ("", Decimal("0.0015")),
    }


def test_an_unknown_model_keeps_its_tokens_and_the_others_their_cost(bill):
    found = bill(took(input_tokens=1000), took(model="claude-nine", input_tokens=5))
    assert total_words(found) == "at least $0.0015"
    assert list(gaps(found)) == ["no price is known for claude-nine"]
    unknown = next(one for one in found.models if one.cost is None)
    assert (unknown.model, unknown.usage.input_tokens) == ("claude-nine", 5)
    assert total_words(bill(took(model="claude-nine", input_tokens=5))) == "unknown"


@pytest.mark.parametrize(
    "usage",
    [None, {}, {"input_tokens": "9"}, {"input_tokens": -4, "output_tokens": -4}, [1]],
    ids=str,
)
def test_one_odd_row_does_not_zero_the_rest(bill, usage):
    odd = succeeded("odd", model=SONNET, usage=usage)
    found = bill(took(input_tokens=1000), odd, b'{"custom_id": "x', took(input_tokens=1000))
    assert total_words(found) == "at least $0.0030"
    assert found.models[0].uncounted == 1
    assert list(gaps(found)) == [
        f"1 result of {SONNET} does not tell all usage",
        "1 line does not tell what came of a request",
    ]


def test_rows_of_openai_are_priced_as_the_seller_does(bill):
    """GPT-5 mini is $0.25 and $2 a million."""
    found = bill(said(3000, 100, cached=1000), failed("b", 400, {"error": {"message": "no"}}))
    (one,) = found.models
    assert one.usage == Usage(1, 2000, cache_read=1000, output_tokens=100)
    assert one.cost.output == Decimal(2) / 2 * 100 / MILLION
    assert found.not_billed == 1
    assert total_words(bill(said(3000, 100), seller="")) == "unknown"


def test_an_embedding_has_no_output_to_be_unknown(bill):
    body = {"object": "list", "model": "text-embedding-3-small", "data": []}
    found = bill(answered("a", body | {"usage": {"prompt_tokens": 1000, "total_tokens": 1000}}))
    assert found.is_whole
    assert found.total > 0


def test_an_agent_tells_no_usage(bill):
    said_so = {"role": "assistant", "model": SONNET, "content": [{"type": "text", "text": "hi"}]}
    found = bill(message("agent-1", {"role": "user", "content": "x"}, said_so), seller="")
    assert total_words(found) == "unknown"
    assert found.models[0].uncounted == 1


def test_where_nothing_succeeded_nothing_is_paid(bill):
    found = bill(errored("a"), without_answer("b", "canceled"))
    assert (total_words(found), found.is_whole) == ("$0", True)
    assert list(method(found)) == ["2 requests that errored, expired or were canceled cost nothing"]


def test_a_model_without_a_batch_price_says_so(bill):
    found = bill(said(1000, 0, model="davinci-002"))
    assert not found.models[0].cost.at_batch_price
    assert any("no batch price" in line for line in method(found))


def test_models_of_anthropic_that_are_not_sold_any_more_were_half_as_dear_too(bill):
    """Opus 3 was $15 and $75 a million."""
    found = bill(took(model="claude-3-opus-20240229", input_tokens=1000, output_tokens=100))
    assert float(found.total) == pytest.approx(0.0075 + 0.00375)
    assert not found.has_full_prices
    full = bill(took(model="claude-3-opus-20240229", input_tokens=1000, service_tier="standard"))
    assert float(full.total) == pytest.approx(0.015)


def test_more_rows_than_a_step(spent):
    found = spent(*[took(input_tokens=1, output_tokens=1)] * 4500)
    (one,) = found.models.values()
    assert one.usage == Usage(4500, 4500, output_tokens=4500)


def test_it_can_be_given_up(tmp_path):
    with ResultsFile.open(write(tmp_path / "x.jsonl", took())) as file:
        assert spending(file, cancel=lambda: True) is None


def test_the_order_is_by_cost(bill):
    dear, cheap = took(input_tokens=1000), took(model="claude-haiku-4-5", input_tokens=1000)
    assert [one.model for one in bill(cheap, dear).models] == [SONNET, "claude-haiku-4-5"]


def ended(state=BatchState.COMPLETED, **told):
    counts = RequestCounts(succeeded=10, errored=2)
    raw = json.dumps({"model": "gpt-5-mini"} | told)
    return a_batch(state=state, counts=counts, raw=raw)


USED = {
    "input_tokens": 3000,
    "input_tokens_details": {"cached_tokens": 1000},
    "output_tokens": 100,
}


def test_a_batch_may_tell_its_usage_itself():
    found = billed(spent_by_batch(ended(usage=USED)), GenaiPrices(), "openai")
    (one,) = found.models
    assert one.usage == Usage(10, 2000, cache_read=1000, output_tokens=100)
    assert float(one.cost.output) == pytest.approx(0.0001)
    assert (found.rows, found.not_billed) == (12, 2)


@pytest.mark.parametrize(
    "usage", [None, {}, {"input_tokens": 5}, {"input_tokens": 5, "output_tokens": -1}, 7], ids=str
)
def test_a_batch_that_tells_no_usage_has_none(usage):
    assert spent_by_batch(ended(usage=usage)) is None


def test_a_batch_that_goes_on_has_not_told_all_usage():
    assert spent_by_batch(ended(BatchState.RUNNING, usage=USED)) is None
