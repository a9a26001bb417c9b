"""What models cost, whoever knows it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars for what was asked."""

    input: Decimal
    output: Decimal
    at_batch_price: bool
    """False where only the full price of the model is known."""


class PriceBook(Protocol):
    """Knows what models cost in a batch."""

    def cost(
        self, seller: str, model: str, *, input_tokens: int, output_tokens: int
    ) -> Cost | None:
        """What one request of this size costs; None where the model's price is not known.

        `seller` says whose prices hold (`anthropic`, `openai`, ...; empty for nobody known),
        `input_tokens` counts those read from a cache as if they were not.
        """
        ...
