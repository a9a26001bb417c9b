"""Prices of models, from the snapshot that genai-prices carries. Imported when one is asked for.

It has two traps. A model without a batch price gets the full one, without a word; and batch
prices begin at a date, so that a time before it must never be handed in.
"""

from batchtui.core.prices import Cost

_SELLERS = frozenset({"anthropic", "openai", "azure", "groq", "together"})
"""Those whose prices are asked for; their names there are the same."""

_BATCH = {"processing": "batch"}


class GenaiPrices:
    """Implements `core.prices.PriceBook`."""

    def cost(
        self, seller: str, model: str, *, input_tokens: int, output_tokens: int
    ) -> Cost | None:
        """See `PriceBook.cost`."""
        from genai_prices import Usage, calc_price

        if seller not in _SELLERS:
            return None
        try:
            price = calc_price(
                Usage(input_tokens=input_tokens, output_tokens=output_tokens),
                model_ref=model,
                provider_id=seller,
                price_context=_BATCH,
            )
        except LookupError:
            return None
        has_batch_price = any(
            variant.when == _BATCH for variant in price.model.price_variants or ()
        )
        return Cost(price.input_price, price.output_price, at_batch_price=has_batch_price)
