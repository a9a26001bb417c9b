"""The usage that a batch tells of itself, as OpenAI's does, for when its results cannot be had."""

import json
from bisect import bisect_left

from batchtui.core.models import Batch
from batchtui.core.prices import LENGTH_STEPS, Usage
from batchtui.results.reading.wire import Json, object_of, text_of
from batchtui.results.search.spending import ModelKey, Spending, Spent


def spent_by_batch(batch: Batch) -> Spending | None:
    """What a batch that has ended took, as it says; None where it says nothing of it.

    Of lengths of prompts only the average is known.
    """
    try:
        told = object_of(json.loads(batch.raw))
    except (ValueError, RecursionError):
        return None
    usage, counts = object_of(told.get("usage")), batch.request_counts
    given, out = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    if not (batch.state.is_final and counts and counts.succeeded) or given is None or out is None:
        return None
    cached = _count(object_of(usage.get("input_tokens_details")).get("cached_tokens"))
    read = min(cached or 0, given)
    spent = Spent()
    average = given // counts.succeeded
    spent.add_alike(
        bisect_left(LENGTH_STEPS, average),
        Usage(counts.succeeded, given - read, read, output_tokens=out),
    )
    models = {ModelKey(text_of(told.get("model")), is_anthropic=False): spent}
    not_billed = counts.errored + counts.canceled + counts.expired
    return Spending(counts.total, models, not_billed)


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
