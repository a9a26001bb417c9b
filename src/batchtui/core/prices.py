"""What models cost, whoever knows it."""

from dataclasses import dataclass
from decimal import Decimal
from operator import add
from typing import NamedTuple, Protocol

LENGTH_STEPS = (100_000, 200_000, 272_000)
"""Tokens of a prompt, those of the cache included, beyond which some model has another price."""


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars for what was asked."""

    input: Decimal
    output: Decimal
    at_batch_price: bool
    """False where only the full price of the model is known."""
    tools: Decimal = Decimal(0)
    """For web searches, which have no batch price."""

    @property
    def total(self) -> Decimal:
        """All together."""
        return self.input + self.output + self.tools

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.input + other.input,
            self.output + other.output,
            self.at_batch_price and other.at_batch_price,
            self.tools + other.tools,
        )


class Usage(NamedTuple):
    """What requests to one model took. No token is counted twice."""

    requests: int = 0
    input_tokens: int = 0
    """Without those written to and read from the cache."""
    cache_read: int = 0
    cache_write: int = 0
    """All those written to the cache."""
    cache_write_1h: int = 0
    """The part of them that is kept for an hour, which costs more."""
    output_tokens: int = 0
    web_searches: int = 0

    def plus(self, other: "Usage") -> "Usage":
        """Both together."""
        return Usage(*map(add, self, other))

    @property
    def is_free(self) -> bool:
        """Nothing was taken that has a price."""
        return not any(self[1:])


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


class Tariff(Protocol):
    """Knows what was to be paid for usage."""

    def cost_of(self, seller: str, model: str, usage: Usage, *, in_batch: bool) -> Cost | None:
        """What requests cost whose prompts lie within the same `LENGTH_STEPS`; None if not known.

        `in_batch` is False for those that were not processed at the price of a batch.
        """
        ...
