"""Prices of models, from the snapshot that genai-prices carries. Imported when one is asked for.

It has two traps. A model without a batch price gets the full one, without a word; and batch
prices begin at a date, so that a time before it must never be handed in.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from batchtui.core.prices import Cost, Usage

if TYPE_CHECKING:
    import genai_prices

_SELLERS = frozenset({"anthropic", "openai", "azure", "groq", "together"})
"""Those whose prices are asked for; their names there are the same."""

_BATCH = {"processing": "batch"}


class GenaiPrices:
    """Implements `core.prices.PriceBook` and `core.prices.Tariff`."""

    def cost(
        self, seller: str, model: str, *, input_tokens: int, output_tokens: int
    ) -> Cost | None:
        """See `PriceBook.cost`."""
        one = Usage(requests=1, input_tokens=input_tokens, output_tokens=output_tokens)
        return self.cost_of(seller, model, one, in_batch=True)

    def cost_of(self, seller: str, model: str, usage: Usage, *, in_batch: bool) -> Cost | None:
        """See `Tariff.cost_of`. Priced is the average request: prices may depend on its length."""
        from genai_prices import calc_price

        if seller not in _SELLERS:
            return None
        try:
            price = calc_price(
                _average(usage),
                model_ref=model,
                provider_id=seller,
                price_context=_BATCH if in_batch else None,
            )
        except LookupError:
            return None
        has_batch_price = any(
            variant.when == _BATCH for variant in price.model.price_variants or ()
        )
        times = usage.requests
        return Cost(
            price.input_price * times,
            price.output_price * times,
            at_batch_price=in_batch and has_batch_price,
            tools=(price.total_price - price.input_price - price.output_price) * times,
        )


def _average(usage: Usage) -> "genai_prices.Usage":
    """The average request, as the library counts: `input_tokens` has those of the cache in it.

    Rounded, so that parts are never more than their sum, which the library would refuse.
    """
    import genai_prices

    times = max(1, usage.requests)

    def of_one(tokens: int) -> Decimal:
        return round(Decimal(tokens) / times, 9)

    read, written = of_one(usage.cache_read), of_one(usage.cache_write)
    return genai_prices.Usage(
        input_tokens=of_one(usage.input_tokens) + read + written,
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_1h_tokens=of_one(usage.cache_write_1h),
        output_tokens=of_one(usage.output_tokens),
        web_searches=of_one(usage.web_searches),
    )
